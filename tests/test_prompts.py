"""The example prompts: each renders as its examples say, and together they show all features."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import pytest

from prompt_cli import (
    DirectoryStorage,
    Each,
    History,
    Prompt,
    PromptFormat,
    PromptManager,
    PromptRegistry,
    Role,
    SemanticVersion,
    is_chat_prompt,
)
from prompt_cli.checking.checker import PromptChecker
from prompt_cli.domain.example import check_expectation
from prompt_cli.handlebars import (
    BlockStatement,
    CommentStatement,
    ContentStatement,
    MustacheStatement,
    Node,
    PartialStatement,
    PathExpression,
    Program,
    SubExpression,
    parse,
)
from prompt_cli.handlebars.analysis import analyse
from prompt_cli.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from prompt_cli import Message, VariableSpec
    from prompt_cli.handlebars import Template
    from prompt_cli.handlebars.uses import PartialReference

ROOT = Path(__file__).parent.parent
DIRECTORY = ROOT / "prompts"
FILES = {path.relative_to(DIRECTORY).with_suffix("").as_posix(): path for path in sorted(DIRECTORY.rglob("*.yaml"))}
WIDTH = 100
"""Columns that a line of a file may take: 100 are aimed at, but a line of a template is a line for a model."""


def manager() -> PromptManager:
    return PromptManager(PromptRegistry(DirectoryStorage(DIRECTORY)))


@cache
def prompts() -> Mapping[str, Prompt]:
    async def load() -> dict[str, Prompt]:
        return {prompt.id: prompt async for prompt in manager().list_prompts()}

    return asyncio.run(load())


@pytest.mark.parametrize("prompt_id", FILES)
async def test_examples_render_as_expected(prompt_id: str) -> None:
    rendering = manager()
    prompt = await rendering.get(prompt_id)
    assert any(example.expect for example in prompt.examples), "no example says what it expects"
    for example in prompt.examples:
        messages = await rendering.render_messages(prompt_id, example.variables)
        missed = list(check_expectation(example.expect, messages, chat=prompt.is_chat)) if example.expect else []
        assert missed == [], f"{example.name}: {missed}"
        assert [defect for message in messages for defect in defects(message)] == [], example.name


def defects(message: Message) -> Iterator[str]:
    """Yield the traces of wrong whitespace."""
    if re.search(r"[ \t]$", message.text, re.MULTILINE) and message.role is not Role.USER:
        yield "a line ends in spaces"
    if "\n\n\n" in message.text:
        yield "two lines are empty"
    if message.text.startswith("\n"):
        yield "it begins with an empty line"
    if message.text.endswith("\n\n"):
        yield "it ends in an empty line"


async def test_validate_finds_nothing() -> None:
    report = await PromptChecker(Workspace(manager().registry)).check(list(FILES))
    assert (report.findings, report.not_checked) == ((), ())
    assert report.checked == len(FILES)


@pytest.mark.parametrize("prompt_id", FILES)
def test_a_prompt_is_described(prompt_id: str) -> None:
    prompt = prompts()[prompt_id]
    assert re.fullmatch(r"[^\n]+\.", prompt.description or "")
    assert prompt.tags
    undescribed = {name for name, spec in prompt.variables.items() if not spec.description}
    # A variable that is only passed on is described by the partial that reads it.
    assert undescribed <= {name for one in included(prompt) for name in one.variables}
    lines = FILES[prompt_id].read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > WIDTH] == []


async def test_the_prompt_of_the_readme_is_there() -> None:
    found = re.search(r'prompt-cli render (\S+) --example "([^"]+)"', (ROOT / "README.md").read_text(encoding="utf-8"))
    assert found
    prompt_id, name = found.groups()
    rendering = manager()
    (values,) = [one.variables for one in (await rendering.get(prompt_id)).examples if one.name == name]
    shown = await rendering.render(prompt_id, values)
    assert shown.startswith("system:\nYou ")
    assert "- Login fails (urgent)\n" in shown
    assert "\nTone: friendly" in shown


def test_the_set_is_large() -> None:
    usable = [prompt_id for prompt_id in prompts() if not prompt_id.startswith("shared/")]
    assert len(usable) >= 16
    assert len({prompt_id.split("/")[0] for prompt_id in usable}) >= 6


# Features that the set covers: a name for each, and whether a prompt has it.


class Part(NamedTuple):
    """A node of a template, and those around it from the nearest up."""

    node: Node
    around: tuple[Node, ...]


@cache
def parsed(content: str) -> Template:
    return parse(content)


@cache
def parts_of(content: str) -> tuple[Part, ...]:
    return tuple(_parts(parsed(content), ()))


def _parts(node: Node, around: tuple[Node, ...]) -> Iterator[Part]:
    yield Part(node, around)
    for field in node:
        for child in field if type(field) is tuple else (field,):
            if isinstance(child, Node):
                yield from _parts(child, (node, *around))


def inclusions(prompt: Prompt) -> Iterator[PartialReference]:
    for content in prompt.templates.values():
        yield from analyse(parsed(content)).partials


def included(prompt: Prompt) -> Iterator[Prompt]:
    """Yield the partials of a prompt at any depth."""
    for one in inclusions(prompt):
        partial = prompts()[(one.name or "").partition("@")[0]]
        yield partial
        yield from included(partial)


def height(prompt: Prompt) -> int:
    """Return how deep partials include one another below a prompt."""
    names = [(one.name or "").partition("@")[0] for one in inclusions(prompt)]
    return max((1 + height(prompts()[name]) for name in names), default=0)


def specs(variables: Mapping[str, VariableSpec], inside: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the types around and of each spec: ``("array", "object", "string")``."""
    for spec in variables.values():
        types, below = (*inside, spec.type), spec
        yield types
        while below.items is not None:
            below = below.items
            types = (*types, below.type)
            yield types
        yield from specs(below.properties or {}, types)


