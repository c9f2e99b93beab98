"""Which rules a project has chosen, how much they matter to it, and what it fails on.

Only the form of what is written is checked here: which codes there are, the rules know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.identifiers import near_names
from prompt_cli.domain.values import is_object
from prompt_cli.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.domain.findings import Severity

CHOICE_SETTINGS = ("select", "ignore", "severity", "per-path-ignores", "fail-on")
"""The settings that are read here."""


class RuleChoice(NamedTuple):
    """What is chosen; a code may be the beginning of several, as ``PC3`` is.

    Attributes:
        select: The codes that are on; None leaves the rules as they come.
        ignore: The codes that are off.
        severity: How much a rule matters here, by its code.
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


def fail_level(settled: RuleChoice, asked: RuleChoice) -> Severity:
    """Return the least severity that makes a check fail: what is asked for, else what is settled, else an error."""
    from prompt_cli.domain.findings import Severity  # few commands find anything

    return asked.fail_on or settled.fail_on or Severity.ERROR


def severity_of(value: object, where: str) -> Severity:
    """Return a severity by its name.

    Args:
        value: The name.
        where: What it was given to, for errors.

    Raises:
        SettingsError: There is no severity of that name.
    """
    from prompt_cli.domain.findings import Severity  # as above

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
