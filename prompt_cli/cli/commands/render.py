"""The command ``render``."""

from collections.abc import Callable
from enum import StrEnum
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, cast

import typer

from prompt_cli.cli.completion import complete_examples, complete_variables
from prompt_cli.cli.context import session_of
from prompt_cli.cli.options import AsJson, Output, Reference, alternatives, value_option
from prompt_cli.cli.output import to_json, write_exactly, write_result
from prompt_cli.errors import PromptManagerError, RequestError, VariableError
from prompt_cli.log import boundary, log_rendered
from prompt_cli.reporting.terminal import json_text

if TYPE_CHECKING:
    from prompt_cli.cli.values import ValueOptions
    from prompt_cli.domain.json_values import JsonObject, JsonValue
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.revision import PromptReference
    from prompt_cli.engines.bound import BoundPrompt
    from prompt_cli.problems import Problem
    from prompt_cli.resolver import ResolvedPrompt
    from prompt_cli.storage.project import Project
    from prompt_cli.workspace import Workspace


class RenderFormat(StrEnum):
    """Formats of rendered prompts: text, messages, and bodies of requests to providers."""

    TEXT = "text"
    MESSAGES = "messages"
    OPENAI_CHAT = "openai-chat"
    OPENAI_RESPONSES = "openai-responses"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"


class EngineName(StrEnum):
    """Names of template engines."""

    HANDLEBARS = "handlebars"
    PYBARS3 = "pybars3"


def render(
    context: typer.Context,
    reference: Reference,
    var: Annotated[
        list[str] | None,
        value_option(
            "--var",
            "NAME=VALUE",
            "Value of a variable, read as its type; JSON for arrays and objects.",
            complete_variables,
        ),
    ] = None,
    vars_file: Annotated[
        list[str] | None,
        value_option("--vars", "FILE|-", "JSON or YAML file of values; - is standard input. Repeatable."),
    ] = None,
    var_file: Annotated[
        list[str] | None,
        value_option(
            "--var-file", "NAME=FILE|-", "Value of a variable, read verbatim from a file.", complete_variables
        ),
    ] = None,
    example: Annotated[
        list[str] | None,
        value_option("--example", "NAME", "Start with the values of an example. Repeatable.", complete_examples),
    ] = None,
    output_format: Annotated[
        RenderFormat, value_option("--output-format", "FORMAT", f"Output format: {alternatives(RenderFormat)}.")
    ] = RenderFormat.TEXT,
    as_json: AsJson = False,
    model: Annotated[
        str | None, value_option("--model", "NAME", "The model of a request, instead of the prompt's.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        value_option("--parameter", "NAME=VALUE", "A parameter of a request, as JSON or text. Repeatable."),
    ] = None,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="Template engine; pybars3 for compatibility.")
    ] = EngineName.HANDLEBARS,
    output: Output = None,
) -> None:
    """Render a prompt with values.

    Values come from --example, then --vars, then --var-file, then --var; later wins, also among options given
    twice. The text is written byte for byte; only a terminal gets a newline after it. --json is --output-format
    messages.
    """
    from prompt_cli.checking.targets import find_prompt
    from prompt_cli.cli.values import ValueOptions
    from prompt_cli.domain.revision import Tree

    session = session_of(context)
    session.engine = engine.value
    project = session.find_project(reference)
    prompt = find_prompt(reference, project)
    options = ValueOptions(var or (), var_file or (), vars_file or (), example or ())

    if as_json and output_format is RenderFormat.TEXT:
        output_format = RenderFormat.MESSAGES
    is_request = output_format not in {RenderFormat.TEXT, RenderFormat.MESSAGES}
    if (model is not None or parameter) and not is_request:
        raise typer.BadParameter("--model and --parameter belong to requests: add --output-format openai-chat, ...")
    parameters = dict(map(_parameter, parameter or ()))

    def write(bound: "BoundPrompt", values: "JsonObject") -> str:
        if output_format is RenderFormat.TEXT:
            return bound.render(values)
        if output_format is RenderFormat.MESSAGES:
            messages = [one.to_json() for one in bound.render_messages(values)]
            return to_json({"id": bound.prompt.id, "version": str(bound.prompt.version), "messages": messages})
        return json_text(bound.render_prompt(values).request(output_format.value, model=model, parameters=parameters))

    can_cache = (
        prompt.revision is Tree.WORKING
        and engine is EngineName.HANDLEBARS
        and output_format is RenderFormat.TEXT
        and not (output or options.files or session.verbosity)
    )
    if can_cache and (text := _render_cached(project, prompt.id, options)) is not None:
        write_exactly(text.encode())
        return

    async def work(workspace: "Workspace") -> None:
        content, resolved = await render_reference(workspace, prompt, options, write)
        await write_result(content, output)
        if can_cache:
            import asyncio

            from prompt_cli.prompt_cache import save_cached

            await asyncio.to_thread(save_cached, project, resolved)

    session.run("render", work, project=project, prompt_id=prompt.id)


