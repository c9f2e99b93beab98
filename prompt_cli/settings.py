"""Settings of a project: the prompt directories, the levels of changes, and the choice of rules.

Codes of rules are not validated here, because settings do not depend on rules.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import is_object
from prompt_cli.errors import PromptManagerError, SettingsError
from prompt_cli.problems import Location, Region

if TYPE_CHECKING:
    from prompt_cli.domain.change import ChangeKind
    from prompt_cli.domain.finding import Severity
    from prompt_cli.domain.version import Level

SETTINGS_FILE = "prompt-cli.toml"
PYPROJECT_FILE = "pyproject.toml"
BASELINE_FILE = "prompt-cli-baseline.json"
DEFAULT_DIRECTORY = "prompts"

DEFAULT_TAG = "{id}@{version}"
DEFAULT_TAG_OF_MANY = "{directory}/{id}@{version}"
"""The name of tags with several prompt directories, in which ids may be the same."""

_RULE_SETTINGS = ("select", "ignore", "severity", "per-path-ignores", "fail-on", "exclude")
# Patterns are compiled on use: most projects have no settings.
_KEY = r"""[\w-]+|"[^"\n]*"|'[^'\n]*'"""
_KEYS = rf"(?:{_KEY})(?:[ \t]*\.[ \t]*(?:{_KEY}))*"
_LINE = rf"(?m)^[ \t]*(?P<heading>\[{{1,2}}[ \t]*)?(?P<keys>{_KEYS})[ \t]*(?(heading)\]|=)(?P<rest>.*)"
_INLINE = rf"[{{,][ \t]*(?P<inline>{_KEYS})[ \t]*="
# The parser takes minutes for a key of 300,000 words.
_LONG_KEY = r"""(?<![\w.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){1000}"""
_LONG_NUMBER = r"[0-9_]{4301}"  # longer than Python converts
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"
_MAX_DIRECTORIES = 1000  # every directory is compared with the others
_SETTINGS = ("directory", "former-directories", "levels", "base", "tag-format", *_RULE_SETTINGS)

Value = TypeVar("Value")


class RuleChoice(NamedTuple):
    """A choice of rules; a code may be a prefix such as ``PC3``."""

    select: tuple[str, ...] | None = None  # the codes to enable; None is the default
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, "Severity"] = {}
    per_path_ignores: Mapping[str, tuple[str, ...]] = {}  # the codes to disable for files, by pattern
    fail_on: "Severity | None" = None  # the least severity at which a check fails; None is an error
    exclude: tuple[str, ...] = ()  # the patterns of files that are not checked
    file: Location | None = None  # the settings file, for errors; None for options

    def locate(self, error: PromptManagerError, word: str) -> PromptManagerError:
        """Return an error about a word of the settings, with its place if a file holds it."""
        if self.file is None:
            return error
        written = re.search(rf"(?m)^[^#\n]*?(?<![\w-])({re.escape(word)})(?![\w-])", self.file.text) if word else None
        return error.at(self.file._replace(region=_region(self.file.text, *written.span(1)) if written else None))


class Settings(NamedTuple):
    """The settings of a project."""

    directories: tuple[str, ...] = (DEFAULT_DIRECTORY,)  # at least one, relative to the settings file, separated by "/"
    levels: Mapping["ChangeKind", "Level"] = {}  # which replace the default ones
    choice: RuleChoice = RuleChoice()
    base: str | None = None  # the branch to merge into; None is the default branch of the remote
    former_directories: tuple[str, ...] = ()  # of prompts, written as `directories` are
    tag_format: str = DEFAULT_TAG  # with {id}, {version} and maybe {directory}


DEFAULTS = Settings()
"""The default settings."""


def parse_settings(text: str, source: str) -> Settings | None:
    """Read the settings of a TOML 1.0 file at a path; None for a pyproject.toml without any."""
    table = _parse_toml(text, source)
    is_pyproject = source.endswith(PYPROJECT_FILE)
    if is_pyproject:
        tool = table.get("tool") if is_object(table) else None
        table = tool.get("prompt-cli") if is_object(tool) else None
        if table is None:
            return None
    if not is_object(table):
        place = _SettingsFile({}, source, text, ("tool",)).place("prompt-cli")
        raise SettingsError(
            "'prompt-cli' must be a table", help='as in [tool.prompt-cli] and below it base = "main"'
        ).at(place)
    return _settings(_SettingsFile(table, source, text, ("tool", "prompt-cli") if is_pyproject else ()))


