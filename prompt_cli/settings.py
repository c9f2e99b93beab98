"""A project's settings: ``[tool.prompt-cli]`` in pyproject.toml, or prompt-cli.toml.

Reading the file is storage's; here its text becomes settings, so that settings of an old commit can be read as well.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.choice import CHOICE_SETTINGS, RuleChoice, read_choice
from prompt_cli.domain.identifiers import near_names
from prompt_cli.domain.values import is_object
from prompt_cli.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.domain.change import ChangeKind
    from prompt_cli.domain.semver import Level

SETTINGS_FILE = "prompt-cli.toml"
PYPROJECT_FILE = "pyproject.toml"
DEFAULT_DIRECTORY = "prompts"


class Settings(NamedTuple):
    """What a project has settled.

    Attributes:
        directory: The prompt directory, relative to the file of the settings, with ``/`` between its parts.
        levels: The level of each kind of change that is not to have its own; `changes` takes them so.
        choice: Which rules are on, and how much they matter.
        base: The branch that changes go into, by any name git knows it by; ``origin/HEAD`` where None.
    """

    directory: str = DEFAULT_DIRECTORY
    levels: Mapping[ChangeKind, Level] = MappingProxyType({})
    choice: RuleChoice = RuleChoice()
    base: str | None = None


DEFAULTS = Settings()
"""What holds where a project has settled nothing."""

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
        raise SettingsError(f"{source}: {error}", source=source) from None
    if source.replace("\\", "/").rpartition("/")[2] == PYPROJECT_FILE:
        tool = table.get("tool") if is_object(table) else None
        table = tool.get("prompt-cli") if is_object(tool) else None
        if table is None:
            return None
    return _settings(table, source)


def _settings(table: object, source: str) -> Settings:
    if not is_object(table):
        raise SettingsError(f"{source}: the settings of prompt-cli have to be a table", source=source)
    for name in table:
        if name not in KNOWN:
            near = near_names(name, KNOWN, most=1)
            known = f"the settings are {', '.join(KNOWN)}"
            hint = f"did you mean {near[0]!r}?" if near else known
            raise SettingsError(f"{source}: there is no setting {name!r}", source=source, help=hint)
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
            source=source,
            help="--directory names any directory for one command",
        )
    return value


def _base(value: object, source: str) -> str:
    if not isinstance(value, str) or not value.strip():
        message = f"{source}: 'base' has to be the name of a branch"
        raise SettingsError(message, source=source, help='as "origin/main" is')
    return value


def _levels(value: object, source: str) -> Mapping[ChangeKind, Level]:
    if not is_object(value):
        raise SettingsError(
            f"{source}: 'levels' has to be a table", source=source, help='[levels] and below it message-added = "major"'
        )
    if not value:
        return Settings().levels
    from prompt_cli.domain.change import ChangeKind
    from prompt_cli.domain.semver import Level

    levels: dict[ChangeKind, Level] = {}
    for kind, level in value.items():
        if kind not in set(ChangeKind):
            near = near_names(kind, list(ChangeKind), most=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the kinds are {', '.join(ChangeKind)}"
            raise SettingsError(f"{source}: there is no kind of change {kind!r}", source=source, help=hint)
        if level not in [str(one) for one in Level]:
            hint = f"the levels are {', '.join(map(str, Level))}"
            raise SettingsError(f"{source}: {level!r}, given for {kind!r}, is no level", source=source, help=hint)
        levels[ChangeKind(kind)] = Level.parse(str(level))
    return MappingProxyType(levels)
