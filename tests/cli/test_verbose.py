"""`-v` and `-vv`: each command logs its result to standard error, with the second also its steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from prompt_cli.cli.app import COMMANDS
from tests.support import InProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

GREETING = "variables: {name: {type: string}}\ntemplate: Hello {{name}}!\n"

ROWS: list[tuple[str, list[str], set[str]]] = [
    ("init", ["directory_prepared"], set()),
    ("create made --template Hi", ["prompt_created"], set()),
    ("list", ["prompts_listed"], {"cache_hit"}),
    ("show greeting@1.0.0", ["prompt_shown"], {"git_started", "git_ended"}),
    ("render greeting --var name=Ada", ["cache_miss", "prompt_rendered"], {"prompt_resolved", "template_compiled"}),
    ("render greeting@1.0.0 --var name=Ada", ["cache_miss", "prompt_rendered"], {"git_started", "template_compiled"}),
    ("versions greeting", ["versions_listed"], {"git_started", "git_ended"}),
    ("diff greeting", ["prompts_compared"], {"git_started", "git_ended"}),
    ("diff --against HEAD", ["prompts_compared"], {"git_started", "git_ended"}),
    ("bump greeting minor --dry-run", ["bumps_planned"], {"git_started", "git_ended"}),
    ("bump other patch --force", ["bumps_planned", "prompt_bumped"], set()),
    ("validate greeting", ["prompts_checked"], {"cache_hit"}),
    (
        "validate --against HEAD",
        ["prompts_compared", "prompts_checked"],
        {"git_started", "git_ended"},
    ),
    ("validate spaced --fix", ["prompts_checked", "prompts_fixed"], set()),
    ("rule PC302", ["rules_shown"], set()),
    ("schema", ["schema_written"], set()),
    ("render greeting", ["cache_miss", "render_failed"], {"template_compiled"}),
    ("show nope", ["prompt_not_found"], set()),
    ("diff greeting@nope", ["operation_failed"], {"git_started"}),
    ("mv other moved/other", ["prompt_moved"], set()),
]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> InProcess:
    project = InProcess(tmp_path_factory.mktemp("verbose"))
    project.git("init", "-q", "-b", "main")
    project.prompt("greeting", GREETING)
    project.prompt("other")
    project.write("prompts/spaced.yaml", b"id: spced\nversion: 1.0.0\nformat: text\ntemplate: x\n")
    project.commit()
    project.run("validate")
    project.run("list")
    return project


@pytest.fixture(autouse=True)
def unconfigured() -> Iterator[None]:
    """Leave structlog as it is without a command."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def events_of(repository: InProcess, line: str, *options: str) -> list[dict[str, Any]]:
    result = repository.run(*options, "--log-format", "json", *line.split())
    assert b'"event"' not in result.stdout
    return [json.loads(one) for one in result.err.splitlines() if one.startswith("{")]


@pytest.mark.parametrize(("line", "info", "debug"), ROWS, ids=lambda value: value if isinstance(value, str) else "")
def test_command_logs_its_result(repository: InProcess, line: str, info: list[str], debug: set[str]) -> None:
    events = events_of(repository, line, "-vv")
    assert list(dict.fromkeys(one["event"] for one in events if one["level"] != "debug")) == info
    assert debug <= {one["event"] for one in events if one["level"] == "debug"}
    assert {one["command"] for one in events} == {line.split(maxsplit=1)[0]}


def test_once_leaves_the_details_out(repository: InProcess) -> None:
    events = events_of(repository, "render greeting@1.0.0 --var name=Ada", "-v")
    assert [one["event"] for one in events] == ["cache_miss", "prompt_rendered"]


def test_every_command_has_a_row() -> None:
    assert {command.name for command in COMMANDS} - {"help"} == {line.split()[0] for line, _, _ in ROWS}


def test_text_of_users_controls_no_terminal(repository: InProcess) -> None:
    body = "variables: {o: {type: object}}\ntemplate: '{{o.[b\u202e]}}'\n"
    path = repository.prompt("bad", body)
    result = repository.run("-v", "render", "bad", "--var", "o={}")
    path.unlink()
    (line,) = [line for line in result.err.splitlines() if "render_failed" in line]
    assert "\\u202e" in line
    assert "\u202e" not in result.err