def _render_cached(project: "Project", prompt_id: str, options: "ValueOptions") -> str | None:
    """Render a cached prompt; None if it is not cached, or for errors, which the prompt's files locate."""
    from prompt_cli.prompt_cache import load_cached

    try:
        cached = load_cached(project, prompt_id)
        return cached and cached.render(options.combine(prompt_id, cached.variables, cached.examples, {}))
    except (PromptManagerError, typer.BadParameter):
        return None
    except (AttributeError, LookupError, TypeError, ValueError):  # an entry of another shape; a bug occurs again below
        return None


@boundary(of_prompt=True)
async def render_reference(
    workspace: "Workspace",
    reference: "PromptReference",
    options: "ValueOptions",
    write: "Callable[[BoundPrompt, JsonObject], str]",
) -> "tuple[bytes, ResolvedPrompt]":
    """Return a rendered prompt, and the prompt with its partials."""
    from prompt_cli.renderer import Renderer

    start = perf_counter()
    renderer = Renderer(workspace)
    resolved = await renderer.resolve(reference.id, reference.revision)
    bound, _ = await renderer.bind(resolved)
    values = await options.values_for(bound.prompt)
    try:
        content = write(bound, values).encode()
    except VariableError as error:
        _advise_values(error, bound.prompt, options)
        raise
    except RequestError as error:
        error.problems = tuple(map(_with_option, error.problems))
        raise
    log_rendered(bound.prompt, start, cache_hit=False)
    return content, resolved


def _parameter(text: str) -> "tuple[str, JsonValue]":
    """Read ``NAME=VALUE``; a value that is not JSON is a string."""
    from prompt_cli.domain.json_values import NumberRangeError, parse_json

    name, sign, value = text.partition("=")
    if not sign or not name:
        raise typer.BadParameter(f"--parameter {text!r} is not of the form NAME=VALUE")
    try:
        return name, cast("JsonValue", parse_json(value))
    except NumberRangeError as error:
        raise typer.BadParameter(f"--parameter {name}: {error}") from None
    except (ValueError, RecursionError):
        return name, value


def _advise_values(error: VariableError, prompt: "Prompt", options: "ValueOptions") -> None:
    from prompt_cli.domain.json_values import MEDIA_TYPES

    assigned = [text.partition("=")[0] for text in options.assignments]
    types = {
        spec.type
        for one in error.problems
        if one.path and (spec := prompt.variables.get(str(one.path[0])))
        if one.kind == "missing_variable" or (spec.type in MEDIA_TYPES and one.path[0] in assigned)
    }
    if not types:
        return
    advice = "pass --var-file NAME=FILE" if types <= MEDIA_TYPES else "pass --var NAME=VALUE"
    if prompt.examples and not options.examples:
        import shlex

        advice += f", or --example {shlex.quote(prompt.examples[0].name)} for the values of an example"
    error.advise(advice)


def _with_option(problem: "Problem") -> "Problem":
    """Return a problem of a request that names the option it is about, or the option that solves it."""
    match problem.path:
        case ():
            return problem._replace(message=f"--parameter: {problem.message}")
        case ("model", "name" | "provider"):
            return problem._replace(help=f"{problem.help} with --model")
        case ("model", "parameters"):
            return problem._replace(help=f"{problem.help}, or pass it with --parameter")
    return problem
