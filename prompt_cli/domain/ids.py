"""Prompt ids: paths of files in the prompt directory, without ``.yaml``."""

import re
from collections.abc import Collection, Iterable

from prompt_cli.errors import PromptIdError, PromptNotFoundError

SUFFIX = ".yaml"
MAX_ID_LENGTH = 100
NO_PROMPTS_HELP = "create one with `prompt-cli create ID --edit`, or pass another --directory"
NO_STAGED_PROMPTS_HELP = f"stage one with `git add`, {NO_PROMPTS_HELP}"
_MIN_SIMILARITY = 0.65
_MAX_COMPARED_LENGTH = 200
_MAX_PATTERN_LENGTH = 500
_SEGMENT = r"[a-z0-9][a-z0-9_-]*"
_ID = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*", re.ASCII)
# Windows opens these as devices, with any extension: a repository with such a file cannot be checked out there.
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})


def id_problem(text: str) -> str | None:
    """Return the reason why a text is not a valid prompt id; None for a valid id.

    >>> id_problem("support/triage")
    >>> id_problem("Support/Triage")
    'use a-z, 0-9, - and _, separated by /; each part starts with a letter or digit'
    """
    if len(text) > MAX_ID_LENGTH:
        return f"an id has {MAX_ID_LENGTH} characters at most, this one has {len(text)}"
    if not _ID.fullmatch(text):
        return "use a-z, 0-9, - and _, separated by /; each part starts with a letter or digit"
    segments = text.split("/")
    if _RESERVED.isdisjoint(segments):  # as most
        return None
    reserved = next(filter(_RESERVED.__contains__, segments))
    return f"{reserved!r} is a reserved device name on Windows"


def check_id(text: str) -> str:
    """Return the text if it is a prompt id, else raise an error."""
    if not isinstance(text, str):
        raise PromptIdError(f"{text!r} is not a valid prompt id: it must be a string")
    if problem := id_problem(text):
        raise PromptIdError(f"{text!r} is not a valid prompt id: {problem}", prompt_id=text, help=_valid_id_help(text))
    return text


def id_to_path(prompt_id: str) -> str:
    """Return the path of a prompt's file in the prompt directory, with ``/`` between its parts."""
    return check_id(prompt_id) + SUFFIX


def path_to_id(path: str) -> str | None:
    """Return the id of a path in the prompt directory, with ``/`` between its parts; None if the path has no id.

    >>> path_to_id("support/triage.yaml")
    'support/triage'
    >>> path_to_id("support/Notes.yaml")
    """
    candidate = path.removesuffix(SUFFIX)
    return candidate if candidate != path and id_problem(candidate) is None else None


def is_match(name: str, pattern: str) -> bool:
    """Return whether a pattern with ``*``, ``?`` and ``[...]`` matches an id or a part of a path.

    A pattern far longer than an id matches none: the time to read it grows with the square of its length.
    """
    from fnmatch import fnmatchcase  # few commands have patterns

    return len(pattern) <= _MAX_PATTERN_LENGTH and fnmatchcase(name, pattern)


def near_names(name: str, candidates: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """Return the candidates most similar to a name in any case, nearest first, for "did you mean".

    The same last segment in another directory counts as near, because people remember it. Ids of one directory are
    compared by their last segments.
    """
    import difflib  # only errors need it

    lowered = name.lower()
    folder, _, last = lowered.rpartition("/")
    near: list[tuple[float, str]] = []
    for candidate in candidates:
        if max(len(name), len(candidate)) > _MAX_COMPARED_LENGTH:
            continue  # time grows with the product of the lengths
        other_folder, _, other_last = candidate.lower().rpartition("/")
        pair = (last, other_last) if folder == other_folder else (lowered, candidate.lower())
        matcher = difflib.SequenceMatcher(None, *pair)
        ratio = 1.0 if last and last == other_last else matcher.quick_ratio() and matcher.ratio()
        if ratio >= _MIN_SIMILARITY and candidate != name:
            near.append((-ratio, candidate))
    return tuple(candidate for _, candidate in sorted(near)[:most])


def suggest(name: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """Return the help for an invalid name: the most similar candidate, or another help if none is similar.

    >>> suggest("tone", ["tones", "length"])
    "did you mean 'tones'?"
    """
    near = near_names(name, candidates, most=1)
    return f"did you mean {near[0]!r}?" if near else otherwise


def not_found(prompt_id: str, ids: Collection[str], version: object | None = None) -> PromptNotFoundError:
    """Return the error for a missing prompt; its help names similar ids, or how to create a first prompt."""
    if not ids:
        return PromptNotFoundError(prompt_id, version, help=NO_PROMPTS_HELP)
    name = prompt_id.removesuffix(SUFFIX)
    near = (name,) if name != prompt_id and name in ids else near_names(name, ids)
    return PromptNotFoundError(prompt_id, version, near=near)


def _valid_id_help(text: str) -> str:
    if text.endswith(".yml"):
        return f"the file of a prompt ends in {SUFFIX}"
    candidate = re.sub(r"[^a-z0-9_/-]+", "-", text.removesuffix(SUFFIX).lower()).strip("-_/")
    return f"try {candidate!r}" if candidate and id_problem(candidate) is None else ""
