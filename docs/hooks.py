"""Hooks of MkDocs: pages from files at the top of the repository, and sections from the code they describe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File
from typer import Context
from typer.core import TyperCommand

from prompt_cli.cli.app import COMMANDS
from prompt_cli.cli.options import common_options
from prompt_cli.rules.catalogue import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

    from prompt_cli.cli.app import Command
    from prompt_cli.rules.rule import Rule

_ROOT = Path(__file__).parent.parent
_TOP_PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
_HELP_WIDTH = 100
_MAX_LINE = 200


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages at the top of the repository; MkDocs makes the README the home page."""
    for name in _TOP_PAGES:
        files.append(File.generated(config, name, abs_src_path=str(_ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - MkDocs passes all four by name
    """Rewrite links between the top of the repository and `docs`, and fill in the sections from the code."""
    text = re.sub(r"\]\((docs/|\.\./)", "](", markdown)
    for marker, section in _SECTIONS.items():
        if marker in text:
            text = text.replace(marker, section())
    return text


def _rules() -> str:
    return "\n".join(line for rule in RULES for line in _rule(rule))


def _rule(rule: Rule) -> Iterator[str]:
    off = "" if rule.enabled else ", off by default"
    fix = ", with a safe fix" if rule.fixable == "safe" else ""
    yield f"## {rule.code} {rule.name}\n"
    yield f"*{rule.severity.value}{off}{fix}*\n"
    yield f"{rule.why}\n"
    for example in rule.before:
        yield from _example("Before", example)
    yield from _example("Fails", rule.bad)
    yield from _example("Passes", rule.good)


def _example(heading: str, files: Mapping[str, str]) -> Iterator[str]:
    yield f"**{heading}**\n"
    for prompt_id, text in files.items():
        lines = (line if len(line) <= _MAX_LINE else f"{line[:_MAX_LINE]}..." for line in text.splitlines())
        yield f'````yaml title="{prompt_id}.yaml"'
        yield from lines
        yield "````\n"


def _commands() -> str:
    return "\n".join(line for command in COMMANDS for line in _command(command))


def _command(command: Command) -> Iterator[str]:
    built = command.build(common_options())
    if not isinstance(built, TyperCommand):
        raise TypeError(command.name)
    name = f"prompt-cli {command.name}"
    context = Context(built, info_name=name, terminal_width=_HELP_WIDTH, **built.context_settings)
    yield f"## {command.name}\n"
    yield f"```text\n{built.get_help(context)}\n```\n"


_SECTIONS = {"<!-- rules -->": _rules, "<!-- commands -->": _commands}
