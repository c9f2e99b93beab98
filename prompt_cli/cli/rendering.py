"""What ``render`` does."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

import typer

from prompt_cli.cli.output import to_json, write_exactly
from prompt_cli.domain.binding import variable_error
from prompt_cli.domain.coercion import read_values
from prompt_cli.errors import VariableError
from prompt_cli.logs import log
from prompt_cli.storage.streams import STANDARD, decode, read_input, write_output
from prompt_cli.storage.values import parse_values

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from prompt_cli.cli.session import Workspace
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.revision import PromptReference
    from prompt_cli.domain.values import JsonObject
    from prompt_cli.templating.bound import BoundPrompt


class Request(NamedTuple):
    """What to render, with which values."""

    reference: PromptReference
    assignments: Sequence[str]
    file_assignments: Sequence[str]
    values_file: str | None
    example: str | None
    messages: bool


async def render_request(workspace: Workspace, request: Request, output: Path | None) -> None:
    """Render a prompt to standard output or to a file."""
    bound = await workspace.manager.bind(request.reference.id, version=request.reference.revision)
    values = await values_of(bound.prompt, request)
    try:
        content = _messages(bound, values) if request.messages else bound.render(values).encode()
    except VariableError as error:
        _offer_example(error, bound.prompt, request)
        raise
    log("info", "prompt_rendered", version=str(bound.prompt.version), bytes=len(content))
    if output is None:
        write_exactly(content)
    else:
        await write_output(output, content)


async def values_of(prompt: Prompt, request: Request) -> JsonObject:
    """Gather the values for a prompt: the example's, then the file's, then those given one by one.

    Raises:
        VariableError: A value on the command line cannot be read as its variable's type.
        StorageError: The file could not be read.
    """
    if [request.values_file, *(_split(text, "--var-file")[1] for text in request.file_assignments)].count(STANDARD) > 1:
        raise typer.BadParameter("standard input can be read once only", param_hint="--var-file")
    pairs = [_split(text, "--var") for text in request.assignments]
    pairs += [await _read_pair(text) for text in request.file_assignments]
    given, problems = read_values(prompt.variables, pairs)
    if problems:
        raise variable_error(problems)
    from_file: JsonObject = {}
    if request.values_file is not None:
        from_file = parse_values(await read_input(request.values_file), request.values_file)
    return {**_example(prompt, request.example), **from_file, **given}


"""
"""


def _offer_example(error: VariableError, prompt: Prompt, request: Request) -> None:
    if request.example is None and prompt.examples and any(one.kind == "missing_variable" for one in error.problems):
        name = shlex.quote(prompt.examples[0].name)
        error.context["help"] = f"--var NAME=VALUE gives a value; --example {name} takes those of an example"


def _messages(bound: BoundPrompt, values: JsonObject) -> bytes:
    prompt = bound.prompt
    messages = [message.to_json() for message in bound.render_messages(values)]
    return to_json({"id": prompt.id, "version": str(prompt.version), "messages": messages}).encode()


def _example(prompt: Prompt, name: str | None) -> JsonObject:
    if name is None:
        return {}
    for example in prompt.examples:
        if example.name == name:
            return example.variables
    names = ", ".join(repr(example.name) for example in prompt.examples)
    raise typer.BadParameter(f"{prompt.id} has no example {name!r}; it has {names or 'none'}", param_hint="--example")


def _split(assignment: str, option: str) -> tuple[str, str]:
    name, equals, value = assignment.partition("=")
    if not equals or not name:
        kind = "VALUE" if option == "--var" else "FILE"
        raise typer.BadParameter(f"{assignment!r} is not NAME={kind}", param_hint=option)
    return name, value


async def _read_pair(assignment: str) -> tuple[str, str]:
    name, source = _split(assignment, "--var-file")
    return name, decode(await read_input(source), source)
