"""PC2: templates and what they include."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.resolution import ResolvedPrompt
from prompt_cli.rules.reading import inclusion_of
from prompt_cli.rules.rule import Check, Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.resolution import FaultKind
    from prompt_cli.rules.subject import Subject


def _syntax(subject: Subject) -> Iterator[Match]:
    for path, error in subject.resolved.syntax_errors.items():
        offset, end = error.context["offset"], error.context["end"]
        span = (offset, end) if isinstance(offset, int) and isinstance(end, int) else None
        yield Match(error.message, path, error.help, span)


def _faults_of(*kinds: FaultKind) -> Check:
    def check(subject: Subject) -> Iterator[Match]:
        for path, fault, span in subject.faults:
            if fault.kind in kinds:
                yield Match(fault.message, path, fault.help, (span.offset, span.end))

    return check


_unusable = _faults_of("chat_partial", "broken_partial", "partial_name")


def _unusable_partials(subject: Subject) -> Iterator[Match]:
    yield from _unusable(subject)
    for path, uses in subject.resolved.uses.items():
        for one in uses:
            partial = subject.resolved.partials.get(one.name or "")
            if isinstance(partial, ResolvedPrompt) and partial.syntax_errors:
                message = f"the template of the partial {one.name!r} cannot be parsed"
                yield Match(message, path, f"see {partial.loaded.path}", (one.span.offset, one.span.end))
    for path, error in subject.reading.refused.items():
        span = inclusion_of(subject.resolved, path, error.name) or error.span
        yield Match(error.message, path, "include fewer partials in each", (span.offset, span.end))


def _wrong_calls(kind: str) -> Check:
    def check(subject: Subject) -> Iterator[Match]:
        # what a partial calls is found where the partial is checked
        for path, calls in subject.wrong_calls.items():
            for call in calls:
                if call.kind == kind:
                    yield Match(call.message, path, call.help, (call.span.offset, call.span.end))

    return check


_INCLUDER = "id: example\nversion: 1.0.0\nformat: text\ntemplate: "
_TONE = "id: tone\nversion: 1.0.0\nformat: text\ntemplate: Be kind.\n"

TEMPLATE_RULES = (
    Rule(
        "PC201",
        "template-syntax",
        "A template that cannot be parsed cannot be rendered: whoever asks for the prompt gets an error.",
        prompt_file("template: '{{#if x}}Hello!'\nvariables: {x: {type: boolean}}\n"),
        prompt_file("template: '{{#if x}}Hello!{{/if}}'\nvariables: {x: {type: boolean}}\n"),
        _syntax,
    ),
    Rule(
        "PC202",
        "unknown-helper",
        "A name with arguments is a helper, and prompts have the helpers that `prompt-cli` brings: any other is an "
        "error whenever the place is rendered.",
        prompt_file("template: '{{uper name}}'\nvariables: {name: {type: string}}\n"),
        prompt_file("template: '{{upper name}}'\nvariables: {name: {type: string}}\n"),
        _wrong_calls("unknown_helper"),
    ),
    Rule(
        "PC203",
        "wrong-arguments",
        "A helper that is given other arguments than it takes ends in an error, or does less than the call says.",
        prompt_file("template: '{{#if tone \"formal\"}}Dear{{/if}}'\nvariables: {tone: {type: string}}\n"),
        prompt_file("template: '{{#if (eq tone \"formal\")}}Dear{{/if}}'\nvariables: {tone: {type: string}}\n"),
        _wrong_calls("wrong_arguments"),
    ),
    Rule(
        "PC204",
        "missing-partial",
        "A partial is a prompt of the same repository; without it the prompt cannot be rendered.",
        {"example": _INCLUDER + "'{{> tonne}}'\n", "tone": _TONE},
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _faults_of("missing_partial"),
    ),
    Rule(
        "PC205",
        "circular-partials",
        "Partials that include one another in a circle never end.",
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE.replace("Be kind.", "'{{> example}}'")},
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _faults_of("circular_partial", "partial_depth"),
    ),
    Rule(
        "PC206",
        "missing-partial-version",
        "A pinned version that no commit bears cannot be found when the prompt is rendered.",
        {"example": _INCLUDER + "'{{> \"tone@9.0.0\"}}'\n", "tone": _TONE},
        {"example": _INCLUDER + "'{{> \"tone@1.0.0\"}}'\n", "tone": _TONE},
        _faults_of("missing_version"),
    ),
    Rule(
        "PC207",
        "unusable-partial",
        "Only a prompt of one text can be included, by a name that stands in the template: anything else could not be "
        "checked before it is rendered.",
        {"example": _INCLUDER + "'{{> (lookup . \"name\")}}'\n"},
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _unusable_partials,
    ),
)
