"""Bumps of versions and their options."""

from collections.abc import Sequence
from typing import NamedTuple

from prompt_cli.domain.change import Change
from prompt_cli.domain.version import Level, SemanticVersion


def parse_level(level: Level | SemanticVersion | str | None) -> Level | SemanticVersion | None:
    """Return a level by its name, or an exact version."""
    if not isinstance(level, str):
        return level
    return SemanticVersion.parse(level) if level[:1].isdigit() else Level.parse(level)


class Bump(NamedTuple):
    """The version of a prompt before and after a bump; both are equal if no bump is needed.

    Attributes:
        prompt_id: The id of the prompt.
        path: The path of its file for users.
        old: The version before.
        new: The version after; with `dry_run` the planned one.
        level: The level that its changes need; None if they were not compared.
        changes: The changes since the version was set.
        commit: The object id of the commit, if one was made.
        tag: The tag, if one was made.
        dependents: The prompts that include it, need a bump too, and were not bumped.

    Examples:
        >>> from prompt_cli import Bump, SemanticVersion
        >>> bump = Bump("greeting", "prompts/greeting.yaml", SemanticVersion(1, 0, 0), SemanticVersion(1, 1, 0))
        >>> f"{bump.old} -> {bump.new}"
        '1.0.0 -> 1.1.0'
    """

    prompt_id: str
    path: str
    old: SemanticVersion
    new: SemanticVersion
    level: Level | None = None
    changes: tuple[Change, ...] = ()
    commit: str | None = None
    tag: str | None = None
    dependents: tuple[str, ...] = ()

    @property
    def is_bumped(self) -> bool:
        """Whether the version changed."""
        return self.new != self.old


class BumpOptions(NamedTuple):
    """Options of a bump.

    Attributes:
        level: The level, or the exact version; None is the level that the changes need, which may be none.
        against: A commit; compare with its merge base with HEAD instead of the commit that set the version.
        force: Whether `level` may be lower than what the changes need; it never allows a committed version.
        commit: Whether to commit these files alone; other staged changes stay staged.
        message: The commit message, above the list of versions and changes; by default it names the prompts.
        tag: Whether to tag the commit for each prompt, ``ID@VERSION`` by default.
        dry_run: Whether to return the plan without writing.
        with_dependents: Whether to bump the prompts that include these too, by what their changes need.
        pre: The label of a pre-release of the new version: ``rc`` for ``2.0.0-rc.1``, then ``2.0.0-rc.2``.

    Examples:
        >>> from prompt_cli import BumpOptions, Level
        >>> BumpOptions(level=Level.MINOR, commit=True, message="Greet by name").dry_run
        False
    """

    level: Level | SemanticVersion | None = None
    against: str | None = None
    force: bool = False
    commit: bool = False
    message: str | None = None
    tag: bool = False
    dry_run: bool = False
    with_dependents: bool = False
    pre: str | None = None


def commit_message(bumps: Sequence[Bump], message: str | None = None) -> str:
    """Return the message of a commit that bumps versions: a subject, the versions and the changes."""
    first = bumps[0]
    subject = f"Bump {first.prompt_id} from {first.old} to {first.new}"
    if len(bumps) > 1:
        subject = f"Bump {len(bumps)} prompts"
    lines: list[str] = []
    for bump in bumps:
        if len(bumps) > 1 or message is not None:
            lines.append(f"{bump.prompt_id}: {bump.old} -> {bump.new}")
        lines += [f"- {change.message}" for change in bump.changes if change.level]
    return "\n".join([subject if message is None else message, *([""] if lines else []), *lines])
