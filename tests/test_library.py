"""The Python API over a project in a git repository, and over prompts from other places."""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import threading
import zipfile
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from prompt_cli import (
    DirectoryStorage,
    HistoryError,
    InMemoryStorage,
    InvalidValueError,
    LayeredStorage,
    LevelError,
    Prompt,
    PromptFormatError,
    PromptIdError,
    PromptManager,
    PromptManagerError,
    PromptNotFoundError,
    PromptRegistry,
    ResourceStorage,
    SemanticVersion,
    SettingsError,
    StorageConflictError,
    StorageError,
    SyncPromptManager,
    VariableError,
    VersionNotFoundError,
    load_prompt,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.support import Project

GREETING = "variables: {name: {type: string}}\ntemplate: Hello {{name}}!\n"
PROMPT = Prompt.load({"id": "new", "version": "1.0.0", "format": "text", "template": "New."})
ADA = {"name": "Ada"}


@pytest.fixture
def versions(repository: Project) -> Project:
    """A repository with two versions of a greeting and settings."""
    repository.write("pyproject.toml", '[tool.prompt-cli]\ndirectory = "texts"\nignore = ["PC302"]\n')
    repository.write("texts/greeting.yaml", f"id: greeting\nversion: 1.0.0\nformat: text\n{GREETING}")
    repository.write("texts/deep/er/note.yaml", "id: deep/er/note\nversion: 1.0.0\nformat: text\ntemplate: N\n")
    repository.commit()
    text = GREETING.replace("Hello", "Good day")
    repository.write("texts/greeting.yaml", f"id: greeting\nversion: 1.1.0\nformat: text\n{text}")
    repository.commit()
    return repository


@pytest.mark.parametrize("start", ["", "texts", "texts/deep"])
async def test_a_project_is_found_from_any_of_its_directories(versions: Project, start: str) -> None:
    async with PromptManager.open(versions.root / start) as manager:
        assert await manager.render("greeting", ADA) == "Good day Ada!"
        assert await manager.render("greeting@1.0.0", ADA) == "Hello Ada!"
        assert manager.registry.path_of("greeting") == "texts/greeting.yaml"


async def test_a_directory_can_be_named(versions: Project) -> None:
    versions.write("other/one.yaml", "id: one\nversion: 1.0.0\nformat: text\ntemplate: One.\n")
    async with PromptManager.open(versions.root, directory="other") as manager:
        assert [prompt.id async for prompt in manager.list_prompts()] == ["one"]


@pytest.mark.parametrize(
    ("path", "directory"), [("pyproject.toml", None), ("nowhere", None), ("a\0", None), ("", "a\0"), ("", "a\ud800")]
)
async def test_opened_path_must_be_a_directory(versions: Project, path: str, directory: str | None) -> None:
    with pytest.raises(StorageError, match=r"is not a directory"):
        async with PromptManager.open(versions.root / path, directory=directory):
            pass


REFERENCES = [
    ("greeting", None, "Good day Ada!"),
    ("greeting@1.0.0", None, "Hello Ada!"),
    ("greeting@^1", None, "Good day Ada!"),
    ("greeting@latest", None, "Good day Ada!"),
    ("greeting@HEAD~1", None, "Hello Ada!"),
    ("greeting@:staged", None, "Good day Ada!"),
    ("greeting", "1.0.0", "Hello Ada!"),
    ("greeting", "HEAD~1", "Hello Ada!"),
]


@pytest.mark.parametrize(("prompt_id", "version", "expected"), REFERENCES)
async def test_a_prompt_is_named_by_id_and_revision(
    versions: Project, prompt_id: str, version: str | None, expected: str
) -> None:
    async with PromptManager.open(versions.root) as manager:
        assert await manager.render(prompt_id, ADA, version=version) == expected
        (message,) = await manager.render_messages(prompt_id, ADA, version=version)
        assert message.content == (await manager.bind(prompt_id, version=version)).render(ADA) == expected
        assert (await manager.get(prompt_id, version=version)).id == "greeting"


async def test_versions_and_differences_take_strings(versions: Project) -> None:
    async with PromptManager.open(versions.root) as manager:
        assert [str(one.version) for one in await manager.versions("greeting")] == ["1.1.0", "1.0.0"]
        comparison = await manager.diff("greeting@1.0.0", "greeting")
        assert (str(comparison.level), comparison.verdict.value) == ("patch", "suffices")
        assert not (await manager.diff("greeting")).changes
        assert (await manager.diff("greeting@1.0.0")).changes == comparison.changes


async def test_a_bump_takes_an_exact_version(versions: Project) -> None:
    async with PromptManager.open(versions.root) as manager:
        bump = await manager.bump("greeting", "2.0.0", dry_run=True)
        assert (str(bump.old), str(bump.new), bump.dependents) == ("1.1.0", "2.0.0", ())
        assert await manager.bump("greeting", SemanticVersion(2, 0, 0)) == bump


MISTAKES: list[tuple[Callable[[PromptManager], Awaitable[object]], type[Exception], str]] = [
    (lambda m: m.bump("greeting", "2.0"), InvalidValueError, "'2.0'"),
    (lambda m: m.bump("greeting", "1.0.0"), LevelError, "1.1.0 was committed before"),
    (lambda m: m.bump("greeting", "huge"), InvalidValueError, "unknown level 'huge'"),
    (lambda m: m.render("greeting@1.0.0", ADA, version="1.1.0"), PromptIdError, "has a revision"),
    (lambda m: m.render("greeting@", ADA), PromptIdError, "has no revision after the @"),
    (lambda m: m.render("../greeting", ADA), PromptIdError, "is not a valid prompt id"),
    (lambda m: m.render(3, ADA), PromptIdError, "must be a string"),  # type: ignore[arg-type] # as untyped code does
    (lambda m: m.versions(None), PromptIdError, "must be a string"),  # type: ignore[arg-type] # the same
    (lambda m: m.render("greeting", ADA, version=1.0), PromptIdError, "1.0 is not a valid revision"),  # type: ignore[arg-type] # the same
    (lambda m: m.render("greeting", ADA, version="1." * 9999), PromptIdError, "is longer than 1,000 characters"),
    (lambda m: m.render("greting", ADA), PromptNotFoundError, "unknown prompt 'greting'"),
    (lambda m: m.render("greeting@9.0.0", ADA), VersionNotFoundError, "has no version 9.0.0"),
    (lambda m: m.render("greeting@nowhere", ADA), HistoryError, "'nowhere'"),
    (lambda m: m.render("greeting", {1: "x"}), VariableError, "unknown variable '1'"),  # type: ignore[dict-item] # the mistake
    (lambda m: m.render("greeting", ["x"]), VariableError, "values must be an object"),  # type: ignore[arg-type] # the same
    (lambda m: m.render_with_retry("greeting", ADA, max_retries=0), InvalidValueError, "at least 1"),
    (lambda m: m.render_with_retry("greeting", ADA, backoff=float("nan")), InvalidValueError, "seconds"),
    (lambda m: m.save(0), TypeError, "expected a Prompt, not int"),  # type: ignore[arg-type] # the same
    (lambda m: m.create_prompt(PROMPT.to_data()), TypeError, "not dict"),  # type: ignore[arg-type] # the same
    (lambda m: m.diff(5), PromptIdError, "must be a string"),  # type: ignore[arg-type] # the same
    (lambda m: m.versions("other"), PromptNotFoundError, "'other'"),
    (lambda m: m.diff("other"), PromptNotFoundError, "'other'"),
    (lambda m: m.validate("other"), PromptNotFoundError, "'other'"),
    (lambda m: m.validate(select=[]), SettingsError, "select is empty"),
    (lambda m: m.validate(select=["XX"]), SettingsError, "unknown rule 'XX'"),
    (lambda m: m.validate(severity={"PC3": "bad"}), SettingsError, "not 'bad'"),
    (lambda m: m.validate(against="nowhere"), HistoryError, "'nowhere'"),
    (lambda m: m.validate(against=5), PromptIdError, "5 is not a valid revision"),  # type: ignore[arg-type] # the same
    (lambda m: m.validate(select=5), SettingsError, "select must be codes of rules, not 5"),  # type: ignore[arg-type] # the same
    (lambda m: m.validate(ignore=[5]), SettingsError, r"ignore must be codes of rules, not \[5\]"),  # type: ignore[list-item] # the same
    (lambda m: m.validate(severity=["PC3"]), SettingsError, "severity must be a mapping of codes"),  # type: ignore[arg-type] # the same
]


@pytest.mark.parametrize(("call", "error", "message"), MISTAKES)
async def test_a_mistake_is_an_error_that_says_it(
    versions: Project, call: Callable[[PromptManager], Awaitable[object]], error: type[Exception], message: str
) -> None:
    async with PromptManager.open(versions.root) as manager:
        with pytest.raises(error, match=message):
            await call(manager)


def test_a_part_of_another_kind_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="expected a storage such as DirectoryStorage, not NoneType"):
        PromptRegistry(None)  # type: ignore[arg-type] # the mistake
    with pytest.raises(TypeError, match="expected a PromptRegistry, not InMemoryStorage"):
        PromptManager(InMemoryStorage())  # type: ignore[arg-type] # the mistake


