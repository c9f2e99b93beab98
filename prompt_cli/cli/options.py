"""Options and arguments that several commands share."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from typer.core import TyperCommand, TyperGroup

from prompt_cli.cli.completion import complete_references, complete_refs, with_titles
from prompt_cli.cli.context import LogFormat, session_of
from prompt_cli.cli.output import ColorMode, drop_notices, is_colored


def argument(metavar: str, text: str, complete: Callable[..., Iterable[str]] | None = None) -> Any:  # noqa: ANN401 - Typer's own
    """Return an argument with its help and the function that completes it."""
    return typer.Argument(metavar=metavar, help=text, autocompletion=complete, show_default=False)


def value_option(name: str, metavar: str, text: str, complete: Callable[..., Iterable[str]] | None = None) -> Any:  # noqa: ANN401 - the same
    """Return an option that takes a value, with its help and the function that completes the value."""
    return typer.Option(name, metavar=metavar, help=text, autocompletion=complete)


def against_option(text: str) -> Any:  # noqa: ANN401 - the same
    """Return the option of a commit to compare with, with its help."""
    return typer.Option("--against", metavar="REF", autocompletion=complete_refs, help=text, show_default=False)


Reference: TypeAlias = Annotated[
    str,
    argument(
        "TARGET[@REVISION]",
        "Prompt id or file, optionally with @ and a version, range, commit or :staged.",
        complete_references,
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def _file_or_none(path: Path | None) -> Path | None:
    """Return the path of a file; None for ``-``, standard output."""
    return None if path == Path("-") else path


Output: TypeAlias = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.", callback=_file_or_none)
]


class UnknownNameError(typer.BadParameter):
    """The value of an option names nothing; similar names exist."""

    def __init__(self, message: str, option: str, near: Sequence[str]) -> None:
        super().__init__(message, param_hint=option)
        self.near = near


def alternatives(words: Iterable[str]) -> str:
    """Return words as text: ``a, b or c``."""
    *first, last = words
    return f"{', '.join(first)} or {last}"


def example_lines(*lines: str) -> str:
    """Format a command's examples for the end of its help."""
    # Click rewraps a paragraph unless it begins with \b.
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def common_options() -> list[Any]:
    """Return the options that every command takes, before or after its name.

    Typer builds them from a function, because the constructors of its option classes differ between releases.
    """
    builder = typer.Typer(add_completion=False)
    builder.command(add_help_option=False)(_declare_common_options)
    return typer.main.get_command(builder).params


def help_text(command: Any, context: Any, get_help: Callable[[Any], str]) -> str:  # noqa: ANN401 - Typer keeps these classes to itself
    """Return the help of a command as Typer's `get_help` makes it, drawn with Rich if the terminal has colors."""
    context.color = is_colored(sys.stdout)
    command.rich_markup_mode = "rich" if context.color else None
    if not context.color:
        return get_help(context)
    from rich.markup import escape  # slow to import

    paragraphs = (" ".join(paragraph.split()) for paragraph in (command.help or "").split("\n\n"))
    command.help, command.epilog = escape("\n\n".join(paragraphs)), escape(command.epilog or "")
    for parameter in command.get_params(context):
        parameter.help = escape(parameter.help or "")
    # Typer's console follows the environment alone, which knows nothing of --color; a run ends after its help.
    os.environ.pop("NO_COLOR", None)
    os.environ.update(FORCE_COLOR="1", TERM="xterm")
    with redirect_stdout(StringIO()) as drawn:
        get_help(context)
    return drawn.getvalue().strip("\n")


def parse_words(command: Any, context: Any, words: list[str], rest_parser: TyperCommand | TyperGroup) -> list[str]:  # noqa: ANN401 - Typer keeps these classes to itself
    """Parse the words of a command, and return the rest for a subcommand, as a command without parameters parses it.

    Typer builds a Pydantic validator to convert a value, even None. So parameters that the words do not set keep their
    defaults, and texts stay as they are; for completion all values do.
    """
    is_completion = context.resilient_parsing
    values, rest, parameters = command.make_parser(context).parse_args(args=list(words))
    for parameter in sorted(dict.fromkeys(parameters), key=lambda one: not one.is_eager):
        value, source = parameter.consume_value(context, values)
        if value is None and (is_completion or not parameter.required):
            continue
        is_text = value is not None and _is_text(parameter)
        if parameter.expose_value and (is_text or is_completion):
            context.set_parameter_source(parameter.name, source)
            context.params[parameter.name] = value
        elif not is_completion:
            parameter.handle_parse_result(context, values, rest)
        elif parameter.callback:
            parameter.callback(context, parameter, value)
    return rest_parser.parse_args(context, ["--", *rest])


