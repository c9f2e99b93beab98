"""Output: its streams, encoding, colors and files."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.support import COMMAND, Project

IN_PROCESS = True


def on_a_terminal(project: Project, *arguments: str, terminal_input: bool = False, **environment: str) -> str:
    """Run the command with standard output on a terminal; return the text there."""
    main, side = pty.openpty()
    try:
        process = subprocess.Popen(
            [str(COMMAND), *arguments],
            cwd=project.root,
            env={**project.environment, "TERM": "xterm-256color", **environment},
            stdout=side,
            stderr=subprocess.PIPE,
            stdin=side if terminal_input else subprocess.DEVNULL,
        )
        os.close(side)
        received = b""
        while True:
            try:
                block = os.read(main, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not block:
                break
            received += block
        process.communicate()
    finally:
        os.close(main)
    return received.decode().replace("\r\n", "\n")


def test_a_terminal_is_shown_escapes_as_text(repository: Project) -> None:
    repository.prompt("x", 'template: "\\e[31mred\\e[0m \\u202e"\n')
    assert on_a_terminal(repository, "render", "x") == "\\x1b[31mred\\x1b[0m \\u202e\n"
    assert repository.run("render", "x").stdout == "\x1b[31mred\x1b[0m \u202e".encode()


def test_a_rendered_text_gets_a_newline_on_a_terminal_alone(repository: Project) -> None:
    repository.prompt("x", "template: |-\n  Hello\n")
    assert on_a_terminal(repository, "render", "x") == "Hello\n"
    assert repository.run("render", "x").stdout == b"Hello"


def test_a_diff_is_coloured_on_a_terminal_alone(repository: Project) -> None:
    repository.prompt("x", "template: old\n")
    repository.commit()
    repository.prompt("x", "template: new [/red]\n")
    del repository.environment["NO_COLOR"]
    for form, line in (("unified", "\x1b[32m+template: new [/red]"), ("text", "\x1b[32m+ new [/red]")):
        command = ("diff", "x", "--output-format", form)
        assert f"{line}\x1b[0m" in on_a_terminal(repository, *command)
        assert b"\x1b" not in repository.run(*command).stdout


def test_json_has_a_schema_number(repository: Project) -> None:
    repository.prompt("x")
    repository.commit()
    for command in (
        ["list", "--json"],
        ["show", "x", "--json"],
        ["versions", "x", "--json"],
        ["render", "x", "--output-format", "messages"],
        ["validate", "--output-format", "json"],
    ):
        document = repository.run(*command).json
        assert next(iter(document.items())) == ("schema", 1), command


def test_output_goes_to_a_file_whole(repository: Project) -> None:
    repository.prompt("x", "template: |-\n  Hello\n")
    target = repository.write("out.txt", "old")
    target.chmod(0o640)
    result = repository.run("render", "x", "--output", "out.txt")
    assert (result.status, result.stdout) == (0, b"")
    assert target.read_bytes() == b"Hello"
    assert target.stat().st_mode & 0o777 == 0o640
    assert repository.run("render", "x", "--output", "-").out == "Hello"
    assert sorted(path.name for path in repository.root.iterdir() if not path.name.startswith(".git")) == [
        "out.txt",
        "prompts",
    ]


def test_closed_pipe_is_not_an_error(repository: Project) -> None:
    repository.prompt("x", f"template: {'x' * 500_000}\n")
    process = subprocess.Popen(
        [str(COMMAND), "render", "x"],
        cwd=repository.root,
        env=repository.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


ANY = [
    ["--version"],
    ["--help"],
    ["list", "--json"],
    ["render", "x"],
    ["validate", "--json"],
    ["rule"],
    ["render", "none"],
]


def test_standard_output_on_a_full_disk_is_an_error(repository: Project) -> None:
    repository.prompt("x")
    for arguments in [*ANY, ["validate", "--json"]]:  # the second time from the cache
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [str(COMMAND), *arguments],
                cwd=repository.root,
                env=repository.environment,
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert done.returncode == 3, arguments
        assert done.stderr.startswith(b"error: "), arguments
        assert b"Traceback" not in done.stderr, arguments


@pytest.mark.parametrize("command", ["render none", "nope", "validate"])
def test_an_error_that_cannot_be_written_is_no_finding(repository: Project, command: str) -> None:
    repository.prompt("x")
    script = f'"$@" {command} 2> /dev/full'
    done = subprocess.run(
        ["bash", "-c", script, "bash", str(COMMAND)], cwd=repository.root, env=repository.environment, check=False
    )
    assert done.returncode == 3


@pytest.mark.parametrize(
    ("arguments", "closed"),
    [(arguments, ">&- 2>&- <&-") for arguments in ANY]
    + [(arguments, closed) for closed in (">&-", "2>&-", "<&-") for arguments in (["--version"], ["render", "x"])]
    + [(["render", "none"], "2>&-")],
)
def test_streams_that_are_closed_take_nothing_and_break_nothing(
    repository: Project, arguments: list[str], closed: str
) -> None:
    path = repository.prompt("x")
    done = subprocess.run(
        ["bash", "-c", f'"$@" {closed}', "bash", str(COMMAND), *arguments],
        cwd=repository.root,
        env=repository.environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == (3 if "none" in arguments else 0)
    assert b"Traceback" not in done.stderr
    assert b"defect" not in done.stderr
    assert path.read_bytes().endswith(b"template: Hello!\n")


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_output_is_utf8_in_any_locale(repository: Project, locale: str) -> None:
    repository.prompt("x", "template: |-\n  é 😀\n")
    environment = {"LC_ALL": locale, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    assert Project(repository.root).run("render", "x", environment=environment).stdout == "é 😀".encode()


class TestLogs:
    def test_they_are_off(self, repository: Project) -> None:
        repository.prompt("x")
        assert repository.run("render", "x").stderr == b""

    def test_they_go_to_standard_error_with_command_and_prompt(self, repository: Project) -> None:
        repository.prompt("x", "template: |-\n  Hello\n")
        result = repository.run("render", "x", "-vv", "--log-format", "json")
        assert result.stdout == b"Hello"
        events = [json.loads(line) for line in result.err.splitlines()]
        assert events
        assert all(one["command"] == "render" and one["prompt_id"] == "x" for one in events)
        assert {"event", "level", "timestamp"} <= set(events[0])

    def test_the_console_is_the_default(self, repository: Project) -> None:
        repository.prompt("x")
        result = repository.run("-v", "bump", "x", "minor")
        assert "prompt_bumped" in result.err
        assert "command=bump" in result.err

    def test_an_unknown_format_is_wrong_usage(self, repository: Project) -> None:
        assert repository.run("--log-format", "xml", "list").status == 2
