"""The examples of a guide to asynchronous Python libraries, one by one, in the order of its sections.

Where prompt-cli does something else, the test shows what, and the page "Python" of the documentation says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Self, assert_type
from unittest.mock import AsyncMock

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from structlog.testing import capture_logs

from prompt_cli import (
    AsyncPromptLoader,
    DirectoryStorage,
    InMemoryStorage,
    Message,
    Prompt,
    PromptError,
    PromptFormat,
    PromptFormatError,
    PromptFormatType,
    PromptManager,
    PromptManagerError,
    PromptNotFoundError,
    PromptRegistry,
    Renderable,
    Role,
    SemanticVersion,
    StorageBackendProtocol,
    StorageError,
    TemplateEngine,
    TemplateEngineProtocol,
    TemplateError,
    TemplateRenderError,
    VariableError,
    VersionStoreProtocol,
    is_chat_prompt,
    load_prompt,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HEAD = "version: 1.0.0\nformat: text\n"
GREETING = f"id: greeting\n{HEAD}variables: {{name: {{type: string}}}}\ntemplate: Hello {{{{name}}}}!\n"
CHAT = "id: chat\nversion: 1.0.0\nformat: chat\nmessages: [{role: user, content: Hi}]\n"


def create_test_prompt(prompt_id: str, template: str = "Hello {{name}}!") -> Prompt:
    variables = {"name": {"type": "string"}} if "name" in template else {}
    data = {"id": prompt_id, "version": "1.0.0", "format": "text", "template": template, "variables": variables}
    return Prompt.model_validate(data)


@pytest.fixture
def storage() -> InMemoryStorage:
    return InMemoryStorage()


@pytest.fixture
def registry(storage: InMemoryStorage) -> PromptRegistry:
    return PromptRegistry(storage=storage)


@pytest.fixture
async def manager(registry: PromptRegistry) -> PromptManager:
    manager = PromptManager(registry=registry)
    await manager.create_prompt(create_test_prompt("greeting"))
    return manager


class TestPythonVersion:
    def test_a_clone_is_of_the_same_type(self) -> None:
        class OurPrompt(Prompt):
            pass

        prompt = OurPrompt.model_validate(create_test_prompt("greeting").model_dump())
        assert_type(prompt.clone(), OurPrompt)
        assert type(prompt.clone()) is OurPrompt
        assert prompt.clone() == prompt

    async def test_exception_groups_of_our_errors_are_caught_by_their_root(self, manager: PromptManager) -> None:
        caught: list[str] = []
        try:
            await manager.render_many([("greeting", {"name": "Ada"}), ("greeting", {}), ("missing", {})])
        except* PromptError as group:
            caught = [type(error).__name__ for error in group.exceptions]
        assert caught == ["VariableError", "PromptNotFoundError"]


class TestAsyncPatterns:
    async def test_a_prompt_is_loaded_from_a_path(self, tmp_path: Path) -> None:
        path = tmp_path / "greeting.json"
        path.write_text(create_test_prompt("greeting").model_dump_json(by_alias=True, exclude_unset=True))
        assert await load_prompt(path) == create_test_prompt("greeting")

    async def test_prompts_are_rendered_together(self, manager: PromptManager) -> None:
        results = await asyncio.gather(
            manager.render("greeting", {"name": "Ada"}),
            manager.render("greeting", {"name": "Bob"}),
            manager.render("missing"),
            return_exceptions=True,
        )
        assert list(results[:2]) == ["Hello Ada!", "Hello Bob!"]
        assert isinstance(results[2], PromptNotFoundError)

    async def test_a_loader_is_a_context_manager(self, tmp_path: Path) -> None:
        (tmp_path / "greeting.yaml").write_text(GREETING)
        async with AsyncPromptLoader(tmp_path) as loader:
            assert [prompt.id for prompt in await loader.load_all()] == ["greeting"]

    async def test_prompts_are_streamed(self, manager: PromptManager) -> None:
        assert [prompt.id async for prompt in manager.list_prompts()] == ["greeting"]

    async def test_transient_errors_are_retried(self) -> None:
        storage = AsyncMock(spec=StorageBackendProtocol)
        storage.read.side_effect = [StorageError("busy"), StorageError("busy"), GREETING.encode()]
        manager = PromptManager(PromptRegistry(storage))
        text = await manager.render_with_retry("greeting", {"name": "Ada"}, max_retries=3, backoff=0)
        assert text == "Hello Ada!"

    async def test_permanent_errors_are_not_retried(self) -> None:
        storage = AsyncMock(spec=StorageBackendProtocol)
        storage.read.return_value = GREETING.encode()
        with pytest.raises(VariableError):
            await PromptManager(PromptRegistry(storage)).render_with_retry("greeting", {}, max_retries=3)
        storage.read.assert_called_once()


class TestTypes:
    async def test_any_mapping_holds_values(self, manager: PromptManager) -> None:
        class Values(dict[str, Any]):
            pass

        assert await manager.render("greeting", Values(name="Ada"), version=None, use_cache=True) == "Hello Ada!"

    def test_formats_are_literals(self) -> None:
        def is_format(name: PromptFormatType) -> bool:
            return name in set(PromptFormat)

        assert is_format("chat")

    def test_renderable_is_a_protocol(self) -> None:
        class OurTemplate:
            def render(self, values: Mapping[str, Any]) -> str:
                return f"result {len(values)}"

        def process(renderable: Renderable) -> str:
            return renderable.render({"a": 1})

        assert isinstance(OurTemplate(), Renderable)
        assert not isinstance(object(), Renderable)
        assert process(OurTemplate()) == "result 1"

    async def test_a_bound_prompt_is_renderable(self, manager: PromptManager) -> None:
        bound: Renderable = await manager.bind("greeting")
        assert bound.render({"name": "Ada"}) == "Hello Ada!"

    async def test_a_type_guard_narrows(self) -> None:
        manager = PromptManager(PromptRegistry(InMemoryStorage({"chat": CHAT})))
        prompt = await manager.get("chat")
        assert is_chat_prompt(prompt)
        assert prompt.chat_template.messages == (Message(role=Role.USER, content="Hi"),)


class TestPydantic:
    def test_models_are_frozen_and_forbid_unknown_keys(self) -> None:
        prompt = create_test_prompt("greeting")
        with pytest.raises(ValidationError):
            prompt.version = SemanticVersion(2, 0, 0)
        with pytest.raises(ValidationError):
            Prompt.model_validate({**prompt.model_dump(), "unknown": 1})
        assert prompt.format is PromptFormat.TEXT

    def test_text_is_never_stripped(self) -> None:
        prompt = create_test_prompt("greeting", "  Hello!\n")
        assert prompt.template is not None
        assert prompt.template.content == "  Hello!\n"

    @pytest.mark.parametrize("version", ["1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", ""])
    def test_versions_are_validated(self, version: str) -> None:
        with pytest.raises(ValidationError):
            Prompt.model_validate({**create_test_prompt("greeting").model_dump(), "version": version})

    def test_a_prompt_has_a_template_or_messages(self) -> None:
        with pytest.raises(ValidationError):
            Prompt.model_validate({"id": "x", "version": "1.0.0", "format": "text"})

    def test_messages_are_immutable(self) -> None:
        message = Message(role=Role.USER, content="Hello")
        with pytest.raises(ValidationError):
            message.content = "World"

    def test_a_prompt_is_written_and_read(self) -> None:
        prompt = create_test_prompt("greeting")
        assert Prompt.model_validate(prompt.model_dump()) == prompt
        assert Prompt.model_validate(prompt.model_dump(mode="json")) == prompt
        assert Prompt.model_validate_json(prompt.model_dump_json()) == prompt

    def test_a_version_is_a_type_of_pydantic(self) -> None:
        class Release(BaseModel):
            version: SemanticVersion

        release = Release.model_validate({"version": "1.2.3"})
        assert (release.version.major, release.version.minor, release.version.patch) == (1, 2, 3)
        assert release.model_dump(mode="json") == {"version": "1.2.3"}


class TestErrors:
    def test_errors_have_one_root_and_context(self) -> None:
        assert PromptError is PromptManagerError
        error = PromptNotFoundError("greeting", version="1.0.0")
        assert isinstance(error, PromptError)
        assert str(error) == "unknown prompt 'greeting' at 1.0.0"
        assert {"prompt_id": "greeting", "version": "1.0.0"}.items() <= error.context.items()

    async def test_errors_are_logged_at_the_boundary_with_their_context(self, manager: PromptManager) -> None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
        with capture_logs() as logs:
            with pytest.raises(PromptNotFoundError):
                await manager.render("missing")
            with pytest.raises(VariableError):
                await manager.render("greeting", {"name": 1})
        structlog.reset_defaults()
        errors = [(one["event"], one["prompt_id"]) for one in logs if one["log_level"] == "error"]
        assert errors == [("prompt_not_found", "missing"), ("render_failed", "greeting")]

    async def test_a_transaction_is_rolled_back(self, manager: PromptManager) -> None:
        with pytest.raises(RuntimeError):
            async with manager.registry.transaction() as transaction:
                transaction.create(create_test_prompt("second"))
                raise RuntimeError
        assert [prompt.id async for prompt in manager.list_prompts()] == ["greeting"]


class TestCodeOrganization:
    async def test_a_manager_is_composed(self, registry: PromptRegistry) -> None:
        store = AsyncMock(spec=VersionStoreProtocol)
        engine: TemplateEngineProtocol = TemplateEngine()
        manager = PromptManager(registry=registry, template_engine=engine, version_store=store)
        assert (manager.registry, manager.template_engine, manager.version_store) == (registry, engine, store)


class TestPerformance:
    def test_the_names_of_variables_are_computed_once(self) -> None:
        prompt = create_test_prompt("greeting")
        assert prompt.variable_set == {"name"}
        assert prompt.variable_set is prompt.variable_set
        assert prompt.template is not None
        assert prompt.template.variables == ("name",)

    async def test_prompts_are_counted_without_a_list(self, manager: PromptManager) -> None:
        words = 0
        async for prompt in manager.list_prompts():
            words += len(prompt.template.content.split()) if prompt.template else 0
        assert words == 2


class TestTesting:
    @pytest.mark.parametrize(
        ("template", "variables", "expected"),
        [
            ("Hello {{name}}", {"name": "World"}, "Hello World"),
            ("{{a}} + {{b}}", {"a": 1, "b": 2}, "1 + 2"),
            ("No variables", {}, "No variables"),
        ],
    )
    async def test_a_template_is_rendered(self, template: str, variables: dict[str, Any], expected: str) -> None:
        assert await TemplateEngine().render(template, variables) == expected

    async def test_a_storage_is_mocked(self) -> None:
        storage = AsyncMock(spec=StorageBackendProtocol)
        storage.read.return_value = GREETING.encode()
        prompt = await PromptRegistry(storage=storage).get("greeting")
        assert prompt.id == "greeting"
        storage.read.assert_called_once_with("greeting")

    @given(template=st.text(), variables=st.dictionaries(st.text(), st.text()))
    async def test_rendering_never_crashes(self, template: str, variables: dict[str, str]) -> None:
        with contextlib.suppress(TemplateError, TemplateRenderError):
            await TemplateEngine().render(template, variables)


class TestLogging:
    async def test_events_have_fields_and_the_context_of_the_caller(self, manager: PromptManager) -> None:
        structlog.configure(
            processors=[structlog.contextvars.merge_contextvars],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        )
        with (
            structlog.contextvars.bound_contextvars(request_id="r1"),
            capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs,
        ):
            await manager.render("greeting", {"name": "Ada"})
            await manager.render("greeting", {"name": "Ada"})
        structlog.reset_defaults()
        rendered = [one for one in logs if one["event"] == "prompt_rendered"]
        assert [(one["prompt_id"], one["version"], one["request_id"]) for one in rendered] == [
            ("greeting", "1.0.0", "r1")
        ] * 2
        assert [one["cache_hit"] for one in rendered] == [False, True]
        assert all(one["duration_ms"] >= 0 for one in rendered)
        assert "Ada" not in repr(logs)


class TestSecurity:
    def test_requests_are_validated(self) -> None:
        class CreateRequest(BaseModel):
            model_config = ConfigDict(extra="forbid")
            prompt: Prompt
            changelog: str | None = Field(default=None, max_length=100)

        data = {"prompt": create_test_prompt("greeting").model_dump(mode="json")}
        assert CreateRequest.model_validate(data).prompt == create_test_prompt("greeting")

    async def test_paths_stay_in_the_directory(self, tmp_path: Path) -> None:
        (tmp_path / "secret.yaml").write_text(GREETING)
        prompts = tmp_path / "prompts"
        prompts.mkdir()
        (prompts / "link.yaml").symlink_to(tmp_path / "secret.yaml")
        manager = PromptManager(PromptRegistry(DirectoryStorage(prompts)))
        for prompt_id in ("../secret", "link"):
            with pytest.raises(PromptError):
                await manager.get(prompt_id)

    async def test_templates_have_no_logic_of_python(self) -> None:
        engine = TemplateEngine()
        assert await engine.render("Hello {% if premium %}{{name}}!", {"name": "Ada"}) == "Hello {% if premium %}Ada!"
        with pytest.raises(TemplateRenderError):
            await engine.render("{{name.__class__}}", {"name": "Ada"})


class TestDocumentation:
    def test_render_is_documented(self) -> None:
        docstring = PromptManager.render.__doc__ or ""
        assert all(f"\n        {part}:\n" in docstring for part in ("Args", "Returns", "Raises"))

    async def test_a_created_prompt_is_returned(self, manager: PromptManager) -> None:
        prompt = create_test_prompt("second", "Second.")
        assert await manager.create_prompt(prompt, changelog=None) == prompt


class TestAntipatterns:
    def test_defaults_are_immutable(self) -> None:
        assert create_test_prompt("greeting").tags == ()

    async def test_errors_are_never_swallowed(self) -> None:
        manager = PromptManager(PromptRegistry(InMemoryStorage({"broken": "id: broken"})))
        with pytest.raises(PromptFormatError):
            await manager.render("broken")

    def test_a_manager_of_ones_own_is_one_line(self, registry: PromptRegistry) -> None:
        class OurManager(PromptManager):
            async def __aenter__(self) -> Self:
                return self

        assert isinstance(OurManager(registry), PromptManager)
