"""Renames of prompts: the file, the id in it, and every include of it, in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from prompt_cli.changes.comparer import UNKNOWN_NAME, scan_partial_names
from prompt_cli.domain.ids import check_id
from prompt_cli.domain.revision import ExactVersion
from prompt_cli.domain.template import parse_template
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.engines.protocol import reads_handlebars
from prompt_cli.errors import (
    HistoryError,
    PromptExistsError,
    PromptFormatError,
    PromptIdError,
    PromptManagerError,
    PromptNotFoundError,
    StorageError,
    TemplateSyntaxError,
    VersionNotFoundError,
)
from prompt_cli.handlebars import PartialBlockStatement, Template, partial_uses, programs
from prompt_cli.history.errors import NO_HISTORY
from prompt_cli.log import log
from prompt_cli.problems import DataPath, Location
from prompt_cli.registry import PromptRegistry
from prompt_cli.storage.loader import LoadedPrompt
from prompt_cli.workspace import Workspace
from prompt_cli.yaml.source import YamlSource
from prompt_cli.yaml.text import BOM, Splice, apply


class Move(NamedTuple):
    """A rename of a prompt.

    Attributes:
        old: The old id.
        new: The new id.
        path: The displayed path of the new file.
        includers: The prompts whose includes were changed, sorted.
        pinned: The prompts that keep an include of a committed version of the old id, sorted; it is read from history.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import InMemoryStorage, PromptManager, PromptRegistry
        >>> storage = InMemoryStorage({one: f'''
        ... id: {one}
        ... version: 1.0.0
        ... format: text
        ... template: "{text}"
        ... ''' for one, text in [("tone", "Be kind."), ("reply", "{{> tone}}")]})
        >>> asyncio.run(PromptManager(PromptRegistry(storage)).move("tone", "shared/tone")).includers
        ('reply',)
        >>> asyncio.run(PromptManager(PromptRegistry(storage)).render("reply"))
        'Be kind.'
    """

    old: str
    new: str
    path: str
    includers: tuple[str, ...]
    pinned: tuple[str, ...]


async def move_prompt(workspace: Workspace, old: str, new: str, *, dry_run: bool) -> Move:
    """Rename a prompt; see `PromptManager.move`."""
    registry = workspace.registry
    if check_id(old) == check_id(new):
        raise PromptIdError(f"the prompt already has the id {new!r}", help="pass another id")
    if not reads_handlebars(workspace.template_engine):
        raise PromptManagerError("includes are renamed in Handlebars only, and another template engine is set")
    moved = await registry.load(old)
    ids = await registry.working_tree.ids()
    if new in ids:
        raise PromptExistsError(new, help="nothing was written; choose another id")
    version = moved.checked().version
    renames = {old: new}
    if not await _is_committed(workspace, old, version):
        renames[f"{old}@{version}"] = f"{new}@{version}"
    content = _source(moved).replace_scalar("id", new).content
    edits, pinned = await _find_edits(registry, [one for one in ids if one != old], old, new, renames)
    if not dry_run:
        async with registry.storage.transaction() as files:
            files.create(new, content)
            files.delete(old, expected=moved.content)
            for loaded, edited in edits:
                files.replace(loaded.id, edited, expected=loaded.content)
        log("info", "prompt_moved", prompt_id=new, old_id=old, includers=len(edits))
    return Move(old, new, registry.path_of(new), tuple(loaded.id for loaded, _ in edits), tuple(pinned))


async def _is_committed(workspace: Workspace, prompt_id: str, version: SemanticVersion) -> bool:
    """Return whether a pin of a version is read from history; else it is read from the file, which moves."""
    try:
        await workspace.pinned(prompt_id, ExactVersion(version), workspace.registry.working_tree)
    except (VersionNotFoundError, PromptNotFoundError):
        return False
    except HistoryError as error:
        return error.reason not in NO_HISTORY
    return True


async def _find_edits(
    registry: PromptRegistry, prompt_ids: list[str], old: str, new: str, renames: Mapping[str, str]
) -> tuple[list[tuple[LoadedPrompt, bytes]], list[str]]:
    """Return the new bytes of each file that includes a prompt, and the prompts that keep an include of a version."""
    edits: list[tuple[LoadedPrompt, bytes]] = []
    pinned: list[str] = []
    for prompt_id, content in sorted((await registry.working_tree.read_many(prompt_ids)).items()):
        names = scan_partial_names(content)
        is_pinned = f"{old}@".encode() in content
        if not names & {old, UNKNOWN_NAME} and not is_pinned:
            continue
        loaded = registry.parse(content, prompt_id)
        if not names & {old, UNKNOWN_NAME} and loaded.prompt is None:
            continue  # a pin stays as it is
        includes = list(_includes(loaded))
        if any((one.name or "").startswith(f"{old}@") and one.name not in renames for one in includes):
            pinned.append(prompt_id)
        renamed = [one for one in includes if one.name in renames]
        if renamed:
            edited = registry.parse(_rename_includes(loaded, renamed, old, new), prompt_id, use_cache=False)
            expected = [(one.path, renames.get(one.name or "", one.name)) for one in includes]
            if edited.prompt is None or [one[:2] for one in _includes(edited)] != expected:
                raise _unchangeable(loaded, old)
            edits.append((loaded, edited.content))
    return edits, pinned


class _Include(NamedTuple):
    """An include of a partial: the path of its template, its name, and the ranges of that in the template."""

    path: DataPath
    name: str | None
    spans: tuple[tuple[int, int], ...]


def _includes(loaded: LoadedPrompt) -> Iterator[_Include]:
    for path, text in loaded.checked().templates.items():
        try:
            template = parse_template(text, loaded.id)
        except TemplateSyntaxError as error:
            region = _source(loaded).value_region(path, *(error.span or (0, 0)))
            raise error.at(Location(loaded.path, region, loaded.text)) from error
        closing_tags = dict(_closing_tags(template))
        for use in partial_uses(template):
            tags = [closing_tags[use.span.offset]] if use.span.offset in closing_tags else []
            yield _Include(path, use.name, ((use.span.offset, use.span.end), *tags))


def _closing_tags(template: Template) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield the range of the closing tag of each block of a partial, by the offset of the partial's name."""
    for program, _, entered in programs(template):
        for node in program.body if entered else ():
            if isinstance(node, PartialBlockStatement):
                yield node.name.offset, (template.source.rindex("{{", 0, node.end), node.end)


