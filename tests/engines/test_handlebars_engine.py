"""The engine compiles shared templates once, and its errors name the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.template import parse_template
from prompt_cli.engines.handlebars import TemplateEngine
from prompt_cli.engines.protocol import CompiledTemplateProtocol, PartialTemplate
from prompt_cli.errors import TemplateRenderError, TemplateSyntaxError
from prompt_cli.handlebars import Limits

if TYPE_CHECKING:
    from prompt_cli.domain.json_values import JsonObject


def compiled(
    engine: TemplateEngine,
    text: str,
    name: str,
    variables: tuple[str, ...] = (),
    partials: dict[str, PartialTemplate] | None = None,
) -> CompiledTemplateProtocol:
    return engine.compile_tree(parse_template(text, name), name=name, variables=variables, partials=partials or {})


def failing(template: CompiledTemplateProtocol, values: JsonObject) -> TemplateRenderError:
    with pytest.raises(TemplateRenderError) as caught:
        template.render(values)
    return caught.value


def test_each_prompt_is_named_by_its_own_errors() -> None:
    engine = TemplateEngine()
    errors = [failing(compiled(engine, "a\n{{b}}", name), {}) for name in ("one", "two", "one")]
    assert [(error.template, error.line, error.column) for error in errors] == [
        (one, 2, 3) for one in ("one", "two", "one")
    ]
    assert compiled(engine, "a\n{{b}}", "three").render({"b": "c"}) == "a\nc"


def test_names_that_are_data_are_those_of_each_prompt() -> None:
    engine = TemplateEngine()
    with_helper = compiled(engine, "{{lookup}}", "one")
    assert compiled(engine, "{{lookup}}", "two", ("lookup",)).render({"lookup": "data"}) == "data"
    assert failing(with_helper, {"lookup": "data"}).template == "one"


def test_error_in_a_partial_names_the_partial() -> None:
    engine = TemplateEngine()
    message = compiled(engine, "{{b}}", "message")
    part = compiled(engine, "{{b}}", "part@1.0.0")
    whole = compiled(engine, "{{> part}}", "whole", (), {"part": PartialTemplate(part, {})})
    assert failing(message, {}).template == "message"
    assert failing(whole, {}).template == "part@1.0.0"
    assert failing(part, {}).template == "part@1.0.0"
    assert whole.render({"b": "c"}) == "c"


def test_compile_error_is_raised_each_time() -> None:
    engine = TemplateEngine(Limits(depth=2))
    deep = "{{#if a}}" * 3 + "{{/if}}" * 3
    for name in ("one", "two"):
        with pytest.raises(TemplateSyntaxError) as caught:
            compiled(engine, deep, name)
        assert caught.value.template == name


def test_more_than_are_remembered_are_compiled_as_well() -> None:
    engine = TemplateEngine()
    texts = [f"{n} {{{{b}}}}" for n in range(300)] * 2
    assert [compiled(engine, text, "one").render({"b": "c"}) for text in texts] == [f"{n} c" for n in range(300)] * 2
