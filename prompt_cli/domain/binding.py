"""Binding: the values given for a prompt become the values its templates read.

Every misfit is reported, with its path, not only the first. No message holds a value: it may be sensitive, and the
path says where to look.
"""

from __future__ import annotations

import math
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_cli.domain.identifiers import near_names
from prompt_cli.domain.values import is_array, is_object, json_type, same_json, with_article
from prompt_cli.errors import DataPath, Problem, VariableError, format_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from prompt_cli.domain.values import JsonObject, JsonValue
    from prompt_cli.domain.variables import VariableSpec


class Binding(NamedTuple):
    """What binding gave.

    Attributes:
        values: The values that fit, defaults filled in, owned by the caller.
        problems: What did not.
    """

    values: dict[str, JsonValue]
    problems: tuple[Problem, ...]


def bind(specs: Mapping[str, VariableSpec], given: JsonObject) -> dict[str, JsonValue]:
    """Bind values to variables.

    Args:
        specs: The variables by name.
        given: The values by name.

    Returns:
        The bound values: those given, and the defaults of those that were not, at every depth.

    Raises:
        VariableError: Values do not fit; the error holds every problem.
    """
    values, problems = try_bind(specs, given)
    if problems:
        raise variable_error(problems)
    return values


def try_bind(specs: Mapping[str, VariableSpec], given: JsonObject) -> Binding:
    """Bind what can be bound, and say what cannot."""
    unknown = [_unknown(name, specs) for name in given if name not in specs]
    values, problems = _bind_names(specs, given, ())
    return Binding(values, (*problems, *unknown))


def variable_error(problems: Sequence[Problem]) -> VariableError:
    """Make one error of what does not fit."""
    if len(problems) == 1:
        return VariableError(problems[0].message, problems=problems, help=problems[0].help)
    return VariableError(f"{len(problems)} variables do not fit", problems=problems)


def misfits(spec: VariableSpec, value: JsonValue, path: DataPath = ()) -> tuple[Problem, ...]:
    """Say in which ways a value does not fit a spec."""
    return tuple(_bind_value(spec, value, path)[1])


def _bind_names(specs: Mapping[str, VariableSpec], given: JsonObject, path: DataPath) -> Binding:
    values: dict[str, JsonValue] = {}
    problems: list[Problem] = []
    for name, spec in specs.items():
        if name in given:
            values[name], found = _bind_value(spec, given[name], (*path, name))
            problems.extend(found)
        elif spec.has_default:
            # Bound too: the properties of an object that is a default have defaults of their own.
            values[name] = _bind_value(spec, deepcopy(spec.default), (*path, name))[0]
        elif spec.required:
            problems.append(_missing(spec, (*path, name)))
    return Binding(values, tuple(problems))


def _bind_value(spec: VariableSpec, value: JsonValue, path: DataPath) -> tuple[Any, Sequence[Problem]]:
    if value is None:
        problem = Problem(f"{format_path(path)} has to be {describe(spec)}, not null", "wrong_type", path)
        return value, () if spec.nullable else (problem,)
    fits = _FITS[spec.type](value)
    if not fits:
        message = f"{format_path(path)} has to be {describe(spec)}, not {_kind_of(value, spec)}"
        return value, (Problem(message, "wrong_type", path),)
    if spec.type == "integer":
        value = int(value)  # type: ignore[arg-type] # the check above let only whole numbers through
    problems = list(_constraints(spec, value, path)) if spec.is_limited else []
    if type(value) is str:  # as most
        return value, problems
    if spec.items is not None and is_array(value):
        bound = [_bind_value(spec.items, item, (*path, n)) for n, item in enumerate(value)]  # type: ignore[arg-type] # an array of JSON values
        return [item for item, _ in bound], [*problems, *(problem for _, found in bound for problem in found)]
    if is_object(value):
        inner = _bind_names(spec.properties or {}, value, path)  # type: ignore[arg-type] # an object of JSON values
        # The order is the caller's: `each` over the object shows it.
        return {**value, **inner.values}, [*problems, *inner.problems]
    return value, problems