def rule_choice(
    select: str | Sequence[str] | None,
    ignore: str | Sequence[str],
    severity: "Mapping[str, Severity | str]",
    fail_on: "Severity | str | None",
) -> RuleChoice:
    """Return a choice of rules from Python arguments; severities may be names."""
    if select is not None and not select:
        raise SettingsError("select is empty", help="omit it to use the rules of the settings")
    if not isinstance(severity, Mapping):
        raise SettingsError(f"severity must be a mapping of codes to severities, not {severity!r}")
    severities = {code: severity_of(level, f"severity of {code}") for code, level in severity.items()}
    level = None if fail_on is None else severity_of(fail_on, "fail_on")
    selected = None if select is None else _codes("select", select)
    return RuleChoice(selected, _codes("ignore", ignore), severities, {}, level)


def _codes(argument: str, value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    codes = tuple(one for one in values if isinstance(one, str))
    if len(codes) < len(values):
        raise SettingsError(f"{argument} must be codes of rules, not {value!r}")
    return codes


def fail_level(settings: RuleChoice, options: RuleChoice) -> "Severity":
    """Return the least severity at which a check fails: of the options, else of the settings, else an error."""
    from prompt_cli.domain.finding import Severity  # most commands have no findings

    return options.fail_on or settings.fail_on or Severity.ERROR


def severity_of(value: object, setting: str) -> "Severity":
    """Return a severity by its name; errors name the setting or option."""
    from prompt_cli.domain.finding import Severity  # as above

    if isinstance(value, str) and value in set(Severity):
        return Severity(value)
    hint = suggest(str(value), [one.value for one in Severity])
    raise SettingsError(f"{setting} must be error, warning or info, not {value!r}", help=hint)


class _SettingsFile(NamedTuple):
    """The table of settings in a file, and the keys that lead to it."""

    table: Mapping[str, object]
    source: str
    text: str
    keys: tuple[str, ...]

    def read(self, name: str, parse: Callable[[object], Value], default: Value) -> Value:
        """Return a setting, or its default; an error of `parse` gets the place of the setting."""
        if name not in self.table:
            return default
        try:
            return parse(self.table[name])
        except SettingsError as error:
            raise error.at(self.place(name)) from None

    def read_table(self, name: str, entry: str, parse: Callable[[str, object], Value]) -> Mapping[str, Value]:
        """Return a setting that is a table of entries, by key; an error of `parse` gets the place of the key."""
        table = self.table.get(name, {})
        if not is_object(table):
            raise SettingsError(f"'{name}' must be a table", help=f"as in {name} = {{{entry}}}").at(self.place(name))
        values: dict[str, Value] = {}
        for key, value in table.items():
            try:
                values[key] = parse(key, value)
            except SettingsError as error:
                raise error.at(self.place(name, key)) from None
        return values

    def place(self, *keys: str) -> Location:
        """Return the place of a setting or of a key in it; if that is not to be found, of the setting around it."""
        path = [*self.keys, *keys]
        for written in _written_keys(self.text):
            if [key[0].strip("\"'") for key in written[: len(path)]] == path:
                return Location(self.source, _region(self.text, *written[len(path) - 1].span()), self.text)
        return self.place(*keys[:-1]) if keys[1:] else Location(self.source, None, self.text)


def _written_keys(text: str) -> Iterator[list[re.Match[str]]]:
    """Yield each key as written, after the keys of its table."""
    key = re.compile(_KEY)
    table: list[re.Match[str]] = []
    for line in re.finditer(_LINE, text):
        keys = [*([] if line["heading"] else table), *key.finditer(text, *line.span("keys"))]
        yield keys
        table = keys if line["heading"] else table
        for inline in re.compile(_INLINE).finditer(text, *line.span("rest")):
            yield [*keys, *key.finditer(text, *inline.span("inline"))]


def _region(text: str, start: int, end: int) -> Region:
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    return Region(line, column, line, column + end - start)


def _parse_toml(text: str, source: str) -> object:
    import tomllib  # most projects have no settings

    if long := re.search(_LONG_KEY, text):
        region = _region(text, long.start(), long.start() + 1)
        raise SettingsError("a key has more than 1,000 words").at(Location(source, region, text))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), source, text) from None
    except RecursionError:
        raise SettingsError("lists or tables are nested too deep").at(Location(source)) from None
    except ValueError:
        number = re.search(_LONG_NUMBER, text)
        place = Location(source, _region(text, *number.span()) if number else None, text)
        raise SettingsError("a number has too many digits").at(place) from None


def _syntax_error(message: str, source: str, text: str) -> SettingsError:
    """Return the error for a file that is not valid TOML; tomllib writes the position at the end of its message."""
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if place is None:
        return SettingsError(message).at(Location(source))
    lines = text.rstrip().split("\n")
    line, column = map(int, place.groups()) if place[1] else (len(lines), len(lines[-1]) + 1)
    return SettingsError(message[: place.start()]).at(Location(source, Region(line, column, line, column + 1), text))