def _rename_includes(loaded: LoadedPrompt, includes: Sequence[_Include], old: str, new: str) -> bytes:
    """Return the bytes of a file with the name of a partial replaced; every other byte stays."""
    source, bare = _source(loaded), _unquoted_name(new)
    splices: dict[Splice, None] = {}  # templates that share an anchor share the splice
    for path, span in [(one.path, span) for one in includes for span in one.spans]:
        region = source.value_region(path, *span)
        start = source.lines.index(region.line, region.column)
        written = source.text[start : source.lines.index(region.end_line, region.end_column)]
        if written.count(old) != 1:
            raise _unchangeable(loaded, old)
        place = written.index(old)
        is_quoted = written[max(place - 1, 0)] in "\"'["
        first = start + place
        splices[Splice(first, first + len(old), new if is_quoted else bare)] = None
    return ((BOM if source.has_bom else "") + apply(source.text, splices)).encode()


def _unquoted_name(prompt_id: str) -> str:
    """Return an id as an include writes it without quotes: in brackets if it has a segment such as ``2``."""
    try:
        uses = partial_uses(parse_template(f"{{{{> {prompt_id}}}}}"))
    except TemplateSyntaxError:
        return f"[{prompt_id}]"
    return prompt_id if [one.name for one in uses] == [prompt_id] else f"[{prompt_id}]"


def _source(loaded: LoadedPrompt) -> YamlSource:
    if loaded.source is None:
        raise PromptFormatError("the file is not valid YAML", prompt_id=loaded.id)
    return loaded.source


def _unchangeable(loaded: LoadedPrompt, old: str) -> StorageError:
    return StorageError(
        f"{loaded.id} includes {old!r} in a way that cannot be changed in place",
        help="write the include on one line without escapes, and run the command again",
        transient=False,
    )
