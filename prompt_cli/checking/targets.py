"""Targets of a command line: the ids, paths and patterns that select prompts, in the working tree or in a change.

A target is an id, a file, a directory or a pattern; a directory and a pattern are paths or beginnings of ids. Paths are
absolute or relative to the current directory. An id wins over a path, and a path over the beginning of ids; ``./``
always begins a path. ``*`` in a pattern matches ``/`` too. After a name of prompts, ``@`` begins a revision.
"""

import os
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.ids import (
    NO_PROMPTS_HELP,
    SUFFIX,
    check_id,
    id_problem,
    id_to_path,
    is_match,
    near_names,
    not_found,
    path_to_id,
)
from prompt_cli.domain.revision import PromptReference, Revision, Tree, parse_reference, parse_revision
from prompt_cli.errors import PromptIdError, PromptNotFoundError, StorageError
from prompt_cli.storage.project import Project, choices
from prompt_cli.storage.scan import LONGEST_PATH, InvalidPromptFile, Listing, PromptDirectory, from_here

if TYPE_CHECKING:
    from prompt_cli.workspace import Workspace

_PATTERN = frozenset("*?[")
_MAX_SIGNS = 100
_MAX_SHOWN = 5


class SelectedFiles(NamedTuple):
    """The prompts, and the files that look like prompts, that targets select."""

    ids: tuple[str, ...]
    invalid_files: tuple[InvalidPromptFile, ...]
    excluded: int = 0  # the number of other files that targets select, but the settings exclude
    existing: tuple[str, ...] | None = None  # the ids of all prompts of the directory; None if it was not listed


class TargetMatch(NamedTuple):
    """The ids, and the paths of files that look like prompts, that a target names."""

    ids: tuple[str, ...] = ()
    invalid_paths: tuple[str, ...] = ()


async def find_files_to_check(
    workspace: "Workspace", targets: Sequence[str], files: SelectedFiles | None = None
) -> SelectedFiles:
    """Return the files to check, with paths as users see them; note how many the settings exclude.

    Without `files`, they are those that targets select.
    """
    import asyncio  # a cached report needs no event loop

    if not workspace.is_directory:
        return SelectedFiles(_select_ids(targets, await workspace.registry.working_tree.ids()), ())
    project = workspace.project
    if files is None:
        files = await asyncio.to_thread(find_files, targets, project)
    require_files(files, project.directory)
    if files.excluded and (targets or not files.ids):
        workspace.on_notice(f"not checked, for the settings exclude them: {files.excluded}")
    return files._replace(invalid_files=await shown_files(workspace, files.invalid_files))


def find_files(targets: Sequence[str], project: Project) -> SelectedFiles:
    """Return the files of a project that targets select and the settings do not exclude.

    The directory is listed unless each target is a prompt's file: hooks name a few of thousands.
    """
    ids = [_id_of_file(target, project.directory) for target in targets]
    if ids and None not in ids:
        files = SelectedFiles(tuple(dict.fromkeys(one for one in ids if one is not None)), ())
    else:
        files = select_files(targets, PromptDirectory(project.directory).list(), project.directory)
    return exclude_files(files, project.settings.choice.exclude, project)


def select_files(targets: Sequence[str], listing: Listing, directory: Path) -> SelectedFiles:
    """Return the files of a prompt directory that targets without revisions select; all files without targets."""
    if not targets:
        return SelectedFiles(*listing, existing=listing.ids)
    paths = [one.path for one in listing.invalid_files]
    selections = [require_match(target, listing.ids, directory, paths) for target in targets]
    named = {path for one in selections for path in one.invalid_paths}
    ids = dict.fromkeys(prompt_id for one in selections for prompt_id in one.ids)
    invalid_files = tuple(one for one in listing.invalid_files if one.path in named)
    return SelectedFiles(tuple(ids), invalid_files, existing=listing.ids)


def require_files(files: SelectedFiles, directory: Path) -> SelectedFiles:
    """Return files; raise an error if there are none in the directory."""
    if not files.ids and not files.invalid_files and not files.excluded:
        raise StorageError(f"no prompts in {from_here(directory)}", help=NO_PROMPTS_HELP)
    return files


