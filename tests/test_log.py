"""Events of the library: those of the table in `prompt_cli.log`, with its levels and fields, and no other."""

from __future__ import annotations

import ast
import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import structlog
from structlog.testing import capture_logs

import prompt_cli.log
from prompt_cli import (
    InMemoryStorage,
    Prompt,
    PromptErrorGroup,
    PromptManager,
    PromptManagerError,
    PromptRegistry,
    RepositoryDamagedError,
    StorageCorruptedError,
    StorageError,
    VariableError,
)
from prompt_cli.cache import Cache
from prompt_cli.storage.files import FileSystem
from prompt_cli.storage.journal import Journal, JournalRecord
from tests.support import ISOLATED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Project

CODE = Path(prompt_cli.log.__file__).parent
CONTEXT = "the context of the error"


class Event(NamedTuple):
    """A row of the table: the level, and the names of the fields."""

    level: str
    fields: frozenset[str]


def documented() -> dict[str, Event]:
    """Read the tables of the docstring."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| .* \|$", prompt_cli.log.__doc__ or "", re.MULTILINE)
    table = {}
    for name, level, fields in rows:
        names = re.findall(r"`(\w+)`", fields)
        table[name] = Event(level, frozenset([*names, CONTEXT] if fields.endswith(CONTEXT) else names))
    assert len(table) == len(rows)
    return table


TABLE = documented()


def written() -> Iterator[tuple[str, Event]]:
    """Find the events in the code."""
    sources = [text for path in CODE.rglob("*.py") if " log(" in (text := path.read_text())]
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "log":
                level, event = (ast.literal_eval(one) for one in node.args)
                yield event, Event(level, frozenset(one.arg or CONTEXT for one in node.keywords))


def test_the_table_holds_the_events_of_the_code() -> None:
    events = set(written())
    # A damaged cache entry is not an error, so it has its own context.
    events.discard(("storage_corrupted", Event("critical", frozenset({"error", "path", "reason"}))))
    assert events == set(TABLE.items())


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The events that the library logs to an application."""
    for name, value in ISOLATED.items():
        monkeypatch.setenv(name, value)
    with capture_logs() as captured:
        yield captured
    structlog.reset_defaults()


def event_names(events: list[Any]) -> list[str]:
    """Return the names of events, each of which must be as the table has it."""
    for one in events:
        level, fields = TABLE[one["event"]]
        assert one["log_level"] == level
        names = one.keys() - {"event", "log_level"}
        assert names >= fields - {CONTEXT} if CONTEXT in fields else names == fields
        assert all(isinstance(value, str | int | float | tuple | None) for value in one.values())
    return [one["event"] for one in events]


GREETING = "variables: {name: {type: string, sensitive: true}}\ntemplate: Hello {{name}}!\n"
FILE = f"id: greeting\nversion: 1.0.0\nformat: text\n{GREETING}"
NEW = Prompt.load({"id": "new", "version": "1.0.0", "format": "text", "template": "New."})


def manager_of(**files: str) -> PromptManager:
    return PromptManager(PromptRegistry(InMemoryStorage(files)))


class TestRendering:
    async def test_the_second_is_cached(self, events: list[Any]) -> None:
        manager = manager_of(greeting=FILE)
        await manager.render("greeting", {"name": "s3cret"})
        await manager.render_messages("greeting", {"name": "s3cret"})
        assert event_names(events) == [
            "prompt_resolved",
            "cache_miss",
            "template_compiled",
            "prompt_rendered",
            "prompt_resolved",
            "prompt_rendered",
        ]
        rendered = [one for one in events if one["event"] == "prompt_rendered"]
        assert [(one["prompt_id"], one["version"], one["cache_hit"]) for one in rendered] == [
            ("greeting", "1.0.0", False),
            ("greeting", "1.0.0", True),
        ]
        assert all(0 <= one["duration_ms"] < 10_000 for one in rendered)
        assert "s3cret" not in repr(events)

    async def test_an_error_is_logged_once_with_its_context(self, events: list[Any]) -> None:
        manager = manager_of(greeting=FILE)
        with pytest.raises(VariableError):
            await manager.render("greeting", {"name": 5})
        for _ in range(2):
            with pytest.raises(PromptManagerError):
                await manager.render_many([("nope", {}), ("greeting", {"name": 5})])
        failures = [one for one in events if one["log_level"] == "error"]
        assert event_names(failures) == ["render_failed", *["prompt_not_found", "render_failed"] * 2]
        assert failures[0] == {
            "event": "render_failed",
            "log_level": "error",
            "error": "name must be a string, not an integer",
            "prompt_id": "greeting",
            "version": "1.0.0",
            "variable": "name",
        }

    async def test_a_retry_is_a_warning_and_the_last_failure_an_error(self, events: list[Any]) -> None:
        class Busy(InMemoryStorage):
            async def read_many(self, prompt_ids: object) -> Any:  # noqa: ARG002 - it fails for all
                raise StorageError("busy")

        manager = PromptManager(PromptRegistry(Busy()))
        with pytest.raises(StorageError):
            await manager.render_with_retry("greeting", max_retries=3, backoff=0)
        assert event_names(events) == ["render_retried", "render_retried", "render_failed"]
        assert [one.get("attempt") for one in events] == [1, 2, None]

    async def test_other_methods_fail_as_operations(self, events: list[Any]) -> None:
        with pytest.raises(PromptManagerError):
            await manager_of(greeting="id: x\n").get("greeting")
        with pytest.raises(PromptErrorGroup):
            assert [one async for one in manager_of(a="id: x\n", b="id: y\n", c=FILE).list_prompts()]
        assert event_names(events) == ["operation_failed"] * 4
        assert [one["operation"] for one in events] == ["get", *["list_prompts"] * 3]

    async def test_writes(self, events: list[Any]) -> None:
        manager = manager_of()
        await manager.create_prompt(NEW)
        await manager.save(NEW.clone(description="Changed."))
        async with manager.registry.transaction() as transaction:
            await transaction.delete("new")
        with pytest.raises(PromptManagerError):
            async with manager.registry.transaction() as transaction:
                transaction.create(NEW)
                raise StorageError("stop")
        assert event_names(events) == ["prompt_created", "prompt_saved", "prompt_deleted"]
        assert events[0] == {"event": "prompt_created", "log_level": "info", "prompt_id": "new", "version": "1.0.0"}


