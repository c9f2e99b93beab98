from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_cli.domain.ids import check_id, id_problem, id_to_path, near_names, path_to_id
from prompt_cli.errors import ExitCode, PromptIdError


@pytest.mark.parametrize("text", ["a", "0", "support/triage", "a/b/c/d", "a_b-c", "a" * 100, "1-2_3/4", "console"])
def test_ids(text: str) -> None:
    assert id_problem(text) is None
    assert path_to_id(id_to_path(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "..",
        "../a",
        "a/../b",
        "a/.",
        "A",
        "Support/triage",
        "-a",
        "_a",
        "a/-b",
        "a b",
        "a.b",
        "a.yaml",
        "a\n",
        "a\0",
        "ä",
        "٣",  # a digit, but not an ASCII one
        "a\\b",
        "c:/a",
        "a@1.0.0",
        "a" * 101,
        "con",
        "a/nul/b",
        "lpt1",
        "com0",
    ],
)
def test_invalid_ids(text: str) -> None:
    with pytest.raises(PromptIdError) as caught:
        check_id(text)
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [("Support/Triage", "support/triage"), ("my prompt.yaml", "my-prompt"), ("../../etc", "etc"), ("¡", "")],
)
def test_a_near_id_is_suggested(text: str, suggestion: str) -> None:
    with pytest.raises(PromptIdError) as caught:
        check_id(text)
    assert caught.value.help == (f"try {suggestion!r}" if suggestion else "")


@pytest.mark.parametrize("path", ["a.yml", "a", "A.yaml", "a/../b.yaml", ".yaml", "a.yaml.yaml", "/a.yaml"])
def test_paths_that_give_no_id(path: str) -> None:
    assert path_to_id(path) is None


@given(st.text())
def test_no_id_leads_out(text: str) -> None:
    if id_problem(text) is None:
        parts = id_to_path(text).split("/")
        assert all(part not in {"", ".", ".."} and "\\" not in part for part in parts)


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("triage", ["support/triage", "sales/triage", "other"], ("sales/triage", "support/triage")),
        ("greting", ["greeting", "farewell"], ("greeting",)),
        ("support/triag", ["support/triage", "support/reply", "support/classify"], ("support/triage",)),
        ("strng", ["string", "integer"], ("string",)),
        ("", ["a"], ()),
        ("zzz", ["greeting"], ()),
        ("a", [], ()),
    ],
)
def test_near_names(name: str, candidates: list[str], expected: tuple[str, ...]) -> None:
    assert near_names(name, candidates) == expected
