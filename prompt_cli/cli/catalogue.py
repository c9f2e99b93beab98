"""Every command: its name, what runs it, and what help says of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Command(NamedTuple):
    """A command.

    Attributes:
        name: What it is called; its module is called the same.
        job: What it does, in a few words.
        examples: What stands at the end of its help.
        function: What its function is called, where that is not the command's name.
    """

    name: str
    job: str
    examples: tuple[str, ...]
    function: str = ""

    def run(self) -> Callable[..., None]:
        """Return what runs it: its module alone is imported, not those of the other commands."""
        module = import_module(f"prompt_cli.cli.commands.{self.name}")
        found: Callable[..., None] = getattr(module, self.function or self.name)
        return found


COMMANDS = (
    Command("init", "Make a prompt directory with an example", ("prompt-cli init",)),
    Command(
        "create",
        "Create a prompt",
        (
            "prompt-cli create greeting --template 'Hello {{name}}!'",
            "prompt-cli create support/reply --format chat --edit",
            "prompt-cli create summary --from-file draft.txt --var length:integer=100",
        ),
    ),
    Command(
        "list",
        "List the prompts there are",
        ("prompt-cli list", "prompt-cli list 'support/*' --tag production --json"),
        function="list_prompts",
    ),
    Command(
        "show",
        "Show a prompt's file, at any revision",
        ("prompt-cli show support/triage", "prompt-cli show support/triage@1.0.0 --json"),
    ),
    Command(
        "render",
        "Fill a prompt in",
        (
            "prompt-cli render greeting --var name=Ada",
            'prompt-cli render support/triage --example "two tickets"',
            "prompt-cli render greeting@1.0.0 --vars values.json --output-format messages",
        ),
    ),
    Command(
        "versions",
        "List the versions a prompt has had",
        ("prompt-cli versions support/triage", "prompt-cli versions support/triage --json"),
    ),
    Command(
        "diff",
        "Compare prompts: what a change means, and the text",
        (
            "prompt-cli diff support/triage",
            "prompt-cli diff support/triage 1.0.0 1.1.0",
            "prompt-cli diff --against origin/main --output-format markdown",
        ),
    ),
    Command(
        "bump",
        "Raise versions by what changed",
        (
            "prompt-cli bump support/triage",
            "prompt-cli bump support/triage minor -m 'Greet by name'",
            "prompt-cli bump --all --against origin/main --dry-run",
        ),
    ),
    Command(
        "validate",
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
        "Say what a rule of validate means",
        ("prompt-cli rule", "prompt-cli rule PC302"),
    ),
    Command("schema", "Write the JSON Schema of a prompt's file", ("prompt-cli schema --output prompt.schema.json",)),
)
