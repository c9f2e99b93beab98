"""The documentation agrees with the program: examples run, and the site builds."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import prompt_cli
from prompt_cli.cli.app import COMMANDS
from prompt_cli.rules.catalogue import RULES
from tests.documents import PAGES, ROOT, PageRun, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Project

IN_PROCESS = True

OF_CI = "docs/ci.md"
"""The page whose examples need a remote; `test_readme.py` runs them one by one."""


def installs(text: str) -> bool:
    """Return whether a block sets up an environment; CI runs one of these itself."""
    return text.startswith("python3 -I -m venv")


@pytest.mark.parametrize("page", [page for page in PAGES if page != OF_CI])
def test_examples_run(repository: Project, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    for name, value in repository.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(repository.root)
    monkeypatch.syspath_prepend(repository.root)
    run = PageRun(page, repository)
    for block in blocks(page):
        if not installs(block.text):
            run.run(block)


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """Without a network: the proxy does not exist."""
    environment = {"PATH": "", "NO_MKDOCS_2_WARNING": "1", "https_proxy": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rules, commands, reference = (
        (tmp_path / page / "index.html").read_text() for page in ("rules", "commands", "reference")
    )
    assert [rule.code for rule in RULES if f"{rule.code} {rule.name}" not in rules] == []
    assert [command.name for command in COMMANDS if f'id="{command.name}"' not in commands] == []
    assert [name for name in prompt_cli.__all__ if f'id="prompt_cli.{name}"' not in reference] == ["__version__"]
    assert 'href="python/"' in (tmp_path / "index.html").read_text()
    assert not re.search(r'(src|<link[^>]* href)="https?://', (tmp_path / "index.html").read_text())


def test_picture_equals_the_output() -> None:
    draw = runpy.run_path(str(ROOT / "docs" / "screenshot.py"))["draw"]
    shown, drawn = (
        re.findall(r"<text [^>]*>(.*?)</text>", svg)
        for svg in ((ROOT / "docs" / "breaking-change.svg").read_text(), draw())
    )
    assert shown == drawn, "python docs/screenshot.py draws it again"


def test_the_reference_has_each_public_name_once() -> None:
    listed = re.findall(
        r"^::: prompt_cli\.([A-Z]\w+|load_prompt|is_chat_prompt)$",
        (ROOT / "docs" / "reference.md").read_text(),
        re.MULTILINE,
    )
    assert sorted(listed) == sorted(set(prompt_cli.__all__) - {"__version__"})
