"""The working tree around a directory and its git directory, found without starting git."""

import os
import re
from pathlib import Path
from typing import NamedTuple

_BRANCH = "ref: refs/heads/"
_GITDIR = "gitdir:"
OBJECT_ID = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
# Names that can be looked up as files: no path out of the directory, and no expression.
_NAME = r"(?!.*\.\.)[^/:{}\\\0-\x1f][^:{}\\\0-\x1f]*"
# Files of a git directory whose history is incomplete or rewritten, or whose refs only git can read.
_REWRITING = ("shallow", "info/grafts", "refs/replace", "reftable")


def named_repository(directory: Path) -> dict[str, str]:
    """Return ``GIT_DIR`` and ``GIT_WORK_TREE``, without links, if both are set and the directory is in that tree.

    For a hook in a linked worktree git sets ``GIT_DIR`` alone (githooks(5)); the worktree is then found by ``.git``.
    """
    git_dir, tree = os.environ.get("GIT_DIR"), os.environ.get("GIT_WORK_TREE")
    if not git_dir or not tree or not Path(os.path.realpath(directory)).is_relative_to(os.path.realpath(tree)):
        return {}
    return {"GIT_DIR": os.path.realpath(git_dir), "GIT_WORK_TREE": os.path.realpath(tree)}


def top_of(directory: Path) -> Path | None:
    """Return the absolute top of the working tree around a directory: the nearest parent with a valid ``.git``.

    A bare repository is never used: git takes any directory with ``HEAD``, ``objects`` and ``refs`` for one, and a pull
    request can add such a directory. Git never checks out the name ``.git``. The directory need not exist: git removes
    a directory with its last file.
    """
    if variables := named_repository(directory):
        tree = variables["GIT_WORK_TREE"]
        parents = (directory, *directory.parents)
        return next((parent for parent in parents if os.path.realpath(parent) == tree), Path(tree))
    ceilings = os.environ.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep)
    limits = {Path(os.path.realpath(ceiling)) for ceiling in ceilings if ceiling}
    for parent in (directory, *directory.parents):
        if parent.name == ".git" or (parent in limits and parent != directory):
            return None  # no working tree reaches into a git directory
        dot_git = parent / ".git"
        if dot_git.is_file() or all((dot_git / name).exists() for name in ("HEAD", "objects", "refs")):
            return parent
    return None


def git_directory_of(top: Path | None) -> Path | None:
    """Return the git directory of a working tree; in a linked worktree and a submodule the file ``.git`` names it."""
    if top is None:
        return None
    if variables := named_repository(top):
        return Path(variables["GIT_DIR"])
    dot_git = top / ".git"
    if dot_git.is_dir():
        return dot_git
    text = _text(dot_git)
    target = top / text.removeprefix(_GITDIR).strip()
    return target if text.startswith(_GITDIR) and target.is_dir() else None


class Refs(NamedTuple):
    """The refs that decide which commit a name means; each is an object id, or empty."""

    head: str
    tag: str = ""  # the tag of that name
    branch: str = ""
    remote: str = ""  # the branch of a remote


def head_commit(git_directory: Path) -> str | None:
    """Return the object id of HEAD's commit; None if only git can tell, or if history is incomplete."""
    refs = read_refs(git_directory)
    return refs.head if refs else None


def read_refs(git_directory: Path, name: str = "") -> Refs | None:
    """Return the refs of HEAD and of a name; None if only git can tell, or if history is incomplete.

    The directory is that of the worktree. The name has no suffixes such as ``~1``; an empty one is HEAD alone.

    Source: gitrepository-layout(5); gitrevisions(7).
    """
    if name and not re.fullmatch(_NAME, name):
        return None
    try:
        common = git_directory / _text(git_directory / "commondir").rstrip("\n")
        if any((common / file).exists() for file in _REWRITING):
            return None
        # A file such as ORIG_HEAD, or a ref such as heads/main; some belong to one worktree.
        if name and any((root / place / name).exists() for root in {git_directory, common} for place in ("", "refs")):
            return None
        head = _text(git_directory / "HEAD").rstrip("\n")
        names = [head.removeprefix("ref: ")] if head.startswith(_BRANCH) else []
        names += [f"{place}/{name}" for place in ("refs/tags", "refs/heads", "refs/remotes") if name]
        loose = [_text(common / one).rstrip("\n") for one in names]
        packed = _text(common / "packed-refs")  # last, because git packs a ref before it deletes its file
    except OSError:
        return None
    if " refs/replace/" in packed or (name and any(f" {place}{name}\n" in packed for place in ("", "refs/"))):
        return None
    ids = [one or _packed_id(packed, ref) for one, ref in zip(loose, names, strict=True)]
    refs = Refs(*ids) if head.startswith(_BRANCH) else Refs(head, *ids)
    return refs if refs.head and all(re.fullmatch(OBJECT_ID, one) for one in refs if one) else None


_KINDS = {"heads": "branch", "tags": "tag", "remotes": "remote branch"}


def ref_names(git_directory: Path) -> list[tuple[str, str]]:
    """Return the short names of branches, tags and branches of remotes, each with its kind, without starting git.

    Only names of files and the list of packed refs are read. Refs of a reftable are not listed.
    """
    common = git_directory / _text(git_directory / "commondir").rstrip("\n")
    refs = {line.partition(" refs/")[2] for line in _text(common / "packed-refs").splitlines()}
    for folder, _, files in os.walk(common / "refs"):
        below = Path(folder).relative_to(common / "refs").as_posix()
        refs.update(f"{below}/{file}" for file in files if not file.endswith(".lock"))
    split = [ref.partition("/") for ref in sorted(refs)]
    return [(name, kind) for place, kind in _KINDS.items() for first, _, name in split if first == place and name]


def lacks_remotes(git_directory: Path) -> bool:
    """Return whether there are certainly no branches of remotes; False if only git can tell."""
    return read_refs(git_directory) is not None and all(kind != "remote branch" for _, kind in ref_names(git_directory))


def _packed_id(packed: str, ref: str) -> str:
    end = packed.find(f" {ref}\n")
    return packed[packed.rfind("\n", 0, end) + 1 : end] if end > 0 else ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""
