# pyright: strict
"""A user's program that uses each public name, checked by mypy and pyright in their strict modes, and run."""

from __future__ import annotations

import asyncio
import string
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import assert_type

import prompt_cli
from prompt_cli import (
    AsyncPromptLoader,
    BoundPrompt,
    BulkReaderProtocol,
    Bump,
    BumpManyError,
    BumpOptions,
    Change,
    ChangedPrompts,
    ChangeKind,
    ChangeStoreProtocol,
    ChatPromptTemplate,
    CommitIsh,
    CompiledTemplateProtocol,
    DirectoryStorage,
    Each,
    Edit,
    ExactVersion,
    Example,
    ExitCode,
    Expectation,
    FileContent,
    FilePart,
    FileStatus,
    Finding,
    Fix,
    GitVersionStore,
    History,
    HistoryError,
    ImageContent,
    ImagePart,
    IncludingEngineProtocol,
    InMemoryStorage,
    InvalidPromptFile,
    InvalidValueError,
    JsonObject,
    JsonValue,
    LayeredStorage,
    Level,
    LevelError,
    Limits,
    LoadedPrompt,
    Location,
    Media,
    Message,
    ModelSettings,
    Move,
    Output,
    PartialTemplate,
    Problem,
    Prompt,
    PromptComparison,
    PromptError,
    PromptErrorGroup,
    PromptExistsError,
    PromptFormat,
    PromptFormatError,
    PromptFormatType,
    PromptIdError,
    PromptManager,
    PromptManagerError,
    PromptNotFoundError,
    PromptReference,
    PromptRegistry,
    PromptTemplate,
    PromptVersion,
    PybarsEngine,
    Region,
    RegistryTransaction,
    Renderable,
    RenderedPrompt,
    RenderManyError,
    RenderRequest,
    Report,
    RepositoryDamagedError,
    RequestError,
    ResourceStorage,
    Revision,
    RevisionLike,
    Role,
    SemanticVersion,
    SettingsError,
    Severity,
    Side,
    Snapshot,
    StorageBackendProtocol,
    StorageConflictError,
    StorageCorruptedError,
    StorageError,
    StoredSnapshot,
    SyncPromptManager,
    TemplateEngine,
    TemplateEngineProtocol,
    TemplateError,
    TemplateRenderError,
    TemplateSyntaxError,
    TextPart,
    Tool,
    ToolCall,
    TransactionProtocol,
    Tree,
    VariableError,
    VariableSpec,
    Verdict,
    VersionNotFoundError,
    VersionRange,
    VersionStoreProtocol,
    is_chat_prompt,
    load_prompt,
)

FORMAT: PromptFormatType = "text"

GREETING = Prompt.load(
    {
        "id": "greeting",
        "version": "1.0.0",
        "format": FORMAT,
        "variables": {"name": {"type": "string"}},
        "template": "Hello {{name}}!",
    }
)


class DollarTemplate:
    def __init__(self, content: str) -> None:
        self._template = string.Template(content)

    def render(self, values: Mapping[str, object]) -> str:
        return self._template.substitute(values)


class DollarEngine:
    name = "dollar"

    def compile(
        self,
        content: str,
        *,
        name: str,  # noqa: ARG002 - the protocol passes it
        variables: Collection[str],  # noqa: ARG002
        partials: Mapping[str, PartialTemplate],  # noqa: ARG002
    ) -> DollarTemplate:
        return DollarTemplate(content)

    def partials_of(self, content: str) -> list[str]:
        return [content] if content.isidentifier() else []


def models() -> None:
    assert_type(GREETING.version, SemanticVersion)
    assert_type(GREETING.format, PromptFormat)
    assert_type(GREETING.template, PromptTemplate | None)
    assert_type(GREETING.chat_template, ChatPromptTemplate | None)
    assert_type(GREETING.variables, Mapping[str, VariableSpec])
    assert_type(GREETING.examples, tuple[Example, ...])
    assert_type(GREETING.model, ModelSettings | None)
    assert_type(GREETING.clone(version="1.1.0"), Prompt)
    assert_type(GREETING.version.bump(Level.MINOR), SemanticVersion)
    if is_chat_prompt(GREETING):
        message: Message = GREETING.chat_template.messages[0]
        assert_type(message.role, Role)
    Example(name="a user", variables={"name": "Ada"}, expect=Expectation(contains=("Ada",)))


