"""Binding of values to variables, and reading of values from the command line by the declared types."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, cast

from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import (
    INPUT_TYPES,
    MAX_NUMBER_LENGTH,
    NUMBER_RANGE,
    DuplicateKeyError,
    JsonObject,
    JsonValue,
    NumberRangeError,
    VariableData,
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
from prompt_cli.errors import VariableError
from prompt_cli.handlebars.runtime import PROMPT_OPTIONS, Budget
from prompt_cli.problems import DataPath, Problem, ValueProblem, format_path

# Both expressions are compiled on first use: most values are strings.
_INTEGER = r"[+-]?[0-9]+"
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class _InvalidTextError(Exception):
    """A text that cannot be read as its type; the message ends the sentence about the type."""


def read_values(
    specs: Mapping[str, VariableData], texts: Iterable[tuple[str, str]]
) -> tuple[dict[str, JsonValue], tuple[Problem, ...]]:
    """Read names with texts by the declared types, and return the values with a problem for each unreadable text.

    The last text of a name wins; that of an undeclared name is returned as it is. No problem holds a text.
    """
    values: dict[str, JsonValue] = {}
    problems: list[Problem] = []
    for name, text in texts:
        try:
            values[name] = _read(specs[name], text) if name in specs else text
        except _InvalidTextError as error:
            message = f"{name} must be {describe(specs[name])}{error}"
            problems.append(Problem(message, "wrong_type", (name,), _HELP.get(specs[name]["type"], "")))
    return values, tuple(problems)


_HELP = {
    "boolean": "write true or false",
    "array": """write it as JSON: '["one", "two"]', or pass a file: --vars values.json""",
    "object": """write it as JSON: '{"key": "value"}', or pass a file: --vars values.json""",
    "messages": """write it as JSON: '[{"role": "user", "content": "Hi"}]', or pass a file: --vars values.json""",
    "image": "write a URL, or give a file: --var-file NAME=FILE",
    "file": "write a URL, or give a file: --var-file NAME=FILE",
}


def _read(spec: VariableData, text: str) -> JsonValue:
    if spec["type"] == "string":
        return text
    stripped = text.strip()
    if spec.get("nullable") and stripped == "null":
        return None
    match spec["type"]:
        case "integer" | "number" if re.fullmatch(_INTEGER, stripped):
            return _in_range(int, stripped)
        case "number" if re.fullmatch(_NUMBER, stripped):
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


_WORK_OF_VALUE = 100  # of a variable or a key of an object, however small its value is
_WORK_OF_ITEM = 20  # of an array
_WORK_OF_HINT = 100_000  # of a search for a similar name; all searches take half of a budget at most
_BASE64_PER_WORK = 100  # characters of Base64 that take the time of reading one of a text
_WORK_OF_OWN_VALUES = 5_000_000  # of checking the defaults and choices of all variables of a prompt
# The maximum number of choices that a message lists, and of values with a similar choice or name in their help.
_MAX_LISTED = 20
_MAX_PATH = 100  # levels; copying longer paths takes the square of the depth
_MAX_COMPARED = 100  # the maximum number of names to compare with an unknown one
_LIMITS = frozenset({"enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"})


class _TooMuchWorkError(Exception):
    """Error of a spent budget, by defaults in lists in defaults, or by one value under many aliases."""


class Binding(NamedTuple):
    """The values that fit, with defaults, owned by the caller, and a problem for each value that does not fit."""

    values: dict[str, JsonValue]
    problems: tuple[Problem, ...]


def bind(specs: Mapping[str, VariableData], values: JsonObject, budget: Budget | None = None) -> dict[str, JsonValue]:
    """Return values bound to variables: the values, with defaults for missing ones at every depth.

    The budget is the work it may do, shared with rendering. Values that do not fit raise one error with every problem.
    """
    bound, problems = try_bind(specs, values, budget)
    if problems:
        raise variable_error(problems)
    return bound


def try_bind(specs: Mapping[str, VariableData], values: JsonObject, budget: Budget | None = None) -> Binding:
    """Bind values to variables, and return the problems instead of raising them."""
    if not is_object(values):
        message = f"values must be an object with a value for each variable, not {with_article(json_type(values))}"
        return Binding({}, (Problem(message, "wrong_type"),))
    binder = _Binder(budget or Budget(PROMPT_OPTIONS.limits.work))
    unknown = [binder.unknown(str(name), specs) for name in values if name not in specs]
    try:
        bound = binder.bind_names(specs, values)
    except _TooMuchWorkError:
        return Binding({}, (Problem("too many values and defaults", "out_of_bounds"), *unknown))
    return Binding(bound, (*binder.problems, *unknown))


def variable_error(problems: Sequence[Problem]) -> VariableError:
    """Combine problems into one error."""
    if len(problems) == 1:
        return VariableError(problems[0].message, problems=problems, help=problems[0].help)
    return VariableError(f"{len(problems)} invalid variables", problems=problems)


def default_problems(specs: Iterable[tuple[DataPath, VariableData]]) -> Iterator[tuple[DataPath, Problem]]:
    """Yield the paths of specs, each with a problem of a default or a choice that does not fit it."""
    binder = _Binder(Budget(_WORK_OF_OWN_VALUES))
    for at, spec in specs:
        for path, value in _own_values(spec):
            binder.problems.clear()
            try:
                binder.bind_value(spec, value, path)
            except _TooMuchWorkError:
                message = f"{format_path(path)} and the values before it hold more than can be checked"
                yield at, Problem(message, "out_of_bounds", path)
                return
            yield from ((at, problem) for problem in binder.problems)


def answer_problems(spec: VariableData, answer: JsonValue) -> Iterator[Problem]:
    """Yield the problems of an answer with the schema of an output; other fields are problems too."""
    binder = _Binder(Budget(_WORK_OF_OWN_VALUES))
    try:
        binder.bind_value(spec, answer, ("answer",))
    except _TooMuchWorkError:
        yield Problem("the answer holds more than can be checked", "out_of_bounds", ("answer",))
        return
    yield from binder.problems
    yield from _undeclared_fields(spec, answer, ("answer",))


def _undeclared_fields(spec: VariableData, value: object, path: DataPath) -> Iterator[Problem]:
    if is_object(value) and "properties" in spec:
        for key, item in value.items():
            if key in spec["properties"]:
                yield from _undeclared_fields(spec["properties"][key], item, (*path, key))
            else:
                message = f"{format_path((*path, key))} is not a field of the output"
                names = islice(spec["properties"], _MAX_COMPARED)
                help_ = suggest(key, names, "declare it under 'output', or remove it")
                yield Problem(message, "unknown_variable", (*path, key), help_)
    elif is_array(value) and "items" in spec:
        for n, item in enumerate(value):
            yield from _undeclared_fields(spec["items"], item, (*path, n))


def _own_values(spec: VariableData) -> Iterator[tuple[DataPath, JsonValue]]:
    if "default" in spec:
        yield ("default",), spec["default"]
    for n, choice in enumerate(spec.get("enum", ())):
        yield ("enum", n), choice


class _Binder:
    """Binder of values to specs, which collects the problems of values that do not fit.

    Problems of a sensitive value show neither its keys nor similar choices.
    """

    __slots__ = ("_budget", "_choices", "_hints", "_is_sensitive", "problems")

    def __init__(self, budget: Budget) -> None:
        self.problems: list[Problem] = []
        self._budget = budget
        self._choices: dict[int, frozenset[object]] = {}
        self._hints = _MAX_LISTED
        self._is_sensitive = False

    def bind_names(
        self, specs: Mapping[str, VariableData], values: JsonObject, path: DataPath = ()
    ) -> dict[str, JsonValue]:
        """Return the values of variables, or of the properties of an object."""
        bound: dict[str, JsonValue] = {}
        self._spend(_WORK_OF_VALUE * (len(specs) + len(values)))
        for name, spec in specs.items():
            if name in values:
                bound[name] = self.bind_value(spec, values[name], (*path, name))
            elif "default" in spec:
                bound[name] = self._bind_default(spec, (*path, name))
            elif spec.get("required", True):
                about = f": {spec.get('description')}" if spec.get("description") else ""
                self._refuse((*path, name), f"is missing ({describe(spec)}{about})", "missing_variable")
        return bound

    def bind_value(self, spec: VariableData, value: JsonValue, path: DataPath) -> Any:  # noqa: ANN401 - JSON or media
        """Return a value with the defaults in it."""
        if not spec.get("sensitive") or self._is_sensitive:
            return self._bind_typed(spec, value, path)
        self._is_sensitive = True
        try:
            return self._bind_typed(spec, value, path)
        finally:
            self._is_sensitive = False

    def unknown(self, name: str, specs: Mapping[str, VariableData]) -> Problem:
        more = ", ..." if len(specs) > _MAX_LISTED else ""
        variables = f"valid variables: {', '.join(islice(specs, _MAX_LISTED))}{more}"
        candidates = islice(specs, _MAX_COMPARED if self._may_suggest() else 0)
        help_ = suggest(name, candidates, variables if specs else "the prompt has no variables")
        return Problem(f"unknown variable {name!r}", "unknown_variable", (name,), help_)

    def _spend(self, work: int) -> None:
        self._budget.remaining -= work
        if self._budget.remaining < 0:
            raise _TooMuchWorkError

    def _refuse(self, path: DataPath, reason: str, kind: ValueProblem = "wrong_type", help_: str = "") -> None:
        self.problems.append(Problem(f"{format_path(path)} {reason}", kind, path, help_))

    def _may_suggest(self) -> bool:
        """Return whether the help may have another similar name; a search takes time."""
        may_suggest = self._hints > 0 and self._budget.remaining - _WORK_OF_HINT > self._budget.limit // 2
        self._hints -= may_suggest
        self._budget.remaining -= _WORK_OF_HINT * may_suggest
        return may_suggest

    def _bind_default(self, spec: VariableData, path: DataPath) -> JsonValue:
        """Return a default; the properties of an object have defaults of their own."""
        default, count = spec["default"], len(self.problems)
        if is_object(default) or is_array(default):  # callers may change what they get
            self._spend(_WORK_OF_VALUE * _count(default))
            default = cast("JsonValue", plain_json(default))
        bound: JsonValue = self.bind_value(spec, default, path)
        del self.problems[count:]  # the prompt is wrong, not the values
        return bound

    def _bind_typed(self, spec: VariableData, value: JsonValue, path: DataPath) -> Any:  # noqa: ANN401 - as above
        if value is None:
            if not spec.get("nullable"):
                self._refuse(path, f"must be {describe(spec)}, not null")
            return value
        if not _FITS[spec["type"]](value):
            return self._bind_input(spec, value, path)
        if spec["type"] == "integer":
            value = int(value)  # type: ignore[arg-type] # the check above let only whole numbers through
        if not _LIMITS.isdisjoint(spec):
            self._check_limits(spec, value, path)
        if type(value) is str:  # as most
            if not value.isascii():
                self._spend(len(value))  # read for surrogates
        elif is_object(value):
            return self._bind_object(spec.get("properties", {}), value, path)  # type: ignore[arg-type] # an object of JSON values
        elif is_array(value):
            return self._bind_array(spec.get("items"), value, path)  # type: ignore[arg-type] # an array of JSON values
        return value

    def _bind_array(self, spec: VariableData | None, value: Sequence[JsonValue], path: DataPath) -> Sequence[JsonValue]:
        if spec is None:
            self._check_numbers(value, path)
            return value
        self._spend(_WORK_OF_ITEM * len(value))
        return [self.bind_value(spec, item, (*path, n)) for n, item in enumerate(value)]

    def _bind_object(
        self, specs: Mapping[str, VariableData], value: JsonObject, path: DataPath
    ) -> dict[str, JsonValue]:
        bound = self.bind_names(specs, value, path)
        for key in value:
            if key not in specs:
                self._check_numbers(value[key], self._child_path(path, key))
        return {**value, **bound}  # in the caller's order, which `each` over the object shows

    def _bind_input(self, spec: VariableData, value: JsonValue, path: DataPath) -> Any:  # noqa: ANN401 - as above
        """Return an image, a file or messages, types that JSON does not have; refuse every other value."""
        if spec["type"] not in INPUT_TYPES:
            self._refuse(path, f"must be {describe(spec)}, not {_kind_of(value, spec)}")
            return value
        from prompt_cli.domain.media import Media, MediaFacts
        from prompt_cli.domain.message import Conversation, TurnError, parse_messages  # most prompts hold text alone

        self._spend(_WORK_OF_VALUE * (len(value) if is_array(value) else 1))
        try:
            if spec["type"] != "messages":
                media = Media.parse(value, spec["type"])
                self._spend(len(media.data or "") // _BASE64_PER_WORK)
                return MediaFacts(media)
            bound = Conversation(parse_messages(value, str(path[0])))
        except TurnError as error:
            self._refuse(path if self._is_sensitive else (*path, *error.path), str(error), help_=error.help)
            return value
        except ValueError as error:
            self._refuse(path, str(error))
            return value
        if not _LIMITS.isdisjoint(spec):
            self._check_limits(spec, value, path)
        return bound

    def _child_path(self, path: DataPath, key: str | int) -> DataPath:
        """Return the path of a value without a spec; in a sensitive or very deep value, the path of a value around."""
        return path if self._is_sensitive or len(path) > _MAX_PATH else (*path, key)

    def _check_numbers(self, value: object, path: DataPath) -> None:
        """Refuse the first number that JSON cannot express, in a value without a spec."""
        pending, visited = [(value, path)], set[int]()
        while pending:
            one, at = pending.pop()
            if isinstance(one, int | float) and not in_number_range(one):
                self._refuse(at, f"is {_out_of_range(one)}")
                return
            if (is_object(one) or is_array(one)) and id(one) not in visited:
                visited.add(id(one))
                items = one.items() if is_object(one) else enumerate(one)
                pending += [(item, self._child_path(at, key)) for key, item in items if not isinstance(item, str)]

    def _check_limits(self, spec: VariableData, value: JsonValue, path: DataPath) -> None:
        if "enum" in spec and not self._allows(spec, value):
            count = len(spec["enum"])
            more = f" and {count - _MAX_LISTED:,} more" if count > _MAX_LISTED else ""
            choices = ", ".join(map(str, spec["enum"][:_MAX_LISTED]))
            help_ = _similar_choice(spec, value) if not self._is_sensitive and self._may_suggest() else ""
            self._refuse(path, f"must be one of {choices}{more}", "wrong_enum", help_)
        if isinstance(value, str) and "pattern" in spec and not _matches(spec["pattern"], value):
            self._refuse(path, f"does not match the pattern {spec['pattern']}", "wrong_pattern")
        size, low, high, verb, unit = _measure(spec, value)
        if low is not None and size < low:
            self._refuse(path, f"must {verb} at least {low}{_plural(unit, low)}", "out_of_bounds")
        if high is not None and size > high:
            self._refuse(path, f"must {verb} at most {high}{_plural(unit, high)}", "out_of_bounds")

    def _allows(self, spec: VariableData, value: JsonValue) -> bool:
        """Return whether a value is one of the choices; many choices are found by hash."""
        enum = spec["enum"]
        if len(enum) <= _MAX_LISTED:
            return value in enum if type(value) is str else any(same_json(value, one) for one in enum)
        choices = self._choices.get(id(spec))
        if choices is None:
            self._spend(_WORK_OF_ITEM * len(enum))
            choices = self._choices[id(spec)] = frozenset(map(json_key, enum))
        return not (is_array(value) or is_object(value)) and json_key(value) in choices


def _count(value: object) -> int:
    """Return the number of values in a value, itself included."""
    if is_object(value):
        return 1 + sum(map(_count, value.values()))
    return 1 + sum(map(_count, value)) if is_array(value) else 1


def _out_of_range(number: object) -> str:
    return "infinity or NaN" if isinstance(number, float) else NUMBER_RANGE


def _plural(noun: str, number: float) -> str:
    return f"{noun}s" if noun and number != 1 else noun


def _measure(spec: VariableData, value: JsonValue) -> tuple[float, float | None, float | None, str, str]:
    """Return the size of a value and its bounds, and the verb and the unit for a message."""
    if isinstance(value, str):
        return len(value), spec.get("minLength"), spec.get("maxLength"), "have", " character"
    if is_array(value):
        return len(value), spec.get("minItems"), spec.get("maxItems"), "have", " item"
    if isinstance(value, (int, float)):
        return value, spec.get("minimum"), spec.get("maximum"), "be", ""
    return 0, None, None, "", ""


def _matches(pattern: str, text: str) -> bool:
    from prompt_cli.domain.variables import pattern_matcher  # Pydantic's; few variables have patterns

    return pattern_matcher(pattern).isinstance_python(text)


def _similar_choice(spec: VariableData, value: JsonValue) -> str:
    choices = [one for one in spec["enum"] if isinstance(one, str)]
    return suggest(value, choices[:_MAX_COMPARED]) if isinstance(value, str) else ""


def describe(spec: VariableData) -> str:
    """Describe the type of a spec: ``a string``, ``an integer or null``."""
    return with_article(spec["type"]) + (" or null" if spec.get("nullable") else "")


def _kind_of(value: object, spec: VariableData) -> str:
    if isinstance(value, (int, float)) and not in_number_range(value):
        return _out_of_range(value)
    if isinstance(value, str) and spec["type"] == "string":
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
