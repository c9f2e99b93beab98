"""An engine of a user: the only reader of its templates, which nothing takes for Handlebars."""

from __future__ import annotations

import re
from string import Template
from typing import TYPE_CHECKING, Any

import pytest

from prompt_cli import (
    CompiledTemplateProtocol,
    DirectoryStorage,
    InMemoryStorage,
    Prompt,
    PromptManager,
    PromptRegistry,
    TemplateEngine,
    TemplateEngineProtocol,
    TemplateError,
    TemplateRenderError,
    TemplateSyntaxError,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from prompt_cli import JsonObject, PartialTemplate
    from tests.support import Project

INCLUDE = re.compile(r"<<(.*?)>>")


class DollarTemplate:
    """Text with `$name`, and `<<id>>` for another prompt."""

    def __init__(self, content: str, name: str, partials: Mapping[str, PartialTemplate]) -> None:
        self.content, self.name, self.partials = content, name, partials

    def render(self, values: JsonObject) -> str:
        try:
            text = Template(self.content).substitute(values)
        except KeyError as error:
            raise TemplateRenderError(f"{error} is missing", template=self.name) from error
        return INCLUDE.sub(lambda match: self._included(match[1], values), text)

    def _included(self, name: str, values: JsonObject) -> str:
        partial = self.partials.get(name)
        if partial is None:
            return f"<<{name}>>"
        return partial.template.render({**partial.defaults, **values})


class DollarEngine:
    """An engine over `string.Template`."""

    name = "dollar"

    def compile(
        self,
        content: str,
        *,
        name: str,
        variables: Collection[str],  # noqa: ARG002 - this language has no helpers
        partials: Mapping[str, PartialTemplate],
    ) -> DollarTemplate:
        if not Template(content).is_valid():
            raise TemplateSyntaxError("a $ without a name", template=name, line=1, column=content.index("$") + 1)
        return DollarTemplate(content, name, partials)


class IncludingEngine(DollarEngine):
    """The same, with the partials of its templates."""

    def partials_of(self, content: str) -> Collection[str]:
        return INCLUDE.findall(content)


def file(prompt_id: str, template: str, variables: str = "{}") -> str:
    return f"id: {prompt_id}\nversion: 1.0.0\nformat: text\nvariables: {variables}\ntemplate: |-\n  {template}\n"


def manager_of(engine: TemplateEngineProtocol, **files: str) -> PromptManager:
    return PromptManager(PromptRegistry(InMemoryStorage(files)), engine)


NO_HANDLEBARS = [
    "Hello {{",
    "{% if x %}{{ x | upper }}{% endif %}",
    "{{#if never closed}}",
    "{{> nowhere}}",
    "}} {{{ {{! {{> (",
]


@pytest.mark.parametrize("template", NO_HANDLEBARS)
async def test_its_templates_are_never_parsed_as_handlebars(template: str) -> None:
    manager = manager_of(DollarEngine())
    prompt = Prompt.load(
        {"id": "a", "version": "1.0.0", "format": "text", "variables": {"x": {"type": "string"}}, "template": template}
    )
    await manager.create_prompt(prompt)
    assert await manager.render("a", {"x": "y"}) == template
    changed = prompt.clone(template=f"{template} $x")
    await manager.save(changed)
    assert await manager.render("a", {"x": "y"}) == f"{template} y"
    assert (await manager.get("a")).template == changed.template
    with pytest.raises(TemplateError):
        await manager_of(TemplateEngine(), a=file("a", template, "{x: {type: string}}")).render("a", {"x": "y"})


async def test_messages_are_rendered() -> None:
    text = "id: c\nversion: 1.0.0\nformat: chat\nvariables: {x: {type: string}}\nmessages:\n  - {role: system, content: '{{'}\n  - {role: user, content: $x}\n"
    messages = await manager_of(DollarEngine(), c=text).render_messages("c", {"x": "y"})
    assert [message.content for message in messages] == ["{{", "y"]


async def test_a_fault_is_located_in_the_file() -> None:
    broken = manager_of(DollarEngine(), a=file("a", "{{ $"))
    for failing in (broken, manager_of(DollarEngine(), a=file("a", "{{ $y"))):
        with pytest.raises(TemplateError) as caught:
            await failing.render("a")
        assert caught.value.context["path"] == "a.yaml"
        assert caught.value.context["line"] == 5
    with pytest.raises(TemplateSyntaxError, match=r"a \$ without a name"):
        await broken.create_prompt(Prompt.load({"id": "b", "version": "1.0.0", "format": "text", "template": "$"}))


class TestPartials:
    async def test_there_are_none_unless_the_engine_tells(self) -> None:
        manager = manager_of(DollarEngine(), a=file("a", "<<b>>"), b=file("b", "text"))
        assert await manager.render("a") == "<<b>>"

    async def test_they_are_compiled_by_the_engine_with_their_defaults(self) -> None:
        manager = manager_of(
            IncludingEngine(),
            a=file("a", "{{ <<b>> <<c@1.0.0>>", "{x: {type: string}}"),
            b=file("b", "{{ $x $y <<c>>", "{x: {type: string}, y: {type: string, default: why}}"),
            c=file("c", "}}"),
        )
        assert await manager.render("a", {"x": "z"}) == "{{ {{ z why }} }}"

    @pytest.mark.parametrize(
        ("template", "words"),
        [("<<none>>", "unknown partial 'none'"), ("<<a>>", "circular partials"), ("<<A>>", "not a valid prompt id")],
    )
    async def test_invalid_includes(self, template: str, words: str) -> None:
        with pytest.raises(TemplateError, match=words) as caught:
            await manager_of(IncludingEngine(), a=file("a", template)).render("a")
        assert caught.value.context["path"] == "a.yaml"

    async def test_a_fault_in_one_is_located_in_its_file(self) -> None:
        manager = manager_of(IncludingEngine(), a=file("a", "<<b>>"), b=file("b", "{{ $y"))
        with pytest.raises(TemplateRenderError, match="'y' is missing") as caught:
            await manager.render("a")
        assert caught.value.context["path"] == "b.yaml"


async def test_versions_are_rendered_compared_and_bumped(repository: Project) -> None:
    repository.prompt("part", "template: '}} part'\n")
    repository.prompt("a", "template: '{{ <<part>> {% old %}'\n")
    repository.commit("Add a")
    repository.prompt("a", "template: '{{ <<part>> {% new %}'\n")
    repository.prompt("part", "template: '}} changed'\n")
    manager = PromptManager(PromptRegistry(DirectoryStorage(repository.root / "prompts")), IncludingEngine())
    assert await manager.render("a", version="1.0.0") == "{{ }} part {% old %}"
    assert await manager.render("a") == "{{ }} changed {% new %}"
    done = await manager.bump("a")
    assert str(done.new) == "1.0.1"
    assert [str(change.kind) for change in done.changes] == ["text-changed", "partial-changed"]
    assert {one.id for one in await manager.diff_against("HEAD")} == {"a", "part"}
    assert [one.id for one in await manager.diff_against("HEAD", targets="p*")] == ["part"]


async def test_prompts_are_checked_by_their_engine() -> None:
    examples = "examples: [{name: one, variables: {x: a}, expect: {equals: '{{ a'}}]\n"
    files = {
        "good": file("good", "{{ $x", "{x: {type: string}}") + examples,
        "other": file("other", "{{ $x!", "{x: {type: string}}") + examples,
        "broken": file("broken", "{% $"),
        "default": file("default", "{{", "{x: {type: string, enum: [a], default: b}}"),
    }
    report = await manager_of(DollarEngine(), **files).validate()
    found = {(one.path, one.code) for one in report.findings}
    assert found == {("broken.yaml", "PC201"), ("default.yaml", "PC303"), ("other.yaml", "PC603")}


def test_the_protocols_hold() -> None:
    template: Any = DollarEngine().compile("", name="", variables=(), partials={})
    assert isinstance(DollarEngine(), TemplateEngineProtocol)
    assert isinstance(template, CompiledTemplateProtocol)
