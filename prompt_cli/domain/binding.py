"""Binding of values to variables, and reading of values from the command line by the declared types."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from prompt_cli.domain.ids import near_names
from prompt_cli.domain.json_values import (
    MAX_NUMBER_LENGTH,
    NUMBER_RANGE,
    DuplicateKeyError,
    NumberRangeError,
    in_number_range,
    is_array,
    is_object,
    is_text,
    json_key,
    json_type,
    parse_json,
    plain_json,
    same_json,
    with_article,
)
from prompt_cli.domain.variables import INPUT_TYPES
from prompt_cli.errors import VariableError
from prompt_cli.handlebars.runtime import PROMPT_OPTIONS, Budget
from prompt_cli.problems import DataPath, Problem, format_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from prompt_cli.domain.json_values import JsonObject, JsonValue
    from prompt_cli.domain.variables import VariableSpec


_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class _MisreadError(Exception):
    """The text cannot be read as the type."""


def read_values(
    specs: Mapping[str, VariableSpec], texts: Iterable[tuple[str, str]]
) -> tuple[dict[str, JsonValue], tuple[Problem, ...]]:
    """Read ``NAME=VALUE`` pairs by the declared types; the text of an undeclared name is returned as it is.

    Args:
        specs: The variables by name.
        texts: Names and texts; the last text of a name wins.

    Returns:
        The values by name, and a problem for each text that cannot be read. No problem holds a text.
    """
    values: dict[str, JsonValue] = {}
    problems: list[Problem] = []
    for name, text in texts:
        try:
            values[name] = _read(specs[name], text) if name in specs else text
        except _MisreadError as error:
            problems.append(
                Problem(
                    f"{name} must be {describe(specs[name])}{error}",
                    "wrong_type",
                    (name,),
                    _HELP.get(specs[name].type, ""),
                )
            )
    return values, tuple(problems)


_HELP = {
    "boolean": "write true or false",
    "array": """write it as JSON: '["one", "two"]', or pass a file: --vars values.json""",
    "object": """write it as JSON: '{"key": "value"}', or pass a file: --vars values.json""",
    "messages": """write it as JSON: '[{"role": "user", "content": "Hi"}]', or pass a file: --vars values.json""",
    "image": "write a URL, or give a file: --var-file NAME=FILE",
    "file": "write a URL, or give a file: --var-file NAME=FILE",
}


def _read(spec: VariableSpec, text: str) -> JsonValue:
    if spec.type == "string":
        return text
    stripped = text.strip()
    if spec.nullable and stripped == "null":
        return None
    match spec.type:
        case "integer" | "number" if _INTEGER.fullmatch(stripped):
            return _in_range(int, stripped)
        case "number" if _NUMBER.fullmatch(stripped):
            return _in_range(float, stripped)
        case "boolean" if stripped.lower() in _BOOLEANS:
            return _BOOLEANS[stripped.lower()]
        case "array" | "object" | "messages":
            return _read_json(stripped)
        case "image" | "file":
            return _read_json(stripped) if stripped.startswith("{") else stripped
    raise _MisreadError("")


def _in_range(number: type[int | float], text: str) -> int | float:
    if len(text) > MAX_NUMBER_LENGTH or not in_number_range(value := number(text)):
        raise _MisreadError(f"; the value is {NUMBER_RANGE}")
    return value


def _read_json(text: str) -> JsonValue:
    try:
        return cast("JsonValue", parse_json(text))
    except (NumberRangeError, DuplicateKeyError) as error:
        raise _MisreadError(f"; the value is invalid: {error}") from None
    except (ValueError, RecursionError) as error:
        where = (
            f"; the value is not valid JSON (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise _MisreadError(where) from None


_WORK_OF_VALUE = 100
"""The work of a variable or a key of an object, however small its value is."""
_WORK_OF_ITEM = 20
"""The work of an item of an array."""
_BASE64_PER_WORK = 100
"""Characters of Base64 that take the time of reading one of a text."""
_WORK_OF_OWN_VALUES = 5_000_000
"""The work of checking the defaults and choices of all variables of a prompt."""
_MOST_SHOWN = 20
"""Choices that a message lists, and values that near ones are looked for."""
_MOST_NEAR = 100
"""Names that are compared with one that does not exist."""


class _TooMuchWorkError(Exception):
    """The budget is spent: by defaults in lists in defaults, or by one value under many aliases."""


class _State:
    """State of one binding.

    Args:
        budget: The work it may do.
    """

    __slots__ = ("_budget", "_choices", "_hints", "sensitive")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._choices: dict[int, frozenset[object]] = {}
        self._hints = _MOST_SHOWN
        self.sensitive = False
        """Whether the value at hand is in one that is sensitive: its keys and near choices are not shown."""

    def spend(self, work: int) -> None:
        self._budget.remaining -= work
        if self._budget.remaining < 0:
            raise _TooMuchWorkError

    def allows(self, spec: VariableSpec, value: JsonValue) -> bool:
        """Tell whether a value is one of the choices: by its hash, for both may be many."""
        enum = spec.enum or ()
        if len(enum) <= _MOST_SHOWN:
            return value in enum if type(value) is str else any(same_json(value, one) for one in enum)
        choices = self._choices.get(id(spec))
        if choices is None:
            choices = self._choices[id(spec)] = frozenset(map(json_key, enum))
        return not (is_array(value) or is_object(value)) and json_key(value) in choices

    def below(self, path: DataPath, key: str | int) -> DataPath:
        """Return the path of a value that no spec declares; in a sensitive value, that of the declared one."""
        return path if self.sensitive else (*path, key)

    def hints(self) -> bool:
        """Tell whether another near name is looked for, which takes time."""
        self._hints -= 1
        return self._hints >= 0


class Binding(NamedTuple):
    """The result of binding.

    Attributes:
        values: The values that fit, with defaults, owned by the caller.
        problems: A problem for each value that does not fit.
    """

    values: dict[str, JsonValue]
    problems: tuple[Problem, ...]


def bind(specs: Mapping[str, VariableSpec], given: JsonObject, budget: Budget | None = None) -> dict[str, JsonValue]:
    """Bind values to variables.

    Args:
        specs: The variables by name.
        given: The values by name.
        budget: The work it may do, shared with rendering; a new one if None.

    Returns:
        The bound values: those given, and the defaults of those that were not, at every depth.

    Raises:
        VariableError: Values do not fit; the error holds every problem.
    """
    values, problems = try_bind(specs, given, budget)
    if problems:
        raise variable_error(problems)
    return values


def try_bind(specs: Mapping[str, VariableSpec], given: JsonObject, budget: Budget | None = None) -> Binding:
    """Bind values to variables, and return the problems instead of raising them."""
    if not is_object(given):
        kind = with_article(json_type(given))
        return Binding(
            {}, (Problem(f"values must be an object with a value for each variable, not {kind}", "wrong_type"),)
        )
    state = _State(budget or Budget(PROMPT_OPTIONS.limits.work))
    unknown = [_unknown(str(name), specs, state) for name in given if name not in specs]
    try:
        values, problems = _bind_names(specs, given, (), state)
    except _TooMuchWorkError:
        return Binding({}, (Problem("too many values and defaults", "out_of_bounds"), *unknown))
    return Binding(values, (*problems, *unknown))


def variable_error(problems: Sequence[Problem]) -> VariableError:
    """Combine problems into one error."""
    if len(problems) == 1:
        return VariableError(problems[0].message, problems=problems, help=problems[0].help)
    return VariableError(f"{len(problems)} invalid variables", problems=problems)


def default_problems(specs: Iterable[tuple[DataPath, VariableSpec]]) -> Iterator[tuple[DataPath, Problem]]:
    """Yield the ways in which defaults and choices do not fit their own specs.

    Args:
        specs: All specs of a prompt, at any depth, with their paths.

    Yields:
        The path of a spec and a problem with a path in that spec.
    """
    state = _State(Budget(_WORK_OF_OWN_VALUES))
    for at, spec in specs:
        for path, value in _own_values(spec):
            try:
                yield from ((at, problem) for problem in _bind_value(spec, value, path, state)[1])
            except _TooMuchWorkError:
                message = f"{format_path(path)} and the values before it hold more than can be checked"
                yield at, Problem(message, "out_of_bounds", path)
                return


def answer_problems(spec: VariableSpec, answer: JsonValue) -> Iterator[Problem]:
    """Yield the ways in which an answer does not fit the schema of an output; it may have no other fields.

    Args:
        spec: The schema.
        answer: The answer.
    """
    state = _State(Budget(_WORK_OF_OWN_VALUES))
    try:
        yield from _bind_value(spec, answer, ("answer",), state)[1]
    except _TooMuchWorkError:
        yield Problem("the answer holds more than can be checked", "out_of_bounds", ("answer",))
        return
    yield from _undeclared_fields(spec, answer, ("answer",))


def _undeclared_fields(spec: VariableSpec, value: object, path: DataPath) -> Iterator[Problem]:
    if is_object(value) and spec.properties is not None:
        for key, item in value.items():
            if key in spec.properties:
                yield from _undeclared_fields(spec.properties[key], item, (*path, key))
            else:
                near = near_names(key, islice(spec.properties, _MOST_NEAR), most=1)
                help_ = f"did you mean {near[0]!r}?" if near else "declare it under 'output', or remove it"
                message = f"{format_path((*path, key))} is not a field of the output"
                yield Problem(message, "unknown_variable", (*path, key), help_)
    elif is_array(value) and spec.items is not None:
        for n, item in enumerate(value):
            yield from _undeclared_fields(spec.items, item, (*path, n))


def _own_values(spec: VariableSpec) -> Iterator[tuple[DataPath, JsonValue]]:
    if spec.has_default:
        yield ("default",), spec.default
    for n, choice in enumerate(spec.enum or ()):
        yield ("enum", n), choice


def _bind_names(specs: Mapping[str, VariableSpec], given: JsonObject, path: DataPath, state: _State) -> Binding:
    values: dict[str, JsonValue] = {}
    problems: list[Problem] = []
    state.spend(_WORK_OF_VALUE * (len(specs) + len(given)))
    for name, spec in specs.items():
        if name in given:
            values[name], found = _bind_value(spec, given[name], (*path, name), state)
            problems.extend(found)
        elif spec.has_default:
            # Bound too: the properties of an object that is a default have defaults of their own.
            values[name] = _bind_value(spec, _own(spec.default, state), (*path, name), state)[0]
        elif spec.required:
            problems.append(_missing(spec, (*path, name)))
    return Binding(values, tuple(problems))


def _own(default: JsonValue, state: _State) -> JsonValue:
    """Return a default, or a copy that its caller may change."""
    if type(default) is str or not (is_object(default) or is_array(default)):
        return default
    state.spend(_WORK_OF_VALUE * _count(default))
    return cast("JsonValue", plain_json(default))


def _count(value: object) -> int:
    """Return how many values there are in one, itself included."""
    if is_object(value):
        return 1 + sum(map(_count, value.values()))
    return 1 + sum(map(_count, value)) if is_array(value) else 1


def _bind_value(spec: VariableSpec, value: JsonValue, path: DataPath, state: _State) -> tuple[Any, Sequence[Problem]]:
    if not spec.sensitive or state.sensitive:
        return _bind_shown(spec, value, path, state)
    state.sensitive = True
    try:
        return _bind_shown(spec, value, path, state)
    finally:
        state.sensitive = False


def _bind_shown(spec: VariableSpec, value: JsonValue, path: DataPath, state: _State) -> tuple[Any, Sequence[Problem]]:
    if value is None:
        problem = Problem(f"{format_path(path)} must be {describe(spec)}, not null", "wrong_type", path)
        return value, () if spec.nullable else (problem,)
    fits = _FITS[spec.type](value)
    if not fits:
        return _bind_other(spec, value, path, state)
    if spec.type == "integer":
        value = int(value)  # type: ignore[arg-type] # the check above let only whole numbers through
    problems = list(_constraints(spec, value, path, state)) if spec.is_limited else []
    if type(value) is str:  # as most
        if not value.isascii():
            state.spend(len(value))  # read for surrogates
        return value, problems
    if spec.items is not None and is_array(value):
        state.spend(_WORK_OF_ITEM * len(value))
        bound = [_bind_value(spec.items, item, (*path, n), state) for n, item in enumerate(value)]  # type: ignore[arg-type] # an array of JSON values
        return [item for item, _ in bound], [*problems, *(problem for _, found in bound for problem in found)]
    if is_object(value):
        properties = spec.properties or {}
        inner = _bind_names(properties, value, path, state)  # type: ignore[arg-type] # an object of JSON values
        problems += inner.problems
        if not value.keys() <= properties.keys():
            others = [key for key in value if key not in properties]
            problems += [one for key in others for one in _unreadable(value[key], state.below(path, key), state)]
        # The order is the caller's: `each` over the object shows it.
        return {**value, **inner.values}, problems
    if value and is_array(value):
        problems += _unreadable(value, path, state)
    return value, problems


def _bind_other(spec: VariableSpec, value: JsonValue, path: DataPath, state: _State) -> tuple[Any, Sequence[Problem]]:
    """Bind an image, a file or messages, types that JSON does not have, and refuse every other value."""
    if spec.type not in INPUT_TYPES:
        message = f"{format_path(path)} must be {describe(spec)}, not {_kind_of(value, spec)}"
        return value, (Problem(message, "wrong_type", path),)
    from prompt_cli.domain.conversation import Conversation, TurnError, parse_messages  # most prompts hold text alone
    from prompt_cli.domain.media import Media, MediaFacts

    state.spend(_WORK_OF_VALUE * (len(value) if is_array(value) else 1))
    try:
        if spec.type != "messages":
            media = Media.parse(value, spec.type)
            state.spend(len(media.data or "") // _BASE64_PER_WORK)
            return MediaFacts(media), ()
        bound = Conversation(parse_messages(value, str(path[0])))
    except TurnError as error:
        at = path if state.sensitive else (*path, *error.path)
        return value, (Problem(f"{format_path(at)} {error}", "wrong_type", at, error.help),)
    except ValueError as error:
        return value, (Problem(f"{format_path(path)} {error}", "wrong_type", path),)
    return bound, list(_constraints(spec, value, path, state)) if spec.is_limited else ()


def _unreadable(value: object, path: DataPath, state: _State) -> Iterator[Problem]:
    """Find the first number that JSON cannot express, in a value without a spec."""
    pending, met = [(value, path)], set[int]()
    while pending:
        one, at = pending.pop()
        if isinstance(one, int | float) and not in_number_range(one):
            what = _NOT_FINITE if isinstance(one, float) else NUMBER_RANGE
            yield Problem(f"{format_path(at)} is {what}", "wrong_type", at)
            return
        if (is_object(one) or is_array(one)) and id(one) not in met:
            met.add(id(one))
            items = one.items() if is_object(one) else enumerate(one)
            pending += [(item, state.below(at, key)) for key, item in items if not isinstance(item, str)]


_NOT_FINITE = "infinity or NaN"


def _constraints(spec: VariableSpec, value: JsonValue, path: DataPath, state: _State) -> Iterator[Problem]:
    if spec.enum is not None and not state.allows(spec, value):
        more = f" and {len(spec.enum) - _MOST_SHOWN:,} more" if len(spec.enum) > _MOST_SHOWN else ""
        choices = ", ".join(str(one) for one in spec.enum[:_MOST_SHOWN])
        message = f"{format_path(path)} must be one of {choices}{more}"
        yield Problem(
            message, "wrong_enum", path, _near_choice(spec, value) if not state.sensitive and state.hints() else ""
        )
    if isinstance(value, str) and spec.pattern_matcher and not spec.pattern_matcher.isinstance_python(value):
        yield Problem(f"{format_path(path)} does not match the pattern {spec.pattern}", "wrong_pattern", path)
    low, high = _bounds(spec, value)
    if low is None and high is None:
        return
    size, verb, unit = _size(value)
    if low is not None and size < low:
        yield Problem(f"{format_path(path)} must {verb} at least {low}{_plural(unit, low)}", "out_of_bounds", path)
    if high is not None and size > high:
        yield Problem(f"{format_path(path)} must {verb} at most {high}{_plural(unit, high)}", "out_of_bounds", path)


def _plural(noun: str, number: float) -> str:
    return f"{noun}s" if noun and number != 1 else noun


def _bounds(spec: VariableSpec, value: JsonValue) -> tuple[float | None, float | None]:
    if isinstance(value, str):
        return spec.min_length, spec.max_length
    if is_array(value):
        return spec.min_items, spec.max_items
    return (spec.minimum, spec.maximum) if isinstance(value, int | float) else (None, None)


def _size(value: JsonValue) -> tuple[float, str, str]:
    """Return the size of a value with bounds, and the verb and the unit for a message."""
    if isinstance(value, str):
        return len(value), "have", " character"
    if is_array(value):
        return len(value), "have", " item"
    return (value if isinstance(value, int | float) else 0), "be", ""


def _near_choice(spec: VariableSpec, value: JsonValue) -> str:
    if not isinstance(value, str):
        return ""
    near = near_names(value, [one for one in spec.enum or () if isinstance(one, str)][:_MOST_NEAR], most=1)
    return f"did you mean {near[0]!r}?" if near else ""


def _missing(spec: VariableSpec, path: DataPath) -> Problem:
    about = f": {spec.description}" if spec.description else ""
    return Problem(f"{format_path(path)} is missing ({describe(spec)}{about})", "missing_variable", path)


def _unknown(name: str, specs: Mapping[str, VariableSpec], state: _State) -> Problem:
    near = near_names(name, islice(specs, _MOST_NEAR), most=1) if state.hints() else ()
    more = ", ..." if len(specs) > _MOST_SHOWN else ""
    shown = ", ".join(islice(specs, _MOST_SHOWN))
    known = f"valid variables: {shown}{more}" if specs else "the prompt has no variables"
    hint = f"did you mean {near[0]!r}?" if near else known
    return Problem(f"unknown variable {name!r}", "unknown_variable", (name,), hint)


def describe(spec: VariableSpec) -> str:
    """Describe the type of a spec: ``a string``, ``an integer or null``."""
    return with_article(spec.type) + (" or null" if spec.nullable else "")


def _kind_of(value: object, spec: VariableSpec) -> str:
    if isinstance(value, int | float) and not in_number_range(value):
        return _NOT_FINITE if isinstance(value, float) else NUMBER_RANGE
    if isinstance(value, str) and spec.type == "string":
        return "text that is not Unicode"
    return with_article(json_type(value))


def _is_integer(value: object) -> bool:
    # JSON Schema counts 3.0 among the integers, as JSON itself does not tell them apart.
    return _is_number(value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and in_number_range(value)


_FITS: Mapping[str, Callable[[object], bool]] = {
    "string": is_text,
    "integer": _is_integer,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": is_array,
    "object": is_object,
    # `_bind_other` reads them.
    **dict.fromkeys(INPUT_TYPES, lambda value: False),  # noqa: ARG005 - as above
}