def _settings(file: _SettingsFile) -> Settings:
    for name in file.table:
        if name not in _SETTINGS:
            hint = suggest(name, _SETTINGS, f"valid settings: {', '.join(_SETTINGS)}")
            raise SettingsError(f"unknown setting {name!r}", help=hint).at(file.place(name))
    directories = file.read("directory", _directories, DEFAULTS.directories)
    choice = RuleChoice(
        select=file.read("select", lambda value: _texts_of(value, "'select'", _CODES), None),
        ignore=file.read("ignore", lambda value: _texts_of(value, "'ignore'", _CODES), ()),
        severity=file.read_table(
            "severity", 'PC302 = "warning"', lambda code, value: severity_of(value, f"'severity.{code}'")
        ),
        per_path_ignores=file.read_table(
            "per-path-ignores",
            '"legacy/**" = ["PC4"]',
            lambda path, codes: _texts_of(codes, f"'per-path-ignores.{path}'", _CODES),
        ),
        fail_on=file.read("fail-on", lambda value: severity_of(value, "'fail-on'"), None),
        exclude=file.read("exclude", lambda value: _texts_of(value, "'exclude'", _PATTERNS), ()),
        file=Location(file.source, None, file.text),
    )
    return Settings(
        directories,
        dict(file.read_table("levels", 'message-added = "major"', _level).values()),
        choice,
        file.read("base", _base, None),
        file.read("former-directories", _former_directories, ()),
        file.read("tag-format", _tag_format, DEFAULT_TAG if len(directories) == 1 else DEFAULT_TAG_OF_MANY),
    )


def _directories(value: object) -> tuple[str, ...]:
    """Return the prompt directories in the settings: a path, or a list of paths that do not overlap."""
    if not isinstance(value, list):
        return (_directory(value),)
    if not value:
        raise SettingsError("'directory' names no directory", help='as in ["a/prompts", "b/prompts"]')
    if len(value) > _MAX_DIRECTORIES:
        message = f"'directory' names more than {_MAX_DIRECTORIES:,} directories"
        raise SettingsError(message, help="name a directory around several of them")
    directories = [_directory(one, "each of 'directory'") for one in value]
    for outer, inner in pairwise(sorted(PurePosixPath(one).parts for one in directories)):
        if inner[: len(outer)] == outer:
            names = ["/".join(parts) or "." for parts in (inner, outer)]
            problem = f"{names[0]!r} twice" if inner == outer else f"{names[0]!r}, which is inside {names[1]!r}"
            raise SettingsError(f"'directory' names {problem}", help="name directories that do not overlap")
    return tuple(directories)


def _directory(value: object, setting: str = "'directory'") -> str:
    parts = value.replace("\\", "/").split("/") if isinstance(value, str) else []
    # A pull request may change this file, and must not point the tool at files outside the project.
    if not isinstance(value, str) or not value.strip() or ".." in parts or not parts[0] or ":" in parts[0]:
        raise SettingsError(
            f"{setting} must be a path below this file, without '..'",
            help="--directory names any directory for one command",
        )
    if re.search(_CONTROL, value):  # reports name files in lines
        raise SettingsError(f"{setting} holds a control character", help="rename the directory")
    return value


def _former_directories(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SettingsError("'former-directories' must be a list of paths", help='as in ["patterns"]')
    return tuple([_directory(one, "each of 'former-directories'") for one in value])


def _base(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SettingsError("'base' must be the name of a branch", help='as "origin/main" is')
    return value


def _tag_format(value: object) -> str:
    text = value if isinstance(value, str) else ""
    literal = text
    for field in ("{directory}", "{id}", "{version}"):
        literal = literal.replace(field, "", 1)
    if "{id}" not in text or "{version}" not in text or set(literal) & set("{}"):
        message = "'tag-format' must hold {id} and {version} once each"
        raise SettingsError(message, help='as in "search/{id}@{version}"')
    return text


def _level(kind: str, level: object) -> "tuple[ChangeKind, Level]":
    from prompt_cli.domain.change import ChangeKind
    from prompt_cli.domain.version import Level

    if kind not in set(ChangeKind):
        hint = suggest(kind, ChangeKind, f"valid kinds: {', '.join(ChangeKind)}")
        raise SettingsError(f"unknown kind of change {kind!r}", help=hint)
    if level not in [str(one) for one in Level]:
        hint = f"valid levels: {', '.join(map(str, Level))}"
        raise SettingsError(f"invalid level {level!r} for {kind!r}", help=hint)
    return ChangeKind(kind), Level.parse(str(level))


_CODES = "codes", 'as in ["PC302", "PC6"]'
_PATTERNS = "patterns of paths", 'as in ["legacy/**"]'


def _texts_of(value: object, setting: str, kind: tuple[str, str]) -> tuple[str, ...]:
    """Return a list of texts; the kind of them and an example are for the error."""
    if isinstance(value, list) and all(isinstance(one, str) and one for one in value):
        return tuple(value)
    raise SettingsError(f"{setting} must be a list of {kind[0]}", help=kind[1])
