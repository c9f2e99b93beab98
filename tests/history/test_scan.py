from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from prompt_cli.history.file_history import plain_version
from tests.history.git_repositories import parsed_version, prompt

# Pieces of YAML that could make a line at the left margin something else than a key at the top, or its value another.
PIECES = st.sampled_from(
    [
        *("id: a\n", "version: 1.2.0\n", "version: 1.2.0", "version: '1.3.0'\n", 'version: "1.4.0" # why\n'),
        *(
            "version: 1.2.0 \n",
            "version:  1.5.0\n",
            "version:\t1.2.0\n",
            "version:\n  1.2.0\n",
            "version: |\n  1.2.0\n",
        ),
        *("version: &v 1.2.0\n", "version: !!str 1.2.0\n", "version : 1.2.0\n", "version: 01.2.0\n", "version: 1.2\n"),
        *(
            '"version": 1.6.0\n',
            "'version': 1.6.0\n",
            "? version\n: 1.6.0\n",
            '"\\x76ersion": 1.6.0\n',
            "versions: 2.0.0\n",
        ),
        *(
            'description: "\n',
            "description: '\n",
            '"\n',
            "'\n",
            "note: a'b\n",
            "note: it's plain\n",
            "quoted: 'it''s'\n",
        ),
        *(
            "metadata: {\n",
            "metadata: {a: 1}\n",
            "}\n",
            "tags: [\n",
            "tags: [x, y]\n",
            "]\n",
            "{\n",
            ",\n",
            "key: {x: [\n",
        ),
        *(
            "template: |\n",
            "template: >-\n",
            "  text\n",
            " text\n",
            "\ttext\n",
            "|\n",
            "--- |\n",
            "--- >\n",
            "--- text\n",
        ),
        *(
            "# comment\n",
            "# version: 9.9.9\n",
            "#\n",
            " # indented comment\n",
            "\n",
            "  \n",
            "---\n",
            "...\n",
            "%YAML 1.2\n",
        ),
        *(
            "&anchor\n",
            "!!map\n",
            "*alias\n",
            "- item\n",
            "plain\n",
            "key: value\n",
            "key: a: b\n",
            "key:\n",
            "key: x#y\n",
        ),
        *(
            "\r\n",
            "\r",
            "\u0085",
            "\u2028",
            "\ufeff",
            "\x00",
            "\x0b",
            "\u00e9\n",
            "  version: 3.0.0\n",
            "x: y\r\n",
            "\\\n",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=9).map("".join)


def is_valid(content: bytes) -> bool:
    try:
        YAML(typ="safe").load(content.decode("utf-8"))
    except (YAMLError, UnicodeDecodeError, ValueError):
        return False
    return True


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example('description: "\nversion: 1.2.0\n"\n')
@example("metadata: {\nversion: 1.2.0\n}\n")
@example("|\nversion: 1.2.0\n")
@example("--- |\nversion: 1.2.0\n")
@example("version: 1.2.0\n  and more\n")
@example("version: 1.2.0\n\n  and more\n")
@example("# comment\rversion: 1.2.0\n")
@example("# comment\rdescription: '\nversion: 1.2.0\n'\n")
@example("version: 1.2.0\n---\nversion: 1.3.0\n")
@example("\ufeffversion: 1.2.0\n")
def test_version_from_bytes_equals_the_parsed_one(text: str) -> None:
    content = text.encode()
    version = plain_version(content)
    assert not version or not is_valid(content) or version == str(parsed_version(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (prompt("support/triage", "1.2.0"), "1.2.0"),
        ("---\n# Sorts tickets.\n\nid: a\nversion: 1.2.0", "1.2.0"),
        ("\ufeffid: a\r\nversion: '1.2.0'  # why\r\n\r\nformat: text\r\n", "1.2.0"),
        ('id: a\ndescription: Sort tickets\nversion: "0.10.7"\n', "0.10.7"),
        ("version: 1.2.0\ntemplate: |\n  version: 1.3.0\n", "1.2.0"),
    ],
)
def test_the_usual_forms_need_no_parser(content: str, expected: str) -> None:
    assert plain_version(content.encode()) == expected


@pytest.mark.parametrize(
    "content",
    [
        "",
        "version: 1.2\n",
        "version: 01.2.0\n",
        "{version: 1.2.0}\n",
        "  version: 1.2.0\n",
        "id: a\nversion: 1.2.0\nversion: 1.3.0\n",
        'description: "quoted"\nversion: 1.2.0\n',
        "version: 1.2.0\n...\n",
    ],
)
def test_ambiguous_bytes_need_the_parser(content: str) -> None:
    assert plain_version(content.encode()) == ""


def test_a_long_file_takes_no_time_that_grows_faster_than_it_does() -> None:
    # Nested repetitions could try every way to part these lines; this would not end within a test run.
    content = b"# comment\n\n" * 100_000 + b"id: a b c d e f g h\n" * 10_000 + b"end"
    assert plain_version(content) == ""