def test_a_storage_may_pass_on_the_attributes_of_another() -> None:
    class Wrapper:
        def __getattr__(self, name: str) -> object:
            return getattr(InMemoryStorage(), name)

    assert PromptRegistry(Wrapper()).path_of("a") == "a.yaml"  # type: ignore[arg-type] # types cannot tell


async def test_checks_report_as_the_command_does(versions: Project) -> None:
    async with PromptManager.open(versions.root) as manager:
        assert (await manager.validate()).passed
        versions.write(
            "texts/greeting.yaml", f"id: greeting\nversion: 1.1.0\nformat: text\n{GREETING}".replace("{{name", "{{nam")
        )
        report = await manager.validate()
        assert [one.code for one in report.findings] == ["PC301"], "PC302 is ignored by the settings"
        assert not report.passed
        assert (await manager.validate("deep/*")).passed
        assert (await manager.validate(ignore="PC301")).passed
        assert not (await manager.validate(select="PC3")).passed
        assert (await manager.validate(staged=True)).passed
        against = await manager.validate(against="HEAD")
        assert sorted(one.code for one in against.findings) == ["PC301", "PC501"]
        mild = await manager.validate(select=["PC302"], severity={"PC302": "info"})
        assert ([one.code for one in mild.findings], mild.passed) == (["PC302"], True)
        assert not (await manager.validate(select=["PC302"], fail_on="warning")).passed


