"""What ``render`` answers where a prompt was rendered before: from what is known, without the event loop.

As with ``validate``, there is nothing to wait for but the files themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from prompt_cli.cli.output import messages_json, note, write_exactly
from prompt_cli.domain.revision import Tree
from prompt_cli.errors import PromptManagerError
from prompt_cli.prepared import PreparedPrompt, PreparedPrompts
from prompt_cli.storage.discovery import find_project
from prompt_cli.storage.streams import write_now
from prompt_cli.storage.tree import PromptTree, read_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.cli.values import GivenValues
    from prompt_cli.domain.revision import PromptReference
    from prompt_cli.storage.discovery import Project


def answer_prepared(
    directory: Path | None, reference: PromptReference, given: GivenValues, output: Path | None, *, messages: bool
) -> bool:
    """Render a prompt that is known as its file and all it includes are now.

    Args:
        directory: The prompt directory, where the user named one.
        reference: The prompt.
        given: The values to fill it in with.
        output: The file to write to; standard output where None.
        messages: Whether to write messages, not one text.

    Returns:
        Whether it was rendered. Nothing was written otherwise: it is not known, or there is something to complain of,
        which takes the file and its positions.
    """
    content = _rendered(directory, reference, given, messages=messages)
    if content is None:
        return False
    if output is None:
        write_exactly(content)
    else:
        write_now(output, content)
    return True


def _rendered(
    directory: Path | None, reference: PromptReference, given: GivenValues, *, messages: bool
) -> bytes | None:
    try:
        contents = _contents(given)
        if contents is None:
            return None
        prompt, notice = _prompt(find_project(Path.cwd(), directory), reference)
        if prompt is None:
            return None
        values = given.chosen(prompt.id, prompt.variables, prompt.examples, contents)
        if messages:
            content = messages_json(prompt.id, prompt.version, prompt.render_messages(values))
        else:
            content = prompt.render(values).encode()
    except (PromptManagerError, typer.BadParameter):
        return None
    if notice:
        note(notice)
    return content


def _prompt(project: Project, reference: PromptReference) -> tuple[PreparedPrompt | None, str]:
    """Return a prompt that is known, and what whoever asked for it should be told."""
    prompts = PreparedPrompts(project)
    if reference.revision is Tree.WORKING:
        return prompts.find(reference.id, PromptTree(project.directory).read), ""
    from prompt_cli.history.known import known_state  # the working tree needs no git

    state = known_state(project.directory, *reference)
    return (prompts.find_at(state.commit, reference.id), state.notice) if state else (None, "")


def _contents(given: GivenValues) -> Mapping[str, bytes] | None:
    """Read the files of values; None where one cannot be read twice, which is what happens where this is no answer."""
    found: dict[str, bytes] = {}
    for source in given.files():
        try:
            content = read_file(Path(source).resolve())
        except (OSError, ValueError):  # ValueError: a NUL in the name
            content = None
        if content is None:
            return None
        found[source] = content
    return found
