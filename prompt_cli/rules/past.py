"""What rules may know of a prompt's past: what it is compared with, and what was committed already."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.semver import Level, SemanticVersion, declared_level

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from prompt_cli.domain.comparison import PromptComparison


class Reuse(NamedTuple):
    """A version that was committed before, with other content.

    Attributes:
        version: The version.
        commit: The beginning of the commit's object id.
    """

    version: SemanticVersion
    commit: str


class Past(NamedTuple):
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
