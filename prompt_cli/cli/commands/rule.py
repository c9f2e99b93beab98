"""The command ``rule``."""

from collections.abc import Iterator
from typing import Annotated

import typer

from prompt_cli.cli.parameters import AsJson


def _complete_codes(incomplete: str) -> Iterator[str]:
    """Yield the codes that begin with what is typed."""
    from prompt_cli.rules.catalogue import RULES  # completing alone needs it

    return (rule.code for rule in RULES if rule.code.startswith(incomplete.upper()))


def rule(
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="The rule's code.", autocompletion=_complete_codes, show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show why a rule is one, with an example that breaks it and one that keeps it; without CODE list the rules."""
    from prompt_cli.cli.ruling import list_rules, show_rule  # help needs nothing of it

    if code is None:
        list_rules(as_json=as_json)
    else:
        show_rule(code, as_json=as_json)
