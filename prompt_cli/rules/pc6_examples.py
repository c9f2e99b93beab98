"""PC6: examples."""

from collections.abc import Iterator

from prompt_cli.domain.binding import answer_problems
from prompt_cli.domain.example import check_expectation
from prompt_cli.domain.finding import Severity
from prompt_cli.rules.rule import Match, Rule, Subject, prompt_file


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
    for n, message in enumerate(result.messages or ()) if prompt and prompt.is_chat else ():
        if not message.text.strip() and not message.tool_calls:
            text = f"example {result.example.name!r} renders an empty {message.role} message: providers reject it"
            # Histories, `each` and optional messages change the numbers of the messages after them.
            path = ("examples", number) if prompt and prompt.uses_parts else ("messages", n, "content")
            yield Match(text, path, "make sure that it is never empty, or add `optional: true`")


def _find_unmet_expectations(subject: Subject) -> Iterator[Match]:
    prompt = subject.prompt
    secret = prompt is not None and any(spec.sensitive for spec in prompt.variables.values())
    for n, (example, _, messages, _) in enumerate(subject.example_results):
        if prompt is None or example.expect is None or messages is None:
            continue  # other rules report the reason
        for problem in check_expectation(example.expect, messages, chat=prompt.is_chat, secret=secret):
            hint = f"`prompt-cli render {prompt.id} --example {example.name!r}` shows the rendered text"
            yield Match(f"example {example.name!r}: {problem.message}", ("examples", n, "expect", *problem.path), hint)


def _find_wrong_answers(subject: Subject) -> Iterator[Match]:
    prompt = subject.prompt
    for n, example in enumerate(prompt.examples if prompt else ()):
        if prompt is None or not example.has_answer:
            continue
        if prompt.output is None:
            message = f"example {example.name!r} has an answer, but the prompt has no output"
            yield Match(message, ("examples", n, "answer"), "describe the answer under 'output'", key=True)
            continue
        for problem in answer_problems(prompt.output.spec.data, example.answer):
            is_key = problem.kind == "unknown_variable"
            message = f"example {example.name!r}: {problem.message}"
            yield Match(message, ("examples", n, *problem.path), problem.help, key=is_key)


def _find_missing_examples(subject: Subject) -> Iterator[Match]:
    prompt = subject.prompt
    if prompt is not None and not prompt.examples:
        yield Match("no example", ("id",), "add one under 'examples'")


_BODY = (
    "variables: {name: {type: string}, tags: {type: array}}\ntemplate: Hello {{name}}{{#each tags}}{{this}}{{/each}}!\n"
)
_GOOD = prompt_file(_BODY + "examples: [{name: Ada, variables: {name: Ada, tags: []}, expect: {contains: [Ada]}}]\n")

_ANSWER = (
    "template: Hello!\noutput:\n  name: triage\n  schema: {type: object, properties: {queue: {type: string, "
    "enum: [bug]}}}\nexamples: [{name: one, answer: %s}]\n"
)

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
    Rule(
        "PC605",
        "invalid-answer",
        "An answer that the output schema rejects is a wrong example for callers and models.",
        prompt_file(_ANSWER % "{queue: sales}"),
        prompt_file(_ANSWER % "{queue: bug}"),
        _find_wrong_answers,
    ),
)
