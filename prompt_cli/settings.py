"""Settings of a project: the choice of rules, their severities, and the level that fails.

Only the form of what is written is checked here: which codes there are, the rules know.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.ids import near_names
from prompt_cli.domain.json_values import is_object
from prompt_cli.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prompt_cli.domain.change import ChangeKind
    from prompt_cli.domain.finding import Severity
    from prompt_cli.domain.version import Level


CHOICE_SETTINGS = ("select", "ignore", "severity", "per-path-ignores", "fail-on")
"""The settings that are read here."""


class RuleChoice(NamedTuple):
    """A choice of rules; a code may be a prefix of several codes, such as ``PC3``.

    Attributes:
        select: The codes that are on; None leaves the rules as they come.
        ignore: The codes that are off.
        severity: The severities of rules, by code.
        per_path_ignores: The codes that are off for the files a pattern matches.
        fail_on: The least severity that makes the check fail; None is an error.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = {}
    per_path_ignores: Mapping[str, tuple[str, ...]] = {}
    fail_on: Severity | None = None


def read_choice(table: Mapping[str, object], source: str) -> RuleChoice:
    """Read what the settings of a project choose.

    Args:
        table: The settings; those that choose no rules are passed over.
        source: The settings' file, for errors.

    Raises:
        SettingsError: A setting has a wrong value.
    """
    severity = _table(table.get("severity", {}), f"{source}: 'severity'")
    ignores = _table(table.get("per-path-ignores", {}), f"{source}: 'per-path-ignores'")
    return RuleChoice(
        _codes(table["select"], f"{source}: 'select'") if "select" in table else None,
        _codes(table.get("ignore", []), f"{source}: 'ignore'"),
        {code: severity_of(level, f"{source}: 'severity.{code}'") for code, level in severity.items()},
        {path: _codes(codes, f"{source}: 'per-path-ignores.{path}'") for path, codes in ignores.items()},
        severity_of(table["fail-on"], f"{source}: 'fail-on'") if "fail-on" in table else None,
    )


def rule_choice(
    select: str | Sequence[str] | None,
    ignore: str | Sequence[str],
    severity: Mapping[str, Severity | str],
    fail_on: Severity | str | None,
) -> RuleChoice:
    """Return a choice of rules that a program makes.

    The arguments are those of `RuleChoice`; severities are given by name too, and a single code without a sequence.

    Raises:
        SettingsError: A severity does not exist.
    """
    severities = {code: severity_of(level, f"severity of {code}") for code, level in severity.items()}
    level = None if fail_on is None else severity_of(fail_on, "fail_on")
    return RuleChoice(None if select is None else _texts(select), _texts(ignore), severities, {}, level)


def _texts(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def fail_level(settled: RuleChoice, asked: RuleChoice) -> Severity:
    """Return the least severity that makes a check fail: what is asked for, else what is settled, else an error."""
    from prompt_cli.domain.finding import Severity  # few commands find anything

    return asked.fail_on or settled.fail_on or Severity.ERROR


def severity_of(value: object, where: str) -> Severity:
    """Return a severity by its name.

    Args:
        value: The name.
        where: What it was given to, for errors.

    Raises:
        SettingsError: There is no severity of that name.
    """
    from prompt_cli.domain.finding import Severity  # as above

    if isinstance(value, str) and value in set(Severity):
        return Severity(value)
    near = near_names(str(value), [one.value for one in Severity], most=1)
    hint = f"did you mean {near[0]!r}?" if near else ""
    raise SettingsError(f"{where} has to be error, warning or info, not {value!r}", help=hint)


def _codes(value: object, where: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise SettingsError(f"{where} has to be a list of codes", help='as in ["PC302", "PC6"]')


def _table(value: object, where: str) -> Mapping[str, object]:
    if is_object(value):
        return value
    raise SettingsError(f"{where} has to be a table")


SETTINGS_FILE = "prompt-cli.toml"
PYPROJECT_FILE = "pyproject.toml"
DEFAULT_DIRECTORY = "prompts"


class Settings(NamedTuple):
    """The settings of a project.

    Attributes:
        directory: The prompt directory, relative to the file of the settings, with ``/`` between its parts.
        levels: The level of each kind of change that is not to have its own; `changes` takes them so.
        choice: Which rules are on, and how much they matter.
        base: The branch that changes go into, by any name that git resolves; None is ``origin/HEAD``.
    """

    directory: str = DEFAULT_DIRECTORY
    levels: Mapping[ChangeKind, Level] = MappingProxyType({})
    choice: RuleChoice = RuleChoice()
    base: str | None = None


DEFAULTS = Settings()
"""The default settings."""

KNOWN = ("directory", "levels", "base", *CHOICE_SETTINGS)
"""The names of all settings."""


def parse_settings(text: str, source: str) -> Settings | None:
    """Read the settings of a file.

    Args:
        text: The file's text, TOML 1.0 (https://toml.io/en/v1.0.0).
        source: The file's path, for errors; its last part says which of the two files it is.

    Returns:
        The settings, or None where a pyproject.toml has none.

    Raises:
        SettingsError: The file is no TOML, or a setting is unknown or has a wrong value.
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


def _settings(table: object, source: str) -> Settings:
    if not is_object(table):
        raise SettingsError(f"{source}: the settings of prompt-cli have to be a table", path=source)
    for name in table:
        if name not in KNOWN:
            near = near_names(name, KNOWN, most=1)
            known = f"the settings are {', '.join(KNOWN)}"
            hint = f"did you mean {near[0]!r}?" if near else known
            raise SettingsError(f"{source}: there is no setting {name!r}", path=source, help=hint)
    return Settings(
        _directory(table.get("directory", DEFAULT_DIRECTORY), source),
        _levels(table.get("levels", {}), source),
        read_choice(table, source),
        _base(table["base"], source) if "base" in table else None,
    )


def _directory(value: object, source: str) -> str:
    parts = value.replace("\\", "/").split("/") if isinstance(value, str) else []
    # A pull request may change this file: it shall not point the tool at other people's files.
    if not isinstance(value, str) or not value.strip() or ".." in parts or not parts[0] or ":" in parts[0]:
        raise SettingsError(
            f"{source}: 'directory' has to be a path below this file, without '..'",
            path=source,
            help="--directory names any directory for one command",
        )
    return value


def _base(value: object, source: str) -> str:
    if not isinstance(value, str) or not value.strip():
        message = f"{source}: 'base' has to be the name of a branch"
        raise SettingsError(message, path=source, help='as "origin/main" is')
    return value


def _levels(value: object, source: str) -> Mapping[ChangeKind, Level]:
    if not is_object(value):
        raise SettingsError(
            f"{source}: 'levels' has to be a table", path=source, help='[levels] and below it message-added = "major"'
        )
    if not value:
        return Settings().levels
    from prompt_cli.domain.change import ChangeKind
    from prompt_cli.domain.version import Level

    levels: dict[ChangeKind, Level] = {}
    for kind, level in value.items():
        if kind not in set(ChangeKind):
            near = near_names(kind, list(ChangeKind), most=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the kinds are {', '.join(ChangeKind)}"
            raise SettingsError(f"{source}: there is no kind of change {kind!r}", path=source, help=hint)
        if level not in [str(one) for one in Level]:
            hint = f"the levels are {', '.join(map(str, Level))}"
            raise SettingsError(f"{source}: {level!r}, given for {kind!r}, is no level", path=source, help=hint)
        levels[ChangeKind(kind)] = Level.parse(str(level))
    return MappingProxyType(levels)
