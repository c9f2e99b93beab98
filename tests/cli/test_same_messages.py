"""Prompts that share their messages are checked by their own variables and reported by their own names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True

TEXT = "{{#items}}{{title}}{{/items}} {{upper name}} {{upper}} {{nmae}} {{uper name}} {{#if name}}{{/if}} {name}"
MESSAGE = f"messages: [{{role: user, content: '{TEXT}'}}]\n"
TITLE = "title: {type: string}"
EXAMPLE = "examples: [{name: one, variables: {name: Ada, items: %s}, expect: {contains: [never there]}}]\n"
LIST = "variables: {name: {type: string}, items: {type: array, items: {type: object, properties: {%s}}}}\n"
BODIES = {
    "list": (LIST % TITLE) + MESSAGE + EXAMPLE % "[{title: b}]",
    "list-again": (LIST % TITLE) + MESSAGE,
    "list-without": (LIST % "other: {type: string}") + MESSAGE,
    "boolean": f"variables: {{name: {{type: string}}, items: {{type: boolean}}, {TITLE}}}\n{MESSAGE}{EXAMPLE % 'true'}",
    "object": f"variables: {{name: {{type: string}}, items: {{type: object, properties: {{{TITLE}}}}}}}\n{MESSAGE}",
    "undeclared": "variables: {name: {type: string}}\n" + MESSAGE,
    "number": f"variables: {{name: {{type: number}}, items: {{type: boolean}}, {TITLE}}}\n{MESSAGE}",
    "helper": f"variables: {{upper: {{type: string}}, name: {{type: string}}, items: {{type: boolean}}, {TITLE}}}\n{MESSAGE}",
    "twice": (LIST % TITLE) + MESSAGE.replace("]\n", f", {{role: assistant, content: '{TEXT}'}}]\n"),
    "part": f"{LIST % TITLE}template: '{TEXT}'\n",
    "whole": (LIST % TITLE) + "messages: [{role: user, content: '{{> part}}'}]\n",
    "broken": (LIST % TITLE) + MESSAGE.replace("{{nmae}}", "{{nmae}"),
    "broken-too": (LIST % TITLE) + MESSAGE.replace("{{nmae}}", "{{nmae}"),
}


def findings_by_path(project: Project, *targets: str) -> dict[str, list[dict[str, object]]]:
    report = json.loads(project.run("validate", "--no-cache", "--json", *targets).stdout)
    by_path: dict[str, list[dict[str, object]]] = {}
    for one in report["findings"]:
        by_path.setdefault(one["path"], []).append(one)
    return by_path


def test_findings_do_not_depend_on_other_prompts(project: Project) -> None:
    for prompt_id, body in BODIES.items():
        written = "chat" if "messages:" in body else "text"
        head = f"id: {prompt_id}\nversion: 1.0.0\nformat: {written}\n"
        project.write(f"prompts/{prompt_id}.yaml", head + body)
    together = findings_by_path(project)
    assert together.keys() == {f"prompts/{one}.yaml" for one in BODIES}
    for prompt_id in BODIES:
        assert findings_by_path(project, prompt_id) == {
            f"prompts/{prompt_id}.yaml": together[f"prompts/{prompt_id}.yaml"]
        }
    assert len({json.dumps([{**one, "path": ""} for one in each], sort_keys=True) for each in together.values()}) > 8