async def test_unchecked_prompts_fail(versions: Project) -> None:
    versions.write("texts/broken.yaml", "id: broken\nversion: 1.0.0\nformat: text\ntemplate: '{{'\n")
    async with PromptManager.open(versions.root) as manager:
        report = await manager.validate(ignore=["PC2"])
        assert (report.findings, len(report.not_checked), report.passed) == ((), 1, False)


async def test_a_directory_alone_has_the_settings_of_its_project(versions: Project) -> None:
    manager = PromptManager(PromptRegistry(DirectoryStorage(versions.root / "texts")))
    versions.write("texts/new.yaml", f"id: new\nversion: 1.0.0\nformat: text\n{GREETING.replace('{{name}}', 'x')}")
    assert (await manager.validate()).findings == ()
    assert [one.code for one in (await manager.validate(select=["PC302"])).findings] == ["PC302"]


async def test_prompts_are_created_saved_bumped_and_committed(repository: Project) -> None:
    repository.commit()
    async with PromptManager.open(repository.root) as manager:
        assert await manager.create_prompt(PROMPT, changelog="Add a prompt") == PROMPT
        saved = await manager.save(PROMPT.clone(template="Newer."))
        assert saved.template is not None
        assert saved.template.content == "Newer."
        bump = await manager.bump("new", commit=True)
        assert (str(bump.old), str(bump.new)) == ("1.0.0", "1.0.1")
    assert repository.git("log", "--format=%s").splitlines()[:2] == ["Bump new from 1.0.0 to 1.0.1", "Add a prompt"]


async def test_bumps_at_once_commit_the_versions_of_their_messages(repository: Project) -> None:
    repository.prompt("x")
    repository.commit()
    async with PromptManager.open(repository.root) as manager:
        bumps = await asyncio.gather(*(manager.bump("x", "minor", commit=commit) for commit in (True, False, True)))
        await asyncio.gather(manager.create_prompt(PROMPT, changelog="Add a prompt"), manager.bump("x", "minor"))
    assert sorted(str(one.new) for one in bumps) == ["1.1.0", "1.2.0", "1.3.0"]
    for one in bumps:
        if one.commit:
            assert f"version: {one.new}\n" in repository.git("show", f"{one.commit}:prompts/x.yaml")
            assert repository.git("log", "-1", "--format=%s", one.commit).endswith(f" to {one.new}")
    assert b"version: 1.4.0\n" in repository.read("prompts/x.yaml")


async def test_a_new_prompt_is_not_written_if_a_merge_prevents_its_commit(repository: Project) -> None:
    repository.commit()
    repository.git("update-ref", "MERGE_HEAD", "HEAD")
    async with PromptManager.open(repository.root) as manager:
        with pytest.raises(HistoryError, match="git cannot commit single files during a merge"):
            await manager.create_prompt(PROMPT, changelog="Add a prompt")
    assert repository.git("status", "--porcelain") == ""


