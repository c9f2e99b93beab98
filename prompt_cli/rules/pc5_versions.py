"""What rules may know of a prompt's past: what it is compared with, and what was committed already."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.changes.comparison import Verdict
from prompt_cli.domain.finding import Edit, Fix
from prompt_cli.domain.version import Level, SemanticVersion, declared_level
from prompt_cli.rules.rule import Match, PastCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.version import SemanticVersion
    from prompt_cli.rules.subject import Subject


class Reuse(NamedTuple):
    """A version that was committed before, with other content.

    Attributes:
        version: The version.
        commit: The beginning of the commit's object id.
    """

    version: SemanticVersion
    commit: str


class VersionContext(NamedTuple):
    """A prompt's past.

    Attributes:
        comparison: The prompt as it was and as it is.
        used: The versions it has had in the history that the change goes into.
        reuse: Where its version was used before, for another content.
        gone: The ids of prompts that are gone, each with that of the one that has its content now, or nothing.
        settled: Whether the branch that the change goes into has it as it is: what came from there by a merge.
        strict: Whether only those comments silence that the file had before.
    """

    comparison: PromptComparison
    used: Collection[SemanticVersion] = ()
    reuse: Reuse | None = None
    gone: Mapping[str, str] = {}
    settled: bool = False
    strict: bool = False

    def free(self, version: SemanticVersion) -> SemanticVersion:
        """Return a version, or the next one after it that was never used."""
        old = self.comparison.old_version
        level = (old and declared_level(old, version)) or Level.PATCH
        while version in self.used:
            version = version.bump(level)
        return version


_VERSION = ("version",)


def _raise(subject: Subject, past: VersionContext, message: str) -> Iterator[Match]:
    """Report a version that has to be raised, with the edit that raises it."""
    if past.comparison.required is not None:
        new = past.free(past.comparison.required)
        region = subject.region(Match("", _VERSION))
        help_ = f"it needs {new} at least: `prompt-cli bump {subject.id}`"
        fix = Fix(f"raise the version to {new}", (Edit(region, str(new)),))
        yield Match(message, _VERSION, help_, region=region, fix=fix)


def _same_version(past: VersionContext) -> bool:
    one = past.comparison
    return one.verdict is Verdict.TOO_LOW and one.new_version == one.old_version


def _own_change(past: VersionContext) -> bool:
    """Tell whether a prompt's own file is what changed, and not only what it includes."""
    old, new = past.comparison.old_prompt, past.comparison.new_prompt
    return old is not None and new is not None and _meaning(old) != _meaning(new)


def _meaning(prompt: Prompt) -> tuple[object, ...]:
    return prompt.format, prompt.variables, prompt.template, prompt.chat_template, prompt.model


def _worst(past: VersionContext) -> str:
    """Say what asks most for a bump, and how much else there is."""
    found = sorted((one for one in past.comparison.changes if one.level), key=lambda one: -one.level)
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{found[0].message} ({found[0].level}){more}"


def _not_raised(subject: Subject, past: VersionContext) -> Iterator[Match]:
    if _same_version(past) and _own_change(past):
        yield from _raise(subject, past, f"changed, and still {past.comparison.new_version}: {_worst(past)}")


def _too_low(subject: Subject, past: VersionContext) -> Iterator[Match]:
    if past.comparison.verdict is Verdict.TOO_LOW and not _same_version(past):
        one = past.comparison
        message = f"raised from {one.old_version} to {one.new_version}, which is too low: {_worst(past)}"
        yield from _raise(subject, past, message)


def _went_down(_subject: Subject, past: VersionContext) -> Iterator[Match]:
    one = past.comparison
    if one.verdict is Verdict.WENT_DOWN:
        message = f"the version went down, from {one.old_version} to {one.new_version}"
        help_ = "a version never goes down: what is taken back gets a higher version than what it replaces"
        yield Match(message, _VERSION, help_)


def _reused(_subject: Subject, past: VersionContext) -> Iterator[Match]:
    reuse = past.reuse
    if reuse is not None and past.comparison.verdict is not Verdict.WENT_DOWN:
        message = f"version {reuse.version} was committed before with another content, in {reuse.commit}"
        yield Match(message, _VERSION, f"take one that is free: {_next(past, reuse.version)}")


