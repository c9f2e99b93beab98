"""The application: every command, registered by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from prompt_cli.cli.commands.bump import bump
from prompt_cli.cli.commands.create import create
from prompt_cli.cli.commands.diff import diff
from prompt_cli.cli.commands.init import init
from prompt_cli.cli.commands.list import list_prompts
from prompt_cli.cli.commands.render import render
from prompt_cli.cli.commands.rule import rule
from prompt_cli.cli.commands.schema import schema
from prompt_cli.cli.commands.show import show
from prompt_cli.cli.commands.validate import validate
from prompt_cli.cli.commands.versions import versions
from prompt_cli.cli.parameters import examples
from prompt_cli.cli.session import PromptCommand, PromptGroup
from prompt_cli.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable


class Command(NamedTuple):
    """A command: its name, what runs it, its job in a few words, and the examples at the end of its help."""

    name: str
    run: Callable[..., None]
    job: str
    examples: tuple[str, ...]


COMMANDS = (
    Command("init", init, "Make a prompt directory with an example", ("prompt-cli init",)),
    Command(
        "create",
        create,
        "Create a prompt",
        (
            "prompt-cli create greeting --template 'Hello {{name}}!'",
            "prompt-cli create support/reply --format chat --edit",
            "prompt-cli create summary --from-file draft.txt --var length:integer=100",
        ),
    ),
    Command(
        "list",
        list_prompts,
        "List the prompts there are",
        ("prompt-cli list", "prompt-cli list 'support/*' --tag production --json"),
    ),
    Command(
        "show",
        show,
        "Show a prompt's file, at any revision",
        ("prompt-cli show support/triage", "prompt-cli show support/triage@1.0.0 --json"),
    ),
    Command(
        "render",
        render,
        "Fill a prompt in",
        (
            "prompt-cli render greeting --var name=Ada",
            'prompt-cli render support/triage --example "two tickets"',
            "prompt-cli render greeting@1.0.0 --vars values.json --output-format messages",
        ),
    ),
    Command(
        "versions",
        versions,
        "List the versions a prompt has had",
        ("prompt-cli versions support/triage", "prompt-cli versions support/triage --json"),
    ),
    Command(
        "diff",
        diff,
        "Compare prompts: what a change means, and the text",
        (
            "prompt-cli diff support/triage",
            "prompt-cli diff support/triage 1.0.0 1.1.0",
            "prompt-cli diff --against origin/main --output-format markdown",
        ),
    ),
    Command(
        "bump",
        bump,
        "Raise versions by what changed",
        (
            "prompt-cli bump support/triage",
            "prompt-cli bump support/triage minor -m 'Greet by name'",
            "prompt-cli bump --all --against origin/main --dry-run",
        ),
    ),
    Command(
        "validate",
        validate,
        "Check prompts and their templates",
        (
            "prompt-cli validate",
            "prompt-cli validate support/triage prompts/sql.yaml --strict",
            "prompt-cli validate --staged",
            "prompt-cli validate --against origin/main --output-format github",
            "prompt-cli validate --ignore PC6 --output-format sarif -o prompts.sarif",
        ),
    ),
    Command(
        "rule",
        rule,
        "Say what a rule of validate means",
        ("prompt-cli rule", "prompt-cli rule PC302"),
    ),
    Command(
        "schema", schema, "Write the JSON Schema of a prompt's file", ("prompt-cli schema --output prompt.schema.json",)
    ),
)

app = typer.Typer(
    name="prompt-cli",
    cls=PromptGroup,
    help="Prompts as code: YAML files in git, checked, rendered and versioned.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)


def _show_version(value: bool) -> None:
    if value:
        from prompt_cli import __version__  # needed on this path alone
        from prompt_cli.cli.output import write

        write(f"prompt-cli {__version__}\n")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    epilog=examples("prompt-cli list", "prompt-cli render support/triage --example 'two tickets'"),
)
def root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", "-V", is_eager=True, callback=_show_version, help="Show the version.")
    ] = False,
) -> None:
    """Prompts as code: YAML files in git, checked, rendered and versioned."""
    if context.invoked_subcommand is None:
        from prompt_cli.cli.output import note

        note(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


for command in COMMANDS:
    app.command(command.name, cls=PromptCommand, short_help=command.job, epilog=examples(*command.examples))(
        command.run
    )