@pytest.mark.parametrize("message", ["nul \0", "surrogate \ud800", " \n"])
async def test_a_message_that_git_refuses_is_refused_before_the_write(repository: Project, message: str) -> None:
    path = repository.prompt("x")
    repository.commit()
    before = path.read_bytes()
    async with PromptManager.open(repository.root) as manager:
        with pytest.raises(InvalidValueError, match="a commit message must"):
            await manager.create_prompt(PROMPT, changelog=message)
        if message.strip():  # of a bump, the versions follow
            with pytest.raises(InvalidValueError, match="a commit message must"):
                await manager.bump("x", "minor", commit=True, message=message)
    assert (path.read_bytes(), repository.git("status", "--porcelain")) == (before, "")


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.versions("a"),
        lambda m: m.render("a@1.0.0"),
        lambda m: m.diff("a"),
        lambda m: m.validate(staged=True),
        lambda m: m.validate(against="HEAD"),
        lambda m: m.create_prompt(PROMPT, changelog="Add"),
    ],
)
async def test_prompts_in_memory_have_no_history(call: Callable[[PromptManager], Awaitable[object]]) -> None:
    storage = InMemoryStorage({"a": "id: a\nversion: 1.0.0\nformat: text\ntemplate: A\n"})
    with pytest.raises(HistoryError, match="no git history"):
        await call(PromptManager(PromptRegistry(storage)))


