"""The command ``create``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from prompt_cli.cli.completion import complete_tags
from prompt_cli.cli.context import manager_of, session_of
from prompt_cli.cli.output import note, write
from prompt_cli.errors import (
    Location,
    PromptExistsError,
    PromptFormatError,
    PromptManagerError,
    Region,
    TemplateSyntaxError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.handlebars import Template
    from prompt_cli.workspace import Workspace

_FIRST_VERSION = "1.0.0"


class FormatName(StrEnum):
    """Formats of prompts."""

    TEXT = "text"
    CHAT = "chat"
    COMPLETION = "completion"
    INSTRUCTION = "instruction"


def create(
    context: typer.Context,
    prompt_id: Annotated[str, typer.Argument(metavar="ID", help="The new prompt's id.", show_default=False)],
    source: Annotated[
        str | None, typer.Argument(metavar="[-]", help="- reads the template from standard input.", show_default=False)
    ] = None,
    prompt_format: Annotated[FormatName, typer.Option("--format", "-f", help="What it is for.")] = FormatName.TEXT,
    template: Annotated[
        str | None, typer.Option("--template", metavar="TEXT", help="The template; of a chat, the user's message.")
    ] = None,
    from_file: Annotated[
        str | None, typer.Option("--from-file", metavar="FILE|-", help="Read the template from a file.")
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", "-d", metavar="TEXT", help="What it does.")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", "-t", metavar="TAG", autocompletion=complete_tags, help="A tag; repeatable."),
    ] = None,
    var: Annotated[
        list[str] | None,
        typer.Option(
            "--var", metavar="NAME[:TYPE][=DEFAULT]", help="A variable; those in the template are declared anyway."
        ),
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", "-e", help="Open the file in $VISUAL or $EDITOR first.")] = False,
) -> None:
    """Create a prompt. The variables its template uses are declared; nothing that exists is overwritten."""
    if source not in {None, "-"}:
        raise typer.BadParameter(f"{source!r} is not -", param_hint="[-]")
    if sum(one is not None for one in (source, template, from_file)) > 1:
        raise typer.BadParameter("give one of --template, --from-file and -", param_hint="--template")
    draft = _Draft(
        prompt_id, prompt_format.value, template, source or from_file, description, tuple(tag or ()), tuple(var or ())
    )

    async def work(workspace: Workspace) -> None:
        await _create(workspace, draft, edit=edit)

    session_of(context).run("create", work, prompt_id=prompt_id)


class _Draft(NamedTuple):
    """A new prompt as the options describe it."""

    prompt_id: str
    format: str
    template: str | None
    source: str | None
    description: str | None
    tags: tuple[str, ...]
    variables: tuple[str, ...]


async def _create(workspace: Workspace, draft: _Draft, *, edit: bool) -> None:
    import asyncio

    from prompt_cli.domain.ids import check_id
    from prompt_cli.storage.project import make_directory
    from prompt_cli.yaml.emit import dump

    registry = workspace.registry
    path = registry.path_of(check_id(draft.prompt_id))
    # Checked before the user opens an editor or types a template in vain.
    has_directory = await asyncio.to_thread(workspace.project.directory.is_dir)
    if has_directory and draft.prompt_id in await registry.working_tree.read_many([draft.prompt_id]):
        raise PromptExistsError(draft.prompt_id)
    content = dump((await _build_prompt(workspace, draft, edit=edit)).to_data())
    await asyncio.to_thread(make_directory, workspace.project)
    if edit:
        from prompt_cli.cli.editor import edited

        async with edited(content) as (draft_path, text):
            if text == content and draft.template is None and draft.source is None:
                raise PromptFormatError("nothing was written in the editor, and nothing created")
            await registry.create_file(draft.prompt_id, text, path=str(draft_path))
    else:
        await registry.create_file(draft.prompt_id, content)
    prompt = await registry.get(draft.prompt_id)
    write(f"{path}\n")
    names = ", ".join(prompt.variables) or "none"
    note(f"created {prompt.id} {prompt.version} (variables: {names})")


async def _build_prompt(workspace: Workspace, draft: _Draft, *, edit: bool) -> Prompt:
    from prompt_cli.domain.inference import infer_variables
    from prompt_cli.domain.prompt import Prompt

    template = await _read_template(draft, edit=edit)
    data: dict[str, Any] = {"id": draft.prompt_id, "version": _FIRST_VERSION, "format": draft.format}
    if draft.description is not None:
        data["description"] = draft.description
    if draft.tags:
        data["tags"] = list(draft.tags)
    variables = {
        **await _partial_variables(workspace, template),
        **infer_variables(template),
        **dict(map(_parse_variable, draft.variables)),
    }
    if variables:
        data["variables"] = variables
    if draft.format == "chat":
        data["messages"] = [{"role": "user", "content": template}]
    else:
        data["template"] = template
    return Prompt.load(data)


async def _read_template(draft: _Draft, *, edit: bool) -> str:
    if draft.template is not None:
        return draft.template
    if draft.source is None:
        if edit:
            return ""
        raise typer.BadParameter(
            "say what the prompt is: --template TEXT, --from-file FILE, - for standard input, or --edit",
            param_hint="--template",
        )
    from prompt_cli.storage.streams import decode, read_input

    return decode(await read_input(draft.source), draft.source)


async def _partial_variables(workspace: Workspace, template: str) -> dict[str, Any]:
    """Return the required variables of a template's partials, which the including prompt must declare."""
    from prompt_cli.handlebars import partials_of

    variables: dict[str, Any] = {}
    for one in partials_of(_parse(template)):
        try:
            partial = await manager_of(workspace).get((one.name or "").partition("@")[0])
        except PromptManagerError as error:
            note(f"warning: the partial {one.name!r} cannot be included yet: {error}")
            continue
        if one.path:
            continue  # it reads an item or an object, whose declaration has these names
        specs = partial.to_data().get("variables", {})
        names = [name for name, spec in partial.variables.items() if spec.required and name not in one.hash]
        variables.update({name: specs[name] for name in names})
    return variables


def _parse(template: str) -> Template:
    """Parse a template before anything is written, so that errors quote the user's text."""
    from prompt_cli.domain.template import parse_template

    try:
        return parse_template(template)
    except TemplateSyntaxError as error:
        line, column = error.line or 1, error.column or 1
        raise error.at(Location("template", Region(line, column, line, column + 1), template)) from None


def _parse_variable(text: str) -> tuple[str, Mapping[str, object]]:
    """Parse ``NAME[:TYPE][=DEFAULT]``."""
    from prompt_cli.domain.prompt import Prompt

    head, equals, default = text.partition("=")
    name, colon, kind = head.partition(":")
    data: dict[str, object] = {"type": kind if colon else "string"}
    if equals:
        spec = Prompt.load(
            {"id": "x", "version": _FIRST_VERSION, "format": "text", "template": "", "variables": {name: data}}
        ).variables[name]
        data["default"] = _parse_default(spec, name, default)
    return name, data


def _parse_default(spec: VariableSpec, name: str, text: str) -> object:
    from prompt_cli.domain.binding import read_values

    values, problems = read_values({name: spec}, [(name, text)])
    if problems:
        raise typer.BadParameter(f"the default of {problems[0].message}", param_hint="--var")
    return values[name]
