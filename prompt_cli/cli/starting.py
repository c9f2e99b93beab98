"""What ``init`` does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prompt_cli.cli.output import note, write
from prompt_cli.storage.project import listing_of, make_directory

if TYPE_CHECKING:
    from prompt_cli.cli.session import Workspace

EXAMPLE_ID = "greeting"
EXAMPLE = b"""\
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

_NEXT = """\
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
"""


async def start(workspace: Workspace) -> None:
    """Make the prompt directory, put an example in where it has no prompts, and say what comes next."""
    project = workspace.project
    await asyncio.to_thread(make_directory, project)
    listing = await asyncio.to_thread(listing_of, project)
    if listing.ids:
        note(f"{project.shown(project.directory)} has prompts already, and is left as it is")
    else:
        await workspace.manager.registry.create_file(EXAMPLE_ID, EXAMPLE)
        write(f"{project.path_of(EXAMPLE_ID)}\n")
    shown = project.shown(project.directory)
    note(_NEXT.format(id=listing.ids[0] if listing.ids else EXAMPLE_ID, directory=shown).rstrip("\n"))
