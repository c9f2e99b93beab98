"""The command ``create``."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from prompt_cli.cli.completion import complete_tags
from prompt_cli.cli.context import refuse_ambiguous_directory, session_of
from prompt_cli.cli.options import argument, value_option
from prompt_cli.cli.output import from_here, note, write
from prompt_cli.errors import PromptExistsError, PromptFormatError, TemplateSyntaxError
from prompt_cli.problems import Location, Problem, Region

if TYPE_CHECKING:
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.resolver import ResolvedPrompt
    from prompt_cli.workspace import Workspace

_FIRST_VERSION = "1.0.0"
_PLACEHOLDER = "Write the prompt here.\n"
_GUIDANCE = b"""\
#: Lines that begin with #: are not kept. Save and close the editor to create the prompt.
#: To create nothing, leave the file as it is, or empty it.
#:
#: {{name}} is a variable. The variables that the text uses are declared for you.
#: {{#if name}} ... {{else}} ... {{/if}}       {{#each items}} {{title}} {{/each}}
#: {{> shared/tone}} includes another prompt.  \\{{ prints {{.
"""


class FormatName(StrEnum):
    """Formats of prompts."""

    TEXT = "text"
    CHAT = "chat"
    COMPLETION = "completion"
    INSTRUCTION = "instruction"


def create(
    context: typer.Context,
    prompt_id: Annotated[str, argument("ID", "Id of the new prompt.")],
    source: Annotated[str | None, argument("[-]", "- reads the template from standard input.")] = None,
    prompt_format: Annotated[
        FormatName,
        typer.Option("--format", "-f", metavar="FORMAT", help="Prompt format: text, chat, completion or instruction."),
    ] = FormatName.TEXT,
    template: Annotated[
        str | None, value_option("--template", "TEXT", "The template; for a chat, the user message.")
    ] = None,
    from_file: Annotated[str | None, value_option("--from-file", "FILE|-", "Read the template from a file.")] = None,
    description: Annotated[str | None, typer.Option("--description", "-d", metavar="TEXT", help="Description.")] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", "-t", metavar="TAG", autocompletion=complete_tags, help="A tag; repeatable."),
    ] = None,
    var: Annotated[
        list[str] | None,
        value_option(
            "--var", "NAME[:TYPE][=DEFAULT]", "Declare a variable; those in the template are declared automatically."
        ),
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", "-e", help="Open the file in $VISUAL or $EDITOR first.")] = False,
    literal: Annotated[
        bool, typer.Option("--literal", help="Escape every {{ so that it is printed literally.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Create it even if it seems to contain a secret.")] = False,
) -> None:
    """Create a prompt. The variables its template uses are declared; nothing that exists is overwritten."""
    if source not in {None, "-"}:
        raise typer.BadParameter(f"unexpected argument {source!r}", param_hint="[-]")
    if sum(one is not None for one in (source, template, from_file)) > 1:
        raise typer.BadParameter("use only one of --template, --from-file and -", param_hint="--template")
    from prompt_cli.checking.targets import is_path, new_id

    session = session_of(context)
    project = session.find_project(prompt_id if is_path(prompt_id) else None)
    draft = _Draft(
        new_id(prompt_id, project.directory),
        prompt_format.value,
        template,
        source or from_file,
        description,
        tuple(tag or ()),
        tuple(var or ()),
        literal,
        force,
    )
    refuse_ambiguous_directory(project)
    session.run("create", lambda one: _create(one, draft, edit=edit), project=project, prompt_id=draft.prompt_id)


class _Draft(NamedTuple):
    """A new prompt as the options describe it."""

    prompt_id: str
    format: str
    template: str | None
    source: str | None
    description: str | None
    tags: tuple[str, ...]
    variables: tuple[str, ...]
    literal: bool
    force: bool


async def _create(workspace: "Workspace", draft: _Draft, *, edit: bool) -> None:
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

        async with edited(content + _GUIDANCE) as (draft_path, edited_text):
            text = re.sub(rb"(?m)^#:.*\n?", b"", edited_text)
            is_unchanged = text == content and draft.template is None and draft.source is None
            if is_unchanged or not text.strip():
                raise PromptFormatError("no text was entered; nothing was created")
            await _add(workspace, draft, await _declare_used(workspace, draft.prompt_id, text), str(draft_path))
    else:
        await _add(workspace, draft, content, None)
    prompt = await registry.get(draft.prompt_id)
    write(f"{from_here(path)}\n")
    names = ", ".join(prompt.variables) or "none"
    note(f"created {prompt.id} {prompt.version} (variables: {names})")


async def _add(workspace: "Workspace", draft: _Draft, content: bytes, path: str | None) -> None:
    if not draft.force:
        await _refuse_secrets(workspace, draft.prompt_id, content, path)
    await workspace.registry.create_file(draft.prompt_id, content, path=path)


async def _refuse_secrets(workspace: "Workspace", prompt_id: str, content: bytes, path: str | None) -> None:
    """Raise an error if a file seems to hold secrets; quoted lines are redacted."""
    from prompt_cli.checking.checker import PromptChecker
    from prompt_cli.rules.catalogue import RULES
    from prompt_cli.rules.selection import select_rules
    from prompt_cli.settings import RuleChoice
    from prompt_cli.storage.backends import OverlaySnapshot

    selection = select_rules(RuleChoice(select=tuple(rule.code for rule in RULES if rule.hides)))
    snapshot = OverlaySnapshot(workspace.registry.working_tree, {prompt_id: content})
    results = await PromptChecker(workspace, selection).check_batch([prompt_id], snapshot)
    findings = results.findings
    if not findings:
        return
    advice = "write a placeholder or a variable, or pass --force if it is not a secret"
    problems = [Problem(f"{one.message} ({one.code})", "wrong_value", (), advice, one.region) for one in findings]
    where = findings[0]
    error = PromptFormatError(f"{problems[0].message}; nothing was created", problems=problems, help=advice)
    raise error.at(Location(path or where.path, where.region, results.sources.get(where.path, "")))


async def _declare_used(workspace: "Workspace", prompt_id: str, content: bytes) -> bytes:
    """Declare the variables that the templates of a file use and the file does not declare."""
    loaded = workspace.registry.parse(content, prompt_id, use_cache=False)
    if loaded.prompt is None or loaded.source is None:
        return content  # creating it reports the errors
    used = await _used_variables(workspace, prompt_id, content)
    missing = {name: spec for name, spec in used.items() if name not in loaded.prompt.variables}
    if not missing:
        return content
    variables = {**loaded.prompt.to_data().get("variables", {}), **missing}
    return loaded.source.replace_data({**loaded.source.data, "variables": variables}).content


async def _used_variables(workspace: "Workspace", prompt_id: str, content: bytes) -> dict[str, Any]:
    """Return the specs of the variables that the templates of a file and its partials need."""
    from prompt_cli.domain.inference import infer_variables
    from prompt_cli.domain.revision import Tree
    from prompt_cli.handlebars import HandlebarsSyntaxError
    from prompt_cli.rules.rule import partial_templates
    from prompt_cli.storage.backends import OverlaySnapshot

    snapshot = OverlaySnapshot(workspace.registry.working_tree, {prompt_id: content})
    resolved = await workspace.resolve(prompt_id, Tree.WORKING, snapshot)
    templates = tuple(resolved.templates.values())
    try:
        inferred = infer_variables(templates, partial_templates(resolved))
    except HandlebarsSyntaxError:
        inferred = infer_variables(templates)  # validation reports partials that cannot be followed
    return {**inferred, **_required_by_partials(resolved)}


def _required_by_partials(resolved: "ResolvedPrompt") -> dict[str, Any]:
    """Return the required variables of a prompt's partials, which the prompt must declare."""
    from prompt_cli.handlebars.analysis import analyse
    from prompt_cli.resolver import PartialFault

    variables: dict[str, Any] = {}
    for one in [one for template in resolved.templates.values() for one in analyse(template).partials]:
        partial = resolved.partials.get(one.name or "")
        if isinstance(partial, PartialFault):
            note(f"warning: the partial {one.name!r} cannot be included yet: {partial.message}")
        prompt = None if partial is None or isinstance(partial, PartialFault) else partial.loaded.prompt
        if prompt is None or one.path or one.scope != "root":
            continue  # it reads an item or an object, whose declaration has these names
        specs = prompt.to_data().get("variables", {})
        names = [name for name, spec in prompt.variables.items() if spec.required and name not in one.hash]
        variables.update({name: specs[name] for name in names})
    return variables


