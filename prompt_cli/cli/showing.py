"""What ``show`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.cli.failure import describe
from prompt_cli.cli.output import note, write_exactly, write_json
from prompt_cli.errors import ExitCode, PromptFormatError

if TYPE_CHECKING:
    from prompt_cli.cli.session import Workspace
    from prompt_cli.domain.revision import PromptReference


async def show_prompt(workspace: Workspace, reference: PromptReference, *, as_json: bool) -> ExitCode:
    """Show a prompt; the file of a broken one is shown all the same, and makes the status 1."""
    loaded = await workspace.manager.load(reference.id, version=reference.revision)
    if as_json:
        data = loaded.checked().to_data()
        write_json({"path": loaded.path, "revision": str(reference.revision), "prompt": data})
        return ExitCode.DONE
    write_exactly(loaded.content)
    try:
        loaded.checked()
    except PromptFormatError as error:
        note(describe(error))
        return error.exit_code
    return ExitCode.DONE
