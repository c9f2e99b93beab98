"""The command ``render``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from prompt_cli.cli.parameters import Reference
from prompt_cli.cli.session import Workspace, session_of


class RenderFormat(StrEnum):
    """What is written."""

    TEXT = "text"
    MESSAGES = "messages"


class EngineName(StrEnum):
    """What fills templates in."""

    HANDLEBARS = "handlebars"
    PYBARS3 = "pybars3"


def render(
    context: typer.Context,
    reference: Reference,
    var: Annotated[
        list[str] | None,
        typer.Option(
            "--var", metavar="NAME=VALUE", help="A variable's value, read as its type; JSON for arrays and objects."
        ),
    ] = None,
    vars_file: Annotated[
        str | None,
        typer.Option("--vars", metavar="FILE|-", help="A file of values, JSON or YAML; - is standard input."),
    ] = None,
    var_file: Annotated[
        list[str] | None,
        typer.Option("--var-file", metavar="NAME=FILE|-", help="A variable's value, read from a file as it is."),
    ] = None,
    example: Annotated[
        str | None, typer.Option("--example", metavar="NAME", help="Begin with an example's values.")
    ] = None,
    output_format: Annotated[
        RenderFormat, typer.Option("--output-format", help="One text, or messages as JSON.")
    ] = RenderFormat.TEXT,
    engine: Annotated[
        EngineName,
        typer.Option("--engine", help="What fills templates in; pybars3 for teams that come from it."),
    ] = EngineName.HANDLEBARS,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")] = None,
) -> None:
    """Fill a prompt in.

    Values come from an example, then from the file, then from --var; the later wins. The text is written byte for
    byte, with no newline added.
    """
    from prompt_cli.cli.rendering import Request, render_request  # help needs nothing of it
    from prompt_cli.cli.values import GivenValues
    from prompt_cli.domain.revision import parse_reference

    session = session_of(context)
    session.engine = engine.value
    prompt = parse_reference(reference)
    given = GivenValues(var or (), var_file or (), vars_file, example)
    request = Request(prompt, given, output_format is RenderFormat.MESSAGES)

    async def work(workspace: Workspace) -> None:
        await render_request(workspace, request, output)

    session.run("render", work, prompt_id=prompt.id)
