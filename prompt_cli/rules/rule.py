"""Rules, and the matches they yield."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from prompt_cli.domain.finding import Severity

if TYPE_CHECKING:
    from prompt_cli.domain.finding import Fix
    from prompt_cli.problems import DataPath, ModelProblem, Problem, Region, SourceProblem
    from prompt_cli.rules.subject import Subject, VersionContext


class Match(NamedTuple):
    """A match of a rule in a prompt.

    Attributes:
        message: The problem.
        path: The path of the value in the prompt's data.
        help: The one thing to do about it.
        span: Start and end of the match within a text; None for the whole value.
        key: Whether the match is the key at `path` rather than its value.
        region: The place in the file; None to compute it from the path.
        fix: A safe fix.
    """

    message: str
    path: DataPath = ()
    help: str = ""
    span: tuple[int, int] | None = None
    key: bool = False
    region: Region | None = None
    fix: Fix | None = None


Check: TypeAlias = Callable[["Subject"], Iterable[Match]]
FixProblem: TypeAlias = Callable[["Subject", "Problem"], "Fix | None"]
Files: TypeAlias = Mapping[str, str]
"""An example: texts of files by prompt id. The rule checks the first."""


class Rule(NamedTuple):
    """A rule.

    Attributes:
        code: The code, which never changes: ``PC301``.
        name: The name: ``undeclared-variable``.
        why: The reason for the rule, in one paragraph.
        bad: An example that fails.
        good: An example that passes.
        check: Yields the matches in a prompt.
        severity: The severity unless a project sets another.
        fixable: Whether ``validate --fix`` can fix a match.
        restores: Whether a fix restores text that YAML drops; other fixes must not change the text for the model.
        enabled: Whether the rule is on by default.
        hides: Whether a match is secret and must be redacted in quoted lines.
        before: For a rule about versions, the commits of the target branch that the examples are compared with, oldest
            first. The change starts at the first.
    """

    code: str
    name: str
    why: str
    bad: Files
    good: Files
    check: Check
    severity: Severity = Severity.ERROR
    fixable: Literal["no", "safe"] = "no"
    restores: bool = False
    enabled: bool = True
    hides: bool = False
    before: Sequence[Files] = ()

    @property
    def summary(self) -> str:
        """The first sentence of `why`."""
        head, stop, _ = self.why.partition(". ")
        return head + "." if stop else head


def problem_check(*kinds: SourceProblem | ModelProblem, fix: FixProblem | None = None) -> Check:
    """Return a check that yields the loader's problems of some kinds, with their fixes."""

    def check(subject: Subject) -> Iterable[Match]:
        return [
            Match(one.message, one.path, one.help, region=one.region, fix=fix(subject, one) if fix else None)
            for one in subject.resolved.loaded.problems
            if one.kind in kinds
        ]

    return check


def version_check(find: Callable[[Subject, VersionContext], Iterator[Match]]) -> Check:
    """Return a check of prompts that changed since the base and that the target branch does not have yet."""

    def check(subject: Subject) -> Iterable[Match]:
        context = subject.version_context
        return () if context is None or context.already_merged else find(subject, context)

    return check


def prompt_file(body: str, prompt_id: str = "example") -> Files:
    """Return an example of one text prompt: the required keys, then the body."""
    return {prompt_id: f"id: {prompt_id}\nversion: 1.0.0\nformat: text\n{body}"}
