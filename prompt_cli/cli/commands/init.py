"""The command ``init``."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from prompt_cli.cli.context import refuse_ambiguous_directory, session_of
from prompt_cli.cli.output import note, write
from prompt_cli.domain.ids import id_to_path
from prompt_cli.errors import PromptManagerError
from prompt_cli.log import log
from prompt_cli.reporting.terminal import json_text

if TYPE_CHECKING:
    from prompt_cli.workspace import Workspace

_EXAMPLE_ID = "greeting"
_SCHEMA_NAME = "prompt.schema.json"
_EXAMPLE = b"""\
# yaml-language-server: $schema=prompt.schema.json
id: greeting                  # the path of this file below the prompt directory, without .yaml
version: 1.0.0                # `prompt-cli bump greeting` sets the next one
format: text                  # text | chat | completion | instruction
description: Greet a user by name.
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

  {commands}

For completion and validation in editors, begin each file with this line; the
path is relative to the file. Write the schema again after an upgrade.

  # yaml-language-server: $schema={schema_name}
  prompt-cli schema --output {schema}

Check staged prompts before every commit (.pre-commit-config.yaml):

  repos:
    - repo: local
      hooks:
        - id: prompt-validate
          name: validate prompts
          entry: prompt-cli validate --staged
          language: system
          pass_filenames: false
          always_run: true  # catches deleted prompts, too

Check the prompts that a pull request changes (in CI, with full git history):

  prompt-cli validate --against origin/main --output-format github

Run every prompt and example as a pytest test:

  pytest --prompts {directory}
"""


def init(context: typer.Context) -> None:
    """Create a prompt directory with an example, and show the snippets for hooks and CI. Nothing is overwritten."""
    session = session_of(context)
    project = session.find_project()
    refuse_ambiguous_directory(project)
    session.run("init", _start, project=project)


async def _start(workspace: Workspace) -> None:
    """Make the prompt directory, add an example and the schema if it has no prompts, and show the next steps."""
    import asyncio

    from prompt_cli.storage.project import find_projects, make_directory
    from prompt_cli.storage.scan import PromptDirectory, from_here

    project = workspace.project
    await asyncio.to_thread(make_directory, project)
    listing = await asyncio.to_thread(PromptDirectory(project.directory).list)
    directory = from_here(project.directory)
    log("info", "directory_prepared", directory=directory, prompts=len(listing.ids))
    if listing.ids:
        note(f"{directory} already has prompts; nothing changed")
    else:
        await _write_schema(project.directory / _SCHEMA_NAME)
        await workspace.registry.create_file(_EXAMPLE_ID, _EXAMPLE)
        write(f"{from_here(project.directory / id_to_path(_EXAMPLE_ID))}\n")
    steps = _NEXT_STEPS.format(
        commands="\n  ".join([*await _first_commands(workspace, listing.ids or [_EXAMPLE_ID]), "prompt-cli validate"]),
        directory=shlex.quote(directory),
        schema_name=_SCHEMA_NAME,
        schema=shlex.quote(from_here(project.directory / _SCHEMA_NAME)),
    )
    if project.directory not in [one.directory for one in find_projects(Path.cwd())]:
        steps = steps.replace("prompt-cli ", f"prompt-cli --directory {shlex.quote(directory)} ")
    note(steps.rstrip("\n"))


async def _write_schema(path: Path) -> None:
    """Write the JSON Schema of prompt files, unless the file exists."""
    import asyncio

    from prompt_cli.domain.prompt import prompt_schema
    from prompt_cli.storage.scan import from_here
    from prompt_cli.storage.streams import write_output

    if not await asyncio.to_thread(path.exists):
        await write_output(path, json_text(prompt_schema()).encode())
        note(f"wrote {from_here(path)} for editors")


async def _first_commands(workspace: Workspace, prompt_ids: Sequence[str]) -> Sequence[str]:
    """Return the command that renders the first example that renders, or else shows the first valid prompt."""
    from prompt_cli.binder import bind_resolved
    from prompt_cli.domain.revision import Tree

    show: list[str] = []
    for prompt_id in prompt_ids:
        try:
            resolved = await workspace.resolve(prompt_id, Tree.WORKING)
            bound = bind_resolved(resolved, workspace.template_engine)
            show.append(f"prompt-cli show {prompt_id}")
            for example in bound.prompt.examples:
                bound.render_messages(example.variables)
                return [f"prompt-cli render {prompt_id} --example {shlex.quote(example.name)}"]
        except PromptManagerError:
            continue  # `validate`, the next command, reports it
    return show[:1]
