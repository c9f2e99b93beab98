"""What is imported, and when: a command pays for nothing it does not use."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import told

if TYPE_CHECKING:
    from tests.support import Project

HEAVY = {"pydantic", "git", "ruamel", "structlog", "rich", "pybars", "asyncio", "aiofiles", "filelock", "jsonschema"}

PROGRAM = """
import sys
from prompt_cli.__main__ import answer
try:
    answer(sys.argv[1:])
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def imported(project: Project, *arguments: str, environment: dict[str, str] | None = None) -> set[str]:
    return set(told(project, PROGRAM, *arguments, environment=environment))


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--version"], set()),
        (["--help"], set()),
        (["render", "--help"], set()),
        (["create", "--help"], set()),
        (["bump", "--help"], set()),
        (["diff", "--help"], set()),
        (["validate", "--help"], set()),
        (["rule", "--help"], set()),
        (["render", "greeting"], {"pydantic", "asyncio", "aiofiles"}),
        (["show", "greeting"], {"pydantic", "asyncio", "aiofiles"}),
        (["list"], {"pydantic", "asyncio"}),
        (["validate"], {"pydantic", "asyncio"}),
        (["validate", "--output-format", "sarif"], {"pydantic", "asyncio"}),
        (["validate", "--staged"], {"pydantic", "asyncio"}),
        (["validate", "--against", "HEAD"], {"pydantic", "asyncio"}),
        (["rule"], {"pydantic"}),
        (["rule", "PC302"], {"pydantic"}),
        (["versions", "greeting"], {"asyncio"}),
        (["render", "greeting@1.0.0"], {"pydantic", "asyncio"}),
        (["bump", "greeting", "minor", "--dry-run"], {"pydantic", "ruamel", "asyncio", "aiofiles"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_command_imports_no_more_than_it_needs(repository: Project, arguments: list[str], heavy: set[str]) -> None:
    repository.prompt("greeting")
    repository.commit()
    assert imported(repository, *arguments) & HEAVY <= heavy


def test_what_libraries_import_for_nothing_is_kept_out(repository: Project) -> None:
    repository.prompt("greeting")
    assert not imported(repository, "validate") & {"_ssl", "_bz2", "_lzma", "hmac", "email", "zipfile"}


@pytest.mark.parametrize(
    "program",
    [
        "import importlib.metadata as m; print(m.version('typer'))",
        "from importlib.metadata import version; print(version('typer'))",
        "from importlib.metadata import entry_points; print(*entry_points(group='console_scripts', name='typer'))",
        "import importlib, importlib.metadata; print(importlib.metadata.distribution('typer').version)",
        "import importlib.metadata as m; m.version('typer'); import importlib.metadata as n; print(n.__file__, n.version('typer'))",
        "import platform; print(platform.system()); print(platform.machine()); import platform as p; print(p.__file__)",
        "from platform import system, machine; print(system(), machine())",
        "import uuid; print(uuid.UUID(int=1))",
        "import difflib; print(difflib.get_close_matches('ab', ['abc']), difflib.SequenceMatcher(None, 'a', 'b').ratio())",
        "from difflib import get_close_matches, unified_diff; print(get_close_matches('ab', ['abc'], n=1), *unified_diff('a', 'b'))",
        "from gettext import gettext, ngettext; print(gettext('a'), ngettext('a', 'b', 2))",
        "import secrets; print(secrets.compare_digest('a', 'a'), len(secrets.token_hex(4)))",
        "import shutil; print(shutil.which('git'))",
    ],
)
def test_who_uses_what_was_kept_out_gets_it(program: str) -> None:
    begin = "from prompt_cli.cli.unneeded import keep_out_unneeded; keep_out_unneeded();"
    kept_out, plain = (
        subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout
        for text in (begin + program, program)
    )
    assert kept_out == plain != ""


@pytest.mark.parametrize("report_format", ["text", "concise", "json", "github", "junit", "markdown"])
def test_an_unchanged_validate_imports_nothing_heavy(repository: Project, report_format: str) -> None:
    repository.prompt("greeting")
    repository.prompt("unused", "variables: {tone: {type: string}}\ntemplate: ab\n")
    arguments = ["validate", "--output-format", report_format]
    assert imported(repository, *arguments) & HEAVY
    assert not imported(repository, *arguments) & HEAVY


@pytest.mark.parametrize("arguments", [[], ["--output-format", "messages"], ["--var", "name=Alan"]])
def test_rendering_again_imports_nothing_heavy(repository: Project, arguments: list[str]) -> None:
    repository.prompt("part", "template: x\n")
    repository.prompt("greeting", "variables: {name: {type: string, default: Ada}}\ntemplate: '{{name}} {{> part}}'\n")
    assert imported(repository, "render", "greeting") & HEAVY
    assert not imported(repository, "render", "greeting", *arguments) & HEAVY


def test_version_imports_not_even_typer(project: Project) -> None:
    assert not imported(project, "--version") & {"typer", "re", "enum"}


def test_completing_reads_no_prompt(repository: Project) -> None:
    repository.prompt("greeting")
    words = {"COMP_WORDS": "prompt-cli\nrender\ngr", "COMP_CWORD": "2", "_PROMPT_CLI_COMPLETE": "complete_bash"}
    assert not imported(repository, environment=words) & HEAVY


def test_the_package_imports_nothing(project: Project) -> None:
    program = "import sys; before = set(sys.modules); import prompt_cli; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], cwd=project.root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["prompt_cli"]


def test_every_public_name_is_there() -> None:
    import prompt_cli

    for name in prompt_cli.__all__:
        assert getattr(prompt_cli, name) is not None
    assert set(prompt_cli.__all__) <= set(dir(prompt_cli))
    with pytest.raises(AttributeError, match="Nothing"):
        _ = prompt_cli.Nothing
