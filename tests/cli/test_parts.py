"""Images, files and histories at the command line, and their checks and differences."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
PROMPT = """\
id: look
version: 1.0.0
format: chat
variables:
  photo: {type: image, required: false}
  report: {type: file, required: false}
  talk: {type: messages, default: []}
messages:
  - {role: system, content: Be brief., cache: true}
  - {history: talk}
  - role: user
    content:
      - {text: Look!}
      - {image: photo, detail: low}
      - {file: report}
output:
  name: look
  schema: {type: object, properties: {kind: {type: string, enum: [cat, dog]}}}
tools:
  - {name: find, description: Find it., parameters: {id: {type: string}}}
"""


@pytest.fixture
def looking(repository: Project) -> Project:
    repository.write("prompts/look.yaml", PROMPT)
    repository.write("cat.png", PNG)
    return repository


def media(project: Project, *options: str) -> dict[str, str]:
    result = project.run("render", "look", "--json", *options)
    assert result.status == 0, result.err
    last = result.json["messages"][-1]["content"][-1]
    assert isinstance(last, dict)
    return dict(last.get("image") or last["file"])


def test_a_file_of_an_image_has_the_type_of_its_bytes(looking: Project) -> None:
    looking.write("cat.txt", b"GIF89a...")
    looking.write("report.pdf", b"%PDF-1.7")
    looking.write("notes", "Grüße")
    data = base64.b64encode(PNG).decode()
    assert media(looking, "--var-file", "photo=cat.png") == {
        "data": data,
        "media_type": "image/png",
        "name": "cat.png",
    }
    assert media(looking, "--var-file", "photo=cat.txt")["media_type"] == "image/gif"
    assert media(looking, "--var-file", "report=report.pdf")["media_type"] == "application/pdf"
    assert media(looking, "--var-file", "report=notes")["media_type"] == "text/plain"
    assert media(looking, "--var", "photo=https://example.com/a.png") == {"url": "https://example.com/a.png"}
    value = json.dumps({"data": data, "media_type": "image/png"})
    assert media(looking, "--var", f"photo={value}") == {"data": data, "media_type": "image/png"}
    assert looking.run("render", "look", "--var-file", "photo=cat.png").out == (
        "system:\nBe brief.\n\nuser:\nLook!\n[image photo]\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--var-file", "photo=prompts/look.yaml"), "photo must be an image: PNG, JPEG, GIF or WebP"),
        (("--var-file", "photo=large"), "photo must be at most 20 MiB"),
        (("--var", "photo=secret-text"), "photo must be a URL, a data URL or {data, media_type}"),
        (("--var", "photo=data:image/png;base64,secret-text"), "photo must have data in Base64"),
        (("--var", 'photo={"data": "secret-text", "media_type": "image/png"}'), "photo must have data in Base64"),
        (("--var", "talk=secret-text"), "talk must be messages; the value is not valid JSON"),
        (("--var", 'talk=[{"role": "system", "content": "secret-text"}]'), "talk[0].role must be one of user, assis"),
    ],
)
def test_values_that_do_not_fit_are_not_shown(looking: Project, options: tuple[str, ...], message: str) -> None:
    looking.write("large", PNG + bytes(20 * 1024 * 1024))
    result = looking.run("-vv", "render", "look", *options)
    assert (result.status, result.out) == (1, "")
    assert message in result.err
    assert "secret-text" not in result.err


def test_a_missing_image_is_a_file_to_pass(looking: Project) -> None:
    looking.write("prompts/look.yaml", PROMPT.replace("{type: image, required: false}", "{type: image}"))
    assert looking.run("render", "look").err.endswith("  help: pass --var-file NAME=FILE\n")


def test_history_is_passed_as_json(looking: Project) -> None:
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    result = looking.run("render", "look", "--json", "--var", f"talk={json.dumps(talk)}")
    assert result.json["messages"] == [
        {"role": "system", "content": "Be brief.", "cache": True},
        *talk,
        {"role": "user", "content": [{"text": "Look!"}]},
    ]


def test_diff_has_a_section_for_outputs_and_one_for_tools(looking: Project) -> None:
    looking.commit()
    changed = PROMPT.replace("[cat, dog]", "[cat, dog, cow]").replace("Find it.", "Find an animal.")
    looking.write("prompts/look.yaml", changed.replace("{image: photo, detail: low}", "{image: photo}"))
    text = looking.run("diff", "look").out
    output, tools = text.index("\nOutput\n"), text.index("\nTools\n")
    assert text.startswith("breaking: needs a major bump")
    assert "field 'kind' of the output allows 'cow' too; callers may get an answer" in text[output:tools]
    assert "the description of tool 'find' was changed" in text[tools:]
    assert looking.run("validate", "--against", "HEAD").status == 1
    assert "look: 1.0.0 -> 2.0.0" in looking.run("bump", "look", "--dry-run").out
    sections = looking.run("diff", "look", "--output-format", "markdown").out
    assert "Output" in sections
    assert "Tools" in sections


def test_a_prompt_with_everything_has_no_problem_and_is_shown(looking: Project) -> None:
    result = looking.run("validate", "look")
    assert result.status == 0, result.out + result.err
    assert looking.run("show", "look").out == PROMPT
    shown = looking.run("show", "look", "--json").json["prompt"]
    assert shown["messages"][1] == {"history": "talk"}
    assert shown["tools"][0]["parameters"] == {"id": {"type": "string"}}