def all_specs(variables: Mapping[str, VariableSpec]) -> Iterator[VariableSpec]:
    for spec in variables.values():
        below: VariableSpec | None = spec
        while below is not None:
            yield below
            yield from all_specs(below.properties or {})
            below = below.items


Test: TypeAlias = "Callable[[Prompt], object]"


def spec_with(*words: str) -> Test:
    """Find a spec in which all these words are set."""
    return lambda prompt: any(all(getattr(spec, word) for word in words) for spec in all_specs(prompt.variables))


def nested(*types: str) -> Test:
    """Find a spec of the last type right inside one of the type before."""
    return lambda prompt: any(found[-len(types) :] == types for found in specs(prompt.variables))


def part(test: Callable[[Node], object]) -> Test:
    return lambda prompt: any(test(one.node) for content in prompt.templates.values() for one in parts_of(content))


def block(name: str, test: Callable[[BlockStatement], object] = bool) -> Test:
    return part(lambda node: isinstance(node, BlockStatement) and called(node) == name and test(node))


def helper(name: str) -> Test:
    return part(
        lambda node: isinstance(node, MustacheStatement | SubExpression) and node.params != () and called(node) == name
    )


def data(name: str) -> Test:
    return part(lambda node: isinstance(node, PathExpression) and node.data and node.parts[0] == name)


def called(node: BlockStatement | MustacheStatement | SubExpression) -> str:
    return node.path.original if isinstance(node.path, PathExpression) else ""


def text(pattern: str) -> Test:
    """Find a pattern in the text between the tags."""
    return part(lambda node: isinstance(node, ContentStatement) and re.search(pattern, node.original))


def source(pattern: str) -> Test:
    """Find a pattern in the templates as they are written."""
    return lambda prompt: any(re.search(pattern, content) for content in prompt.templates.values())


def example(pattern: str) -> Test:
    """Find a pattern in the values of the examples."""
    return lambda prompt: any(re.search(pattern, str(dict(one.variables))) for one in prompt.examples)


def expectation(test: Callable[[object, object], object]) -> Test:
    return lambda prompt: any(
        one.expect is not None and test(one.expect.contains, one.expect.equals) for one in prompt.examples
    )


def asks_before_it_reads(prompt: Prompt) -> bool:
    """Tell whether `if` asks for a variable that has no value and no default before it is read."""
    optional = {(name,) for name, spec in prompt.variables.items() if not spec.required and not spec.has_default}
    return any(
        isinstance(one.node, PathExpression)
        and one.node.parts in optional
        and isinstance(one.around[0], MustacheStatement | SubExpression)
        and any(asks_for(outer, one.node.parts) for outer in one.around)
        for content in prompt.templates.values()
        for one in parts_of(content)
    )


def asks_for(node: Node, parts: tuple[str, ...]) -> bool:
    conditions: Iterable[object] = node.params if isinstance(node, BlockStatement) and called(node) == "if" else ()
    return any(isinstance(one, PathExpression) and one.parts == parts for one in conditions)


def pins_the_current_version(prompt: Prompt) -> bool:
    pins = [(one.name or "").partition("@") for one in inclusions(prompt)]
    return any(pinned and str(prompts()[name].version) == version for name, pinned, version in pins)


def in_format(form: PromptFormat) -> Test:
    return lambda prompt: prompt.format is form


def with_role(role: Role) -> Test:
    return lambda prompt: is_chat_prompt(prompt) and role in {one.role for one in prompt.chat_template.messages}


def with_entry(kind: type[History | Each]) -> Test:
    return lambda prompt: is_chat_prompt(prompt) and any(isinstance(one, kind) for one in prompt.chat_template.entries)


def own_messages(prompt: Prompt) -> tuple[Message, ...]:
    return prompt.chat_template.messages if is_chat_prompt(prompt) else ()