async def _build_prompt(workspace: "Workspace", draft: _Draft, *, edit: bool) -> "Prompt":
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.yaml.emit import dump

    template = await _read_template(draft, edit=edit)
    if not edit and not template:
        raise PromptFormatError("the template is empty; nothing was created", help="give a text, or add --edit")
    if draft.literal:
        template = re.sub(r"[{}\\]+", _escape_run, template)
    _parse(template)
    data: dict[str, Any] = {"id": draft.prompt_id, "version": _FIRST_VERSION, "format": draft.format}
    if draft.description is not None:
        data["description"] = draft.description
    if draft.tags:
        data["tags"] = list(draft.tags)
    if draft.format == "chat":
        text: dict[str, Any] = {"messages": [{"role": "user", "content": template}]}
    else:
        text = {"template": template}
    bare = dump(Prompt.load({**data, **text}).to_data())
    used = await _used_variables(workspace, draft.prompt_id, bare)
    variables = {**used, **dict(map(_parse_variable, draft.variables))}
    return Prompt.load({**data, **({"variables": variables} if variables else {}), **text})


async def _read_template(draft: _Draft, *, edit: bool) -> str:
    if draft.template is not None:
        return draft.template
    if draft.source is None:
        if edit:
            return _PLACEHOLDER
        raise typer.BadParameter(
            "give a template: --template TEXT, --from-file FILE, - for standard input, or --edit", param_hint="[-]"
        )
    from prompt_cli.storage.streams import decode, read_input

    return decode(await read_input(draft.source), draft.source)


