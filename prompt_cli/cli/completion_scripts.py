"""Shell scripts that complete the command line, and their installation.

The scripts share one protocol, Typer's for fish: the line up to the cursor goes in, lines of value, tab and title come
out. A value is data to the shell: bash quotes it, zsh and fish do so themselves.
"""

from collections.abc import Mapping
from pathlib import Path

import typer

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
    _files
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
        __fish_complete_path "$token"
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


def install_script(shell: str) -> Path:
    """Write a shell's script below the home directory, load it at the shell's start, and return its path.

    Raises:
        BadParameter: The shell has no directory for scripts.
        OSError: A file could not be written.
    """
    if shell not in _PLACES:
        raise typer.BadParameter(f"cannot install completion for {shell}: run prompt-cli --show-completion >> $PROFILE")
    script, start, line = _PLACES[shell]
    path = Path.home() / script
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SCRIPTS[shell], encoding="utf-8")
    if start:
        _append_line(Path.home() / start, line)
    return path


def current_shell() -> str:
    """Return the name of the shell that runs the program.

    Raises:
        BadParameter: The shell is unknown, or has no script.
    """
    import shellingham  # only for these two options

    try:
        name, _ = shellingham.detect_shell()
    except shellingham.ShellDetectionFailure:
        raise typer.BadParameter("cannot tell which shell this is") from None
    if name not in SCRIPTS:
        raise typer.BadParameter(f"{name} is not supported: expected one of {', '.join(SCRIPTS)}")
    return str(name)


def _append_line(path: Path, line: str) -> None:
    text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    if line not in text.splitlines():
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{'' if text.endswith(chr(10)) or not text else chr(10)}{line}\n")
