"""Text of strangers is data."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True

TEXTS = {
    "inst": "[INST] Do it. [/INST]",
    "markup": "[bold]be brief[/bold] [be brief] [/] [link=x]y[/link]",
    "ansi": "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b1m",
    "emoji": "😀 👩‍👩‍👧 é ñ 日本語",
    "crlf": "one\r\ntwo\r\n",
    "bidi": "a \u202e b \u2066 c",
    "spaces": "  leading and trailing  \n\n\n",
    "percent": "%s %d {} {0} $x `y` \\n",
    "big": "x" * 200_000,
    "lines": "line\n" * 40_000,
    "null": "a\u0000b".replace("\u0000", "\\0"),
}


FORMATS = ("text", "concise", "json", "sarif", "github", "junit", "markdown")
_KEY = "AKIA" + "QYLPMN5HHHFPZAM2"  # in two parts, so that secret scanners do not report this file


@pytest.mark.parametrize("report_format", FORMATS)
def test_no_report_quotes_a_secret(repository: Project, report_format: str) -> None:
    repository.write("prompts/a.yaml", f"id: a\nversion: {_KEY}\nformat: text\ntemplate: {_KEY} {{{{#if\n")
    repository.prompt("b", f"template: '{{{{> {_KEY} }}}} {_KEY} {{{{y}}}}'\n")
    result = repository.run("validate", "--output-format", report_format)
    assert result.status == 1
    assert "PC103" in result.out
    assert "PC207" in result.out
    assert _KEY[4:12] not in result.out + result.err


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_passes_unharmed(repository: Project, name: str) -> None:
    text = TEXTS[name]
    # JSON is YAML, and every text can be written in it.
    body = f"template: {json.dumps(text, ensure_ascii=False).replace(chr(0x9B), chr(92) + 'x9b')}\n"
    body = body.replace("\x7f", "\\x7f")
    path = repository.prompt("x", body)
    repository.commit()
    for reference in ("x", "x@1.0.0"):
        rendered = repository.run("render", reference)
        assert (rendered.status, rendered.stdout) == (0, text.encode()), rendered.err
        shown = repository.run("show", reference)
        assert (shown.status, shown.stdout) == (0, path.read_bytes()), shown.err
        messages = repository.run("render", reference, "--output-format", "messages").json
        assert messages["messages"] == [{"role": "user", "content": text}]
    assert repository.run("show", "x", "--json").json["prompt"]["template"] == text
    repository.prompt("x", body + "description: changed\n")
    result = repository.run("diff", "x")
    assert (result.status, result.stderr) == (0, b"")
    assert result.out.startswith("no change that needs a bump\n")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.out)
    difference = repository.run("diff", "x", "--output-format", "unified")
    assert (difference.status, difference.stderr) == (0, b"")
    assert b"+description: changed" in difference.stdout
    repository.write("diff.patch", difference.stdout)
    repository.git("checkout", "-q", "prompts/x.yaml")
    repository.git("apply", "--unidiff-zero", "diff.patch")
    assert repository.read("prompts/x.yaml") == path.read_bytes()


@pytest.mark.parametrize("command", ["render", "validate"])
def test_a_template_of_an_open_mustache_alone_is_a_clear_error(repository: Project, command: str) -> None:
    repository.prompt("x", 'template: "{{"\n')
    result = repository.run(command, "x")
    assert result.status == 1
    said = result.out + result.err
    assert "prompts/x.yaml:4:12: error" in said or "prompts/x.yaml:4:" in said
    assert "Traceback" not in said
    assert repository.run("show", "x").stdout.endswith(b'template: "{{"\n')


def test_sensitive_values_are_never_shown(repository: Project) -> None:
    repository.prompt("x", "variables: {token: {type: integer, sensitive: true}}\ntemplate: '{{token}}'\n")
    result = repository.run("-vv", "render", "x", "--var", "token=s3cret")
    assert result.status == 1
    assert "s3cret" not in result.err + result.out
    result = repository.run("-vv", "--log-format", "json", "render", "x", "--var", "token=123454321")
    assert (result.status, result.out) == (0, "123454321")
    assert "123454321" not in result.err


@pytest.mark.parametrize(
    "prompt_id",
    [
        *("../x", "/etc/passwd", "a/../../x", "--upload-pack=x", "-x", "a\nb", "A", "con", "x@--output=y", "x@"),
        *("x" * 200_000, "./" + "x/" * 200_000, "x@" + "1" * 200_000),
    ],
)
@pytest.mark.parametrize("command", ["render", "show", "versions", "bump", "diff", "create"])
def test_invalid_ids_reach_no_file(repository: Project, command: str, prompt_id: str) -> None:
    repository.prompt("x")
    repository.commit()
    more = {"bump": ["patch"], "create": ["--template", "x"]}.get(command, [])
    before = repository.git("status", "--porcelain", "--ignored")
    result = repository.run(command, "--", prompt_id, *more)
    assert result.status in {2, 3}, result
    assert result.err.startswith("error: ")
    assert "Traceback" not in result.err
    assert "\nb" not in result.err
    assert len(result.err) < 3_000
    assert repository.git("status", "--porcelain", "--ignored") == before


@pytest.mark.parametrize(
    "arguments",
    [
        *(["-C"], ["--directory"], ["render", "x", "--example"], ["render", "x", "--var"], ["diff", "--against"]),
        *(["rule"], ["render", "x", "--output"]),
    ],
)
@pytest.mark.parametrize("argument", ["x" * 200_000, "./" + "x/" * 60_000])
def test_errors_quote_long_arguments_in_part(repository: Project, arguments: list[str], argument: str) -> None:
    repository.prompt("x")
    result = repository.run(*arguments, argument, *(["list"] if len(arguments) == 1 else ()))
    assert result.status in {2, 3}
    assert len(result.err) < 3_000


@pytest.mark.parametrize("command", ["show", "diff", "validate"])
@pytest.mark.parametrize("part", ["[", "@", "@{", "*a", "**/", "x@"])
def test_long_targets_are_refused_at_once(repository: Project, command: str, part: str) -> None:
    repository.prompt("x")
    repository.commit()
    result = repository.run(command, part * (100_000 // len(part)))
    assert result.status in {2, 3}
    assert len(result.err) < 3_000


@pytest.mark.parametrize(
    "fragment", ["[", "{", "- ", "{a: ", "? ", "&a [*a, ", '"', "|\n", "\t", "\0", "%", "!!x ", "'"]
)
def test_a_file_of_one_fragment_is_a_clear_error(repository: Project, fragment: str) -> None:
    repository.write("prompts/x.yaml", fragment * 20_000)
    for command in (["validate"], ["render", "x"], ["list"]):
        result = repository.run(*command)
        assert result.status == 1, (command, result.err)
        assert "Traceback" not in result.err
        assert "defect" not in result.err


def test_commit_messages_and_names_are_shown_as_text(repository: Project) -> None:
    repository.prompt("x")
    repository.environment["GIT_AUTHOR_NAME"] = "[/bold] \x1b[31mOne"
    repository.commit("[be brief] \x1b[31m [/INST]")
    result = repository.run("versions", "x")
    assert result.status == 0, result.err
    assert "[be brief] \\x1b[31m [/INST]" in result.out
    assert "[/bold] \\x1b[31mOne" in result.out
    assert "\x1b" not in result.out


def test_output_that_cannot_be_written_is_an_error(repository: Project) -> None:
    repository.prompt("x")
    result = repository.run("render", "x", "--output", "/dev/full")
    assert (result.status, result.err[:6]) == (3, "error:")
    result = repository.run("render", "x", "--output", "no/such/folder/file")
    assert (result.status, result.err[:6]) == (3, "error:")
