"""What to say of a prompt that is in no commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompt_cli.domain.identifiers import near_names
from prompt_cli.errors import PromptNotFoundError
from prompt_cli.history.commit_snapshot import CommitSnapshot
from prompt_cli.history.standing import Standing, standing_of

if TYPE_CHECKING:
    from prompt_cli.history.repository import Place

_NEW: Final = "its file is not committed yet: `git add` and commit it, or leave the revision out"
_HELP: Final = {
    Standing.UNTRACKED: _NEW,
    Standing.EDITED: _NEW,  # announced by `git add --intent-to-add`
    Standing.STAGED: "its file is staged and not committed yet: commit it, or ask for :staged",
    Standing.PARTLY_STAGED: "its file is staged and not committed yet: commit it, or ask for :staged",
    Standing.IGNORED: "git ignores its file; `git check-ignore --verbose FILE` says by which rule",
}


async def never_committed(place: Place, head: str, prompt_id: str) -> PromptNotFoundError:
    """Return the error for a prompt that no commit touched.

    Args:
        place: Where the prompt directory is.
        head: The commit from which history was walked.
        prompt_id: The prompt.

    Raises:
        HistoryError: Git could not answer.
    """
    there = f"any commit up to {head[:7]}"
    standing = (await standing_of(place, [prompt_id]))[prompt_id]
    if standing in _HELP:
        return PromptNotFoundError(prompt_id, there, help=_HELP[standing])
    near = near_names(prompt_id, await CommitSnapshot(place, head).ids())
    return PromptNotFoundError(prompt_id, there, near=near)
