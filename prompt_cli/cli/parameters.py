"""What several commands take."""

from collections.abc import Iterator
from typing import Annotated, TypeAlias

import typer


def complete_ids(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield the ids that begin with what is typed; a shell that completes needs no YAML read."""
    from prompt_cli.cli.completion import ids_below  # completing alone needs it

    return ids_below(context, incomplete)


Reference: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="ID[@REVISION]",
        help="The prompt: its id, and after @ a version, a range, a commit or :staged.",
        autocompletion=complete_ids,
        show_default=False,
    ),
]
PromptId: TypeAlias = Annotated[
    str, typer.Argument(metavar="ID", help="The prompt's id.", autocompletion=complete_ids, show_default=False)
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def examples(*lines: str) -> str:
    """Set a command's examples for the end of its help, one a line."""
    # \b keeps the lines that follow from being wrapped into a paragraph.
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
