"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from prompt_cli.domain.finding import Severity

if TYPE_CHECKING:
    from prompt_cli.domain.finding import Fix
    from prompt_cli.errors import DataPath, ModelProblem, Problem, Region, SourceProblem
    from prompt_cli.rules.pc5_versions import VersionContext
    from prompt_cli.rules.subject import Subject


class Match(NamedTuple):
    """A place where a rule is broken.

    Attributes:
        message: What is wrong there.
        path: Where in the prompt's data.
        help: What to do about it.
        span: Of a text, from which character to which; the whole value where None.
        key: Whether the key is meant, not its value.
        region: Where in the file, where that is known already.
        fix: How it can be mended safely.
    """

    message: str
    path: DataPath = ()
    help: str = ""
    span: tuple[int, int] | None = None
    key: bool = False
    region: Region | None = None
    fix: Fix | None = None


Check: TypeAlias = Callable[["Subject"], Iterator[Match]]
Files: TypeAlias = Mapping[str, str]
"""An example: the text of files by prompt id; the first is the one the rule is about."""


class Rule(NamedTuple):
    """A rule.

    Attributes:
        code: Its code, which never changes: ``PC301``.
        name: Its name: ``undeclared-variable``.
        why: Why it is one, in a paragraph.
        bad: An example that breaks it.
        good: An example that keeps it.
        check: Yields the places where a prompt breaks it.
        severity: How much it matters.
        fixable: Whether ``validate --fix`` can mend it.
        enabled: Whether it is on where a project has chosen nothing.
        hides: Whether what it marks may never be shown, not even in a quoted line.
        before: What the examples are compared with, of a rule that compares: what was committed on the branch the
            change goes into, oldest first. The change began at the first of these.
    """

    code: str
    name: str
    why: str
    bad: Files
    good: Files
    check: Check
    severity: Severity = Severity.ERROR
    fixable: Literal["no", "safe"] = "no"
    enabled: bool = True
    hides: bool = False
    before: Sequence[Files] = ()

    @property
    def job(self) -> str:
        """Why it is one, in a sentence: the first of the paragraph."""
        head, stop, _ = self.why.partition(". ")
        return head + "." if stop else head


def _no_fix(_subject: Subject, _problem: Problem) -> Fix | None:
    return None


class ProblemCheck:
    """A check that finds the problems of some kinds that reading the file gave.

    Args:
        kinds: The kinds.
        fix: Says how one can be mended, or None.
    """

    def __init__(self, kinds: Collection[str], fix: Callable[[Subject, Problem], Fix | None]) -> None:
        self._kinds = kinds
        self._fix = fix

    def __call__(self, subject: Subject) -> Iterator[Match]:
        """Yield the problems."""
        for problem in subject.resolved.loaded.problems:
            if problem.kind in self._kinds:
                fix = self._fix(subject, problem)
                yield Match(problem.message, problem.path, problem.help, region=problem.region, fix=fix)


def problems_of(*kinds: SourceProblem | ModelProblem, fix: Callable[[Subject, Problem], Fix | None] = _no_fix) -> Check:
    """Return a check that finds the problems of some kinds that reading the file gave.

    Args:
        kinds: The kinds.
        fix: Says how one can be mended, or None.
    """
    return ProblemCheck(kinds, fix)


class PastCheck:
    """A check that looks only at prompts which have a past that differs from what they are.

    Args:
        find: What looks at those.
    """

    def __init__(self, find: Callable[[Subject, VersionContext], Iterator[Match]]) -> None:
        self._find = find

    def __call__(self, subject: Subject) -> Iterator[Match]:
        """Yield what is found."""
        if subject.past is not None and not subject.past.settled:
            yield from self._find(subject, subject.past)


def prompt_file(body: str, prompt_id: str = "example") -> Files:
    """Return an example of one file: what every prompt's has, and a body."""
    return {prompt_id: f"id: {prompt_id}\nversion: 1.0.0\nformat: text\n{body}"}
