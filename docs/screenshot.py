"""Draw `docs/breaking-change.svg`, the picture of the README: ``python docs/screenshot.py``.

The screen shows real commands in a temporary repository, drawn by Rich.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).with_name("breaking-change.svg")
_COLUMNS = 100
_PROMPT = """\
id: support/reply
version: 1.2.0
format: text
variables:
  customer: {type: string}
  tone: {type: string, enum: [formal, friendly], default: friendly}
template: |
  Answer {{customer}} in a {{tone}} tone, in three sentences at most.
examples:
  - name: a friendly answer
    variables: {customer: Ada}
"""
_EDIT = (("customer: ", "customer_name: "), ("{{customer}}", "{{customer_name}}"))
_COMMANDS = ("prompt-cli validate --staged", "prompt-cli diff", "prompt-cli bump support/reply")


def draw() -> str:
    """Return the picture: the commands and what they print."""
    console = Console(record=True, width=_COLUMNS, file=StringIO(), color_system="truecolor")
    with TemporaryDirectory() as root:
        git = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        path = Path(root, "prompts/support/reply.yaml")
        path.parent.mkdir(parents=True)
        path.write_text(_PROMPT)
        for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "Answer customers")):
            subprocess.run([*git, *words], cwd=root, check=True)
        text = _PROMPT
        for old, new in _EDIT:
            text = text.replace(old, new)
        path.write_text(text)
        subprocess.run([*git, "add", "."], cwd=root, check=True)
        for command in _COMMANDS:
            console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
            console.print(Text.from_ansi(_run(command, root)))
    svg = console.export_svg(title="A change that breaks callers", unique_id="breaking-change")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # no font is fetched from elsewhere


def _run(command: str, root: str) -> str:
    environment = os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(_COLUMNS), "PAGER": "cat"}
    words = [sys.executable, "-I", "-m", "prompt_cli", *shlex.split(command)[1:]]
    done = subprocess.run(
        words, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return f"{done.stdout.rstrip()}\n"


if __name__ == "__main__":
    PICTURE.write_text(draw())
