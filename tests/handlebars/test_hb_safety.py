"""No attribute, method or callable of the data is ever reached, and nothing of a template is ever run."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import prompt_cli.handlebars
from prompt_cli.handlebars import (
    PROMPT_HELPERS,
    PROMPT_OPTIONS,
    HandlebarsRenderError,
    Options,
    compile,  # noqa: A004 - its public name
)

PACKAGE = Path(prompt_cli.handlebars.__file__).parent


class Touched(BaseException):
    """Something of a value was reached."""


def _touch(*_arguments: object, **_named: object) -> object:
    raise Touched


class Trap:
    """A value that notices when anything of it is reached."""

    __slots__ = ()

    for _name in (
        *("__getattr__", "__getitem__", "__iter__", "__len__", "__bool__", "__str__", "__repr__"),
        *("__call__", "__contains__", "__eq__", "__ne__", "__lt__", "__hash__", "__format__", "__int__", "__float__"),
        *("__index__", "__next__", "__reversed__", "__missing__", "__enter__", "__add__", "__radd__", "__mod__"),
    ):
        locals()[_name] = _touch

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":  # isinstance asks for it
            return Trap
        raise Touched


TRAPS: dict[str, object] = {"object": Trap(), "class": Trap, "function": _touch}
TEMPLATES = (
    "{{x}}",
    "{{{x}}}",
    "{{x.y}}",
    "{{x.[0]}}",
    "{{x.length}}",
    "{{x.__class__}}",
    "{{x.y.z}}",
    "{{#if x}}a{{else}}b{{/if}}",
    "{{#unless x}}a{{/unless}}",
    "{{#each x}}a{{else}}b{{/each}}",
    "{{#with x}}{{this}}{{/with}}",
    "{{#with x}}{{y}}{{../x}}{{/with}}",
    "{{#x}}{{this}}{{/x}}",
    "{{^x}}a{{/x}}",
    "{{#each list}}{{this}}{{/each}}",
    "{{#each list}}{{../x}}{{/each}}",
    "{{#each list}}{{#if this}}a{{/if}}{{/each}}",
    "{{#each list}}{{#each ../list}}{{../y}}{{/each}}{{/each}}",
    "{{#each object}}{{this}}{{/each}}",
    "{{list}}",
    "{{lookup x 'y'}}",
    "{{lookup object x}}",
    "{{lookup list x}}",
    "{{> x}}",
    "{{> (lookup this 'x')}}",
    "{{> p x}}",
    "{{> p y=x}}",
    "{{x 1}}",
    "{{x y=1}}",
    "{{#x 1}}{{/x}}",
    "{{@x}}",
    "{{@x.y}}",
    "{{#if @x}}a{{/if}}",
    "{{#if (x)}}a{{/if}}",
    *(
        f"{{{{{name} x}}}}"
        for name in ("json", "upper", "length", "bullets", "numbered", "join", "indent", "date", "not")
    ),
    *(f"{{{{{name} x x}}}}" for name in ("eq", "ne", "gt", "and", "or", "default", "truncate", "join", "indent")),
    *(f"{{{{{name} list}}}}" for name in ("json", "join", "bullets", "numbered", "length")),
    "{{json 1 indent=x}}",
    "{{eq list list}}",
    "{{log x}}",
)


@pytest.mark.parametrize("options", [Options(escape=True), PROMPT_OPTIONS])
@pytest.mark.parametrize("kind", ["object", "class", "function"])
def test_values_that_are_not_json_are_refused(options: Options, kind: str) -> None:
    for template in TEMPLATES:
        check_that_nothing_is_reached(template, options, kind)


def check_that_nothing_is_reached(template: str, options: Options, kind: str) -> None:
    trap = TRAPS[kind]  # not a parameter itself: pytest would reach into it
    data: Any = {"x": trap, "list": [trap, trap], "object": {"x": trap}}
    partials = {"p": "{{y}}{{this}}"}
    try:
        output = compile(template, partials=partials, helpers=PROMPT_HELPERS, options=options).render(data, data=data)
    except HandlebarsRenderError as error:
        assert "0x" not in error.message  # noqa: PT017 - either way is right
    else:
        assert "Trap" not in output
        assert "function" not in output


@pytest.mark.parametrize(
    "key",
    [
        "__proto__",
        "constructor",
        "prototype",
        "__class__",
        "__dict__",
        "__init__",
        "__globals__",
        "items",
        "get",
        "append",
        "hasOwnProperty",
        "toString",
        "valueOf",
        "upper",
        "format",
        "__defineGetter__",
        "f_globals",
    ],
)
def test_a_name_of_a_method_is_a_key_like_any_other(key: str) -> None:
    for path in (key, f"o.{key}", f"list.{key}", f"text.{key}", f"number.{key}", f"this.{key}", f"[{key}]"):
        data: Any = {"o": {}, "list": [1], "text": "abc", "number": 5}
        assert compile(f"{{{{{path}}}}}|{{{{#if {path}}}}}a{{{{else}}}}b{{{{/if}}}}").render(data) == "|b"
    assert compile(f"{{{{{key}}}}}{{{{o.{key}}}}}").render({key: 1, "o": {key: 2}}) == "12"
    assert (
        compile(f"{{{{lookup o '{key}'}}}}{{{{> p {key}=5}}}}", partials={"p": f"{{{{{key}}}}}"}).render(
            {"o": {key: 3}}
        )
        == "35"
    )


@pytest.mark.parametrize(
    "template",
    [
        "{{[x')\nimport os; os.system('touch owned') #].z}}",
        '{{["""]}}{{[\\]]}}',
        "{{['+str(().__class__.__bases__[0].__subclasses__())+']}}",
        "{{x.[__import__('os')].y}}",
        "{{lookup this \"__import__('os').system('id')\"}}",
        "{{#each this as |a __import__|}}{{__import__}}{{/each}}",
        "{{> \"__import__('os')\"}}",
        "{%print(1)%}${1+1}#{1+1}",
        "{{1+1}}",
    ],
)
def test_code_in_templates_is_text_a_key_or_an_error(template: str) -> None:
    try:
        output = compile(template, partials=lambda _name: None).render({})
    except prompt_cli.handlebars.HandlebarsError:
        return
    assert output == ("" if "{{" in template else template)


def test_data_are_left_as_they_were() -> None:
    data: Any = {"list": [{"a": 1}], "o": {"b": [1, 2]}, "s": "x"}
    before = repr(data)
    template = (
        "{{#each list}}{{@index}}{{> p z=1}}{{/each}}{{#with o as |q|}}{{q.b}}{{/with}}{{json this}}{{> p o y=2}}"
    )
    user_data: Any = {"level": 1}
    compile(template, partials={"p": "{{a}}{{z}}"}, helpers=PROMPT_HELPERS).render(data, data=user_data)
    assert repr(data) == before
    assert user_data == {"level": 1}


FORBIDDEN = {"exec", "eval", "compile", "__import__", "getattr", "setattr", "delattr", "open", "input", "print", "vars"}
ALLOWED_IMPORTS = {
    "__future__",
    "abc",
    "bisect",
    "collections.abc",
    "datetime",
    "difflib",
    "functools",
    "json.encoder",
    "re",
    "typing",
}


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_the_package_imports_no_other_and_runs_no_code(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 1 or node.module in ALLOWED_IMPORTS
        elif isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= ALLOWED_IMPORTS
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN:
            pytest.fail(f"calls {node.func.id}")
        elif isinstance(node, ast.Attribute):
            assert node.attr not in {"__globals__", "__code__", "__subclasses__", "modules", "loads"}
