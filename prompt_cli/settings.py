"""Settings of a project: the prompt directory, the levels of changes, and the choice of rules.

Codes of rules are not validated here, because settings do not depend on rules.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import is_object
from prompt_cli.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prompt_cli.domain.change import ChangeKind
    from prompt_cli.domain.finding import Severity
    from prompt_cli.domain.version import Level

SETTINGS_FILE = "prompt-cli.toml"
PYPROJECT_FILE = "pyproject.toml"
BASELINE_FILE = "prompt-cli-baseline.json"
DEFAULT_DIRECTORY = "prompts"

_RULE_SETTINGS = ("select", "ignore", "severity", "per-path-ignores", "fail-on", "exclude")
DEFAULT_TAG = "{id}@{version}"
_SETTINGS = ("directory", "former-directories", "levels", "base", "tag-format", *_RULE_SETTINGS)


class RuleChoice(NamedTuple):
    """A choice of rules; a code may be a prefix such as ``PC3``.

    Attributes:
        select: The codes to enable; None is the default.
        ignore: The codes to disable.
        severity: The severities of rules, by code.
        per_path_ignores: The codes to disable for files, by pattern.
        fail_on: The least severity at which a check fails; None is an error.
        exclude: The patterns of files that are not checked.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = {}
    per_path_ignores: Mapping[str, tuple[str, ...]] = {}
    fail_on: Severity | None = None
    exclude: tuple[str, ...] = ()


class Settings(NamedTuple):
    """The settings of a project.

    Attributes:
        directory: The prompt directory, relative to the settings file, separated by ``/``.
        levels: The levels that replace the default ones, by kind of change.
        choice: The choice of rules.
        former_directories: The earlier paths of the prompt directory, written as `directory` is.
        base: The branch to merge into, by any name that git resolves; None is the default branch of the remote.
        tag_format: The name of a version's tag, with ``{id}`` and ``{version}``.
    """

    directory: str = DEFAULT_DIRECTORY
    levels: Mapping[ChangeKind, Level] = MappingProxyType({})
    choice: RuleChoice = RuleChoice()
    base: str | None = None
    former_directories: tuple[str, ...] = ()
    tag_format: str = DEFAULT_TAG


DEFAULTS = Settings()
"""The default settings."""


def parse_settings(text: str, source: str) -> Settings | None:
    """Read the settings of a file.

    Args:
        text: The text of the file, TOML 1.0 (https://toml.io/en/v1.0.0).
        source: The path of the file; it is also used in errors.

    Returns:
        The settings; None for a pyproject.toml without any.

    Raises:
        SettingsError: The file is not valid TOML, or a setting is unknown or invalid.
    """
    import tomllib  # most projects have no settings

    try:
        table: object = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{source}: {error}", path=source) from None
    if source.replace("\\", "/").rpartition("/")[2] == PYPROJECT_FILE:
        tool = table.get("tool") if is_object(table) else None
        table = tool.get("prompt-cli") if is_object(tool) else None
        if table is None:
            return None
    return _settings(table, source)


def rule_choice(
    select: str | Sequence[str] | None,
    ignore: str | Sequence[str],
    severity: Mapping[str, Severity | str],
    fail_on: Severity | str | None,
) -> RuleChoice:
    """Return a choice of rules from Python arguments; severities may be names.

    Raises:
        SettingsError: A severity is invalid, or no rule is selected.
    """
    if select is not None and not select:
        raise SettingsError("select is empty", help="omit it to use the rules of the settings")
    severities = {code: severity_of(level, f"severity of {code}") for code, level in severity.items()}
    level = None if fail_on is None else severity_of(fail_on, "fail_on")
    return RuleChoice(None if select is None else _texts(select), _texts(ignore), severities, {}, level)


