"""PC5: versions of changed prompts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prompt_cli.changes.comparison import Verdict
from prompt_cli.domain.finding import Edit, Fix
from prompt_cli.rules.rule import Match, Rule, Subject, VersionContext, version_check

if TYPE_CHECKING:
    from prompt_cli.domain.prompt import Prompt

_VERSION = ("version",)


def _find_missing_bump(subject: Subject, context: VersionContext) -> Iterator[Match]:
    if _needs_first_bump(context) and _changed_itself(context):
        yield from _require_bump(subject, context, f"changed but version is still {context.comparison.new_version}")


def _find_low_bump(subject: Subject, context: VersionContext) -> Iterator[Match]:
    comparison = context.comparison
    if comparison.verdict is Verdict.TOO_LOW and comparison.new_version != comparison.old_version:
        message = f"bump from {comparison.old_version} to {comparison.new_version} is too low"
        yield from _require_bump(subject, context, message)


def _find_lower_version(subject: Subject, context: VersionContext) -> Iterator[Match]:
    comparison = context.comparison
    if comparison.verdict is Verdict.WENT_DOWN:
        message = f"version decreased from {comparison.old_version} to {comparison.new_version}"
        yield Match(message, _VERSION, f"`prompt-cli bump {subject.id}` sets the next version{context.origin}")


def _find_reuse(_subject: Subject, context: VersionContext) -> Iterator[Match]:
    reuse = context.reuse
    if reuse is not None and context.comparison.verdict is not Verdict.WENT_DOWN:
        message = f"version {reuse.version} already has other content, in commit {reuse.commit}"
        free = context.free_version(max(reuse.version, context.comparison.required or reuse.version))
        yield Match(message, _VERSION, f"use {free}{context.origin}")


def _find_dependent_without_bump(subject: Subject, context: VersionContext) -> Iterator[Match]:
    if _needs_first_bump(context) and not _changed_itself(context):
        message = f"a partial it includes changed, but its version is still {context.comparison.new_version}"
        yield from _require_bump(subject, context, message)


def _find_deleted_partials(subject: Subject, context: VersionContext) -> Iterator[Match]:
    for path, uses in subject.resolved.uses.items():
        for use in uses:
            if use.name is not None and use.name in context.deleted:
                new_id = context.deleted[use.name]
                fate = f"renamed to {new_id!r}" if new_id else "deleted"
                message = f"{use.name!r} was {fate} but is still included here"
                help_ = f"include {new_id!r}" if new_id else f"restore {use.name!r}, or remove this"
                yield Match(message, path, help_, use.span.bounds)


def _needs_first_bump(context: VersionContext) -> bool:
    comparison = context.comparison
    return comparison.verdict is Verdict.TOO_LOW and comparison.new_version == comparison.old_version


def _changed_itself(context: VersionContext) -> bool:
    """Return whether the prompt changed, and not only its partials."""
    old, new = context.comparison.old_prompt, context.comparison.new_prompt
    return old is not None and new is not None and _content(old) != _content(new)


def _content(prompt: Prompt) -> tuple[object, ...]:
    text = prompt.template, prompt.chat_template
    return prompt.format, prompt.variables, *text, prompt.output, prompt.tools, prompt.model


def _require_bump(subject: Subject, context: VersionContext, message: str) -> Iterator[Match]:
    """Yield a match with the change that needs the highest level, and a fix that bumps the version."""
    if context.comparison.required is None:
        return
    new = context.free_version(context.comparison.required)
    changes = sorted((one for one in context.comparison.changes if one.level), key=lambda one: -one.level)
    more = f"; +{len(changes) - 1} more" if len(changes) > 1 else ""
    reason = f"{changes[0].message} ({changes[0].level}{more})"
    region = subject.region(Match("", _VERSION))
    help_ = f"bump to {new} or above: `prompt-cli bump {subject.id}`{context.origin}"
    fix = Fix(f"bump the version to {new}", (Edit(region, str(new)),))
    yield Match(f"{message}: {reason}", _VERSION, help_, region=region, fix=fix)


def _file(version: str, template: str, prompt_id: str = "greeting", variables: str = "") -> dict[str, str]:
    return {prompt_id: f"id: {prompt_id}\nversion: {version}\nformat: text\n{variables}template: {template}\n"}


_ONE_VARIABLE = "variables: {name: {type: string}}\n"
_TWO_VARIABLES = "variables: {name: {type: string}, title: {type: string}}\n"
_PARTIAL = _file("1.0.0", "Be kind.", "tone")
_NEW_PARTIAL = _file("1.0.1", "Be kind and brief.", "tone")
_INCLUDES = "'{{> tone}}'"

VERSION_RULES = (
    Rule(
        "PC501",
        "version-not-bumped",
        "Without a bump, callers who pin the version get a prompt that they never tested.",
        _file("1.0.0", "Good morning!"),
        _file("1.0.1", "Good morning!"),
        version_check(_find_missing_bump),
        fixable="safe",
        before=(_file("1.0.0", "Hello!"),),
    ),
    Rule(
        "PC502",
        "version-too-low",
        "A bump that is too low says that a change is compatible. Published as a patch, a breaking change reaches "
        "callers who asked for compatible versions.",
        _file("1.0.1", "'Hello {{title}} {{name}}!'", variables=_TWO_VARIABLES),
        _file("2.0.0", "'Hello {{title}} {{name}}!'", variables=_TWO_VARIABLES),
        version_check(_find_low_bump),
        fixable="safe",
        before=(_file("1.0.0", "'Hello {{name}}!'", variables=_ONE_VARIABLE),),
    ),
    Rule(
        "PC503",
        "version-decreased",
        "Versions only go up: `latest` would still resolve to the higher version. Reverting a change needs a higher"
        " version, too.",
        _file("1.0.0", "Hello!"),
        _file("1.1.1", "Hello!"),
        version_check(_find_lower_version),
        before=(_file("1.1.0", "Good morning!"),),
    ),
    Rule(
        "PC504",
        "version-reused",
        "A reused version stands for two contents that callers cannot tell apart, even across branches and after a "
        "deletion.",
        _file("1.0.1", "Good morning!"),
        _file("1.0.2", "Good morning!"),
        version_check(_find_reuse),
        before=(_file("1.0.0", "Hello!"), _file("1.0.1", "Good evening!")),
    ),
    Rule(
        "PC505",
        "dependent-not-bumped",
        "A prompt whose partial changed renders different text. Bump its version, or pin the partial.",
        {**_file("1.0.0", _INCLUDES), **_NEW_PARTIAL},
        {**_file("1.0.1", _INCLUDES), **_NEW_PARTIAL},
        version_check(_find_dependent_without_bump),
        fixable="safe",
        before=({**_file("1.0.0", _INCLUDES), **_PARTIAL},),
    ),
    Rule(
        "PC506",
        "included-prompt-deleted",
        "Deleting or renaming a prompt breaks the prompts that still include it.",
        _file("1.0.1", "'{{#> tone}}Be calm.{{/tone}}'"),
        _file("1.0.1", "Be calm."),
        version_check(_find_deleted_partials),
        before=({**_file("1.0.0", "'{{#> tone}}Be calm.{{/tone}}'"), **_PARTIAL},),
    ),
)
