"""PC6: examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.domain.example import unmet
from prompt_cli.domain.finding import Severity
from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.rules.subject import Subject


def _find_invalid_values(subject: Subject) -> Iterator[Match]:
    for n, result in enumerate(subject.example_results):
        for problem in result.problems:
            path = ("examples", n, "variables", *problem.path)
            is_key = problem.kind == "unknown_variable"
            yield Match(f"example {result.example.name!r}: {problem.message}", path, problem.help, key=is_key)


def _find_render_errors(subject: Subject) -> Iterator[Match]:
    for n, result in enumerate(subject.example_results):
        error = result.error
        if error is None:
            yield from _find_empty_messages(subject, n)
            continue
        message = f"example {result.example.name!r} does not render: {error.message}"
        if error.template == subject.id and error.data_path is not None and error.span:
            yield Match(message, error.data_path, error.help, error.span)
        else:
            yield Match(f"{message} (in {error.template}, line {error.line})", ("examples", n), error.help)


def _find_empty_messages(subject: Subject, number: int) -> Iterator[Match]:
    """Yield the messages of a chat that an example renders without text; Anthropic and Gemini refuse those."""
    result, prompt = subject.example_results[number], subject.prompt
    if prompt is None or prompt.chat_template is None or result.messages is None:
        return
    # Histories and messages for each item are not as many before rendering as after.
    aligned = len(result.messages) == len(prompt.chat_template.messages)
    for n, message in enumerate(result.messages):
        if isinstance(message.content, str) and not message.content.strip() and not message.tool_calls:
            text = f"example {result.example.name!r} renders an empty {message.role} message: providers refuse it"
            path = ("messages", n, "content") if aligned else ("messages",)
            yield Match(text, path, "give it text for all values that the variables allow, or add optional: true")


def _find_unmet_expectations(subject: Subject) -> Iterator[Match]:
    prompt = subject.prompt
    for n, (example, _, messages, _) in enumerate(subject.example_results):
        if prompt is None or example.expect is None or messages is None:
            continue  # other rules report why there are no messages
        secret = any(spec.sensitive for spec in prompt.variables.values())
        hint = f"`prompt-cli render {prompt.id} --example {example.name!r}` shows what is rendered"
        for one in unmet(example.expect, messages, chat=prompt.is_chat, secret=secret):
            yield Match(f"example {example.name!r}: {one.message}", ("examples", n, "expect", *one.path), hint)


def _find_missing_examples(subject: Subject) -> Iterator[Match]:
    prompt = subject.prompt
    if prompt is not None and not prompt.examples:
        yield Match("there is no example", ("id",), "add values to render it with under 'examples'")


_BODY = (
    "variables: {name: {type: string}, tags: {type: array}}\ntemplate: Hello {{name}}{{#each tags}}{{this}}{{/each}}!\n"
)
_GOOD = prompt_file(_BODY + "examples: [{name: Ada, variables: {name: Ada, tags: []}, expect: {contains: [Ada]}}]\n")

EXAMPLE_RULES = (
    Rule(
        "PC601",
        "invalid-example",
        "An example with invalid values tests nothing.",
        prompt_file(_BODY + "examples: [{name: Ada, variables: {name: Ada, tags: none}}]\n"),
        _GOOD,
        _find_invalid_values,
    ),
    Rule(
        "PC602",
        "example-render-error",
        "An example that fails to render shows that the prompt fails for valid values.",
        prompt_file(_BODY + "examples: [{name: Ada, variables: {name: Ada, tags: [{label: new}]}}]\n"),
        _GOOD,
        _find_render_errors,
    ),
    Rule(
        "PC603",
        "unmet-expectation",
        "The rendered text no longer matches what the example expects, so callers may break too.",
        prompt_file(_BODY + "examples: [{name: Ada, variables: {name: Ada, tags: []}, expect: {contains: [Grace]}}]\n"),
        _GOOD,
        _find_unmet_expectations,
    ),
    Rule(
        "PC604",
        "missing-example",
        "A prompt without examples is never rendered before its first use. Off by default, as not every prompt "
        "needs one.",
        prompt_file("template: Hello!\n"),
        prompt_file("template: Hello!\nexamples: [{name: plain}]\n"),
        _find_missing_examples,
        Severity.INFO,
        enabled=False,
    ),
)