class PromptCommand(TyperCommand):
    """A command whose help shows arguments as declared.

    Typer releases differ in the brackets and types that they add.
    """

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - Typer keeps these classes to itself
        """Return the help."""
        return help_text(self, ctx, super().get_help)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer keeps these classes to itself
        """Parse the arguments; for completion, without a last option whose value is still to come.

        Typer's parser would stop there, and lose the words before.
        """
        if ctx.resilient_parsing and args and any(args[-1] in one.opts for one in self.params if not _is_flag(one)):
            args = args[:-1]
        if self.name == "schema" and args[-1:] == ["--output"]:
            args = args[:-1]  # `schema ID --output`: the answer's schema, to no file
        return parse_words(self, ctx, args, TyperCommand(None, add_help_option=False))

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:  # noqa: ANN401 - Typer keeps these classes to itself
        """Return the options that begin with a text."""
        return with_titles(super().shell_complete(ctx, incomplete))

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer keeps these classes to itself
        """Return the words of the usage line."""
        return ["[OPTIONS]", *(argument.metavar for argument in self._parameters("argument", ctx))]

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - the same
        """Write the help of the arguments and of the options."""
        arguments = [
            (one.metavar, f"{one.help}  [required]" if one.required else one.help)
            for one in self._parameters("argument", ctx)
        ]
        options = [one.get_help_record(ctx) for one in self._parameters("option", ctx)]
        for title, rows in (("Arguments", arguments), ("Options", options)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def _parameters(self, kind: str, context: Any) -> list[Any]:  # noqa: ANN401 - the same
        return [one for one in self.get_params(context) if one.param_type_name == kind]


def _change_directory(value: list[str] | None) -> None:
    """Change to each directory in turn, as git does; an empty name changes nothing."""
    for directory in filter(None, value or ()):
        try:
            os.chdir(directory)
        except OSError as error:
            raise typer.BadParameter(f"cannot change to {directory!r}: {error.strerror}", param_hint="-C") from error


def _is_text(parameter: Any) -> bool:  # noqa: ANN401 - the same
    # Every argument is text. Releases of Typer without descriptors convert text without Pydantic.
    descriptor = getattr(parameter, "type_descriptor", None)
    return parameter.param_type_name == "argument" or getattr(descriptor, "annotation", None) in (str, list[str])


def _is_flag(parameter: Any) -> bool:  # noqa: ANN401 - the same
    return bool(getattr(parameter, "is_flag", False) or getattr(parameter, "count", False))


def _set_directory(context: typer.Context, value: str | None) -> None:
    if value is not None:
        session_of(context).directory = Path(value)


def _set_quiet(value: bool) -> None:
    if value:
        drop_notices()


def _add_verbosity(context: typer.Context, value: int) -> None:
    session_of(context).verbosity += value


def _set_log_format(context: typer.Context, value: str | None) -> None:
    if value is None:
        return
    if value not in set(LogFormat):
        raise typer.BadParameter(f"{value!r} is not one of 'console', 'json'")
    session_of(context).log_format = LogFormat(value)


_common_option = partial(typer.Option, expose_value=False)


def _declare_common_options(
    start: Annotated[
        list[str] | None,
        _common_option(
            "-C", metavar="DIR", is_eager=True, callback=_change_directory, help="Run as if started in DIR; repeatable."
        ),
    ] = None,
    directory: Annotated[
        str | None,
        _common_option(
            "--directory",
            metavar="DIR",
            callback=_set_directory,
            help="Prompt directory [default: nearest prompts/ upwards].",
        ),
    ] = None,
    color: Annotated[
        ColorMode | None,
        _common_option(
            "--color", metavar="[auto|always|never]", show_default=False, help="Use colors [default: auto]."
        ),
    ] = None,
    quiet: Annotated[
        bool,
        _common_option("--quiet", "-q", is_eager=True, callback=_set_quiet, help="Suppress notices and summaries."),
    ] = False,
    verbose: Annotated[
        int,
        _common_option(
            "--verbose",
            "-v",
            count=True,
            show_default=False,
            callback=_add_verbosity,
            help="Log to stderr (-vv for more).",
        ),
    ] = 0,
    log_format: Annotated[
        str | None,
        _common_option(
            metavar="[console|json]",
            callback=_set_log_format,
            autocompletion=lambda: list(LogFormat),
            help="Log format.",
        ),
    ] = None,
) -> None:
    """Declare the common options; their callbacks set the session."""
