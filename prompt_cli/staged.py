"""What checking what is staged gave before: known again by what was seen of the repository, never by time.

It follows from the commit of HEAD and how the index differs from it, both told by object ids; from the commit of the
base; from the settings, what is asked for, and the program that runs. Where a version was looked up in the history by
its number, it follows from the names of branches and tags as well, and is not kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.checked_json import decoded_report, encoded_report
from prompt_cli.history.sight import LookAtStaged
from prompt_cli.mentions import FEW, pattern_of
from prompt_cli.storage.own import own_identity
from prompt_cli.storage.results import ResultFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompt_cli.domain.choice import RuleChoice
    from prompt_cli.domain.findings import Report
    from prompt_cli.history.ahead import Ahead
    from prompt_cli.history.sight import Sight
    from prompt_cli.storage.discovery import Project

MAX_REPORTS: Final = 32
"""How many reports are remembered."""
MAX_BYTES: Final = 4 << 20
"""How many bytes they take together."""

_NAME: Final = "staged"


class Told(NamedTuple):
    """What checking what is staged gave.

    Attributes:
        report: What was found; all of it could be judged.
        notices: What people were told besides.
    """

    report: Report
    notices: tuple[str, ...]


class StagedMemory:
    """Reports on what is staged in a project, for one sight of it; what goes wrong with them costs time alone.

    Args:
        project: The project.
        asked: The rules that the command line chooses.
        named: What is named of the change, and whatever of the file system says what that means.
        look: A look at the repository.

    Attributes:
        project: The project.
        sight: What is seen of the repository; None where nothing can be told by that.
        ahead: What is read of the index already; None before that begins.
    """

    def __init__(self, project: Project, asked: RuleChoice, named: Sequence[object], look: LookAtStaged) -> None:
        self.project = project
        self.sight = look.finish()
        self.ahead: Ahead | None = None
        self._again: LookAtStaged | None = None
        self._file = ResultFile.of_project(project, _NAME, MAX_REPORTS, MAX_BYTES)
        self._asked = asked
        self._named = named

    def load(self) -> Told | None:
        """Return what was found of the same sight before; None where that is not known."""
        if self.sight is None:
            return None
        data = self._file.load(self._context(self.sight))
        report, notices = decoded_report(data.get("report")), data.get("notices")
        if report is None or not isinstance(notices, list):
            return None
        return Told(report, tuple(map(str, notices)))

    @contextmanager
    def reading_ahead(self) -> Iterator[None]:
        """Read the index, and what may include what is staged, for as long as the block lasts: `ahead` gives it."""
        if self.sight is None:
            yield
            return
        from prompt_cli.history.ahead import changed_in, reading_ahead  # what is known is not read

        changed = changed_in(self.sight)
        try:
            with reading_ahead(self.sight, pattern_of(changed) if 0 < len(changed) <= FEW else "") as self.ahead:
                yield
        finally:
            if self._again:
                self._again.close()

    def look_again(self) -> None:
        """Begin to look whether anything has changed, now that all that may change has been read."""
        if self.sight:
            self._again = LookAtStaged(self.project.directory, self.project.settings.base)

    def keep(self, told: Told) -> None:
        """Keep what was found, if all of it was judged and nothing has changed while it was read."""
        if self._again is None:
            self.look_again()
        if self.sight and self._again and not told.report.unchecked and self._again.finish() == self.sight:
            data = {"report": encoded_report(told.report), "notices": told.notices}
            self._file.save(self._context(self.sight), data)

    def _context(self, sight: Sight) -> str:
        project, settings = self.project, self.project.settings
        choices = [
            [one.select, one.ignore, dict(one.severity), dict(one.per_path_ignores), one.fail_on]
            for one in (settings.choice, self._asked)
        ]
        levels = {kind: str(level) for kind, level in settings.levels.items()}
        places = [str(project.directory), str(project.root), sight.look.toplevel, sight.look.prefix]
        seen = [sight.head, sight.base, sight.base_commit, hashlib.sha256(sight.differences).hexdigest()]
        known = [own_identity(), places, choices, levels, settings.base, seen, self._named]
        return hashlib.sha256(os.fsencode(json.dumps(known, ensure_ascii=False))).hexdigest()
