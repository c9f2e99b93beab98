"""Changes: the table of tests/domain/changes.yaml, and properties of any two prompts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from prompt_cli.binder import tree_of
from prompt_cli.changes.detect import changes, level_of
from prompt_cli.domain.change import LEVELS, Change, ChangeKind
from prompt_cli.domain.prompt import IncludeTree, Prompt
from prompt_cli.domain.version import Level, SemanticVersion
from prompt_cli.errors import PromptFormatError, TemplateError, TemplateSyntaxError, VersionNotFoundError
from prompt_cli.resolver import PromptResolver
from prompt_cli.storage.backends import InMemoryStorage
from prompt_cli.storage.loader import parse_prompt
from tests.support import Steps

if TYPE_CHECKING:
    from prompt_cli.domain.revision import ExactVersion, Snapshot

CASES: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).with_name("changes.yaml"))
HEAD = {"id": "main", "version": "1.0.0", "format": "text"}
GREETING = {"variables": {"name": {"type": "string"}}, "template": "Hello {{name}}!"}


def prompt(**data: Any) -> Prompt:
    return Prompt.load({key: value for key, value in {**HEAD, **data}.items() if value is not None})


def message(line: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(line, dict):
        return line
    who, _, content = line.partition(": ")
    role, _, name = who.partition(" ")
    return {"role": role, "content": content.strip('"'), **({"name": name} if name else {})}


def file_of(name: str, given: Any) -> str:
    data = {"template": given} if isinstance(given, str) else given
    prompt_id, _, version = name.partition("@")
    return json.dumps({**HEAD, "version": version or "1.0.0", **data, "id": prompt_id})


async def tree(files: dict[str, Any]) -> IncludeTree:
    async def find(prompt_id: str, version: ExactVersion, _: Snapshot) -> Snapshot:
        name = f"{prompt_id}@{version}"
        if name not in files:
            raise VersionNotFoundError(prompt_id, str(version))
        return InMemoryStorage({prompt_id: file_of(name, files[name])})

    storage = InMemoryStorage({name: file_of(name, given) for name, given in files.items() if "@" not in name})
    resolver = PromptResolver(find, lambda content, prompt_id: parse_prompt(content, prompt_id, prompt_id))
    return tree_of(await resolver.resolve("main", storage))


async def side(case: dict[str, Any], n: int) -> Prompt | IncludeTree:
    if "files" in case:
        return await tree(case["files"][n])
    if "spec" in case:
        return prompt(variables={"x": case["spec"][n]}, template="Hello!")
    if "text" in case:
        return prompt(template=case["text"][n])
    if "messages" in case:
        placed = {"talk": {"type": "messages"}, "shots": {"type": "array"}, "photo": {"type": "image"}}
        return prompt(format="chat", variables=placed, messages=[message(line) for line in case["messages"][n]])
    if "yaml" in case:
        return parse_prompt(case["yaml"][n].encode(), "main", "main.yaml").checked()
    return prompt(**{**GREETING, **case["prompt"][n]})


def describe_changes(found: tuple[Change, ...]) -> list[str]:
    return [f"{one.kind} {one.level} {'.'.join(map(str, one.path))}" for one in found]


ROWS = [(case, way) for case in CASES for way in ("expect", "back") if way in case]


@pytest.mark.parametrize(
    ("case", "way"), ROWS, ids=[f"{case['case']}{', back' * (way == 'back')}" for case, way in ROWS]
)
async def test_changes_of_prompts(case: dict[str, Any], way: str) -> None:
    old, new = await side(case, 0), await side(case, 1)
    found = changes(old, new) if way == "expect" else changes(new, old)
    assert describe_changes(found) == case[way]
    assert changes(old, old) == changes(new, new) == ()
    assert all("\n" not in one.message and not one.message.endswith(".") for one in found)
    json.dumps([one._asdict() for one in found])
    if "says" in case and way == "expect":
        assert case["says"] in found[0].message


def test_the_table_is_whole() -> None:
    assert len(CASES) == len({case["case"] for case in CASES}) >= 120
    expected = {line.split()[0] for case, way in ROWS for line in case[way]}
    assert expected == set(map(str, ChangeKind))
    assert LEVELS.keys() == set(ChangeKind)


def test_a_level_is_the_highest() -> None:
    old = prompt(**GREETING)
    assert level_of(()) is Level.NONE
    assert level_of(changes(old, old.clone(description="D"))) is Level.NONE
    assert level_of(changes(old, old.clone(description="D", template="{{name}}"))) is Level.PATCH
    assert level_of(changes(old, old.clone(variables={}, template="Hello!"))) is Level.MAJOR


def test_levels_can_be_set_by_kind() -> None:
    old = prompt(**GREETING)
    new = old.clone(template="Dear {{name}}!", description="D")
    assert level_of(changes(old, new, levels={**LEVELS, ChangeKind.TEXT_CHANGED: Level.MINOR})) is Level.MINOR
    # Those that are left out keep theirs.
    assert describe_changes(changes(old, new, levels={ChangeKind.DOCUMENTATION_CHANGED: Level.PATCH})) == [
        "text-changed patch template",
        "documentation-changed patch description",
    ]


def test_old_and_new_are_data_of_the_file() -> None:
    old = prompt(
        variables={"x": {"type": "string", "enum": ["a"]}, "y": {"type": "integer", "minLength": None}}, template=""
    )
    new = prompt(variables={"x": {"type": "string", "enum": ["a", "b"]}}, template="")
    widened, removed = sorted(changes(old, new), key=lambda one: one.path)
    assert (widened.old, widened.new) == (["a"], ["a", "b"])
    assert (removed.old, removed.new) == ({"type": "integer", "minLength": None}, None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "sensitive": True, "default": "hunter2"}, {"type": "string", "sensitive": True, "default": "hunter3"}),
        ({"type": "string", "sensitive": True, "default": "hunter2"}, {"type": "string", "default": "hunter3"}),
        ({"type": "string", "default": "hunter2"}, {"type": "string", "sensitive": True, "default": "hunter3"}),
        ({"type": "string"}, {"type": "string", "sensitive": True, "default": "hunter3"}),
        (None, {"type": "string", "sensitive": True, "default": "hunter3", "enum": ["hunter3"]}),
        ({"type": "string", "sensitive": True, "enum": ["hunter2"]}, {"type": "string", "sensitive": True, "enum": ["hunter3"]}),
        ({"type": "string", "sensitive": True, "enum": ["hunter2"]}, {"type": "string", "sensitive": True}),
        ({"type": "string", "sensitive": True, "pattern": "^hunter2"}, {"type": "string", "sensitive": True, "pattern": "hunter"}),
        (None, {"type": "string", "sensitive": True, "pattern": "^hunter2"}),
        (
            {"type": "object", "sensitive": True, "properties": {"a": {"type": "string", "default": "hunter2"}}},
            {"type": "object", "sensitive": True, "properties": {"a": {"type": "string", "default": "hunter3"}}},
        ),
        (
            {"type": "object", "default": {"a": "hunter2"}, "properties": {"a": {"type": "string", "sensitive": True}}},
            {"type": "object", "default": {"a": "hunter3"}, "properties": {"a": {"type": "string", "sensitive": True}}},
        ),
        (None, {"type": "array", "items": {"type": "string", "sensitive": True, "enum": ["hunter2"]}, "default": ["hunter2"]}),
        ({"type": "array", "sensitive": True}, {"type": "array", "sensitive": True, "items": {"type": "string", "enum": ["hunter2"]}}),
        (
            {"type": "array", "sensitive": True, "items": {"type": "string", "enum": ["hunter2"]}},
            {"type": "array", "sensitive": True, "items": {"type": "string", "enum": ["hunter3"]}},
        ),
    ],
)  # fmt: skip
def test_sensitive_values_are_never_shown(old: Any, new: Any) -> None:
    sides = [prompt(variables={} if spec is None else {"x": spec}, template="Hello!") for spec in (old, new)]
    for one, other in (sides, sides[::-1]):
        found = changes(one, other)
        assert found
        assert "hunter" not in json.dumps([change._asdict() for change in found])


async def test_sensitive_default_of_a_partial_is_never_shown() -> None:
    old, new = [
        await tree({
            "main": "{{> tone}}",
            "tone": {"variables": {"x": {"type": "string", "sensitive": True, "default": value}}, "template": "{{x}}"},
        })
        for value in ("hunter2", "hunter3")
    ]  # fmt: skip
    (found,) = changes(old, new)
    assert found.kind is ChangeKind.DEFAULT_CHANGED
    assert "hunter" not in json.dumps(found._asdict())


def test_values_of_examples_are_never_shown() -> None:
    old = prompt(**GREETING)
    (found,) = changes(old, old.clone(examples=[{"name": "one", "variables": {"name": "hunter2"}}]))
    assert (found.old, found.new) == ([], ["one"])


def test_unparsable_template_is_an_error_without_a_level() -> None:
    old, broken = prompt(**GREETING), prompt(**{**GREETING, "template": "{{#if name}}"})
    for one, other in ((old, broken), (broken, old)):
        with pytest.raises(TemplateSyntaxError) as caught:
            changes(one, other)
        assert caught.value.data_path == ("template",)
    chat = prompt(format="chat", messages=[{"role": "user", "content": "x"}, {"role": "user", "content": "{{#if x}}"}])
    with pytest.raises(TemplateSyntaxError) as caught:
        changes(old, chat)
    assert caught.value.data_path == ("messages", 1, "content")


@pytest.mark.parametrize(
    ("files", "error", "text"),
    [
        ({"main": "{{> tone}}"}, TemplateError, "unknown partial 'tone'"),
        ({"main": "{{> tone}}", "tone": "{{#if x}}"}, TemplateSyntaxError, "if"),
        ({"main": "{{> a}}", "a": "{{> b}}", "b": "{{> c}}"}, TemplateError, "unknown partial 'c'"),
        ({"main": "{{> a}}", "a": "{{> main}}"}, TemplateError, "circular"),
        ({"main": '{{> "tone@9.0.0"}}', "tone": "x"}, TemplateError, "9.0.0"),
        ({"main": "{{> (lookup . 'x')}}"}, TemplateError, "computed"),
        ({"main": {"template": "x", "colour": "red"}}, PromptFormatError, "colour"),
        ({"main": "{{> tone}}", "tone": {"template": "x", "colour": "red"}}, TemplateError, "colour"),
    ],
)
async def test_prompt_with_an_invalid_include_has_no_tree(
    files: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        await tree(files)


async def test_partials_that_are_shared_are_one() -> None:
    found = await tree({"main": "{{> a}}{{> b}}", "a": "{{> c}}", "b": "{{> c}}", "c": "x"})
    assert found.partials["a"].partials["c"] is found.partials["b"].partials["c"]


def test_changed_partial_is_listed_once() -> None:
    def root(text: str) -> IncludeTree:
        below = [
            IncludeTree(prompt(id=name, template="{{> c}}"), {"c": IncludeTree(prompt(id="c", template=text))})
            for name in "ab"
        ]
        return IncludeTree(prompt(template="{{> a}}{{> b}}"), dict(zip("ab", below, strict=True)))

    assert describe_changes(changes(root("x"), root("y"))) == ["partial-changed patch template"]


def diamonds(deep: int, last: str) -> IncludeTree:
    """Layers of two partials, each of which includes both of the next."""
    left = right = IncludeTree(prompt(id="last", template=last, variables={"x": {"type": "string", "default": last}}))
    for n in range(deep):
        text = f"{{{{> l{n}}}}}{{{{> r{n} a}}}}"
        specs = {"a": {"type": "object", "properties": {"a": {"type": "object", "properties": {}}}}}
        below = {f"l{n}": left, f"r{n}": right}
        left = IncludeTree(prompt(id=f"l{n + 1}", template=text, variables=specs), below)
        right = IncludeTree(prompt(id=f"r{n + 1}", template=text, variables=specs), below)
    return left


def test_layers_of_diamonds_take_no_exponential_time() -> None:
    def steps(deep: int) -> int:
        old, new = diamonds(deep, "x"), diamonds(deep, "y")
        with Steps() as made:
            found = changes(old, new)
        assert {one.kind for one in found} >= {ChangeKind.PARTIAL_CHANGED}
        return made.count

    assert steps(10) < 4 * steps(5), "each layer would double it"


def test_many_messages_are_compared_all_the_same() -> None:
    old = [{"role": "user", "content": f"{n}"} for n in range(600)]
    found = changes(prompt(format="chat", messages=old), prompt(format="chat", messages=[*old, old[0]]))
    assert describe_changes(found) == ["message-added minor messages.600"]


# Properties of any two prompts ------------------------------------------------------------------------------------------

numbers = st.none() | st.integers(0, 5)
names = st.sampled_from("abc")


@st.composite
def specs(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    kinds = ["string", "integer", "number", "boolean"] + (["array", "object"] if depth else [])
    spec: dict[str, Any] = {"type": draw(st.sampled_from(kinds)), "nullable": draw(st.booleans())}
    low, high = sorted([draw(st.integers(0, 5)), draw(st.integers(0, 5))])
    words = {"string": "Length", "array": "Items", "integer": "imum", "number": "imum"}
    if word := words.get(spec["type"]):
        spec |= {f"min{word}": low} if draw(st.booleans()) else {}
        spec |= {f"max{word}": high} if draw(st.booleans()) else {}
    if spec["type"] == "string" and draw(st.booleans()):
        spec["enum"] = draw(st.lists(names, min_size=1))
    if spec["type"] == "array" and draw(st.booleans()):
        spec["items"] = draw(specs(depth - 1))
    if spec["type"] == "object" and draw(st.booleans()):
        spec["properties"] = draw(st.dictionaries(names, specs(depth - 1)))
    return spec | draw(st.sampled_from([{}, {"required": False}, {"default": None, "nullable": True}]))


@st.composite
def prompts(draw: st.DrawFn) -> Prompt:
    variables = draw(st.dictionaries(names, specs()))
    text = draw(st.sampled_from(["{{a}}", "{{#if b}}{{b}}{{/if}}", "{{! c }}x", "x", "{{> p}}"]))
    if draw(st.booleans()):
        roles = st.sampled_from(["system", "user", "assistant"])
        messages = st.lists(st.builds(lambda role: {"role": role, "content": text}, roles), min_size=1, max_size=4)
        return prompt(format="chat", variables=variables, messages=draw(messages))
    return prompt(variables=variables, template=text)


REVERSED = {
    ChangeKind.VARIABLE_MADE_OPTIONAL: {ChangeKind.VARIABLE_MADE_REQUIRED},
    ChangeKind.TYPE_WIDENED: {ChangeKind.TYPE_NARROWED},
    ChangeKind.ENUM_WIDENED: {ChangeKind.ENUM_NARROWED},
    ChangeKind.BOUNDS_WIDENED: {ChangeKind.BOUNDS_NARROWED},
    ChangeKind.BOUNDS_NARROWED: {ChangeKind.BOUNDS_WIDENED},
    ChangeKind.OPTIONAL_VARIABLE_ADDED: {ChangeKind.VARIABLE_REMOVED},
    ChangeKind.VARIABLE_ADDED: {ChangeKind.VARIABLE_REMOVED},
    ChangeKind.DEFAULT_CHANGED: {ChangeKind.DEFAULT_CHANGED},
    ChangeKind.MESSAGE_ADDED: {ChangeKind.MESSAGE_REMOVED},
    ChangeKind.MESSAGE_REMOVED: {ChangeKind.MESSAGE_ADDED},
    ChangeKind.MESSAGES_REORDERED: {ChangeKind.MESSAGES_REORDERED},
    ChangeKind.FORMAT_CHANGED: {ChangeKind.FORMAT_CHANGED},
    ChangeKind.TEXT_CHANGED: {ChangeKind.TEXT_CHANGED},
}


@given(prompts(), prompts())
def test_the_way_back_undoes_each_change(old: Prompt, new: Prompt) -> None:
    assert changes(old, old) == ()
    there, back = changes(old, new), changes(new, old)
    kinds_back = {(one.kind, one.path) for one in back}
    for one in there:
        # A message and its text stand elsewhere on the other side.
        elsewhere = one.path[0] == "messages"
        for kind in REVERSED.get(one.kind, set()):
            assert any(other == kind and (elsewhere or path == one.path) for other, path in kinds_back)
    if level_of(there) is Level.MINOR:
        assert level_of(back) >= Level.MINOR
    assert (level_of(there) is Level.PATCH) == (level_of(back) is Level.PATCH)


@given(prompts(), st.tuples(*[st.integers(0, 9)] * 3))
def test_documentation_needs_no_level(one: Prompt, version: tuple[int, int, int]) -> None:
    other = one.clone(description="D", tags=["a"], metadata={"a": 1}, version=SemanticVersion(*version))
    assert level_of(changes(one, other)) is Level.NONE
