"""The Python API, over prompts in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock

import pytest

from prompt_cli import (
    AsyncPromptLoader,
    HistoryError,
    InMemoryStorage,
    Prompt,
    PromptExistsError,
    PromptFormatError,
    PromptIdError,
    PromptManager,
    PromptNotFoundError,
    PromptRegistry,
    Renderable,
    RenderManyError,
    RenderRequest,
    StorageBackendProtocol,
    StorageConflictError,
    StorageError,
    TemplateEngine,
    TemplateEngineProtocol,
    TemplateError,
    TemplateRenderError,
    TemplateSyntaxError,
    TransactionProtocol,
    VariableError,
    VersionStoreProtocol,
)
from prompt_cli.history.protocol import ChangeStoreProtocol
from prompt_cli.history.version_store import GitVersionStore
from prompt_cli.problems import Region

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HEAD = "version: 1.0.0\nformat: text\n"
GREETING = f"id: greeting\n{HEAD}variables: {{name: {{type: string}}}}\ntemplate: Hello {{{{name}}}}!\n"
CHAT = """\
id: chat
version: 1.0.0
format: chat
variables: {name: {type: string}}
messages:
  - {role: system, content: Be kind.}
  - {role: user, content: "I am {{name}}.\\n", name: guest}
"""


OTHER = Prompt.load({"id": "other", "version": "1.0.0", "format": "text", "template": "Hello"})


def manager_of(**files: str) -> PromptManager:
    return PromptManager(
        PromptRegistry(InMemoryStorage({name.replace("__", "/"): text for name, text in files.items()}))
    )


def text_prompt(prompt_id: str, template: str, variables: str = "{}") -> str:
    return f"id: {prompt_id}\n{HEAD}variables: {variables}\ntemplate: |-\n  {template}\n"


async def test_a_text_is_rendered() -> None:
    manager = manager_of(greeting=GREETING)
    assert await manager.render("greeting", {"name": "Ada"}) == "Hello Ada!"
    (message,) = await manager.render_messages("greeting", {"name": "Ada"})
    assert message.to_json() == {"role": "user", "content": "Hello Ada!"}


async def test_a_chat_is_rendered() -> None:
    manager = manager_of(chat=CHAT)
    messages = await manager.render_messages("chat", {"name": "Ada"})
    assert [message.to_json() for message in messages] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "name": "guest", "content": "I am Ada.\n"},
    ]
    assert await manager.render("chat", {"name": "Ada"}) == "system:\nBe kind.\n\nuser:\nI am Ada.\n"


@pytest.mark.parametrize("text", ["[/INST] {name} %s", "$(x) `y` <b>&amp;</b>", "\x1b[31m", "😀 日本語", "a\r\nb"])
async def test_values_are_data(text: str) -> None:
    assert await manager_of(greeting=GREETING).render("greeting", {"name": text}) == f"Hello {text}!"


async def test_values_that_do_not_fit_are_refused() -> None:
    manager = manager_of(greeting=GREETING)
    with pytest.raises(VariableError, match="name is missing"):
        await manager.render("greeting")
    with pytest.raises(VariableError, match="unknown variable 'nmae'"):
        await manager.render("greeting", {"name": "x", "nmae": "y"})


async def test_an_edited_prompt_never_comes_back_old() -> None:
    storage = InMemoryStorage({"greeting": GREETING})
    manager = PromptManager(PromptRegistry(storage))
    assert await manager.render("greeting", {"name": "Ada"}) == "Hello Ada!"
    edited = GREETING.replace("Hello", "Howdy")
    async with storage.transaction() as transaction:
        transaction.replace("greeting", edited.encode(), expected=GREETING.encode())
    assert await manager.render("greeting", {"name": "Ada"}) == "Howdy Ada!"


async def test_an_edited_partial_never_comes_back_old() -> None:
    inner = text_prompt("inner", "old")
    storage = InMemoryStorage(
        {"outer": text_prompt("outer", "{{> middle}}"), "middle": text_prompt("middle", "{{> inner}}"), "inner": inner}
    )
    manager = PromptManager(PromptRegistry(storage))
    assert await manager.render("outer") == "old"
    async with storage.transaction() as transaction:
        transaction.replace("inner", inner.replace("old", "new").encode(), expected=inner.encode())
    assert await manager.render("outer") == "new"


async def test_parsed_and_compiled_prompts_are_kept_by_content() -> None:
    manager = manager_of(greeting=GREETING)
    assert await manager.bind("greeting") is await manager.bind("greeting")
    assert await manager.bind("greeting") is not await manager.bind("greeting", use_cache=False)
    assert await manager.get("greeting") is await manager.get("greeting")


class TestPartials:
    async def test_defaults_of_a_partial_apply_where_the_context_lacks_them(self) -> None:
        tone = text_prompt("tone", "Be {{tone}}.", "{tone: {type: string, default: kind}}")
        bare = manager_of(tone=tone, outer=text_prompt("outer", "{{> tone}}"))
        assert await bare.render("outer") == "Be kind."
        declared = manager_of(tone=tone, outer=text_prompt("outer", "{{> tone}}", "{tone: {type: string}}"))
        assert await declared.render("outer", {"tone": "brief"}) == "Be brief."
        handed = manager_of(tone=tone, outer=text_prompt("outer", '{{> tone tone="formal"}}'))
        assert await handed.render("outer") == "Be formal."

    async def test_partials_include_partials(self) -> None:
        manager = manager_of(
            a=text_prompt("a", "1{{> b}}"),
            b=text_prompt("b", "2{{> c__d}}".replace("__", "/")),
            c__d=text_prompt("c/d", "3"),
        )
        assert await manager.render("a") == "123"

    async def test_a_pin_that_the_snapshot_bears_is_served_from_it(self) -> None:
        manager = manager_of(a=text_prompt("a", '{{> "b@1.0.0"}}'), b=text_prompt("b", "pinned"))
        assert await manager.render("a") == "pinned"

    async def test_a_pin_that_only_a_history_could_serve_needs_one(self) -> None:
        manager = manager_of(a=text_prompt("a", '{{> "b@2.0.0"}}'), b=text_prompt("b", "x"))
        with pytest.raises(HistoryError, match="no git history"):
            await manager.render("a")

    @pytest.mark.parametrize(
        ("files", "words"),
        [
            ({"a": text_prompt("a", "{{> greeeting}}"), "greeting": GREETING}, "unknown partial 'greeeting'"),
            ({"a": text_prompt("a", "{{> a}}")}, "circular partials: a -> a"),
            (
                {"a": text_prompt("a", "{{> b}}"), "b": text_prompt("b", "{{> c}}"), "c": text_prompt("c", "{{> b}}")},
                "circular partials: b -> c -> b",
            ),
            ({"a": text_prompt("a", "{{> chat}}"), "chat": CHAT}, "chat prompt"),
            ({"a": text_prompt("a", "{{> (lookup . 'x')}}")}, "needs a literal name"),
            ({"a": text_prompt("a", "{{> b}}"), "b": "id: b\n"}, "the partial 'b' is broken"),
            ({"a": text_prompt("a", "{{> B}}")}, "not a valid prompt id"),
            ({"a": text_prompt("a", '{{> "b@^1"}}'), "b": text_prompt("b", "x")}, "cannot pin a partial"),
        ],
    )
    async def test_invalid_includes(self, files: dict[str, str], words: str) -> None:
        with pytest.raises(TemplateError) as caught:
            await manager_of(**files).render("a")
        assert words in caught.value.message
        assert caught.value.location is not None
        assert caught.value.location.region is not None

    async def test_depth_is_bounded_and_width_is_shared(self) -> None:
        deep = {f"p{n}": text_prompt(f"p{n}", f"{{{{> p{n + 1}}}}}") for n in range(60)}
        with pytest.raises(TemplateError, match="deep"):
            await manager_of(**deep, p60=text_prompt("p60", "end")).render("p0")
        # Each includes the next twice: 2 to the 14th inclusions, of 15 templates.
        wide = {f"p{n}": text_prompt(f"p{n}", f"{{{{> p{n + 1}}}}}{{{{> p{n + 1}}}}}") for n in range(14)}
        assert await manager_of(**wide, p14=text_prompt("p14", "x")).render("p0") == "x" * 2**14

    async def test_everything_including_everything_ends(self) -> None:
        ids = [f"p{n}" for n in range(30)]
        files = {one: text_prompt(one, "".join(f"{{{{> {other}}}}}" for other in ids)) for one in ids}
        with pytest.raises(TemplateError, match="cycles"):
            await manager_of(**files).render("p0")


class TestErrors:
    async def test_near_ids_are_offered(self) -> None:
        with pytest.raises(PromptNotFoundError) as caught:
            await manager_of(greeting=GREETING).render("greting")
        assert caught.value.near == ("greeting",)

    @pytest.mark.parametrize("prompt_id", ["../x", "/etc/passwd", "a\0b", "A"])
    async def test_invalid_ids_are_refused(self, prompt_id: str) -> None:
        with pytest.raises(PromptIdError):
            await manager_of(greeting=GREETING).render(prompt_id)

    async def test_a_syntax_error_is_located_in_the_file(self) -> None:
        text = f"id: a\n{HEAD}template: |\n  fine\n  {{{{#if x}}}}\n"
        with pytest.raises(TemplateSyntaxError) as caught:
            await manager_of(a=text).render("a")
        assert caught.value.context["line"] == 6
        assert caught.value.context["path"] == "a.yaml"

    async def test_a_render_error_is_located_in_the_partial_it_is_in(self) -> None:
        inner = text_prompt("inner", "{{o}}", "{o: {type: object}}")
        manager = manager_of(outer=text_prompt("outer", "{{> inner}}", "{o: {type: object}}"), inner=inner)
        with pytest.raises(TemplateRenderError) as caught:
            await manager.render("outer", {"o": {"secret": "s3cret"}})
        assert caught.value.context["path"] == "inner.yaml"
        assert caught.value.location is not None
        assert caught.value.location.region in (Region(6, 3, 6, 8), Region(6, 5, 6, 6))
        assert "s3cret" not in str(caught.value)

    async def test_broken_file_is_not_a_prompt(self) -> None:
        with pytest.raises(PromptFormatError) as caught:
            await manager_of(a="id: a\nversion: 1\nformat: text\ntemplate: x\n").get("a")
        (problem,) = caught.value.problems
        assert problem.region == Region(2, 10, 2, 11)

    async def test_storage_without_a_directory_has_no_history(self) -> None:
        manager = manager_of(greeting=GREETING)
        for work in (manager.versions("greeting"), manager.get("greeting", version="1.0.0")):
            with pytest.raises(HistoryError, match="no git history"):
                await work


class TestMany:
    async def test_results_keep_the_order_of_requests(self) -> None:
        manager = manager_of(greeting=GREETING)
        requests = [("greeting", {"name": str(n)}) for n in range(20)]
        assert await manager.render_many(requests) == [f"Hello {n}!" for n in range(20)]
        assert await manager.render_many([]) == []

    async def test_failures_come_together_and_successes_are_not_lost(self) -> None:
        manager = manager_of(greeting=GREETING)
        with pytest.raises(RenderManyError) as caught:
            await manager.render_many(
                [RenderRequest("greeting", {"name": "a"}), ("none", {}), ("greeting", {}), ("greeting", {"name": "d"})]
            )
        assert [type(error) for error in caught.value.exceptions] == [PromptNotFoundError, VariableError]
        assert caught.value.results == {0: "Hello a!", 3: "Hello d!"}

    async def test_except_star_keeps_the_successes(self) -> None:
        kept: dict[int, str] = {}
        try:
            await manager_of(greeting=GREETING).render_many([("greeting", {"name": "a"}), ("none", {})])
        except* PromptNotFoundError as group:
            kept = dict(group.results) if isinstance(group, RenderManyError) else {}
        assert kept == {0: "Hello a!"}


def flaky(*outcomes: bytes | Exception) -> Any:
    storage = AsyncMock(spec=StorageBackendProtocol)
    storage.read.side_effect = outcomes
    return storage


class TestRetry:
    async def test_a_storage_that_recovers_is_tried_again(self) -> None:
        storage = flaky(StorageError("busy"), StorageError("busy"), GREETING.encode())
        manager = PromptManager(PromptRegistry(storage))
        assert await manager.render_with_retry("greeting", {"name": "Ada"}, backoff=0) == "Hello Ada!"
        assert storage.read.await_count == 3

    async def test_it_gives_up(self) -> None:
        storage = flaky(*[StorageError("busy")] * 5)
        with pytest.raises(StorageError):
            await PromptManager(PromptRegistry(storage)).render_with_retry("greeting", max_retries=2, backoff=0)
        assert storage.read.await_count == 2

    @pytest.mark.parametrize(
        ("outcome", "error"),
        [
            (StorageError("leads out", transient=False), StorageError),
            (GREETING.encode(), VariableError),
            (GREETING.replace("{{name}}", "{{name").encode(), PromptFormatError),
        ],
    )
    async def test_permanent_errors_are_not_retried(self, outcome: bytes | Exception, error: type[Exception]) -> None:
        storage = flaky(outcome, outcome)
        with pytest.raises((error, TemplateSyntaxError)):
            await PromptManager(PromptRegistry(storage)).render_with_retry("greeting", backoff=0)
        assert storage.read.await_count == 1


class TestMocks:
    """Mocks of protocols replace a storage or a version store; each test sets only its subject."""

    @pytest.fixture
    def mock_storage(self) -> Any:
        storage = AsyncMock(spec=StorageBackendProtocol)
        storage.read.return_value = text_prompt("test", "Hello {{name}}!", "{name: {type: string}}").encode()
        return storage

    async def test_the_registry_reads_a_mock(self, mock_storage: Any) -> None:
        prompt = await PromptRegistry(storage=mock_storage).get("test")
        assert prompt.id == "test"
        mock_storage.read.assert_called_once_with("test")

    async def test_the_manager_renders_a_mock(self, mock_storage: Any) -> None:
        assert await PromptManager(PromptRegistry(mock_storage)).render("test", {"name": "Ada"}) == "Hello Ada!"
        mock_storage.read.assert_called_once_with("test")

    async def test_partials_of_a_mock_are_read_one_by_one(self, mock_storage: Any) -> None:
        files = {
            "test": text_prompt("test", "{{> part}} {{> other}}"),
            "part": text_prompt("part", "{{> other}}"),
            "other": text_prompt("other", "x"),
        }
        mock_storage.read.side_effect = lambda prompt_id: files[prompt_id].encode()
        assert await PromptManager(PromptRegistry(mock_storage)).render("test") == "x x"
        assert [call.args for call in mock_storage.read.call_args_list] == [("test",), ("part",), ("other",)]

    async def test_method_that_a_mock_lacks_is_missing(self, mock_storage: Any) -> None:
        mock_storage.read.side_effect = PromptNotFoundError("tset")
        mock_storage.list_ids.return_value.__aiter__.return_value = ["other", "test"]
        with pytest.raises(PromptNotFoundError) as caught:
            await PromptManager(PromptRegistry(mock_storage)).render("tset")
        assert caught.value.near == ("test",)

    async def test_a_prompt_is_created_in_a_mock(self, mock_storage: Any) -> None:
        transaction = AsyncMock(spec=TransactionProtocol)
        mock_storage.transaction.return_value.__aenter__.return_value = transaction
        manager = PromptManager(PromptRegistry(mock_storage))
        await manager.create_prompt(await manager.get("test"))
        (call,) = transaction.create.call_args_list
        assert call.args[0] == "test"


class TestVersionStores:
    """Rendering and listing need two methods of a store; a missing method is reported, never as an AttributeError."""

    @staticmethod
    def with_store(store: Any) -> PromptManager:
        return PromptManager(PromptRegistry(InMemoryStorage({"greeting": GREETING})), version_store=store)

    async def test_a_mock_serves_versions(self) -> None:
        store = AsyncMock(spec=VersionStoreProtocol)
        store.snapshot.return_value = InMemoryStorage({"greeting": GREETING.replace("Hello", "Hi")})
        store.versions.return_value = ()
        manager = self.with_store(store)
        assert await manager.render("greeting", {"name": "Ada"}, version="0.9.0") == "Hi Ada!"
        assert await manager.versions("greeting") == ()
        store.versions.assert_called_once_with("greeting")

    @pytest.mark.parametrize(
        ("work", "verb"),
        [
            (lambda manager: manager.bump("greeting", "minor"), "bump"),
            (lambda manager: manager.diff_against("main"), "compare with a commit"),
            (lambda manager: manager.validate(against="main"), "compare with a commit"),
            (lambda manager: manager.validate(staged=True), "check a change"),
            (lambda manager: manager.create_prompt(OTHER, changelog="Add it"), "commit a new prompt"),
        ],
    )
    async def test_missing_capability_is_an_error(
        self, work: Callable[[PromptManager], Awaitable[object]], verb: str
    ) -> None:
        manager = self.with_store(AsyncMock(spec=VersionStoreProtocol))
        with pytest.raises(HistoryError, match=f"cannot {verb}: AsyncMock does not .* lacks pinned") as caught:
            await work(manager)
        assert "GitVersionStore" in caught.value.help
        assert [one.id async for one in manager.list_prompts()] == ["greeting"]


class TestWriting:
    async def test_create_and_get(self) -> None:
        manager = manager_of()
        prompt = Prompt.load({"id": "a/b", "version": "1.0.0", "format": "text", "template": "Hello\n"})
        await manager.create_prompt(prompt)
        assert await manager.get("a/b") == prompt
        with pytest.raises(PromptExistsError):
            await manager.create_prompt(prompt.clone(template="other"))
        assert await manager.get("a/b") == prompt

    async def test_invalid_prompt_is_not_created(self) -> None:
        manager = manager_of()
        prompt = Prompt.load({"id": "a", "version": "1.0.0", "format": "text", "template": "{{#if x}}"})
        with pytest.raises(TemplateSyntaxError):
            await manager.create_prompt(prompt)
        with pytest.raises(PromptNotFoundError):
            await manager.get("a")

    async def test_several_writes_happen_together_or_not_at_all(self) -> None:
        manager = manager_of(a=text_prompt("a", "x"))
        prompt = await manager.get("a")
        with pytest.raises(ZeroDivisionError):
            async with manager.registry.transaction() as transaction:
                transaction.create(prompt.clone(id="b"))
                await transaction.save(prompt.clone(template="y"))
                raise ZeroDivisionError
        assert await manager.get("a") == prompt
        with pytest.raises(PromptExistsError):
            async with manager.registry.transaction() as transaction:
                transaction.create(prompt.clone(id="b"))
                transaction.create(prompt.clone(id="a"))
        assert [one.id async for one in manager.list_prompts()] == ["a"]

    async def test_bump_changes_one_word(self) -> None:
        text = "# ours\r\nid: a\r\nversion:   '1.0.0' # raised by hand\r\nformat: text\r\ntemplate: >-\r\n  x\r\n"
        manager = manager_of(a=text)
        done = await manager.bump("a", "minor", dry_run=True)
        assert (str(done.old), str(done.new)) == ("1.0.0", "1.1.0")
        assert await manager.registry.storage.read("a") == text.encode()
        await manager.bump("a", "minor")
        assert await manager.registry.storage.read("a") == text.replace("1.0.0", "1.1.0").encode()

    async def test_two_bumps_at_once_are_both_made(self) -> None:
        manager = manager_of(a=text_prompt("a", "x"))
        await asyncio.gather(manager.bump("a", "patch"), manager.bump("a", "patch"))
        assert str((await manager.get("a")).version) == "1.0.2"

    async def test_a_conflict_that_lasts_is_an_error(self) -> None:
        storage = AsyncMock(spec=StorageBackendProtocol)
        storage.read.return_value = text_prompt("a", "x").encode()
        storage.transaction = InMemoryStorage({"a": text_prompt("a", "other")}).transaction
        with pytest.raises(StorageConflictError):
            await PromptManager(PromptRegistry(storage)).bump("a", "patch")


class TestListing:
    async def test_prompts_come_in_order(self) -> None:
        manager = manager_of(b=text_prompt("b", "x"), a__z=text_prompt("a/z", "x"), a=text_prompt("a", "x"))
        assert [prompt.id async for prompt in manager.list_prompts()] == ["a", "a/z", "b"]

    async def test_broken_prompts_are_reported_after_the_others(self) -> None:
        manager = manager_of(a="id: a\n", b=text_prompt("b", "x"), c="{")
        seen: list[str] = []
        with pytest.raises(ExceptionGroup) as caught:
            async for prompt in manager.list_prompts():
                seen.append(prompt.id)  # noqa: PERF401 - a comprehension would lose what came before the error
        assert seen == ["b"]
        assert len(caught.value.exceptions) == 2

    async def test_the_loader(self) -> None:
        storage = InMemoryStorage({"a": text_prompt("a", "x"), "b": "{"})
        async with AsyncPromptLoader(storage) as loader:
            assert [(one.id, one.prompt is None) async for one in loader] == [("a", False), ("b", True)]
        async with AsyncPromptLoader(storage, ["a"]) as loader:
            assert [prompt.id for prompt in await loader.load_all()] == ["a"]
        with pytest.raises(ExceptionGroup, match="1 of 2"):
            async with AsyncPromptLoader(storage) as loader:
                await loader.load_all()
        with pytest.raises(StorageError, match="not open"):
            await loader.load_all()


async def test_protocols_are_checkable_at_run_time() -> None:
    manager = manager_of(greeting=GREETING)
    assert isinstance(await manager.bind("greeting"), Renderable)
    assert isinstance(TemplateEngine(), TemplateEngineProtocol)
    assert isinstance(InMemoryStorage(), StorageBackendProtocol)
    assert issubclass(GitVersionStore, VersionStoreProtocol)
    assert issubclass(GitVersionStore, ChangeStoreProtocol)
    assert not isinstance(object(), Renderable)
