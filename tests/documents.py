"""Markdown pages whose examples run: files are written, and commands and Python are executed in the order of the page.

A line ``# -> text`` below a statement or a command is the expected output.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Project

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))

_FENCE = re.compile(r'^(```+)(\w+)(?: title="([^"]+)")?\n(.*?)^\1$', re.MULTILINE | re.DOTALL)
_EXPECTED = re.compile(r"^ *# ->(?: |$)(.*)$", re.MULTILINE)
_SHELL_SYNTAX = re.compile(r"[|&;<>$`]")


class Block(NamedTuple):
    """A fenced block; one with a title is a file."""

    language: str
    title: str
    text: str
    line: int


def blocks(page: str, language: str | None = None) -> list[Block]:
    """Return the blocks of a page, or those of one language."""
    text = (ROOT / page).read_text()
    found = (
        Block(match[2], match[3] or "", match[4], text[: match.start()].count("\n") + 2)
        for match in _FENCE.finditer(text)
    )
    return [block for block in found if language in {None, block.language}]


class PageRun:
    """Runs the blocks of a page in a project, whose directory is the current one."""

    def __init__(self, page: str, project: Project) -> None:
        self._page = page
        self._project = project
        self._names: dict[str, Any] = {"__name__": "example"}

    def run(self, block: Block) -> None:
        if block.title:
            self._project.write(block.title, block.text)
        elif block.language == "python":
            self._python(block)
        elif block.language == "sh":
            self._shell(block)

    def _python(self, block: Block) -> None:
        source = "\n" * (block.line - 1) + block.text  # tracebacks show lines of the page
        code = compile(source, self._page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            result = eval(code, self._names)  # noqa: S307 - our own documents
            if inspect.iscoroutine(result):
                asyncio.run(result)
        printed, expected = output.getvalue().splitlines(), _EXPECTED.findall(block.text)
        assert printed == expected, f"{self._page}:{block.line}: {printed} != {expected}"

    def _shell(self, block: Block) -> None:
        for command, expected in _commands(block.text):
            printed = self._command(command).splitlines()
            if expected:
                assert printed == expected, f"{self._page}:{block.line}: {command}: {printed} != {expected}"

    def _command(self, command: str) -> str:
        words = shlex.split(command, comments=True)
        if words[0] == COMMAND.name and not _SHELL_SYNTAX.search(command):
            result = self._project.run(*words[1:])
            assert result.status == 0, (command, result.out, result.err)
            return result.out
        environment = {**self._project.environment, "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self._project.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout


def _commands(script: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each line of a script with the output that is expected of it."""
    command, expected = "", list[str]()
    for line in [*script.splitlines(), ""]:
        if match := _EXPECTED.match(line):
            expected.append(match[1])
            continue
        if command:
            yield command, expected
        command, expected = line.strip(), []
    assert not command
