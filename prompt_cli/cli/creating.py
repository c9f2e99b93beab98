"""What ``create`` does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from prompt_cli.cli.output import note, write
from prompt_cli.domain.coercion import read_values
from prompt_cli.domain.identifiers import check_id
from prompt_cli.domain.inference import infer_variables
from prompt_cli.domain.prompt import Prompt
from prompt_cli.domain.template import parse_template
from prompt_cli.domain.variables import VariableSpec
from prompt_cli.errors import (
    PromptExistsError,
    PromptFormatError,
    PromptManagerError,
    Region,
    TemplateSyntaxError,
)
from prompt_cli.handlebars import partials_of
from prompt_cli.storage.discovery import make_directory
from prompt_cli.storage.streams import decode, read_input
from prompt_cli.yaml.emit import dump

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.cli.session import Workspace
    from prompt_cli.handlebars import Template

FIRST_VERSION = "1.0.0"


class Draft(NamedTuple):
    """What the command line says of a new prompt."""

    prompt_id: str
    format: str
    template: str | None
    source: str | None
    description: str | None
    tags: tuple[str, ...]
    variables: tuple[str, ...]


async def create_prompt(workspace: Workspace, draft: Draft, *, edit: bool) -> None:
    """Create a prompt."""
    registry = workspace.manager.registry
    path = registry.path_of(check_id(draft.prompt_id))
    # Before an editor is opened or standard input read: the work would be in vain.
    there = await asyncio.to_thread(workspace.project.directory.is_dir)
    if there and draft.prompt_id in await registry.storage.read_many([draft.prompt_id]):
        raise PromptExistsError(draft.prompt_id)
    content = dump((await _prompt(workspace, draft, edit=edit)).to_data())
    await asyncio.to_thread(make_directory, workspace.project)
    if edit:
        from prompt_cli.cli.editor import edited  # few edit

        async with edited(content) as (where, text):
            if text == content and draft.template is None and draft.source is None:
                raise PromptFormatError("nothing was written in the editor, and nothing created")
            await registry.create_file(draft.prompt_id, text, path=str(where))
    else:
        await registry.create_file(draft.prompt_id, content)
    prompt = await registry.get(draft.prompt_id)
    write(f"{path}\n")
    names = ", ".join(prompt.variables) or "none"
    note(f"created {prompt.id} {prompt.version} (variables: {names})")


async def _prompt(workspace: Workspace, draft: Draft, *, edit: bool) -> Prompt:
    template = await _template(draft, edit=edit)
    data: dict[str, Any] = {"id": draft.prompt_id, "version": FIRST_VERSION, "format": draft.format}
    if draft.description is not None:
        data["description"] = draft.description
    if draft.tags:
        data["tags"] = list(draft.tags)
    variables = {
        **await _needed_by_partials(workspace, template),
        **infer_variables(template),
        **dict(map(_variable, draft.variables)),
    }
    if variables:
        data["variables"] = variables
    if draft.format == "chat":
        data["messages"] = [{"role": "user", "content": template}]
    else:
        data["template"] = template
    return Prompt.load(data)


async def _template(draft: Draft, *, edit: bool) -> str:
    if draft.template is not None:
        return draft.template
    if draft.source is None:
        if edit:
            return ""
        raise typer.BadParameter(
            "say what the prompt is: --template TEXT, --from-file FILE, - for standard input, or --edit",
            param_hint="--template",
        )
    return decode(await read_input(draft.source), draft.source)


async def _needed_by_partials(workspace: Workspace, template: str) -> dict[str, Any]:
    """Return what the partials of a template need to be declared where they are included."""
    needed: dict[str, Any] = {}
    for one in partials_of(_parsed(template)):
        try:
            partial = await workspace.manager.get((one.name or "").partition("@")[0])
        except PromptManagerError as error:
            note(f"warning: the partial {one.name!r} cannot be included yet: {error}")
            continue
        if one.path == ():  # what it reads of an item or an object is declared where that is
            specs = partial.to_data().get("variables", {})
            needed.update(
                {
                    name: specs[name]
                    for name, spec in partial.variables.items()
                    if spec.required and name not in one.hash
                }
            )
    return needed


def _parsed(template: str) -> Template:
    """Parse the template before anything is written; an error shows the place in what was given."""
    try:
        return parse_template(template)
    except TemplateSyntaxError as error:
        line, column = error.line or 1, error.column or 1
        error.context.update(source="template", region=Region(line, column, line, column + 1), text=template)
        raise


def _variable(text: str) -> tuple[str, Mapping[str, object]]:
    """Read ``NAME[:TYPE][=DEFAULT]``."""
    head, equals, default = text.partition("=")
    name, colon, kind = head.partition(":")
    data: dict[str, object] = {"type": kind if colon else "string"}
    if equals:
        spec = Prompt.load(
            {"id": "x", "version": FIRST_VERSION, "format": "text", "template": "", "variables": {name: data}}
        ).variables[name]
        data["default"] = _default(spec, name, default)
    return name, data


def _default(spec: VariableSpec, name: str, text: str) -> object:
    values, problems = read_values({name: spec}, [(name, text)])
    if problems:
        raise typer.BadParameter(f"the default of {problems[0].message}", param_hint="--var")
    return values[name]