def parts(chat: ChatPromptTemplate) -> None:
    for entry in chat.entries:
        match entry:
            case History():
                assert_type(entry.history, str)
            case Each():
                assert_type(entry.messages, tuple[Message, ...])
            case Message():
                for part in entry.parts:
                    assert_type(part, TextPart | ImagePart | FilePart | ImageContent | FileContent)
    photo = Media(url="https://example.com/cat.png")
    assert_type(photo.to_json(), dict[str, str])
    assert_type(GREETING.output, Output | None)
    assert_type(GREETING.tools, tuple[Tool, ...])
    assert_type(ToolCall(id="1", name="find", arguments={}).name, str)


def rename(transaction: RegistryTransaction, prompt: Prompt) -> None:
    transaction.create(prompt.clone(id="welcome"))


def text_of(prompt: Renderable) -> str:
    return prompt.render({"name": "Ada"})


async def in_memory() -> None:
    storage = InMemoryStorage()
    backend: StorageBackendProtocol = storage
    registry = PromptRegistry(backend)
    engine: TemplateEngineProtocol = TemplateEngine()
    manager = PromptManager(registry, engine)
    await manager.create_prompt(GREETING)
    assert_type(await manager.get("greeting"), Prompt)
    assert_type(await manager.render("greeting", {"name": "Ada"}), str)
    assert_type(await manager.render_messages("greeting", {"name": "Ada"}), tuple[Message, ...])
    assert_type(await manager.render_many([RenderRequest("greeting", {"name": "Ada"})]), list[str])
    rendered: RenderedPrompt = await manager.render_prompt("greeting", {"name": "Ada"})
    assert_type(rendered.messages, tuple[Message, ...])
    assert_type(rendered.telemetry, Mapping[str, object])
    bound: BoundPrompt = await manager.bind("greeting")
    assert text_of(bound) == "Hello Ada!"
    values: JsonObject = {"name": "Ada"}
    name: JsonValue = values["name"]
    assert bound.render({"name": name}) == "Hello Ada!"
    async with registry.transaction() as changes:
        rename(changes, GREETING)
    async for loaded in registry.load_prompts():
        one: LoadedPrompt = loaded
        assert_type(one.prompt, Prompt | None)
    async with AsyncPromptLoader(storage) as loader:
        assert_type(await loader.load_all(), tuple[Prompt, ...])
    async with storage.transaction() as files:
        transaction: TransactionProtocol = files
        transaction.delete("greeting", expected=await storage.read("greeting"))

    bulk: BulkReaderProtocol = storage
    snapshot: Snapshot = storage
    assert await bulk.ids() == await snapshot.ids()

    assert await TemplateEngine().render("Hello {{name}}!", {"name": "Ada"}) == "Hello Ada!"
    assert await PybarsEngine(Limits(output=1000)).render("Hello {{name}}!", {"name": "Ada"}) == "Hello Ada!"
    including: IncludingEngineProtocol = DollarEngine()
    assert isinstance(including, DollarEngine)
    own: TemplateEngineProtocol = including
    template: CompiledTemplateProtocol = own.compile("Hello $name!", name="hello", variables=["name"], partials={})
    assert template.render({"name": "Ada"}) == "Hello Ada!"


async def in_git(directory: Path) -> None:
    files = DirectoryStorage(directory)
    assert_type(await files.invalid_files(), tuple[InvalidPromptFile, ...])
    manager = PromptManager(PromptRegistry(files))
    store: VersionStoreProtocol = manager.version_store
    assert isinstance(store, GitVersionStore)
    await changed_files(store)
    try:
        for version in await manager.versions("greeting"):
            assert_type(version, PromptVersion)
            assert_type(version.version, SemanticVersion)
        options = BumpOptions(Level.MINOR, dry_run=True, with_dependents=True)
        assert_type((await manager.bump("greeting", "2.0.0", dry_run=True)).dependents, tuple[str, ...])
        assert_type(await manager.bump_many(["greeting"], options), tuple[Bump, ...])
        assert_type(await manager.move("greeting", "shared/greeting", dry_run=True), Move)
        assert_type(await manager.get("greeting", version="^1.0"), Prompt)
        compared = await manager.diff(PromptReference("greeting", ExactVersion(GREETING.version)), "greeting")
        explain(compared)
        assert_type(await manager.diff_against("main", targets=["support/*"]), list[PromptComparison])
    except HistoryError as error:
        assert_type(error.message, str)
    except LevelError as error:
        assert_type(error.help, str)
    except PromptNotFoundError as error:
        assert_type(error.near, tuple[str, ...])


