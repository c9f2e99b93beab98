"""Completion of the words of the command line: ids, revisions, names in prompts, rule codes, refs.

A completer yields values, or ``value<TAB>title``. It yields nothing on errors, which a shell cannot show, and no value
with a control character. Names are read from the files as YAML, without models.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from prompt_cli.cli.context import session_of
from prompt_cli.errors import PromptManagerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from prompt_cli.storage.project import Project

_LEVELS = ("error", "warning", "info", "off")


def complete_ids(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield the prompt ids that begin with a text, from file names alone."""
    from prompt_cli.storage.scan import walk  # imported for completion only

    try:
        ids = [one for project in _projects(context) for one in walk(str(project.directory), incomplete).ids]
        yield from _matches(incomplete, dict.fromkeys(ids))
    except (PromptManagerError, OSError):
        return


def complete_references(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield prompt ids, and after ``ID@`` the revisions of that prompt."""
    prompt_id, at, revision = incomplete.partition("@")
    if not at:
        yield from complete_ids(context, incomplete)
        return
    yield from (f"{prompt_id}@{one}" for one in complete_revisions(context, prompt_id, revision))


def complete_revisions(context: typer.Context, prompt_id: str, incomplete: str) -> Iterator[str]:
    """Yield the revisions of a prompt: its versions, newest first, ``latest``, ``:staged`` and refs."""
    yield from _matches(incomplete, (f"{version}\tversion" for version in _versions(context, prompt_id)))
    yield from _matches(incomplete, ("latest\tnewest version", ":staged\tthe index"))
    yield from complete_refs(context, incomplete)


def complete_refs(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield ``HEAD``, branches, tags and branches of remotes, from the files of the git directory."""
    from prompt_cli.history.git_directory import ref_names

    try:
        git_directory = _projects(context)[0].git_directory
        if git_directory is not None:
            yield from _matches(incomplete, ("HEAD", *(f"{name}\t{kind}" for name, kind in ref_names(git_directory))))
    except (PromptManagerError, OSError):
        return


def complete_examples(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield the names of the examples of the prompt on the command line."""
    examples = _prompt_data(context).get("examples")
    if isinstance(examples, list):
        yield from _matches(incomplete, (one.get("name") for one in examples if isinstance(one, dict)))


def complete_variables(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield ``NAME=`` for the variables of the prompt on the command line."""
    variables = _prompt_data(context).get("variables")
    if isinstance(variables, dict):
        yield from _matches(incomplete, (_titled(f"{name}=", spec) for name, spec in variables.items()))


def complete_tags(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield the tags of all prompts: cached ones, and those of files that changed since."""
    from prompt_cli.cache import digest_of
    from prompt_cli.storage.scan import PromptDirectory
    from prompt_cli.summary_cache import SummaryCache

    tags: set[str] = set()
    try:
        for project in _projects(context):
            directory, cache = PromptDirectory(project.directory), SummaryCache(project)
            for prompt_id, content in directory.read_batch(directory.list().ids):
                summary = cache.find(prompt_id, digest_of(content))
                values = summary.tags if summary else _parse(content).get("tags")
                if isinstance(values, tuple | list):
                    tags.update(one for one in values if isinstance(one, str))
    except (PromptManagerError, OSError):
        return
    yield from _matches(incomplete, sorted(tags))


def complete_codes(incomplete: str) -> Iterator[str]:
    """Yield rule codes with their names, after the codes that a comma separates."""
    from prompt_cli.rules.catalogue import RULES

    before, comma, start = incomplete.rpartition(",")
    yield from (f"{before}{comma}{rule.code}\t{rule.name}" for rule in RULES if rule.code.startswith(start.upper()))


def complete_severities(incomplete: str) -> Iterator[str]:
    """Yield ``CODE=LEVEL``: the code first, then the level."""
    _, equals, level = incomplete.rpartition(",")[2].partition("=")
    if equals:
        before = incomplete.removesuffix(level)
        yield from (f"{before}{one}" for one in _LEVELS if one.startswith(level))
        return
    for code in complete_codes(incomplete):
        value, tab, title = code.partition("\t")
        yield f"{value}={tab}{title}"


def with_titles(items: Iterable[Any]) -> list[Any]:
    """Return Typer's items with their help beside the value, because Typer would read it as markup and import Rich."""
    titled = list(items)
    for item in titled:
        if item.help:
            item.value, item.help = f"{item.value}\t{' '.join(item.help.split())}", None
    return titled


def _projects(context: typer.Context) -> Sequence[Project]:
    from prompt_cli.storage.project import find_projects

    return find_projects(Path.cwd(), session_of(context).directory)


def _matches(incomplete: str, values: Iterable[object]) -> Iterator[str]:
    """Yield the texts that begin with a text; a shell reads one a line, so control characters are left out."""
    for value in values:
        if isinstance(value, str) and value.startswith(incomplete) and value.replace("\t", "", 1).isprintable():
            yield value


def _titled(value: str, spec: object) -> str:
    description = spec.get("description") if isinstance(spec, dict) else None
    title = " ".join(description.split()) if isinstance(description, str) else ""
    return f"{value}\t{title}" if title.isprintable() and title else value


def _prompt_data(context: typer.Context) -> Mapping[str, Any]:
    """Return the data of the prompt that the first argument names, from the working tree; empty on errors."""
    from prompt_cli.storage.scan import PromptDirectory

    words = context.params.get("words") or (context.params.get("reference"),)
    prompt_id = str(words[0] or "").partition("@")[0]
    try:
        project = session_of(context).find_project(prompt_id)
        return _parse(PromptDirectory(project.directory).read(prompt_id) or b"")
    except (PromptManagerError, OSError):
        return {}


def _parse(content: bytes) -> Mapping[str, Any]:
    from prompt_cli.yaml.source import YamlSource

    try:
        return YamlSource.parse(content).data
    except PromptManagerError:
        return {}


def _versions(context: typer.Context, prompt_id: str) -> list[str]:
    import asyncio

    from prompt_cli.workspace import Workspace

    try:
        store = Workspace(project=session_of(context).find_project(prompt_id)).version_store
        return list(dict.fromkeys(str(one.version) for one in asyncio.run(store.versions(prompt_id))))
    except (PromptManagerError, OSError):
        return []
