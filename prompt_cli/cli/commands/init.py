"""The command ``init``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prompt_cli.cli.context import session_of
from prompt_cli.cli.output import note, write
from prompt_cli.log import log

_EXAMPLE_ID = "greeting"
_EXAMPLE = b"""\
id: greeting                  # the path of this file below the prompt directory, without .yaml
version: 1.0.0                # `prompt-cli bump greeting` raises it by what changed
format: text                  # text | chat | completion | instruction
description: Greet somebody by name.
variables:                    # every name used below is declared here
  name: {type: string}
  tone: {type: string, enum: [formal, friendly], default: friendly}
template: |
  {{#if (eq tone "formal")}}Good day{{else}}Hello{{/if}} {{name}}!
examples:                     # each must render: `prompt-cli validate` tries them
  - name: a friend
    variables: {name: Ada}
    expect: {contains: ["Hello Ada!"]}
"""

_NEXT_STEPS = """\
Try it:

  prompt-cli render {id} --example "a friend"
  prompt-cli validate

Check what is staged, before every commit (.pre-commit-config.yaml):

  repos:
    - repo: local
      hooks:
        - id: prompt-validate
          name: validate prompts
          entry: prompt-cli validate --staged
          language: system
          files: ^{directory}/
          pass_filenames: false

Check what a pull request changes (in CI, with the whole history fetched):

  prompt-cli validate --against origin/main --output-format github

Run every prompt and every example as a test of pytest, where prompt-cli is installed too:

  pytest --prompts {directory}
"""

if TYPE_CHECKING:
    from prompt_cli.workspace import Workspace


def init(context: typer.Context) -> None:
    """Make a prompt directory with an example, and show the snippets for hooks and CI. Nothing is overwritten."""
    session_of(context).run("init", _start)


async def _start(workspace: Workspace) -> None:
    """Make the prompt directory, add an example if it has no prompts, and show the next steps."""
    import asyncio

    from prompt_cli.storage.project import listing_of, make_directory

    project = workspace.project
    await asyncio.to_thread(make_directory, project)
    listing = await asyncio.to_thread(listing_of, project)
    directory = workspace.shown_directory
    log("info", "directory_prepared", directory=directory, prompts=len(listing.ids))
    if listing.ids:
        note(f"{directory} has prompts already, and is left as it is")
    else:
        await workspace.registry.create_file(_EXAMPLE_ID, _EXAMPLE)
        write(f"{project.path_of(_EXAMPLE_ID)}\n")
    prompt_id = listing.ids[0] if listing.ids else _EXAMPLE_ID
    note(_NEXT_STEPS.format(id=prompt_id, directory=directory).rstrip("\n"))
