"""The command ``render``."""

from __future__ import annotations

from enum import StrEnum
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from prompt_cli.cli.completion import complete_examples, complete_variables
from prompt_cli.cli.context import manager_of, session_of
from prompt_cli.cli.options import AsJson, Output, Reference
from prompt_cli.cli.output import to_json, write_result
from prompt_cli.errors import VariableError
from prompt_cli.log import log_rendered

if TYPE_CHECKING:
    from prompt_cli.cli.values import ValueOptions
    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.revision import PromptReference
    from prompt_cli.engines.bound import BoundPrompt
    from prompt_cli.workspace import Workspace


class RenderFormat(StrEnum):
    """Formats of rendered prompts."""

    TEXT = "text"
    MESSAGES = "messages"


class EngineName(StrEnum):
    """Names of template engines."""

    HANDLEBARS = "handlebars"
    PYBARS3 = "pybars3"


def render(
    context: typer.Context,
    reference: Reference,
    var: Annotated[
        list[str] | None,
        typer.Option(
            "--var",
            metavar="NAME=VALUE",
            autocompletion=complete_variables,
            help="A variable's value, read as its type; JSON for arrays and objects.",
        ),
    ] = None,
    vars_file: Annotated[
        list[str] | None,
        typer.Option(
            "--vars", metavar="FILE|-", help="A file of values, JSON or YAML; - is standard input. Repeatable."
        ),
    ] = None,
    var_file: Annotated[
        list[str] | None,
        typer.Option(
            "--var-file",
            metavar="NAME=FILE|-",
            autocompletion=complete_variables,
            help="A variable's value, read from a file as it is.",
        ),
    ] = None,
    example: Annotated[
        list[str] | None,
        typer.Option(
            "--example",
            metavar="NAME",
            autocompletion=complete_examples,
            help="Begin with the values of an example. Repeatable.",
        ),
    ] = None,
    output_format: Annotated[
        RenderFormat, typer.Option("--output-format", help="One text, or messages as JSON.")
    ] = RenderFormat.TEXT,
    as_json: AsJson = False,
    engine: Annotated[
        EngineName,
        typer.Option("--engine", help="What fills templates in; pybars3 for teams that come from it."),
    ] = EngineName.HANDLEBARS,
    output: Output = None,
) -> None:
    """Fill a prompt in.

    Values come from --example, then --vars, then --var-file, then --var; later wins, also among options given
    twice. The text is written byte for byte; only a terminal gets a newline after it. --json is --output-format
    messages.
    """
    from prompt_cli.checking.targets import find_prompt
    from prompt_cli.cli.values import ValueOptions

    session = session_of(context)
    session.engine = engine.value
    project = session.find_project(reference)
    prompt = find_prompt(reference, project)
    options = ValueOptions(var or (), var_file or (), vars_file or (), example or ())

    as_messages = as_json or output_format is RenderFormat.MESSAGES

    async def work(workspace: Workspace) -> None:
        content = await _render(workspace, prompt, options, as_messages=as_messages)
        await write_result(content, output)

    session.run("render", work, project=project, prompt_id=prompt.id)


async def _render(
    workspace: Workspace, reference: PromptReference, options: ValueOptions, *, as_messages: bool
) -> bytes:
    start = perf_counter()
    bound = await manager_of(workspace).bind(reference.id, version=reference.revision)
    values = await options.values_for(bound.prompt)
    try:
        content = (_messages(bound, values) if as_messages else bound.render(values)).encode()
    except VariableError as error:
        _suggest_example(error, bound.prompt, options)
        raise
    log_rendered(bound.prompt, start, cache_hit=False)
    return content


def _messages(bound: BoundPrompt, values: JsonObject) -> str:
    messages = [one.to_json() for one in bound.render_messages(values)]
    return to_json({"id": bound.prompt.id, "version": str(bound.prompt.version), "messages": messages})


def _suggest_example(error: VariableError, prompt: Prompt, options: ValueOptions) -> None:
    if not options.examples and prompt.examples and any(one.kind == "missing_variable" for one in error.problems):
        import shlex

        name = shlex.quote(prompt.examples[0].name)
        error.advise(f"--var NAME=VALUE gives a value; --example {name} takes those of an example")
