"""handlebars.js in one node process, asked for many cases."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

HERE = Path(__file__).parent
INSTALL = "npm install --no-save --prefix .node handlebars@4.7.8"


class Answer(NamedTuple):
    """The result of handlebars.js for a case: its output, or none and the error."""

    output: str | None
    error: str


def missing() -> str | None:
    """Why handlebars.js cannot be asked, if so."""
    if shutil.which("node") is None:
        return f"node is not installed; handlebars.js is asked after installing it and `{INSTALL}`"
    if not _package().is_dir():
        return f"handlebars.js is not installed: `{INSTALL}`"
    return None


def _package() -> Path:
    modules = os.environ.get("HANDLEBARS_NODE_PATH") or HERE.parents[1] / ".node" / "node_modules"
    return Path(modules) / "handlebars"


class Oracle:
    """A node process that renders cases."""

    def __enter__(self) -> Self:
        command = ["node", str(HERE / "hb_oracle.js"), str(_package().resolve())]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self, **case: object) -> Answer:
        """Render a case: template, context, partials, data, options, helpers."""
        asked, answered = self._process.stdin, self._process.stdout
        assert asked
        assert answered
        asked.write(json.dumps({key: value for key, value in case.items() if value is not None}) + "\n")
        asked.flush()
        answer = json.loads(answered.readline())
        return Answer(answer.get("output"), answer.get("error", ""))
