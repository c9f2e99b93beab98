from __future__ import annotations

import json
from typing import TYPE_CHECKING

from prompt_cli.resolver import PromptResolver
from prompt_cli.rules.rule import analyse_templates
from prompt_cli.storage.backends import InMemoryStorage
from prompt_cli.storage.loader import parse_prompt

if TYPE_CHECKING:
    from prompt_cli.domain.revision import ExactVersion, Snapshot


async def never(prompt_id: str, version: ExactVersion, _: Snapshot) -> InMemoryStorage:
    raise AssertionError((prompt_id, version))


async def test_layers_of_shared_partials_take_no_exponential_time() -> None:
    templates = {"main": "{{> l25}}", "l0": "{{x}}", "r0": "{{y}}"}
    for n in range(25):
        templates |= {f"{side}{n + 1}": f"{{{{> l{n}}}}}{{{{> r{n}}}}}" for side in "lr"}
    head = {"version": "1.0.0", "format": "text"}
    files = {name: json.dumps({"id": name, **head, "template": text}) for name, text in templates.items()}
    resolver = PromptResolver(never, lambda content, prompt_id: parse_prompt(content, prompt_id, prompt_id))
    resolved = await resolver.resolve("main", InMemoryStorage(files))
    assert {one.path for one in analyse_templates(resolved).templates["template",].references} == {("x",), ("y",)}
