"""Completion of the words of the command line, and the scripts that shells load for it.

A completer yields values, or ``value<TAB>title``. It yields nothing on errors, which a shell cannot show, and no value
with a control character. Names are read from the files as YAML, without models.

The scripts share one protocol, Typer's for fish: the line up to the cursor goes in, lines of value, tab and title come
out. A value is data to the shell: bash quotes it, zsh and fish do so themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from prompt_cli.cli.context import session_of
from prompt_cli.cli.output import write
from prompt_cli.errors import PromptManagerError

if TYPE_CHECKING:
    from prompt_cli.storage.project import Project

# The program is looked up in PATH: ./prompt-cli may belong to a stranger.
_BASH = r"""_prompt_cli_completion() {
    local line=${COMP_LINE:0:COMP_POINT} head= typed quote value title
    typed=${line##*[[:space:]]}
    case ${COMP_WORDS[COMP_CWORD]} in
        [\"\']*) quote=${COMP_WORDS[COMP_CWORD]:0:1} ;;
        *\\*) ;;
        *) head=${typed%"${typed##*[$COMP_WORDBREAKS]}"} ;; # what Readline leaves as it is; it replaces an @
    esac
    head=${head%@}
    [[ $head == --*=* ]] && head=${head#--*=}
    COMPREPLY=()
    compopt -o nosort 2>/dev/null
    while IFS=$'\t' read -r value title; do
        [[ -n $value ]] || continue
        [[ $value == *= ]] && compopt -o nospace 2>/dev/null
        value=${value#"$head"}
        case $quote in
            \') [[ $value == *\'* ]] && continue ;;
            \") [[ $value == *[\"\$\`\\!]* ]] && continue ;;
            *) printf -v value %q "$value" && value=${value//\\,/,} ;; # braces are quoted: a comma is harmless
        esac
        COMPREPLY+=("$value")
    done < <(
        _PROMPT_CLI_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args _TYPER_COMPLETE_ARGS=$line \
            command prompt-cli 2>/dev/null
    )
}

complete -o default -F _prompt_cli_completion prompt-cli
"""

_ZSH = r"""#compdef prompt-cli

_prompt-cli() {
  local line
  local -a lines values titled suffix
  line="${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX"
  lines=("${(@f)$(
    _PROMPT_CLI_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args _TYPER_COMPLETE_ARGS=$line \
      command prompt-cli 2>/dev/null
  )}")
  for line in $lines; do
    values+=("${line%%$'\t'*}")
    titled+=("${line/$'\t'/  -- }")
  done
  if (( ! $#values )); then
    _files || { compset -P '*=' && _files }
    return
  fi
  [[ $PREFIX == --*=* ]] && compset -P 1 '*='
  [[ $values[1] == *= ]] && suffix=(-S '')
  compadd -V prompt-cli -l -d titled "${suffix[@]}" -a values
}

# Autoloaded, this file is the function's first call; sourced, it registers the function.
if [[ $funcstack[1] == _prompt-cli ]]; then
  _prompt-cli "$@"
else
  compdef _prompt-cli prompt-cli
fi
"""

_FISH = r"""function __prompt_cli_complete
    set -l token (commandline -ct)
    set -l line (commandline -cp | string collect)
    set -l option (string replace -rf -- '^(--[^=]+=).*' '$1' "$token")
    set -l lines (env _PROMPT_CLI_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args \
        _TYPER_COMPLETE_ARGS="$line" prompt-cli 2>/dev/null | string match -v '')
    if test (count $lines) -gt 0
        printf '%s\n' "$option"$lines
    else
        set -l before (string match -r -- '^.*=' "$token") # NAME= or --option=
        for path in (__fish_complete_path (string replace -r -- '^.*=' '' "$token"))
            printf '%s%s\n' "$before" $path
        end
    end
end

complete --command prompt-cli --no-files --keep-order --arguments '(__prompt_cli_complete)'
"""

_POWERSHELL = r"""Register-ArgumentCompleter -Native -CommandName prompt-cli -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $Env:_PROMPT_CLI_COMPLETE = "complete_fish"
    $Env:_TYPER_COMPLETE_FISH_ACTION = "get-args"
    $Env:_TYPER_COMPLETE_ARGS = $commandAst.ToString() + $(if ($wordToComplete) { "" } else { " " })
    prompt-cli 2>$null | Where-Object { $_ } | ForEach-Object {
        $value, $title = $_ -split "`t", 2
        $text = if ($value -match "^[\w./@:=-]+$") { $value } else { "'" + $value.Replace("'", "''") + "'" }
        if (-not $title) { $title = $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, "ParameterValue", $title)
    }
    Remove-Item Env:_PROMPT_CLI_COMPLETE, Env:_TYPER_COMPLETE_FISH_ACTION, Env:_TYPER_COMPLETE_ARGS
}
"""

SCRIPTS: Mapping[str, str] = {
    "bash": _BASH,
    "zsh": _ZSH,
    "fish": _FISH,
    "powershell": _POWERSHELL,
    "pwsh": _POWERSHELL,
}
"""The scripts, by the shell's name."""

# The script's file, the file that the shell reads at its start, and the line that loads the script; below the home.
_PLACES: Mapping[str, tuple[str, str, str]] = {
    "bash": (".bash_completions/prompt-cli.sh", ".bashrc", "source ~/.bash_completions/prompt-cli.sh"),
    "zsh": (".zfunc/_prompt-cli", ".zshrc", "fpath+=~/.zfunc; autoload -Uz compinit; compinit"),
    "fish": (".config/fish/completions/prompt-cli.fish", "", ""),
}

_LEVELS = ("error", "warning", "info", "off")


def complete_ids(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield the prompt ids that begin with a text, from file names alone."""
    from prompt_cli.storage.scan import PromptDirectory  # imported for completion only

    with suppress(PromptManagerError, OSError):
        ids = [one for project in _projects(context) for one in PromptDirectory(project.directory).list(incomplete).ids]
        yield from _matches(incomplete, dict.fromkeys(ids))


def complete_references(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield prompt ids, and after ``ID@`` the revisions of that prompt."""
    prompt_id, at, revision = incomplete.partition("@")
    if not at:
        yield from complete_ids(context, incomplete)
        return
    yield from (f"{prompt_id}@{one}" for one in complete_revisions(context, prompt_id, revision))


def complete_revisions(context: typer.Context, prompt_id: str, incomplete: str) -> Iterator[str]:
    """Yield the revisions of a prompt: its versions, newest first, ``latest``, ``:staged`` and refs."""
    yield from _matches(incomplete, (f"{version}\tversion" for version in _versions(context, prompt_id)))
    yield from _matches(incomplete, ("latest\tnewest version", ":staged\tthe index"))
    yield from complete_refs(context, incomplete)


def complete_refs(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield ``HEAD``, branches, tags and branches of remotes, from the files of the git directory."""
    from prompt_cli.history.git_directory import ref_names

    with suppress(PromptManagerError, OSError):
        git_directory = _projects(context)[0].git_directory
        if git_directory is not None:
            yield from _matches(incomplete, ("HEAD", *(f"{name}\t{kind}" for name, kind in ref_names(git_directory))))


def complete_examples(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield the names of the examples of the prompt on the command line."""
    examples = _prompt_data(context).get("examples")
    if isinstance(examples, list):
        yield from _matches(incomplete, (one.get("name") for one in examples if isinstance(one, dict)))


def complete_variables(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield ``NAME=`` for the variables of the prompt on the command line; the shell completes a file after it."""
    variables = _prompt_data(context).get("variables")
    if isinstance(variables, dict) and "=" not in incomplete:
        yield from _matches(incomplete, (_titled(f"{name}=", spec) for name, spec in variables.items()))


def complete_tags(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield the tags of all prompts: cached ones, and those of files that changed since."""
    from prompt_cli.cache import digest_of
    from prompt_cli.storage.scan import PromptDirectory
    from prompt_cli.summary_cache import SummaryCache

    with suppress(PromptManagerError, OSError):
        tags: set[str] = set()
        for project in _projects(context):
            directory, cache = PromptDirectory(project.directory), SummaryCache(project)
            for prompt_id, content in directory.read_batch(directory.list().ids):
                summary = cache.find(prompt_id, digest_of(content))
                values = summary.tags if summary else _parse(content).get("tags")
                if isinstance(values, tuple | list):
                    tags.update(one for one in values if isinstance(one, str))
        yield from _matches(incomplete, sorted(tags))


def complete_codes(incomplete: str) -> Iterator[str]:
    """Yield rule codes with their names, after the codes that a comma separates."""
    from prompt_cli.rules.catalogue import RULES

    before, comma, start = incomplete.rpartition(",")
    yield from (f"{before}{comma}{rule.code}\t{rule.name}" for rule in RULES if rule.code.startswith(start.upper()))


def complete_severities(incomplete: str) -> Iterator[str]:
    """Yield ``CODE=LEVEL``: the code first, then the level."""
    _, equals, level = incomplete.rpartition(",")[2].partition("=")
    if equals:
        before = incomplete.removesuffix(level)
        yield from (f"{before}{one}" for one in _LEVELS if one.startswith(level))
        return
    for code in complete_codes(incomplete):
        value, tab, title = code.partition("\t")
        yield f"{value}={tab}{title}"


def with_titles(items: Iterable[Any]) -> list[Any]:
    """Return Typer's items with their help beside the value, because Typer would read it as markup and import Rich."""
    titled = list(items)
    for item in titled:
        if item.help:
            item.value, item.help = f"{item.value}\t{' '.join(item.help.split())}", None
    return titled


def completion_options() -> list[Any]:
    """Return Typer's options of completion, with the scripts of this program: Typer's do not quote values."""
    install, show = typer.main.get_install_completion_arguments()
    install.callback, show.callback = _install_completion, _show_completion
    return [install, show]


def _install_completion(context: Any, _parameter: Any, value: Any) -> None:  # noqa: ANN401 - Typer's own
    if value and not context.resilient_parsing:
        shell = _current_shell()
        write(f"{shell} completion installed in {_install_script(shell)}; open a new shell to use it\n")
        raise typer.Exit


def _show_completion(context: Any, _parameter: Any, value: Any) -> None:  # noqa: ANN401 - the same
    if value and not context.resilient_parsing:
        write(SCRIPTS[_current_shell()])
        raise typer.Exit


def _install_script(shell: str) -> Path:
    """Write a shell's script below the home directory, load it at the shell's start, and return its path."""
    if shell not in _PLACES:
        raise typer.BadParameter(f"cannot install completion for {shell}: run prompt-cli --show-completion >> $PROFILE")
    script, start, line = _PLACES[shell]
    path = Path.home() / script
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SCRIPTS[shell], encoding="utf-8")
    if start:
        _append_line(Path.home() / start, line)
    return path


def _current_shell() -> str:
    """Return the name of the shell that runs the program; raise an error if it has no script."""
    import shellingham  # only for these two options

    try:
        name, _ = shellingham.detect_shell()
    except shellingham.ShellDetectionFailure:
        raise typer.BadParameter("cannot tell which shell this is") from None
    if name not in SCRIPTS:
        raise typer.BadParameter(f"{name} is not supported: expected one of {', '.join(SCRIPTS)}")
    return str(name)


def _projects(context: typer.Context) -> Sequence[Project]:
    from prompt_cli.storage.project import find_projects

    return find_projects(Path.cwd(), session_of(context).directory)


def _matches(incomplete: str, values: Iterable[object]) -> Iterator[str]:
    """Yield the texts that begin with a text; a shell reads one a line, so control characters are left out."""
    for value in values:
        if isinstance(value, str) and value.startswith(incomplete) and value.replace("\t", "", 1).isprintable():
            yield value


def _titled(value: str, spec: object) -> str:
    description = spec.get("description") if isinstance(spec, dict) else None
    title = " ".join(description.split()) if isinstance(description, str) else ""
    return f"{value}\t{title}" if title.isprintable() and title else value


def _prompt_data(context: typer.Context) -> Mapping[str, Any]:
    """Return the data of the prompt that the first argument names, from the working tree; empty on errors."""
    from prompt_cli.storage.scan import PromptDirectory

    words = context.params.get("words") or (context.params.get("reference"),)
    prompt_id = str(words[0] or "").partition("@")[0]
    with suppress(PromptManagerError, OSError):
        project = session_of(context).find_project(prompt_id)
        return _parse(PromptDirectory(project.directory).read(prompt_id) or b"")
    return {}


def _parse(content: bytes) -> Mapping[str, Any]:
    from prompt_cli.yaml.source import YamlSource

    try:
        return YamlSource.parse(content).data
    except PromptManagerError:
        return {}


def _versions(context: typer.Context, prompt_id: str) -> list[str]:
    import asyncio

    from prompt_cli.workspace import Workspace

    with suppress(PromptManagerError, OSError):
        store = Workspace(project=session_of(context).find_project(prompt_id)).version_store
        return list(dict.fromkeys(str(one.version) for one in asyncio.run(store.versions(prompt_id))))
    return []


def _append_line(path: Path, line: str) -> None:
    text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    if line not in text.splitlines():
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{'' if text.endswith(chr(10)) or not text else chr(10)}{line}\n")