class TestRepository:
    async def test_git_and_versions(self, repository: Project, events: list[Any]) -> None:
        repository.write("prompts/greeting.yaml", FILE)
        repository.prompt("other", "template: Old\n")
        repository.commit()
        repository.git("config", "user.name", "A")
        repository.git("config", "user.email", "a@example.com")
        async with PromptManager.open(repository.root) as manager:
            await manager.render("greeting@1.0.0", {"name": "s3cret"})
            await manager.versions("greeting")
            await manager.diff("greeting@1.0.0", "greeting")
            await manager.validate()
            await manager.bump("other", "minor", message="s3cret [bold]")
            await manager.bump("greeting", "minor", commit=True, message="s3cret [bold]", force=True)
            await manager.create_prompt(NEW, changelog="s3cret")
        names = event_names(events)
        assert {"versions_listed", "prompts_compared", "prompts_checked", "bumps_planned"} <= set(names)
        assert names.count("git_started") == names.count("git_ended") > 5
        assert names.count("prompt_bumped") == 2
        assert names.count("prompts_committed") == 2
        started = [one for one in events if one["event"] == "git_started"]
        assert {"log", "cat-file", "commit"} <= {one["subcommand"] for one in started}
        # Text of users and its places are not logged.
        assert all(one.startswith("-") for event in started for one in event["arguments"].split())
        assert not re.search("s3cret|bold|greeting.yaml", repr(started))
        assert all(one["status"] in {0, 1} for one in events if one["event"] == "git_ended")

    async def test_a_damaged_repository_is_critical(self, repository: Project, events: list[Any]) -> None:
        repository.write("prompts/greeting.yaml", FILE)
        repository.commit()
        for path in (repository.root / ".git/objects").glob("??/*"):
            path.chmod(0o600)
            path.write_bytes(b"")
        async with PromptManager.open(repository.root) as manager:
            with pytest.raises(RepositoryDamagedError):
                await manager.render("greeting@1.0.0", {"name": "x"})
        (critical,) = [one for one in events if one["log_level"] == "critical"]
        assert event_names([critical]) == ["storage_corrupted"]
        assert critical["reason"] == "damaged repository"

    async def test_a_damaged_journal_is_critical(self, tmp_path: Path, events: list[Any]) -> None:
        state = tmp_path / "prompts/.prompt-cli"
        state.mkdir(parents=True)
        Journal(FileSystem(), state, tmp_path / "prompts").begin(JournalRecord((), ()))
        (journal,) = state.glob("transaction-*")
        journal.write_text("{}")
        async with PromptManager.open(tmp_path) as manager:
            with pytest.raises(StorageCorruptedError):
                await manager.create_prompt(NEW)
            await manager.create_prompt(NEW)
        assert event_names([one for one in events if one["log_level"] in {"critical", "error"}]) == [
            "storage_corrupted"
        ]
        assert events[0]["path"].endswith(f"prompts/.prompt-cli/{journal.name}")

    def test_an_entry_of_the_cache(self, tmp_path: Path, events: list[Any]) -> None:
        cache = Cache(tmp_path / "cache")
        assert cache.get("kind", "key") is None
        cache.put("kind", "key", [1])
        assert cache.get("kind", "key") == [1]
        (entry,) = (tmp_path / "cache/kind").iterdir()
        entry.write_bytes(entry.read_bytes().replace(b"[1]", b"[2]"))
        assert cache.get("kind", "key") is None
        assert event_names(events) == ["cache_hit", "storage_corrupted"]
        assert events[1]["path"] == str(entry)


class TestApplication:
    async def test_it_is_silent_until_structlog_is_configured(self, capsys: pytest.CaptureFixture[str]) -> None:
        structlog.reset_defaults()
        await manager_of(greeting=FILE).render("greeting", {"name": "Ada"})
        assert capsys.readouterr() == ("", "")

    async def test_context_variables_are_in_every_event(self) -> None:
        captured: list[Any] = []

        def keep(_logger: object, _method: str, event: Any) -> Any:
            captured.append(dict(event))
            raise structlog.DropEvent

        structlog.configure(processors=[structlog.contextvars.merge_contextvars, keep])
        try:
            with structlog.contextvars.bound_contextvars(request_id="r1"):
                await manager_of(greeting=FILE).render("greeting", {"name": "Ada"})
                with PromptManager.open_sync() as manager:
                    await asyncio.to_thread(manager.render, "shared/tone", {"tone": "formal"})
        finally:
            structlog.reset_defaults()
        assert len([one for one in captured if one["event"] == "prompt_rendered"]) == 2
        assert all(one["request_id"] == "r1" for one in captured)
