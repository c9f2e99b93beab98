"""Which rules a command line chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prompt_cli.domain.finding import Severity
from prompt_cli.settings import RuleChoice, severity_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def choice_of(
    select: Sequence[str] | None,
    ignore: Sequence[str] | None,
    severity: Sequence[str] | None,
    fail_on: str | None,
    *,
    strict: bool,
) -> RuleChoice:
    """Return what is chosen.

    Args:
        select: Codes that are on, several in one word with commas between them.
        ignore: Codes that are off, the same.
        severity: ``CODE=LEVEL``, the same.
        fail_on: The least severity that makes the check fail.
        strict: Whether that is a warning.

    Raises:
        SettingsError: There is no severity of a name that is given.
    """
    if strict and fail_on is not None:
        raise typer.BadParameter("--strict is --fail-on warning: give one of the two", param_hint="--strict")
    return RuleChoice(
        select=_words(select) if select is not None else None,
        ignore=_words(ignore or ()),
        severity=dict(map(_weight, _words(severity or ()))),
        fail_on=Severity.WARNING if strict else Severity(fail_on) if fail_on else None,
    )


def check_mending(*, of_files: bool, shown: bool, text: bool) -> None:
    """Refuse what does not go with mending.

    Args:
        of_files: Whether files of the working tree are checked, which alone can be written.
        shown: Whether what would change is shown, as a unified diff.
        text: Whether no other format is asked for.
    """
    if not of_files:
        raise typer.BadParameter("only files of the working tree can be mended", param_hint="--fix, --diff")
    if shown and not text:
        raise typer.BadParameter("it writes a unified diff, and no other format", param_hint="--diff")


def _words(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip() for text in given for word in text.split(","))


def _weight(text: str) -> tuple[str, Severity]:
    code, equals, level = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not CODE=LEVEL", param_hint="--severity")
    return code, severity_of(level, f"--severity {code}")