def _constraints(spec: VariableSpec, value: JsonValue, path: DataPath) -> Iterator[Problem]:
    # A string equals nothing but itself, whatever JSON says of numbers.
    known = type(value) is str and spec.enum is not None and value in spec.enum
    if spec.enum is not None and not known and not any(same_json(value, one) for one in spec.enum):
        choices = ", ".join(str(one) for one in spec.enum)
        message = f"{format_path(path)} has to be one of {choices}"
        yield Problem(message, "wrong_enum", path, _near_choice(spec, value))
    if isinstance(value, str) and spec.pattern_matcher and not spec.pattern_matcher.isinstance_python(value):
        yield Problem(f"{format_path(path)} does not match the pattern {spec.pattern}", "wrong_pattern", path)
    low, high = _bounds(spec, value)
    if low is None and high is None:
        return
    size, verb, unit = _size(value)
    if low is not None and size < low:
        yield Problem(f"{format_path(path)} has to {verb} at least {low}{_plural(unit, low)}", "out_of_bounds", path)
    if high is not None and size > high:
        yield Problem(f"{format_path(path)} has to {verb} at most {high}{_plural(unit, high)}", "out_of_bounds", path)


def _plural(noun: str, number: float) -> str:
    return f"{noun}s" if noun and number != 1 else noun


def _bounds(spec: VariableSpec, value: JsonValue) -> tuple[float | None, float | None]:
    if isinstance(value, str):
        return spec.min_length, spec.max_length
    if is_array(value):
        return spec.min_items, spec.max_items
    return (spec.minimum, spec.maximum) if isinstance(value, int | float) else (None, None)


def _size(value: JsonValue) -> tuple[float, str, str]:
    """Return how large a value is that has bounds, and the words for that: the verb and what is counted."""
    if isinstance(value, str):
        return len(value), "have", " character"
    if is_array(value):
        return len(value), "have", " item"
    return (value if isinstance(value, int | float) else 0), "be", ""


def _near_choice(spec: VariableSpec, value: JsonValue) -> str:
    # What a sensitive value looks like is as secret as the value.
    if spec.sensitive or not isinstance(value, str):
        return ""
    near = near_names(value, [one for one in spec.enum or () if isinstance(one, str)], most=1)
    return f"did you mean {near[0]!r}?" if near else ""


def _missing(spec: VariableSpec, path: DataPath) -> Problem:
    about = f": {spec.description}" if spec.description else ""
    return Problem(f"{format_path(path)} is missing ({describe(spec)}{about})", "missing_variable", path)


def _unknown(name: str, specs: Mapping[str, VariableSpec]) -> Problem:
    near = near_names(name, specs, most=1)
    known = f"the variables are {', '.join(specs)}" if specs else "the prompt has no variables"
    hint = f"did you mean {near[0]!r}?" if near else known
    return Problem(f"there is no variable {name!r}", "unknown_variable", (name,), hint)


def describe(spec: VariableSpec) -> str:
    """Say what a spec asks for: ``a string``, ``an integer or null``."""
    return with_article(spec.type) + (" or null" if spec.nullable else "")


def _kind_of(value: object, spec: VariableSpec) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "infinity or NaN"
    if isinstance(value, str) and spec.type == "string":
        return "text that is not Unicode"
    return with_article(json_type(value))


def _is_text(value: object) -> bool:
    # Half a surrogate pair, from a JSON escape or from arguments that are not UTF-8, cannot be written anywhere.
    return isinstance(value, str) and (value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value))


def _is_integer(value: object) -> bool:
    # JSON Schema counts 3.0 among the integers, as JSON itself does not tell them apart.
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)


_FITS: Mapping[str, Callable[[object], bool]] = {
    "string": _is_text,
    "integer": _is_integer,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": is_array,
    "object": is_object,
}