def _escape_run(match: re.Match[str]) -> str:
    """Return a template that prints a run of braces and backslashes as it is."""
    run = match[0]
    if r"\{{" not in run:
        return run.replace("{{", r"\{{")
    # A backslash before {{ would escape the escape, so the run is printed as a string, which cannot end with one.
    string = run.rstrip("\\")
    return f'{{{{default "{string}" ""}}}}{run[len(string) :]}'


def _parse(template: str) -> None:
    """Parse a template before anything is written, so that errors quote the user's text."""
    from prompt_cli.domain.template import parse_template

    try:
        parse_template(template)
    except TemplateSyntaxError as error:
        advice = "add --literal to print the whole text literally"
        error.advise(f"{error.help}; {advice}" if error.help else rf"to print braces, write \{{{{, or {advice}")
        line, column = error.line or 1, error.column or 1
        raise error.at(Location("template", Region(line, column, line, column + 1), template)) from None


def _parse_variable(text: str) -> "tuple[str, Mapping[str, object]]":
    """Parse ``NAME[:TYPE][=DEFAULT]``."""
    from prompt_cli.domain.binding import read_values
    from prompt_cli.domain.prompt import Prompt

    head, equals, default = text.partition("=")
    name, colon, kind = head.partition(":")
    data: dict[str, object] = {"type": kind if colon else "string"}
    if equals:
        spec = Prompt.load(
            {"id": "x", "version": _FIRST_VERSION, "format": "text", "template": "", "variables": {name: data}}
        ).variables[name]
        values, problems = read_values({name: spec.data}, [(name, default)])
        if problems:
            raise typer.BadParameter(f"the default of {problems[0].message}", param_hint="--var")
        data["default"] = values[name]
    return name, data
