"""Completion in the real shells: bash and zsh on a terminal, fish by its own function."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from prompt_cli.cli.completion import SCRIPTS
from tests.support import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.support import Golden, Project

COMPLETIONS = Path(__file__).parent.parent.parent / "completions"
FILES = {"bash": "prompt-cli.bash", "zsh": "_prompt-cli", "fish": "prompt-cli.fish", "powershell": "prompt-cli.ps1"}

PROMPT = r"""
tags: [production, "x$(touch made)"]
variables:
  customer: {type: string, description: Name as signed}
template: Hi {{customer}}
examples:
  - {name: two tickets, variables: {customer: Ada}}
  - {name: "x$(touch made)", variables: {customer: Ada}}
  - {name: "it's `touch made`", variables: {customer: Ada}}
  - {name: "bell\a", variables: {customer: Ada}}
"""

# The line before Tab, and after it. The last are names that a shell would run.
LINES = {
    "ren": "render ",
    "render --output-f": "render --output-format ",
    "--directory prompts/support show tri": "--directory prompts/support show triage ",
    "-C prompts show support/tri": "-C prompts show support/triage ",
    "-C nowhere show support/tri": "-C nowhere show support/tri",
    "render support/triage@1.0": "render support/triage@1.0.0 ",
    "diff support/triage 1.1": "diff support/triage 1.1.0 ",
    "render support/triage --var cu": "render support/triage --var customer=",
    "render support/triage --var-file customer=pro": "render support/triage --var-file customer=prompts/",
    "render support/triage --vars=pro": "render support/triage --vars=prompts/",
    "render support/triage --var customer=": "render support/triage --var customer=",
    "validate pro": "validate prompts/",
    "validate --ignore=PC301,PC60": "validate --ignore=PC301,PC60",
    "render support/triage --example tw": r"render support/triage --example two\ tickets ",
    'render support/triage --example "tw': 'render support/triage --example "two tickets" ',
    "render support/triage --example x": r"render support/triage --example x\$\(touch\ made\) ",
    "render support/triage --example it": r"render support/triage --example it\'s\ \`touch\ made\` ",
    "list --tag x": r"list --tag x\$\(touch\ made\) ",
    "bump --against x": r"bump --against x\$\(touch\$\{IFS\}made\) ",
}

# Offers do not depend on the shell, but quotes do: bash tries all lines, the others these.
_FEW = (
    "render support/triage@1.0",
    "render support/triage --var cu",
    "render support/triage --var-file customer=pro",
    "render support/triage --vars=pro",
    "validate pro",
    'render support/triage --example "tw',
    "render support/triage --example x",
    "render support/triage --example it",
)
QUOTED_LINES = {typed: LINES[typed] for typed in _FEW}


@pytest.fixture
def prompts(repository: Project) -> Project:
    repository.prompt("support/triage", PROMPT)
    repository.prompt("support/reply")
    repository.prompt("sql")
    # Names that a shell would run, which are not ids: they are never offered.
    repository.write("prompts/$(touch made).yaml", "")
    repository.write("prompts/a b.yaml", "")
    repository.write("prompts/broken.yaml", "{")
    repository.commit()
    repository.prompt("support/triage", PROMPT, version="1.1.0")
    repository.commit()
    for name in ("feature/a", "x$(touch${IFS}made)"):
        repository.git("branch", name)
    repository.git("pack-refs", "--all")
    repository.git("tag", "release-1")
    return repository


@contextmanager
def terminal(project: Project, *command: str) -> Iterator[Callable[[str, bytes], str]]:
    """Start a shell on a terminal; yield a function that types a line and returns the output up to a mark."""
    master, slave = pty.openpty()
    environment = {**project.environment, "PATH": f"{COMMAND.parent}:{project.environment['PATH']}", "TERM": "dumb"}
    shell = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, cwd=project.root, env=environment, start_new_session=True
    )
    os.close(slave)

    def type_keys(keys: str, mark: bytes) -> str:
        os.write(master, keys.encode())
        printed = b""
        while not (match := re.search(mark, printed)):
            assert select.select([master], [], [], 20)[0], f"no {mark!r} in {printed!r}"
            printed += os.read(master, 1 << 16)
        return match.group().decode()

    try:
        yield type_keys
    finally:
        shell.kill()
        shell.wait()
        os.close(master)


def run_shell(project: Project, *command: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**project.environment, "PATH": f"{COMMAND.parent}:{project.environment['PATH']}"}
    return subprocess.run(command, cwd=project.root, env=environment, capture_output=True, check=True)


# Control-X prints the line in the editor and empties it.
BASH = rf"""
PS1='ready '; stty -echo cols 200; bind 'set enable-bracketed-paste off'
source {COMPLETIONS / "prompt-cli.bash"}
show() {{ printf '<%s>\n' "$READLINE_LINE"; READLINE_LINE=; }}
bind -x '"\C-x": show'
"""
ZSH = rf"""
PS1='ready '; unsetopt prompt_sp prompt_cr; unset zle_bracketed_paste; stty -echo cols 200; fpath=({COMPLETIONS} $fpath)
autoload -Uz compinit; compinit -D -u
show() {{ BUFFER="print -r -- ${{(qq):-<$BUFFER>}}"; zle accept-line }}
zle -N show; bindkey '^X' show
"""


def complete_on_a_terminal(project: Project, shell: str, typed_lines: Iterable[str]) -> dict[str, str]:
    """Return each line after Tab."""
    command, start = (["bash", "--norc", "-i"], BASH) if shell == "bash" else (["zsh", "-f", "-i"], ZSH)
    start_file = project.write("../start", start)
    lines = {}
    with terminal(project, *command) as type_keys:
        type_keys(f". {start_file}\n", rb"ready $")
        for typed in typed_lines:
            printed = type_keys(f"prompt-cli {typed}\t\x18", rb"\n<prompt-cli [^\n]*>\r\n")
            lines[typed] = printed.removeprefix("\n<prompt-cli ").removesuffix(">\r\n")
    return lines


@pytest.mark.parametrize(("shell", "lines"), [("bash", LINES), ("zsh", QUOTED_LINES)])
def test_tab_completes(prompts: Project, shell: str, lines: dict[str, str]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert complete_on_a_terminal(prompts, shell, lines) == lines
    assert not (prompts.root / "made").exists()


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed: apt-get install fish")
def test_fish_completes(prompts: Project) -> None:
    requests = [f"complete --escape -C {shlex.quote(f'prompt-cli {typed}')}; echo =" for typed in QUOTED_LINES]
    script = "\n".join((f"source {COMPLETIONS / FILES['fish']}", *requests))
    done = run_shell(prompts, "fish", "--no-config", "-c", script)
    assert done.stderr == b""
    offers = [block.splitlines() for block in done.stdout.decode().split("=\n")[:-1]]
    for (typed, line), offer in zip(QUOTED_LINES.items(), offers, strict=True):
        values = [shlex.split(one.partition("\t")[0])[0] for one in offer]
        expected = shlex.split(line)[-1]
        if line == typed:  # nothing to offer, or several values
            assert len(values) != 1
            assert all(one.startswith(expected) for one in values)
        else:
            assert values == [expected]
    assert ["customer=\tName as signed"] in offers
    assert not (prompts.root / "made").exists()


@pytest.mark.parametrize(("shell", "file"), FILES.items())
def test_the_script_is_shown_and_installed(project: Project, golden: Golden, shell: str, file: str) -> None:
    if shell != "powershell" and shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    golden.check(COMPLETIONS / file, SCRIPTS[shell])
    if shell != "powershell":
        shown, installed, _ = (
            run_shell(project, shell, "-c", f"prompt-cli {option}; true").stdout.decode()
            for option in ("--show-completion", "--install-completion", "--install-completion")
        )
        assert shown == SCRIPTS[shell]
        path = re.fullmatch(rf"{shell} completion installed in (.*); open a new shell to use it\n", installed)
        assert path is not None
        assert Path(path[1]).read_text() == SCRIPTS[shell]
    if shell in {"bash", "zsh"}:
        (start,) = Path(project.environment["HOME"]).glob(f".{shell}rc")
        assert len(start.read_text().splitlines()) == 1
