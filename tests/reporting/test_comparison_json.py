from __future__ import annotations

import json

from prompt_cli.changes.comparison import RenderedComparison, RenderedMessage, RenderedSide
from prompt_cli.domain.change import ChangeKind
from prompt_cli.domain.variables import VariableSpec
from prompt_cli.reporting.comparison_json import comparisons_json, rendered_json
from tests.reporting.comparisons import broken, change, compared, prompt

DEEP = change(
    ChangeKind.VARIABLE_ADDED,
    "variables.tickets.items.properties.urgent",
    None,
    {"type": "boolean"},
    "a required variable was added",
)


def test_a_changed_prompt() -> None:
    assert comparisons_json([compared(prompt(), prompt(version="1.3.0"), DEEP)]) == {
        "prompts": [
            {
                "id": "support/triage",
                "path": "prompts/support/triage.yaml",
                "renamed_from": None,
                "from": "HEAD",
                "to": "working tree",
                "from_version": "1.2.0",
                "to_version": "1.3.0",
                "verdict": "too-low",
                "level": "major",
                "declared": "minor",
                "required_version": "2.0.0",
                "problem": None,
                "changes": [
                    {
                        "kind": "variable-added",
                        "level": "major",
                        "path": "variables.tickets.items.properties.urgent",
                        "old": None,
                        "new": {"type": "boolean"},
                        "message": "a required variable was added",
                    }
                ],
            }
        ]
    }


def test_changes_without_a_level() -> None:
    documents = comparisons_json([compared(None, prompt()), compared(prompt(), None), broken()])["prompts"]
    words = ("verdict", "level", "declared", "from_version", "to_version", "problem")
    assert [tuple(one[word] for word in words) for one in documents] == [
        ("added", None, None, None, "1.2.0", None),
        ("deleted", None, None, "1.2.0", None, None),
        ("unjudged", None, None, "1.2.0", None, "line 1: the list is not closed"),
    ]


def test_values_of_any_container_can_be_written() -> None:
    spec = VariableSpec.model_validate({"type": "array", "default": [{"a": [1, None]}]})
    found = change(ChangeKind.DEFAULT_CHANGED, "variables.a.default", spec.default, ("x", 1.5))
    written = json.loads(json.dumps(comparisons_json([compared(prompt(), prompt(), found)])))
    assert written["prompts"][0]["changes"][0]["old"] == [{"a": [1, None]}]
    assert written["prompts"][0]["changes"][0]["new"] == ["x", 1.5]


def test_rendered() -> None:
    found = RenderedComparison(
        "a", RenderedSide("HEAD", (RenderedMessage("", "x"),)), RenderedSide("1.0.0", (RenderedMessage("user", "y"),))
    )
    assert rendered_json([found]) == {
        "prompts": [
            {
                "id": "a",
                "from": "HEAD",
                "to": "1.0.0",
                "old": [{"role": None, "content": "x"}],
                "new": [{"role": "user", "content": "y"}],
                "problem": None,
            }
        ]
    }
