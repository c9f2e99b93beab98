"""Binding of values to variables, and reading of values from the command line by the declared types."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import (
    MAX_NUMBER_LENGTH,
    NUMBER_RANGE,
    DuplicateKeyError,
    JsonObject,
    JsonValue,
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
from prompt_cli.domain.variables import INPUT_TYPES, VariableSpec
from prompt_cli.errors import VariableError
from prompt_cli.handlebars.runtime import PROMPT_OPTIONS, Budget
from prompt_cli.problems import DataPath, Problem, format_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class _InvalidTextError(Exception):
    """A text that cannot be read as its type; the message ends the sentence about the type."""


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
        except _InvalidTextError as error:
            message = f"{name} must be {describe(specs[name])}{error}"
            problems.append(Problem(message, "wrong_type", (name,), _HELP.get(specs[name].type, "")))
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
    raise _InvalidTextError("")


def _in_range(number: type[int | float], text: str) -> int | float:
    if len(text) > MAX_NUMBER_LENGTH or not in_number_range(value := number(text)):
        raise _InvalidTextError(f"; the value is {NUMBER_RANGE}")
    return value


def _read_json(text: str) -> JsonValue:
    try:
        return cast("JsonValue", parse_json(text))
    except (NumberRangeError, DuplicateKeyError) as error:
        raise _InvalidTextError(f"; the value is invalid: {error}") from None
    except json.JSONDecodeError as error:
        raise _InvalidTextError(f"; the value is not valid JSON (column {error.colno})") from None
    except (ValueError, RecursionError):
        raise _InvalidTextError("") from None


_WORK_OF_VALUE = 100
"""The work of a variable or a key of an object, however small its value is."""
_WORK_OF_ITEM = 20
"""The work of an item of an array."""
_BASE64_PER_WORK = 100
"""Characters of Base64 that take the time of reading one of a text."""
_WORK_OF_OWN_VALUES = 5_000_000
"""The work of checking the defaults and choices of all variables of a prompt."""
_MAX_LISTED = 20
"""The maximum number of choices that a message lists, and of values with a similar choice or name in their help."""
_MAX_COMPARED = 100
"""The maximum number of names to compare with an unknown one."""


class _TooMuchWorkError(Exception):
    """Error of a spent budget, by defaults in lists in defaults, or by one value under many aliases."""


class _State:
    """The state of one binding: its budget, and whether the current value is in a sensitive one.

    Problems of a sensitive value show neither its keys nor similar choices.
    """

    __slots__ = ("_budget", "_choices", "_hints", "sensitive")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._choices: dict[int, frozenset[object]] = {}
        self._hints = _MAX_LISTED
        self.sensitive = False

    def spend(self, work: int) -> None:
        self._budget.remaining -= work
        if self._budget.remaining < 0:
            raise _TooMuchWorkError

    def allows(self, spec: VariableSpec, value: JsonValue) -> bool:
        """Return whether a value is one of the choices; many choices are found by hash."""
        enum = spec.enum or ()
        if len(enum) <= _MAX_LISTED:
            return value in enum if type(value) is str else any(same_json(value, one) for one in enum)
        choices = self._choices.get(id(spec))
        if choices is None:
            choices = self._choices[id(spec)] = frozenset(map(json_key, enum))
        return not (is_array(value) or is_object(value)) and json_key(value) in choices

    def child_path(self, path: DataPath, key: str | int) -> DataPath:
        """Return the path of a value without a spec; in a sensitive value, the path of that value."""
        return path if self.sensitive else (*path, key)

    def may_suggest(self) -> bool:
        """Return whether the help may have another similar name; a search takes time."""
        self._hints -= 1
        return self._hints >= 0


class Binding(NamedTuple):
    """The values that fit, with defaults, owned by the caller, and a problem for each value that does not fit."""

    values: dict[str, JsonValue]
    problems: tuple[Problem, ...]


def bind(specs: Mapping[str, VariableSpec], values: JsonObject, budget: Budget | None = None) -> dict[str, JsonValue]:
    """Return values bound to variables: the values, with defaults for missing ones at every depth.

    Args:
        specs: The variables by name.
        values: The values by name.
        budget: The work it may do, shared with rendering; a new one if None.

    Raises:
        VariableError: Values do not fit; the error holds every problem.
    """
    bound, problems = try_bind(specs, values, budget)
    if problems:
        raise variable_error(problems)
    return bound


def try_bind(specs: Mapping[str, VariableSpec], values: JsonObject, budget: Budget | None = None) -> Binding:
    """Bind values to variables, and return the problems instead of raising them."""
    if not is_object(values):
        message = f"values must be an object with a value for each variable, not {with_article(json_type(values))}"
        return Binding({}, (Problem(message, "wrong_type"),))
    state = _State(budget or Budget(PROMPT_OPTIONS.limits.work))
    unknown = [_unknown(str(name), specs, state) for name in values if name not in specs]
    try:
        bound, problems = _bind_names(specs, values, (), state)
    except _TooMuchWorkError:
        return Binding({}, (Problem("too many values and defaults", "out_of_bounds"), *unknown))
    return Binding(bound, (*problems, *unknown))


def variable_error(problems: Sequence[Problem]) -> VariableError:
    """Combine problems into one error."""
    if len(problems) == 1:
        return VariableError(problems[0].message, problems=problems, help=problems[0].help)
    return VariableError(f"{len(problems)} invalid variables", problems=problems)


def default_problems(specs: Iterable[tuple[DataPath, VariableSpec]]) -> Iterator[tuple[DataPath, Problem]]:
    """Yield the path of a spec, and a problem of a default or a choice that does not fit it.

    Args:
        specs: All specs of a prompt, at any depth, with their paths.
    """
    state = _State(Budget(_WORK_OF_OWN_VALUES))
    for at, spec in specs:
        for path, value in _own_values(spec):
            try:
                problems = _bind_value(spec, value, path, state)[1]
            except _TooMuchWorkError:
                message = f"{format_path(path)} and the values before it hold more than can be checked"
                yield at, Problem(message, "out_of_bounds", path)
                return
            for problem in problems:
                yield at, problem


def answer_problems(spec: VariableSpec, answer: JsonValue) -> Iterator[Problem]:
    """Yield the problems of an answer with the schema of an output; other fields are problems too."""
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
                message = f"{format_path((*path, key))} is not a field of the output"
                names = islice(spec.properties, _MAX_COMPARED)
                help_ = suggest(key, names, "declare it under 'output', or remove it")
                yield Problem(message, "unknown_variable", (*path, key), help_)
    elif is_array(value) and spec.items is not None:
        for n, item in enumerate(value):
            yield from _undeclared_fields(spec.items, item, (*path, n))


def _own_values(spec: VariableSpec) -> list[tuple[DataPath, JsonValue]]:
    values: list[tuple[DataPath, JsonValue]] = [(("default",), spec.default)] if spec.has_default else []
    return values if spec.enum is None else [*values, *((("enum", n), choice) for n, choice in enumerate(spec.enum))]


def _bind_names(specs: Mapping[str, VariableSpec], values: JsonObject, path: DataPath, state: _State) -> Binding:
    bound: dict[str, JsonValue] = {}
    problems: list[Problem] = []
    state.spend(_WORK_OF_VALUE * (len(specs) + len(values)))
    for name, spec in specs.items():
        if name in values:
            bound[name], value_problems = _bind_value(spec, values[name], (*path, name), state)
            problems.extend(value_problems)
        elif spec.has_default:
            # Bound too: the properties of an object that is a default have defaults of their own.
            bound[name] = _bind_value(spec, _copy(spec.default, state), (*path, name), state)[0]
        elif spec.required:
            about = f": {spec.description}" if spec.description else ""
            message = f"{format_path((*path, name))} is missing ({describe(spec)}{about})"
            problems.append(Problem(message, "missing_variable", (*path, name)))
    return Binding(bound, tuple(problems))


def _copy(default: JsonValue, state: _State) -> JsonValue:
    """Return a default, copied if callers could change it."""
    if type(default) is str or not (is_object(default) or is_array(default)):
        return default
    state.spend(_WORK_OF_VALUE * _count(default))
    return cast("JsonValue", plain_json(default))


def _count(value: object) -> int:
    """Return the number of values in a value, itself included."""
    if is_object(value):
        return 1 + sum(map(_count, value.values()))
    return 1 + sum(map(_count, value)) if is_array(value) else 1


def _bind_value(spec: VariableSpec, value: JsonValue, path: DataPath, state: _State) -> tuple[Any, Sequence[Problem]]:
    if not spec.sensitive or state.sensitive:
        return _bind_typed(spec, value, path, state)
    state.sensitive = True
    try:
        return _bind_typed(spec, value, path, state)
    finally:
        state.sensitive = False


def _bind_typed(spec: VariableSpec, value: JsonValue, path: DataPath, state: _State) -> tuple[Any, Sequence[Problem]]:
    if value is None:
        problem = Problem(f"{format_path(path)} must be {describe(spec)}, not null", "wrong_type", path)
        return value, () if spec.nullable else (problem,)
    if not _FITS[spec.type](value):
        return _bind_input(spec, value, path, state)
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
        problems += [problem for _, item_problems in bound for problem in item_problems]
        return [item for item, _ in bound], problems
    if is_object(value):
        bound_object, object_problems = _bind_object(spec.properties or {}, value, path, state)  # type: ignore[arg-type] # an object of JSON values
        return bound_object, [*problems, *object_problems]
    if value and is_array(value):
        problems += _number_problems(value, path, state)
    return value, problems


def _bind_object(specs: Mapping[str, VariableSpec], value: JsonObject, path: DataPath, state: _State) -> Binding:
    bound, problems = _bind_names(specs, value, path, state)
    if not value.keys() <= specs.keys():
        others = [key for key in value if key not in specs]
        problems += tuple(
            one for key in others for one in _number_problems(value[key], state.child_path(path, key), state)
        )
    # The order is the caller's: `each` over the object shows it.
    return Binding({**value, **bound}, problems)


def _bind_input(spec: VariableSpec, value: JsonValue, path: DataPath, state: _State) -> tuple[Any, Sequence[Problem]]:
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


def _number_problems(value: object, path: DataPath, state: _State) -> Iterator[Problem]:
    """Yield the problem of the first number that JSON cannot express, in a value without a spec."""
    pending, visited = [(value, path)], set[int]()
    while pending:
        one, at = pending.pop()
        if isinstance(one, int | float) and not in_number_range(one):
            yield Problem(f"{format_path(at)} is {_out_of_range(one)}", "wrong_type", at)
            return
        if (is_object(one) or is_array(one)) and id(one) not in visited:
            visited.add(id(one))
            items = one.items() if is_object(one) else enumerate(one)
            pending += [(item, state.child_path(at, key)) for key, item in items if not isinstance(item, str)]


def _out_of_range(number: object) -> str:
    return "infinity or NaN" if isinstance(number, float) else NUMBER_RANGE


def _constraints(spec: VariableSpec, value: JsonValue, path: DataPath, state: _State) -> Iterator[Problem]:
    if spec.enum is not None and not state.allows(spec, value):
        more = f" and {len(spec.enum) - _MAX_LISTED:,} more" if len(spec.enum) > _MAX_LISTED else ""
        choices = ", ".join(str(one) for one in spec.enum[:_MAX_LISTED])
        message = f"{format_path(path)} must be one of {choices}{more}"
        help_ = _similar_choice(spec, value) if not state.sensitive and state.may_suggest() else ""
        yield Problem(message, "wrong_enum", path, help_)
    if isinstance(value, str) and spec.pattern_matcher and not spec.pattern_matcher.isinstance_python(value):
        yield Problem(f"{format_path(path)} does not match the pattern {spec.pattern}", "wrong_pattern", path)
    size, low, high, verb, unit = _measure(spec, value)
    if low is not None and size < low:
        yield Problem(f"{format_path(path)} must {verb} at least {low}{_plural(unit, low)}", "out_of_bounds", path)
    if high is not None and size > high:
        yield Problem(f"{format_path(path)} must {verb} at most {high}{_plural(unit, high)}", "out_of_bounds", path)


def _plural(noun: str, number: float) -> str:
    return f"{noun}s" if noun and number != 1 else noun


def _measure(spec: VariableSpec, value: JsonValue) -> tuple[float, float | None, float | None, str, str]:
    """Return the size of a value and its bounds, and the verb and the unit for a message."""
    if isinstance(value, str):
        return len(value), spec.min_length, spec.max_length, "have", " character"
    if is_array(value):
        return len(value), spec.min_items, spec.max_items, "have", " item"
    return (value, spec.minimum, spec.maximum, "be", "") if isinstance(value, (int, float)) else (0, None, None, "", "")


def _similar_choice(spec: VariableSpec, value: JsonValue) -> str:
    choices = [one for one in spec.enum or () if isinstance(one, str)]
    return suggest(value, choices[:_MAX_COMPARED]) if isinstance(value, str) else ""


def _unknown(name: str, specs: Mapping[str, VariableSpec], state: _State) -> Problem:
    more = ", ..." if len(specs) > _MAX_LISTED else ""
    variables = f"valid variables: {', '.join(islice(specs, _MAX_LISTED))}{more}"
    candidates = islice(specs, _MAX_COMPARED if state.may_suggest() else 0)
    help_ = suggest(name, candidates, variables if specs else "the prompt has no variables")
    return Problem(f"unknown variable {name!r}", "unknown_variable", (name,), help_)


def describe(spec: VariableSpec) -> str:
    """Describe the type of a spec: ``a string``, ``an integer or null``."""
    return with_article(spec.type) + (" or null" if spec.nullable else "")


def _kind_of(value: object, spec: VariableSpec) -> str:
    if isinstance(value, (int, float)) and not in_number_range(value):
        return _out_of_range(value)
    if isinstance(value, str) and spec.type == "string":
        return "text that is not Unicode"
    return with_article(json_type(value))


def _is_integer(value: object) -> bool:
    # JSON Schema counts 3.0 among the integers, because JSON has one kind of number.
    return _is_number(value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, float)) and in_number_range(value)


_FITS: Mapping[str, Callable[[object], bool]] = {
    "string": is_text,
    "integer": _is_integer,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": is_array,
    "object": is_object,
    # `_bind_input` reads them.
    **dict.fromkeys(INPUT_TYPES, lambda value: False),  # noqa: ARG005 - as above
}