def _next(past: VersionContext, version: SemanticVersion) -> SemanticVersion:
    return past.free(max(version, past.comparison.required or version))


def _includer(subject: Subject, past: VersionContext) -> Iterator[Match]:
    if _same_version(past) and not _own_change(past):
        message = f"what it includes changed, and it is still {past.comparison.new_version}: {_worst(past)}"
        yield from _raise(subject, past, message)


def _deleted(subject: Subject, past: VersionContext) -> Iterator[Match]:
    for path, uses in subject.resolved.uses.items():
        for one in uses:
            if one.name is not None and one.name in past.gone:
                now = past.gone[one.name]
                message = f"{one.name!r} was {f'renamed to {now!r}' if now else 'deleted'}, and is still included here"
                help_ = f"include {now!r}" if now else f"restore {one.name!r}, or remove this"
                yield Match(message, path, help_, (one.span.offset, one.span.end))


def _text(version: str, template: str, prompt_id: str = "greeting", variables: str = "") -> dict[str, str]:
    return {prompt_id: f"id: {prompt_id}\nversion: {version}\nformat: text\n{variables}template: {template}\n"}


_NAME = "variables: {name: {type: string}}\n"
_TWO = "variables: {name: {type: string}, title: {type: string}}\n"
_PARTIAL = _text("1.0.0", "Be kind.", "tone")
_PARTIAL_NOW = _text("1.0.1", "Be kind and brief.", "tone")
_INCLUDES = "'{{> tone}}'"

VERSION_RULES = (
    Rule(
        "PC501",
        "version-not-raised",
        "A version stands for one content. Where a prompt changes and its version does not, those who pinned the "
        "version get another prompt than the one they tried, and nobody can tell from a log which one was asked.",
        _text("1.0.0", "Good morning!"),
        _text("1.0.1", "Good morning!"),
        PastCheck(_not_raised),
        fixable="safe",
        before=(_text("1.0.0", "Hello!"),),
    ),
    Rule(
        "PC502",
        "version-too-low",
        "The part of the version that is raised says what the change means for callers: a patch that breaks them "
        "reaches everybody who asked for compatible versions.",
        _text("1.0.1", "'Hello {{title}} {{name}}!'", variables=_TWO),
        _text("2.0.0", "'Hello {{title}} {{name}}!'", variables=_TWO),
        PastCheck(_too_low),
        fixable="safe",
        before=(_text("1.0.0", "'Hello {{name}}!'", variables=_NAME),),
    ),
    Rule(
        "PC503",
        "version-went-down",
        "Whoever asks for the latest version would still get the one that was taken back. A change that is taken back "
        "is a change as well, and gets a higher version.",
        _text("1.0.0", "Hello!"),
        _text("1.1.1", "Hello!"),
        PastCheck(_went_down),
        before=(_text("1.1.0", "Good morning!"),),
    ),
    Rule(
        "PC504",
        "version-reused",
        "A version that was committed before is taken, also where that happened on the other branch meanwhile, or "
        "before the prompt was deleted. Two contents under one version cannot be told apart later.",
        _text("1.0.1", "Good morning!"),
        _text("1.0.2", "Good morning!"),
        PastCheck(_reused),
        before=(_text("1.0.0", "Hello!"), _text("1.0.1", "Good evening!")),
    ),
    Rule(
        "PC505",
        "includer-not-raised",
        "A prompt that includes a changed partial renders another text, though its own file is the same. Its version "
        "has to say so, or the partial has to be pinned to the version it had.",
        {**_text("1.0.0", _INCLUDES), **_PARTIAL_NOW},
        {**_text("1.0.1", _INCLUDES), **_PARTIAL_NOW},
        PastCheck(_includer),
        fixable="safe",
        before=({**_text("1.0.0", _INCLUDES), **_PARTIAL},),
    ),
    Rule(
        "PC506",
        "included-prompt-deleted",
        "A prompt that others include cannot be deleted or renamed under them: they cannot be rendered any more, or "
        "silently render what stands in for it.",
        _text("1.0.1", "'{{#> tone}}Be calm.{{/tone}}'"),
        _text("1.0.1", "Be calm."),
        PastCheck(_deleted),
        before=({**_text("1.0.0", "'{{#> tone}}Be calm.{{/tone}}'"), **_PARTIAL},),
    ),
)
