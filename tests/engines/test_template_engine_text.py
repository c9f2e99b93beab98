"""A template without a file: rendered by the engine alone, as strictly as a prompt."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_cli import TemplateEngine, TemplateError, TemplateRenderError, TemplateSyntaxError
from prompt_cli.engines.pybars import PybarsEngine
from tests.handlebars.hb_strategies import TEMPLATES, broken_templates


@pytest.mark.parametrize(
    ("template", "variables", "expected"),
    [
        ("Hello {{name}}", {"name": "World"}, "Hello World"),
        ("{{a}} + {{b}}", {"a": 1, "b": 2}, "1 + 2"),
        ("No variables", {}, "No variables"),
        ("<{{x}}>", {"x": "&"}, "<&>"),
        ("{{length}} {{upper}}", {"length": "7", "upper": "data"}, "7 data"),
        ("{{length x}}", {"x": [1, 2]}, "2"),
    ],
)
@pytest.mark.parametrize("engine", [TemplateEngine(), PybarsEngine()], ids=lambda engine: engine.name)
async def test_template_rendering(engine: Any, template: str, variables: dict[str, Any], expected: str) -> None:
    assert await engine.render(template, variables) == expected


@pytest.mark.parametrize(
    ("template", "error", "place"),
    [
        ("Hello\n  {{name}}", TemplateRenderError, (2, 5)),
        ("{{#if name}}", TemplateSyntaxError, (1, 1)),
        ("{{> shared/tone}}", TemplateRenderError, (1, 5)),
        ("{{object}}", TemplateRenderError, (1, 3)),
    ],
)
async def test_it_is_as_strict_as_a_prompt(template: str, error: type[TemplateError], place: tuple[int, int]) -> None:
    with pytest.raises(error) as caught:
        await TemplateEngine().render(template, {"object": {"secret": "s3cret"}})
    assert (caught.value.line, caught.value.column) == place
    assert "s3cret" not in str(caught.value)


async def test_a_name_is_data_in_one_rendering_and_a_helper_in_the_next() -> None:
    engine = TemplateEngine()
    assert await engine.render("{{upper}}", {"upper": "data"}) == "data"
    with pytest.raises(TemplateError, match="upper"):
        await engine.render("{{upper}}", {"lower": "data"})


@pytest.mark.parametrize("engine", [TemplateEngine(), PybarsEngine()], ids=lambda engine: engine.name)
@settings(max_examples=80)
@given(
    template=st.one_of(st.text(), TEMPLATES, broken_templates()),
    variables=st.dictionaries(st.text() | st.sampled_from(["a", "b", "this", "length", "each"]), st.text()),
)
async def test_render_never_crashes(
    engine: TemplateEngine | PybarsEngine, template: str, variables: dict[str, str]
) -> None:
    with suppress(TemplateError):
        await engine.render(template, variables)
