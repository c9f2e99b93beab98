"""The work of checks: twice the text takes at most twice the calls."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from prompt_cli import InMemoryStorage
from prompt_cli.binder import bind_resolved
from prompt_cli.engines.handlebars import TemplateEngine
from prompt_cli.resolver import PromptResolver
from prompt_cli.rules.catalogue import run_rules
from prompt_cli.rules.rule import Subject
from prompt_cli.storage.loader import parse_prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from prompt_cli.domain.revision import ExactVersion, Snapshot

HEAD = """\
id: example
version: 1.0.0
format: text
variables:
  name: {type: string}
  items: {type: array, items: {type: object, properties: {title: {type: string}}}}
template: |
"""
LINE = "  Hello {{name}}:{{#each items}} {{title}}{{#if @last}} and {name}{{else}},{{/if}}{{/each}} `{x}`\n"


def lines(count: int) -> str:
    return HEAD + LINE * count


def links(count: int) -> str:
    chain = "".join(f'{{{{else if (eq name "{n}")}}}}{n}' for n in range(count))
    return f"{HEAD}  {{{{#if name}}}}one{chain}{{{{/if}}}} {{{{#each items}}}}{{{{title}}}}{{{{/each}}}}\n"


def named_links(count: int) -> str:
    chain = "".join(f"{{{{else each items as |name{n}|}}}}{{{{name{n}.title}}}}" for n in range(count))
    return f"{HEAD}  {{{{name}}}}{{{{#each items as |one|}}}}{{{{one.title}}}}{chain}{{{{/each}}}}\n"


def variables(count: int) -> str:
    specs = "".join(f"  v{n}: {{type: string, default: a, enum: [a, b]}}\n" for n in range(count))
    reads = "".join(f"  {{{{v{n}}}}}\n" for n in range(count))
    return HEAD.replace("template: |\n", specs + "template: |\n  {{name}}{{#each items}}{{title}}{{/each}}\n") + reads


async def no_history(prompt_id: str, _version: ExactVersion, _includer: Snapshot) -> Snapshot:
    raise AssertionError(prompt_id)


async def calls(text: str) -> int:
    """Check a prompt, and count the calls of Python's functions."""
    storage = InMemoryStorage({"example": text})
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    resolver = PromptResolver(no_history, lambda content, prompt_id: parse_prompt(content, prompt_id, "example.yaml"))
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        resolved = await resolver.resolve("example", storage)
        found = list(run_rules(Subject(resolved, bind_resolved(resolved, TemplateEngine()))))
    finally:
        sys.setprofile(before)
    assert {one.code for one in found} <= {"PC209", "PC210", "PC604"}
    return counted


@pytest.mark.parametrize("make", [lines, links, named_links, variables])
async def test_twice_the_text_takes_no_more_than_twice_the_calls(make: Callable[[int], str]) -> None:
    await calls(make(10))  # objects that are created once do not count
    small, large = await calls(make(150)), await calls(make(300))
    assert large < 2.1 * small


async def test_a_file_that_many_include_is_compiled_once() -> None:
    partial = "id: tone\nversion: 1.0.0\nformat: text\ntemplate: Be kind.\n"
    includer = "id: {}\nversion: 1.0.0\nformat: text\ntemplate: '{{{{> tone}}}}'\n"
    storage = InMemoryStorage({"tone": partial, "a": includer.format("a"), "b": includer.format("b")})
    resolver = PromptResolver(no_history, lambda content, prompt_id: parse_prompt(content, prompt_id, "example.yaml"))
    compiled: dict[str, object] = {}
    engine = TemplateEngine()
    first, second = [
        bind_resolved(one, engine, compiled)  # type: ignore[arg-type] # it is asked here only what is in it
        for one in (await resolver.resolve_present(["a", "b"], storage)).values()
    ]
    assert len(compiled) == 1
    assert first.render({}) == second.render({}) == "Be kind."
