"""The Typer application and its table of commands."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from prompt_cli import __version__
from prompt_cli.cli.completion import completion_options, with_titles
from prompt_cli.cli.options import PromptCommand, common_options, example_lines, help_text, parse_words
from prompt_cli.cli.output import write, write_drawn
from prompt_cli.errors import ExitCode


class Command(NamedTuple):
    """An entry of the command table, with the examples of its help."""

    name: str  # of the command and of its module
    panel: str  # the heading above it in the list of commands
    job: str  # short help in the list of commands
    examples: tuple[str, ...]
    function: str = ""  # in the module, if its name differs

    def build(self, common: Sequence[Any]) -> object:
        """Import the module of this command alone, and make its Typer command, with options that all commands take."""
        module = import_module(f"prompt_cli.cli.commands.{self.name}")
        builder = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_CONTEXT)
        register = builder.command(self.name, cls=PromptCommand, epilog=example_lines(*self.examples))
        register(getattr(module, self.function or self.name))
        command = typer.main.get_command(builder)
        command.params += common
        return command


COMMANDS = (
    Command("init", "Edit", "Create a prompt directory with an example", ("prompt-cli init",)),
    Command(
        "create",
        "Edit",
        "Create a prompt",
        (
            "prompt-cli create greeting --template 'Hello {{name}}!'",
            "prompt-cli create support/reply --format chat --edit",
            "prompt-cli create summary --from-file draft.txt --var length:integer=100",
        ),
    ),
    Command(
        "list",
        "Inspect",
        "List prompts",
        ("prompt-cli list", "prompt-cli list 'support/*' --tag production --json"),
        function="list_prompts",
    ),
    Command(
        "show",
        "Inspect",
        "Show a prompt's file, at any revision",
        ("prompt-cli show support/triage", "prompt-cli show support/triage@1.0.0 --json"),
    ),
    Command(
        "render",
        "Inspect",
        "Render a prompt with values",
        (
            "prompt-cli render greeting --var name=Ada",
            'prompt-cli render support/triage --example "two tickets"',
            "prompt-cli render greeting@1.0.0 --vars values.json --output-format messages",
        ),
    ),
    Command(
        "versions",
        "Inspect",
        "List the versions of a prompt",
        ("prompt-cli versions support/triage", "prompt-cli versions support/triage --json"),
    ),
    Command(
        "diff",
        "Check",
        "Compare prompts: the bump a change needs, and the text",
        (
            "prompt-cli diff support/triage",
            "prompt-cli diff support/triage 1.0.0 1.1.0",
            "prompt-cli diff --against origin/main --output-format markdown",
        ),
    ),
    Command(
        "bump",
        "Release",
        "Bump versions to match the changes",
        (
            "prompt-cli bump support/triage",
            "prompt-cli bump support/triage minor -m 'Greet by name'",
            "prompt-cli bump --all --against origin/main --dry-run",
        ),
    ),
    Command(
        "mv",
        "Edit",
        "Rename a prompt and every include of it",
        ("prompt-cli mv tone shared/tone", "prompt-cli mv tone shared/tone --dry-run"),
    ),
    Command(
        "validate",
        "Check",
        "Check prompts and their templates",
        (
            "prompt-cli validate",
            "prompt-cli validate support/triage prompts/sql.yaml --strict",
            "prompt-cli validate --staged",
            "prompt-cli validate --against origin/main --output-format github",
            "prompt-cli validate --ignore PC6 --output-format sarif -o prompts.sarif",
        ),
    ),
    Command("rule", "Check", "Explain a rule, or list all rules", ("prompt-cli rule", "prompt-cli rule PC302")),
    Command("help", "Inspect", "Show help", ("prompt-cli help", "prompt-cli help render"), function="show_help"),
    Command(
        "schema",
        "Edit",
        "Write the JSON Schema of prompt files, or of its answer",
        ("prompt-cli schema --output prompt.schema.json", "prompt-cli schema support/triage --output"),
    ),
)

_CONTEXT = {"help_option_names": ["--help", "-h"], "max_content_width": 100}


class PromptGroup(TyperGroup):
    """The group of all commands; takes the common options before the command's name.

    Reading the parameters of every command would dominate the start-up time, so the group lists names and help,
    and builds only the command that is called.
    """

    def __init__(self, *args: Any, params: list[Any] | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - Typer's own
        self._common = common_options()
        super().__init__(*args, params=[*(params or ()), *self._common, *completion_options()], **kwargs)
        for command in COMMANDS:
            self.add_command(TyperCommand(command.name, short_help=command.job, rich_help_panel=command.panel))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - the same
        """Parse the arguments."""
        return parse_words(self, ctx, args, TyperGroup(add_help_option=False))

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - the same
        """Return the help."""
        return help_text(self, ctx, super().get_help)

    def format_commands(self, _context: Any, formatter: Any) -> None:  # noqa: ANN401 - the same
        """Write the list of commands, below the headings of their panels."""
        width = max(len(command.name) for command in COMMANDS)
        for panel in dict.fromkeys(command.panel for command in COMMANDS):
            with formatter.section(panel):
                formatter.write_dl([(f"{one.name:{width}}", one.job) for one in COMMANDS if one.panel == panel])

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:  # noqa: ANN401 - the same
        """Return the commands and options that begin with a text."""
        return with_titles(super().shell_complete(ctx, incomplete))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 - the same
        """Return the name, the built command and the remaining arguments."""
        name, listed, rest = super().resolve_command(ctx, args)
        built = next((command.build(self._common) for command in COMMANDS if command.name == name), listed)
        return name, built, rest


app: typer.Typer = typer.Typer(
    name="prompt-cli",
    cls=PromptGroup,
    help="Prompts as code: YAML files in git, checked, rendered and versioned.",
    add_completion=False,  # completion_options() adds them
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_CONTEXT,
)


def _show_version(value: bool) -> None:
    if value:
        write(f"prompt-cli {__version__}\n")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    epilog=example_lines("prompt-cli list", "prompt-cli render support/triage --example 'two tickets'"),
)
def root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", "-V", is_eager=True, callback=_show_version, help="Show the version.")
    ] = False,
) -> None:
    """Prompts as code: YAML files in git, checked, rendered and versioned."""
    if context.invoked_subcommand is None:
        with redirect_stdout(sys.stderr):  # get_help() looks whether standard output is a terminal
            text = context.get_help()
        write_drawn(f"{text}\n", sys.stderr)
        raise typer.Exit(ExitCode.USAGE)