def exclude_files(files: SelectedFiles, patterns: Sequence[str], project: Project) -> SelectedFiles:
    """Return the files that the settings do not exclude, however they were named."""
    if not patterns:
        return files
    from prompt_cli.rules.selection import is_matched  # few projects exclude files

    directory = project.shown(project.directory)
    prefix = project.path_of("x").removesuffix("x.yaml")

    def is_excluded(below: str) -> bool:
        return any(is_matched(one, prefix + below, directory) for one in patterns)

    ids = tuple(one for one in files.ids if not is_excluded(one + SUFFIX))
    invalid_files = tuple(one for one in files.invalid_files if not is_excluded(one.path))
    excluded = len(files.ids) + len(files.invalid_files) - len(ids) - len(invalid_files)
    return files._replace(ids=ids, invalid_files=invalid_files, excluded=excluded)


def _select_ids(targets: Sequence[str], ids: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids of a storage without files that targets select; all ids without targets."""
    selected: dict[str, None] = dict.fromkeys(() if targets else ids)
    for target in targets:
        if not (match := _match_ids(target, ids)):
            raise not_found(target, ids)
        selected |= dict.fromkeys(match)
    return tuple(selected)


def find_prompt(target: str, project: Project) -> PromptReference:
    """Return the prompt, and its revision, that a target names; an id and a file need not exist."""
    name, revision = split_target(target, project.directory)
    # In the working tree, a path of another file or directory is not an id.
    if id_problem(name) is None and (
        revision is not Tree.WORKING or not exists(name) or is_regular(project.directory, name)
    ):
        return PromptReference(name, revision)
    ids = find_ids([name], project)
    if len(ids) > 1:
        shown = ", ".join(ids[:_MAX_SHOWN]) + (", ..." if len(ids) > _MAX_SHOWN else "")
        raise PromptIdError(f"{name!r} names {len(ids)} prompts: {shown}", help="name one of them")
    return PromptReference(ids[0], revision)


def find_one(target: str, project: Project) -> str:
    """Return the id of the prompt that a target without revision names."""
    prompt_id, revision = find_prompt(target, project)
    if revision is not Tree.WORKING:
        raise _revision_error(target, revision)
    return prompt_id


def new_id(target: str, directory: Path) -> str:
    """Return the id of a new prompt, named by the id or by the path of its file."""
    if not is_path(target):
        return check_id(target)
    try:
        return id_at(target, directory)
    except StorageError as error:
        if id_problem(name := target.removesuffix(SUFFIX)) is None:
            error.advise(f"try {name!r}")
        raise


def is_path(target: str) -> bool:
    """Return whether a target can only be a path, of a file that need not exist."""
    return target.endswith(SUFFIX) or target.startswith(".") or Path(target).is_absolute()


def find_ids(targets: Sequence[str], project: Project) -> tuple[str, ...]:
    """Return the ids of the prompts that targets without revisions name; ids and files need not exist."""
    ids: dict[str, None] = {}
    listing: Listing | None = None
    for target in targets:
        prompt_id = named_id(target, project.directory)
        if prompt_id is not None:
            ids[prompt_id] = None
            continue
        listing = listing or PromptDirectory(project.directory).list()
        ids |= dict.fromkeys(require_match(target, listing.ids, project.directory).ids)
    return tuple(ids)


def check_signs(target: str) -> None:
    """Raise an error for a target with many ``@``: a revision may begin at each, and a file may be named before it."""
    if target.count("@") > _MAX_SIGNS:
        raise PromptIdError(f"{target[:20]!r}... has more than {_MAX_SIGNS} @ signs", help="write ID or ID@REVISION")


def split_target(target: str, directory: Path) -> tuple[str, Revision]:
    """Split a target into the name of prompts and a revision; the names of files may hold ``@`` too."""
    check_signs(target)
    name, at, _ = target.partition("@")
    if at and id_problem(name) is None:
        return parse_reference(target)
    if not at or exists(target):
        return target, Tree.WORKING
    while name != target:
        if _PATTERN.intersection(name) or path_below(name, directory) not in {None, "."}:
            return name, parse_revision(target[len(name) + 1 :])
        name = target[: (target + "@").index("@", len(name) + 1)]
    return parse_reference(target)


async def shown_files(workspace: "Workspace", files: Sequence[InvalidPromptFile]) -> tuple[InvalidPromptFile, ...]:
    """Return files with their paths as users see them."""
    import asyncio  # a cached report needs no event loop

    if not files:
        return ()
    project = workspace.project
    paths = await asyncio.to_thread(lambda: [project.shown(project.directory / one.path) for one in files])
    return tuple(one._replace(path=path) for one, path in zip(files, paths, strict=True))


def id_at(path: str, directory: Path) -> str:
    """Return the id that a prompt at a path has; the file need not exist."""
    below = _require_below(path, directory)
    if (prompt_id := path_to_id(below)) is None:
        reason = id_problem(below.removesuffix(SUFFIX)) if below.endswith(SUFFIX) else f"it does not end in {SUFFIX}"
        raise StorageError(f"{path} is not a prompt: {reason}", transient=False)
    return prompt_id


def projects_of(target: str, projects: Sequence[Project]) -> Sequence[Project]:
    """Return those of several prompt directories in which a target, maybe with a revision, names prompts."""
    name = target
    while name:
        if named := _projects_of(name, projects):
            return named
        name = name.rpartition("@")[0]
    return [one for one in projects if path_below(target, one.directory) is not None]  # the file was deleted


def _projects_of(name: str, projects: Sequence[Project]) -> Sequence[Project]:
    owners = [one for one in projects if id_problem(name) is None and is_regular(one.directory, name)]
    if owners[1:]:
        paths = [from_here(one.directory / id_to_path(name)) for one in owners]
        message = f"{name!r} is the id of {len(paths)} prompts: {', '.join(paths)}"
        raise PromptIdError(message, help=f"name one of the files, or add {choices(owners)}")
    if owners:
        return owners
    if exists(name):
        return [one for one in projects if path_below(name, one.directory) is not None]
    listings = [(one, PromptDirectory(one.directory).list()) for one in projects if one.directory.is_dir()]
    return [one for one, files in listings if any(_match_files(name, files, one.directory))]


def _match_files(target: str, files: Listing, directory: Path) -> TargetMatch:
    return match_target(target, files.ids, directory, [one.path for one in files.invalid_files])


def path_below(target: str, directory: Path) -> str | None:
    """Return the path of a target relative to the prompt directory, with ``/``; None if it is outside.

    A directory around the prompt directory stands for it.
    """
    if len(target) > LONGEST_PATH:
        return None
    root, path = directory.resolve(), Path.cwd() / target
    try:
        # Try the target itself before the file that it links to, which may be a prompt as well.
        candidates = ([] if path.name == ".." else [path.parent.resolve() / path.name]) + [path.resolve()]
    except ValueError:  # a text that no file can have as its name, with NUL or half a surrogate pair
        return None
    for real in candidates:
        if real.is_relative_to(root):
            return real.relative_to(root).as_posix()
    return "." if root.is_relative_to(candidates[-1]) else None


def exists(target: str) -> bool:
    """Return whether there is a file of this name; a text may be no name of a file at all."""
    try:
        return os.path.lexists(target)
    except ValueError:  # as above
        return False


def _require_below(target: str, directory: Path) -> str:
    if (below := path_below(target, directory)) is not None:
        return below
    raise StorageError(
        f"{target} is not in the prompt directory {from_here(directory)}",
        help="--directory names another prompt directory",
        transient=False,
    )


def match_target(target: str, ids: Collection[str], directory: Path, paths: Collection[str] = ()) -> TargetMatch:
    """Return the ids, and the paths of files that look like prompts, that a target without revision names."""
    if target in ids:
        return TargetMatch((target,))
    below = path_below(target, directory) if target else None
    if below is not None:
        if (prompt_id := path_to_id(below) or "") in ids:  # hooks name thousands of files, so no loop over all ids
            return TargetMatch((prompt_id,))
        matches = _path_matcher(below)
        match = TargetMatch(tuple(one for one in ids if matches(one + SUFFIX)), tuple(filter(matches, paths)))
        if any(match):
            return match
    return TargetMatch(_match_ids(target, ids))


def require_match(target: str, ids: Collection[str], directory: Path, paths: Collection[str] = ()) -> TargetMatch:
    """Return the match of a target, as `match_target` does; raise an error if there is none."""
    match = match_target(target, ids, directory, paths)
    if any(match):
        return match
    if exists(target) or Path(target).is_absolute():
        _require_below(target, directory)
    _, revision = split_target(target, directory)
    if revision is not Tree.WORKING:
        raise _revision_error(target, revision)
    if exists(target):
        raise StorageError(f"{target} is not a prompt", help=f"prompt files end in {SUFFIX}", transient=False)
    error = not_found(target, ids)
    folders = {one.rpartition("/")[0] for one in ids} - {""}
    below = (path_below(target, directory) or target).removesuffix(SUFFIX)
    near = () if error.near else near_names(below, [*ids, *folders], most=1)
    raise PromptNotFoundError(target, near=near) if near else error


def id_matcher(targets: Sequence[str], workspace: "Workspace") -> Callable[[str], bool]:
    """Return a function that tells whether targets name a workspace's id, which need not exist; no targets name all."""
    directory = workspace.project.directory if targets and workspace.is_directory else None
    exact = {one for one in targets if directory and id_problem(one) is None and is_regular(directory, one)}
    others = [one for one in targets if one and one not in exact]
    belows = [path_below(one, directory) for one in others] if directory else []
    paths = [_path_matcher(below) for below in belows if below is not None]

    def is_named(prompt_id: str) -> bool:
        named = prompt_id in exact or any(matches_path(prompt_id + SUFFIX) for matches_path in paths)
        return named or not targets or any(_match_ids(one, (prompt_id,)) for one in others)

    return lambda prompt_id: workspace.owns(prompt_id) and is_named(prompt_id)


async def require_targets(targets: Sequence[str], workspaces: "Sequence[Workspace]") -> None:
    """Raise an error for a target that names no prompt: a typing error must not look like no change."""
    if not targets:
        return
    ids = tuple([prompt_id for one in workspaces for prompt_id in await one.registry.working_tree.ids()])
    last = workspaces[-1]
    if not last.is_directory:
        _select_ids(targets, ids)
        return
    for target in targets:
        require_match(target, ids, last.project.directory)


def _path_matcher(below: str) -> Callable[[str], bool]:
    """Return a function that tells whether a path below the prompt directory is the path or pattern, or is below it."""
    prefix, is_pattern = "" if below == "." else f"{below}/", not _PATTERN.isdisjoint(below)
    return lambda path: path == below or path.startswith(prefix) or (is_pattern and is_match(path, below))


def _match_ids(target: str, ids: Collection[str]) -> tuple[str, ...]:
    """Return the ids that an id, the beginning of ids, or a pattern of ids names."""
    if target in ids:
        return (target,)
    prefix, is_pattern = target.rstrip("/") + "/", not _PATTERN.isdisjoint(target)
    return tuple(one for one in ids if one.startswith(prefix) or (is_pattern and is_match(one, target)))


def named_id(target: str, directory: Path) -> str | None:
    """Return the id that a target is, or whose file it is; None if the files must be listed to tell."""
    if _PATTERN.intersection(target) or target.endswith("/"):
        return None
    is_id = id_problem(target) is None
    if is_id and is_regular(directory, target):
        return target
    below = path_below(target, directory)
    if below is not None and (prompt_id := path_to_id(below)) is not None:
        return prompt_id
    if exists(target) or is_path(target) or "@" in target or (is_id and (directory / target).is_dir()):
        return None
    return check_id(target)


def _revision_error(target: str, revision: Revision) -> PromptIdError:
    return PromptIdError(f"{target!r} has a revision, and this command takes none", help=f"leave out @{revision}")


def _id_of_file(target: str, directory: Path) -> str | None:
    """Return the id of the prompt whose file a target names; None if only a listing of the directory can tell."""
    if sys.platform != "linux":  # other file systems may ignore case, and a listing has the exact name
        return None
    if id_problem(target) is None and is_regular(directory, target):
        return target
    below = path_below(target, directory)
    prompt_id = path_to_id(below) if below is not None else None
    return prompt_id if prompt_id is not None and is_regular(directory, prompt_id) else None


def is_regular(directory: Path, prompt_id: str) -> bool:
    """Return whether a prompt has a regular file without symbolic links below the prompt directory."""
    location = f"{os.path.realpath(directory)}{os.sep}{id_to_path(prompt_id).replace('/', os.sep)}"
    # Path.is_file raises an error below a directory that may not be entered.
    return os.path.isfile(location) and os.path.realpath(location) == location  # noqa: PTH113