def _texts(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def fail_level(settings: RuleChoice, options: RuleChoice) -> Severity:
    """Return the least severity at which a check fails: of the options, else of the settings, else an error."""
    from prompt_cli.domain.finding import Severity  # most commands have no findings

    return options.fail_on or settings.fail_on or Severity.ERROR


def severity_of(value: object, setting: str) -> Severity:
    """Return a severity by its name.

    Args:
        value: The name.
        setting: The setting or option, for errors.

    Raises:
        SettingsError: The name is invalid.
    """
    from prompt_cli.domain.finding import Severity  # as above

    if isinstance(value, str) and value in set(Severity):
        return Severity(value)
    hint = suggest(str(value), [one.value for one in Severity])
    raise SettingsError(f"{setting} must be error, warning or info, not {value!r}", help=hint)


def _settings(table: object, source: str) -> Settings:
    if not is_object(table):
        raise SettingsError(f"{source}: the settings of prompt-cli must be a table", path=source)
    for name in table:
        if name not in _SETTINGS:
            hint = suggest(name, _SETTINGS, f"valid settings: {', '.join(_SETTINGS)}")
            raise SettingsError(f"{source}: unknown setting {name!r}", path=source, help=hint)
    return Settings(
        _directory(table.get("directory", DEFAULT_DIRECTORY), source),
        _levels(table.get("levels", {}), source),
        _rule_choice(table, source),
        _base(table["base"], source) if "base" in table else None,
        _former_directories(table.get("former-directories", []), source),
        _tag_format(table.get("tag-format", DEFAULT_TAG), source),
    )


def _directory(value: object, source: str, setting: str = "'directory'") -> str:
    parts = value.replace("\\", "/").split("/") if isinstance(value, str) else []
    # A pull request may change this file, and must not point the tool at files outside the project.
    if not isinstance(value, str) or not value.strip() or ".." in parts or not parts[0] or ":" in parts[0]:
        raise SettingsError(
            f"{source}: {setting} must be a path below this file, without '..'",
            path=source,
            help="--directory names any directory for one command",
        )
    return value


def _former_directories(value: object, source: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        message = f"{source}: 'former-directories' must be a list of paths"
        raise SettingsError(message, path=source, help='as in ["patterns"]')
    return tuple([_directory(one, source, "each of 'former-directories'") for one in value])


def _base(value: object, source: str) -> str:
    if not isinstance(value, str) or not value.strip():
        message = f"{source}: 'base' must be the name of a branch"
        raise SettingsError(message, path=source, help='as "origin/main" is')
    return value


def _tag_format(value: object, source: str) -> str:
    literal = value.replace("{id}", "", 1).replace("{version}", "", 1) if isinstance(value, str) else "{"
    if not isinstance(value, str) or len(value) - len(literal) != len("{id}{version}") or set(literal) & set("{}"):
        message = f"{source}: 'tag-format' must hold {{id}} and {{version}} once each"
        raise SettingsError(message, path=source, help='as in "search/{id}@{version}"')
    return value


def _levels(value: object, source: str) -> Mapping[ChangeKind, Level]:
    if not is_object(value):
        raise SettingsError(
            f"{source}: 'levels' must be a table", path=source, help='[levels] and below it message-added = "major"'
        )
    if not value:
        return Settings().levels
    from prompt_cli.domain.change import ChangeKind
    from prompt_cli.domain.version import Level

    levels: dict[ChangeKind, Level] = {}
    for kind, level in value.items():
        if kind not in set(ChangeKind):
            hint = suggest(kind, ChangeKind, f"valid kinds: {', '.join(ChangeKind)}")
            raise SettingsError(f"{source}: unknown kind of change {kind!r}", path=source, help=hint)
        if level not in [str(one) for one in Level]:
            hint = f"valid levels: {', '.join(map(str, Level))}"
            raise SettingsError(f"{source}: invalid level {level!r} for {kind!r}", path=source, help=hint)
        levels[ChangeKind(kind)] = Level.parse(str(level))
    return MappingProxyType(levels)


def _rule_choice(table: Mapping[str, object], source: str) -> RuleChoice:
    """Return the choice of rules in the settings of a file; the source is for errors."""
    severity = _table(table.get("severity", {}), f"{source}: 'severity'")
    ignores = _table(table.get("per-path-ignores", {}), f"{source}: 'per-path-ignores'")
    return RuleChoice(
        _codes(table["select"], f"{source}: 'select'") if "select" in table else None,
        _codes(table.get("ignore", []), f"{source}: 'ignore'"),
        {code: severity_of(level, f"{source}: 'severity.{code}'") for code, level in severity.items()},
        {path: _codes(codes, f"{source}: 'per-path-ignores.{path}'") for path, codes in ignores.items()},
        severity_of(table["fail-on"], f"{source}: 'fail-on'") if "fail-on" in table else None,
        _patterns(table.get("exclude", []), f"{source}: 'exclude'"),
    )


def _codes(value: object, setting: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise SettingsError(f"{setting} must be a list of codes", help='as in ["PC302", "PC6"]')


def _patterns(value: object, setting: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(one, str) and one for one in value):
        return tuple(value)
    raise SettingsError(f"{setting} must be a list of patterns of paths", help='as in ["legacy/**"]')


def _table(value: object, setting: str) -> Mapping[str, object]:
    if is_object(value):
        return value
    raise SettingsError(f"{setting} must be a table")