async def test_prompts_in_memory_are_checked() -> None:
    storage = InMemoryStorage({"a": "id: a\nversion: 1.0.0\nformat: text\ntemplate: '{{x}}'\n"})
    manager = PromptManager(PromptRegistry(storage))
    report = await manager.validate(["a"])
    assert [(one.code, one.path) for one in report.findings] == [("PC301", "a.yaml")]
    with pytest.raises(PromptNotFoundError):
        await manager.validate("b")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package in a zip archive, with two prompts and a file that is none."""
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("zipped_prompts/__init__.py", "")
        written.writestr("zipped_prompts/prompts/README.md", "x")
        written.writestr(
            "zipped_prompts/prompts/note.yaml", "id: note\nversion: 2.0.0\nformat: text\ntemplate: Theirs.\n"
        )
        written.writestr(
            "zipped_prompts/prompts/a/b.yaml",
            "id: a/b\nversion: 1.0.0\nformat: text\ntemplate: '{{> note}} And more.'\n",
        )
    monkeypatch.syspath_prepend(str(archive))
    yield "zipped_prompts"
    sys.modules.pop("zipped_prompts", None)


async def test_prompts_come_with_a_package(package: str) -> None:
    storage = ResourceStorage(files(package) / "prompts")
    manager = PromptManager(PromptRegistry(storage))
    assert [prompt_id async for prompt_id in storage.list_ids()] == ["a/b", "note"]
    assert [prompt.id async for prompt in manager.list_prompts()] == ["a/b", "note"]
    assert await manager.render("a/b") == "Theirs. And more."
    assert (await manager.validate()).passed
    with pytest.raises(PromptNotFoundError, match="'nota'"):
        await manager.get("nota")
    with pytest.raises(StorageError, match="cannot be written"):
        await manager.create_prompt(PROMPT)


async def test_a_directory_that_a_package_lacks_is_an_error(package: str) -> None:
    storage = ResourceStorage(files(package) / "nowhere")
    with pytest.raises(StorageError, match="nowhere"):
        _ = [prompt async for prompt in PromptManager(PromptRegistry(storage)).list_prompts()]


async def test_the_first_storage_wins(package: str, versions: Project) -> None:
    versions.write("texts/note.yaml", "id: note\nversion: 1.0.0\nformat: text\ntemplate: Ours.\n")
    directory = DirectoryStorage(versions.root / "texts")
    manager = PromptManager(PromptRegistry(LayeredStorage(directory, ResourceStorage(files(package) / "prompts"))))
    assert [prompt.id async for prompt in manager.list_prompts()] == ["a/b", "deep/er/note", "greeting", "note"]
    assert await manager.render("a/b") == "Ours. And more."
    assert await manager.render("greeting@1.0.0", ADA) == "Hello Ada!"
    assert [str(one.version) for one in await manager.versions("greeting")] == ["1.1.0", "1.0.0"]
    assert (await manager.create_prompt(PROMPT)).id == "new"
    assert (versions.root / "texts/new.yaml").is_file()
    theirs = await manager.get("a/b")
    with pytest.raises(StorageConflictError):
        await manager.save(theirs.clone(version="1.0.1"))


async def test_one_file_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "anything.yml"
    path.write_text("id: some/where\nversion: 1.0.0\nformat: text\ntemplate: T\n")
    assert (await load_prompt(path)).id == (await load_prompt(str(path))).id == "some/where"
    path.write_text('{"id": "a", "version": "1.0.0", "format": "text", "template": "T"}')
    assert (await load_prompt(path)).id == "a"
    path.write_text("id: a\nversion: 1\nformat: text\ntemplate: T\n")
    with pytest.raises(PromptFormatError, match="version"):
        await load_prompt(path)
    os.mkfifo(tmp_path / "pipe")
    for name, message in [("missing.yaml", "no such file"), ("pipe", "not a regular file"), ("", "it is a directory")]:
        with pytest.raises(StorageError, match=message):
            await load_prompt(tmp_path / name)
    with pytest.raises(StorageError, match="null byte"):
        await load_prompt("a\0.yaml")


def test_scripts_need_no_event_loop(versions: Project) -> None:
    with PromptManager.open_sync(versions.root) as manager:
        assert manager.render("greeting@1.0.0", ADA) == "Hello Ada!"
        assert manager.render_messages("greeting", ADA)[0].content == "Good day Ada!"
        assert manager.render_many([("greeting", ADA), ("deep/er/note", {})]) == ["Good day Ada!", "N"]
        assert manager.render_with_retry("greeting", ADA) == manager.bind("greeting").render(ADA)
        assert [prompt.id for prompt in manager.list_prompts()] == ["deep/er/note", "greeting"]
        assert [str(one.version) for one in manager.versions("greeting")] == ["1.1.0", "1.0.0"]
        assert manager.create_prompt(PROMPT) == manager.get("new") == manager.save(PROMPT)
        assert manager.validate().passed
        assert str(manager.bump("new", "minor").new) == "1.1.0"
        assert not manager.diff("greeting").changes
        with pytest.raises(PromptNotFoundError):
            manager.get("nowhere")
    with pytest.raises(PromptManagerError, match="closed"):
        manager.render("greeting", ADA)
    manager.close()


async def test_sync_api_works_in_a_running_loop_and_in_threads(versions: Project) -> None:
    manager = PromptManager.open_sync(versions.root)
    assert manager.render("greeting", ADA) == "Good day Ada!"
    texts: list[str] = []
    threads = [threading.Thread(target=lambda: texts.append(manager.render("greeting", ADA))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert texts == ["Good day Ada!"] * 8
    manager.close()


class SlowStorage(InMemoryStorage):
    """Storage whose reads take until they are let go, and that calls its manager."""

    def __init__(self) -> None:
        super().__init__({"note": "id: note\nversion: 1.0.0\nformat: text\ntemplate: N\n"})
        self.reading, self.go_on = threading.Event(), threading.Event()
        self.manager = SyncPromptManager(PromptManager(PromptRegistry(self)))

    async def read(self, prompt_id: str) -> bytes:
        if prompt_id == "own":
            self.manager.get("note")
        self.reading.set()
        await asyncio.to_thread(self.go_on.wait, 10)
        return await super().read(prompt_id)


def test_the_end_waits_for_the_calls_of_other_threads() -> None:
    storage = SlowStorage()
    manager, prompts = storage.manager, []
    reader = threading.Thread(target=lambda: prompts.append(manager.get("note")))
    ends = [threading.Thread(target=manager.close) for _ in range(3)]
    reader.start()
    storage.reading.wait(10)
    for end in ends:
        end.start()
    with pytest.raises(PromptManagerError, match="closed"):
        while True:
            manager.list_prompts()
    storage.go_on.set()
    for thread in (reader, *ends):
        thread.join(10)
        assert not thread.is_alive()
    assert [prompt.id for prompt in prompts] == ["note"]


def test_a_call_that_would_wait_for_itself_is_refused() -> None:
    with SlowStorage().manager as manager, pytest.raises(PromptManagerError, match="own thread"):
        manager.get("own")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="servers fork on Unix alone")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_it_works_after_a_fork(versions: Project) -> None:
    with PromptManager.open_sync(versions.root) as manager:
        manager.render("greeting", ADA)
        child = os.fork()
        if child == 0:
            os._exit(0 if manager.render("greeting", ADA) == "Good day Ada!" else 1)
        assert os.waitpid(child, 0)[1] == 0


ASYNC_ONLY = {"open", "open_sync", "registry", "template_engine", "version_store"}


def test_both_managers_have_the_same_methods() -> None:
    def methods(of: type) -> dict[str, Any]:
        return {name: value for name, value in vars(of).items() if not name.startswith("_")}

    synchronous, asynchronous = methods(SyncPromptManager), methods(PromptManager)
    assert synchronous.keys() - {"close"} == asynchronous.keys() - ASYNC_ONLY
    for name in synchronous.keys() - {"close", "list_prompts"}:
        assert inspect.signature(synchronous[name]) == inspect.signature(asynchronous[name]), name