async def changed_files(store: ChangeStoreProtocol) -> None:
    try:
        head: StoredSnapshot = await store.tip("HEAD")
        assert_type(await store.changed_ids(head, Tree.WORKING), ChangedPrompts)
        assert_type(await store.statuses(["greeting"]), Mapping[str, FileStatus])
    except RepositoryDamagedError as error:
        assert_type(error.help, str)


def explain(compared: PromptComparison) -> None:
    assert_type(compared.verdict, Verdict)
    assert_type(compared.old, Side)
    assert_type(compared.changes, tuple[Change, ...])
    kinds: list[ChangeKind] = [change.kind for change in compared.changes]
    assert all(kinds)


def revisions() -> tuple[RevisionLike, Revision]:
    return CommitIsh("HEAD~1"), Tree.INDEX


def is_range(revision: Revision) -> bool:
    return isinstance(revision, VersionRange)


async def checks() -> None:
    async with PromptManager.open() as manager:
        try:
            report: Report = await manager.validate("greeting", ignore=["PC304"], severity={"PC302": Severity.INFO})
            for finding in report.findings:
                show(finding)
        except StorageError as error:
            assert_type(error.transient, bool)


def show(finding: Finding) -> None:
    fix: Fix | None = finding.fix
    edits: tuple[Edit, ...] = fix.edits if fix else ()
    assert_type(finding.severity, Severity)
    assert all(edit.text for edit in edits)


def without_async() -> None:
    storage = LayeredStorage(InMemoryStorage(), ResourceStorage(Path("prompts")))
    with SyncPromptManager(PromptManager(PromptRegistry(storage))) as prompts:
        assert_type(prompts.list_prompts(), list[Prompt])


async def failures() -> None:
    manager = PromptManager(PromptRegistry(InMemoryStorage()))
    try:
        await manager.render_many([("greeting", {}), ("greeting", {})])
    except RenderManyError as group:
        assert_type(group.results, Mapping[int, str])
    try:
        await manager.bump_many(None, BumpOptions(Level.MINOR))
    except BumpManyError as group:
        assert_type(group.results, tuple[Bump, ...])
    try:
        await manager.render("greeting")
    except (PromptFormatError, VariableError, RequestError) as error:
        assert_type(error.problems, tuple[Problem, ...])
        assert_type(error.problems[0].region, Region | None)
    except (TemplateSyntaxError, TemplateRenderError, TemplateError) as error:
        assert_type(error.line, int | None)
    except (StorageConflictError, StorageCorruptedError, StorageError) as error:
        assert_type(error.transient, bool)
    except (PromptNotFoundError, PromptExistsError, VersionNotFoundError) as error:
        assert_type(error.prompt_id, str)
    except (PromptIdError, InvalidValueError, SettingsError) as error:
        assert_type(error.exit_code, ExitCode)
    except PromptErrorGroup as group:
        assert_type(group.exceptions, tuple[PromptManagerError | ExceptionGroup[PromptManagerError], ...])
    except PromptError as error:
        assert_type(error, PromptManagerError)
        assert_type(error.location, Location | None)


async def main() -> None:
    models()
    await in_memory()
    await in_git(Path("prompts"))
    await checks()
    await failures()
    await asyncio.to_thread(without_async)
    assert not is_range(CommitIsh("HEAD"))
    revisions()
    try:
        await load_prompt("prompts/greeting.yaml")
    except StorageError as error:
        assert_type(error.transient, bool)
    assert_type(prompt_cli.__version__, str)


if __name__ == "__main__":
    asyncio.run(main())