def own_parts(prompt: Prompt) -> Iterator[object]:
    return (part for message in own_messages(prompt) for part in message.parts)


def chains(node: BlockStatement) -> bool:
    return node.inverse is not None and node.inverse.chained


HELPERS = (
    *("lookup", "json", "join", "upper", "lower", "default", "eq", "bullets", "numbered", "indent", "truncate"),
    *("trim", "date"),
)

FEATURES: Mapping[str, Test] = {
    **{f"format {form}": in_format(form) for form in PromptFormat},
    **{f"role {role}": with_role(role) for role in Role if role is not Role.TOOL},
    **{f"type {name}": nested(name) for name in ("string", "integer", "boolean", "array", "object")},
    "array of objects": nested("array", "object"),
    "array of objects in an array of objects": nested("array", "object", "array", "object"),
    "object in an object": nested("object", "object"),
    "default": spec_with("has_default", "default"),
    **{
        word: spec_with(word)
        for word in ("enum", "nullable", "pattern", "minimum", "maximum", "min_length", "max_length", "sensitive")
    },
    "bounds of a list": spec_with("min_items", "max_items"),
    "optional, without a default, asked for first": asks_before_it_reads,
    "if": block("if"),
    "else": block("if", lambda node: node.inverse is not None and not chains(node)),
    "else if": block("if", chains),
    "unless": block("unless"),
    "each": block("each"),
    "each with else": block("each", lambda node: node.inverse is not None),
    "with": block("with"),
    "block parameters": part(lambda node: isinstance(node, Program) and node.block_params),
    "subexpression": part(lambda node: isinstance(node, SubExpression)),
    "comment": part(lambda node: isinstance(node, CommentStatement)),
    "white space trimmed": source(r"\{\{~|~\}\}"),
    **{f"@{name}": data(name) for name in ("index", "first", "last", "key", "root")},
    **{f"helper {name}": helper(name) for name in HELPERS},
    "partials three deep": lambda prompt: height(prompt) >= 3,
    "partial with a hash": lambda prompt: any(one.hash for one in inclusions(prompt)),
    "partial with a context": part(lambda node: isinstance(node, PartialStatement) and node.params),
    "pinned partial": pins_the_current_version,
    **{f"type {name}": nested(name) for name in ("image", "file", "messages")},
    "image of an item": nested("array", "object", "image"),
    "text beside an image": lambda prompt: any(len(one.parts) > 1 for one in own_messages(prompt)),
    "optional part": lambda prompt: any(getattr(part, "optional", False) for part in own_parts(prompt)),
    "optional message": lambda prompt: any(one.optional for one in own_messages(prompt)),
    "cache mark": lambda prompt: any(one.cache for one in own_messages(prompt)),
    "history": with_entry(History),
    "messages for each item": with_entry(Each),
    "output": lambda prompt: prompt.output,
    "tools": lambda prompt: prompt.tools,
    "provider": lambda prompt: prompt.model and prompt.model.provider,
    "sample answer": lambda prompt: any(one.has_answer for one in prompt.examples),
    "expectation: not-contains": lambda prompt: any(one.expect and one.expect.not_contains for one in prompt.examples),
    "expectation: matches": lambda prompt: any(one.expect and one.expect.matches for one in prompt.examples),
    "literal mustache": source(r"\\\{\{"),
    "literal braces": text(r"(?<!\$)\{\w+\}"),
    "JSON": text(r'\{"\w+": '),
    "brackets": text(r"\[/INST\]"),
    "Japanese": text("[぀-ヿ]"),
    "Arabic": example("[؀-ۿ]"),
    "emoji": example("🎉"),
    "no line end at the end": lambda prompt: any(content[-1:] != "\n" for content in prompt.templates.values()),
    "expectation: contains": expectation(lambda contains, _: contains),
    "expectation: equals a text": expectation(lambda _, equals: equals and isinstance(equals, str)),
    "expectation: equals messages": expectation(lambda _, equals: equals and not isinstance(equals, str)),
    "version above 1.0.0": lambda prompt: prompt.version > SemanticVersion.parse("1.0.0"),
    "model settings": lambda prompt: prompt.model and prompt.model.parameters,
    "metadata": lambda prompt: prompt.metadata,
}

PLAIN = Prompt.load({"id": "plain", "version": "0.1.0", "format": "text", "template": "Hello!\n"})


@pytest.mark.parametrize("feature", FEATURES)
def test_the_set_covers(feature: str) -> None:
    assert [prompt.id for prompt in prompts().values() if FEATURES[feature](prompt)]


@pytest.mark.parametrize("feature", [one for one in FEATURES if one != "format text"])
def test_a_plain_prompt_has_none_of(feature: str) -> None:
    assert not FEATURES[feature](PLAIN)


def test_formats_are_distinguished() -> None:
    assert not FEATURES["format text"](prompts()["support/triage"])
