"""What ``render`` does."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.cli.output import messages_json, write_exactly
from prompt_cli.errors import VariableError
from prompt_cli.logs import log
from prompt_cli.storage.streams import read_input, write_output

if TYPE_CHECKING:
    from pathlib import Path

    from prompt_cli.cli.session import Workspace
    from prompt_cli.cli.values import GivenValues
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.revision import PromptReference
    from prompt_cli.domain.values import JsonObject
    from prompt_cli.templating.bound import BoundPrompt


class Request(NamedTuple):
    """What to render, with which values.

    Attributes:
        reference: The prompt.
        given: The values.
        messages: Whether to write messages, not one text.
    """

    reference: PromptReference
    given: GivenValues
    messages: bool


async def render_request(workspace: Workspace, request: Request, output: Path | None) -> None:
    """Render a prompt to standard output or to a file."""
    bound = await workspace.manager.bind(request.reference.id, version=request.reference.revision)
    values = await values_of(bound.prompt, request.given)
    try:
        content = _messages(bound, values) if request.messages else bound.render(values).encode()
    except VariableError as error:
        _offer_example(error, bound.prompt, request.given)
        raise
    log("info", "prompt_rendered", version=str(bound.prompt.version), bytes=len(content))
    if output is None:
        write_exactly(content)
    else:
        await write_output(output, content)


async def values_of(prompt: Prompt, given: GivenValues) -> JsonObject:
    """Gather the values for a prompt.

    Raises:
        VariableError: A value on the command line cannot be read as its variable's type.
        PromptFormatError: The file of values is none.
        StorageError: A file could not be read.
    """
    contents = {source: await read_input(source) for source in given.files()}
    examples = {example.name: example.variables for example in prompt.examples}
    return given.chosen(prompt.id, prompt.variables, examples, contents)


def _offer_example(error: VariableError, prompt: Prompt, given: GivenValues) -> None:
    if given.example is None and prompt.examples and any(one.kind == "missing_variable" for one in error.problems):
        name = shlex.quote(prompt.examples[0].name)
        error.context["help"] = f"--var NAME=VALUE gives a value; --example {name} takes those of an example"


def _messages(bound: BoundPrompt, values: JsonObject) -> bytes:
    prompt = bound.prompt
    return messages_json(prompt.id, str(prompt.version), [one.to_json() for one in bound.render_messages(values)])
