"""Errors of the library: their context, their text, their way through pickle, and that they are one tree."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import pickle
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

import prompt_cli
from prompt_cli import (
    AsyncPromptLoader,
    BumpManyError,
    DirectoryStorage,
    HistoryError,
    InMemoryStorage,
    InvalidValueError,
    LevelError,
    Location,
    Prompt,
    PromptError,
    PromptErrorGroup,
    PromptExistsError,
    PromptFormatError,
    PromptIdError,
    PromptManager,
    PromptManagerError,
    PromptNotFoundError,
    PromptRegistry,
    Region,
    RenderManyError,
    RepositoryDamagedError,
    RequestError,
    SemanticVersion,
    SettingsError,
    StorageConflictError,
    StorageCorruptedError,
    StorageError,
    TemplateError,
    TemplateRenderError,
    TemplateSyntaxError,
    VariableError,
    VersionNotFoundError,
    load_prompt,
)
from prompt_cli.domain.bump import BumpOptions
from prompt_cli.domain.revision import parse_revision
from prompt_cli.domain.version import Level
from prompt_cli.history.errors import GitProblem
from tests.support import Project

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FILE_TEXT = "only-in-the-file"
SECRET = "s3cr3t"  # noqa: S105 - a value to look for
KEYS = {
    "prompt_id": str,
    "version": str,
    "path": str,
    "line": int,
    "column": int,
    "template": str,
    "variable": str,
    "near": tuple,
    "reason": str,
    "help": str,
}
PROMPTS = {
    "greeting": "variables: {token: {type: string, sensitive: true, maxLength: 9}, tone: {type: string, enum: [kind]}}\n"
    "model: {name: x, parameters: {typ: 1}}\ntemplate: Hello {{token}} {{tone}}\n",
    "changed": "template: Old\n",
    "broken": "template: |\n  fine\n  {{#if x}}\n",
    "includer": "template: '{{> nope}}'\n",
    "outer": "variables: {o: {type: object}}\ntemplate: '{{> inner}}'\n",
    "inner": "variables: {o: {type: object}}\ntemplate: '{{o}}'\n",
    "invalid": "variables: {a: {type: strng}}\ntemplat: x\n",
    "typed": "variables: {a: {type: strng}}\ntemplate: x\n",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A repository whose prompts fail in every way; the tests do not change it."""
    project = Project(tmp_path_factory.mktemp("errors"))
    project.git("init", "-q", "-b", "main")
    for prompt_id, body in PROMPTS.items():
        project.prompt(prompt_id, f"# {FILE_TEXT}\n{body}")
    project.commit()
    (project.root / "prompts/directory.yaml").mkdir()
    project.prompt("changed", "variables: {new: {type: string}}\ntemplate: New {{new}}\n")
    return str(project.root)


class Row(NamedTuple):
    """A call that fails, and the class and context of its error; the context without help and near names."""

    method: str
    call: Callable[[PromptManager], Awaitable[object]]
    kind: type[PromptManagerError]
    context: dict[str, object]


async def _list(manager: PromptManager) -> object:
    return [one async for one in manager.list_prompts()]


async def _request(manager: PromptManager) -> object:
    return (await manager.render_prompt("greeting", {"token": "x", "tone": "kind"})).request("gemini")


TOKEN = {"token": SECRET * 2, "tone": SECRET}
NEW = Prompt.load({"id": "greeting", "version": "1.0.0", "format": "text", "template": "x"})
OPTIONS = BumpOptions()
ROWS = (
    Row("get", lambda m: m.get("nope"), PromptNotFoundError, {"prompt_id": "nope"}),
    Row(
        "get",
        lambda m: m.get("greeting@9.0.0"),
        VersionNotFoundError,
        {"prompt_id": "greeting", "version": "9.0.0"},
    ),
    Row(
        "get",
        lambda m: m.get("greeting", version="feature"),
        HistoryError,
        {"prompt_id": "greeting", "version": "feature", "reason": "unknown revision"},
    ),
    Row("get", lambda m: m.get("../Bad"), PromptIdError, {"prompt_id": "../Bad"}),
    Row("get", lambda m: m.get("greeting@"), PromptIdError, {"prompt_id": "greeting"}),
    Row(
        "get",
        lambda m: m.get("greeting", version=">=q"),
        PromptIdError,
        {"prompt_id": "greeting", "version": ">=q"},
    ),
    Row(
        "get",
        lambda m: m.get("typed"),
        PromptFormatError,
        {"prompt_id": "typed", "path": "prompts/typed.yaml", "line": 5, "column": 23, "variable": "a"},
    ),
    Row("move", lambda m: m.move("nowhere", "other"), PromptNotFoundError, {"prompt_id": "nowhere"}),
    Row(
        "get",
        lambda m: m.get("directory"),
        StorageError,
        {"prompt_id": "directory", "path": "prompts/directory.yaml", "reason": "it is a directory"},
    ),
    Row(
        "bind",
        lambda m: m.bind("broken"),
        TemplateSyntaxError,
        {
            "prompt_id": "broken",
            "path": "prompts/broken.yaml",
            "line": 7,
            "column": 3,
            "template": "broken",
        },
    ),
    Row(
        "bind",
        lambda m: m.bind("includer"),
        TemplateError,
        {"prompt_id": "includer", "path": "prompts/includer.yaml", "line": 5, "column": 16, "template": "includer"},
    ),
    Row(
        "render",
        lambda m: m.render("greeting", TOKEN),
        VariableError,
        {"prompt_id": "greeting", "version": "1.0.0", "variable": "token"},
    ),
    Row(
        "render",
        lambda m: m.render("outer", {"o": {SECRET: SECRET}}),
        TemplateRenderError,
        {
            "prompt_id": "outer",
            "version": "1.0.0",
            "path": "prompts/inner.yaml",
            "line": 6,
            "column": 14,
            "template": "inner",
        },
    ),
    Row(
        "render_messages",
        lambda m: m.render_messages("greeting", TOKEN, version="HEAD"),
        VariableError,
        {"prompt_id": "greeting", "version": "1.0.0", "variable": "token"},
    ),
    Row(
        "render_prompt",
        lambda m: m.render_prompt("greeting", TOKEN, version="HEAD"),
        VariableError,
        {"prompt_id": "greeting", "version": "1.0.0", "variable": "token"},
    ),
    Row(
        "render_prompt",
        _request,
        RequestError,
        {"prompt_id": "greeting", "version": "1.0.0", "path": "prompts/greeting.yaml", "line": 6, "column": 36},
    ),
    Row("render_many", lambda m: m.render_many([("greeting", TOKEN), ("nope", {})]), RenderManyError, {}),
    Row(
        "render_with_retry",
        lambda m: m.render_with_retry("greeting", TOKEN, max_retries=0),
        InvalidValueError,
        {"prompt_id": "greeting"},
    ),
    Row("list_prompts", _list, PromptErrorGroup, {}),
    Row("create_prompt", lambda m: m.create_prompt(NEW), PromptExistsError, {"prompt_id": "greeting"}),
    Row("save", lambda m: m.save(NEW.clone(id="nope")), PromptNotFoundError, {"prompt_id": "nope"}),
    Row("versions", lambda m: m.versions("nope"), PromptNotFoundError, {"prompt_id": "nope"}),
    Row("validate", lambda m: m.validate("nope"), PromptNotFoundError, {"prompt_id": "nope"}),
    Row("validate", lambda m: m.validate(select=["XX1"]), SettingsError, {}),
    Row("bump", lambda m: m.bump("changed", "huge"), InvalidValueError, {"prompt_id": "changed"}),
    Row("bump", lambda m: m.bump("changed", "patch"), LevelError, {"prompt_id": "changed", "version": "1.0.1"}),
    Row("bump_many", lambda m: m.bump_many(["nope"], OPTIONS), PromptNotFoundError, {"prompt_id": "nope"}),
    Row("bump_many", lambda m: m.bump_many(None, OPTIONS._replace(dry_run=True)), BumpManyError, {}),
    Row(
        "diff", lambda m: m.diff("greeting@9.0.0"), VersionNotFoundError, {"prompt_id": "greeting", "version": "9.0.0"}
    ),
    Row("diff_against", lambda m: m.diff_against("HEAD", targets="nope"), PromptNotFoundError, {"prompt_id": "nope"}),
    Row(
        "diff_against",
        lambda m: m.diff_against("feature"),
        HistoryError,
        {"version": "feature", "reason": "unknown revision"},
    ),
)

BUILT = (
    PromptManagerError("x", help="y"),
    StorageConflictError("the prompt 'a' was changed", prompt_id="a", transient=False),
    StorageCorruptedError("the journal is damaged", path="x/journal", reason="damaged journal"),
    RepositoryDamagedError("the git repository is damaged", reason=GitProblem.DAMAGED),
    VersionNotFoundError("a", "^2", available=[SemanticVersion(1, 0, 0)]),
    PromptNotFoundError("a", parse_revision("HEAD~1"), near=("b", "c")),
    TemplateError("it fails", template="a", line=1, column=2, offset=0, end=3).at(
        Location("a.yaml", Region(3, 1, 3, 4), FILE_TEXT)
    ),
    PromptErrorGroup("2 prompts", [StorageError("x"), PromptErrorGroup("1 prompt", [LevelError("y", prompt_id="a")])]),
)
"""Errors that no row raises, and ones with every attribute."""


async def error_of(root: str, row: Row, monkeypatch: pytest.MonkeyPatch) -> PromptManagerError:
    monkeypatch.chdir(root)
    async with PromptManager.open(root) as manager:
        with pytest.raises(PromptManagerError) as caught:
            await row.call(manager)
    return caught.value


def assert_same(one: BaseException, other: BaseException) -> None:
    assert type(one) is type(other)
    assert (str(one), repr(one)) == (str(other), repr(other))
    assert isinstance(one, PromptManagerError)
    assert isinstance(other, PromptManagerError)
    assert vars(one) == vars(other)
    if isinstance(one, PromptErrorGroup) and isinstance(other, PromptErrorGroup):
        for first, second in zip(one.exceptions, other.exceptions, strict=True):
            assert_same(first, second)


def assert_copies(error: PromptManagerError) -> None:
    loaded = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    for again in (loaded, copy.copy(error), copy.deepcopy(error)):
        assert_same(error, again)


def texts_of(error: PromptManagerError) -> str:
    inner = error.exceptions if isinstance(error, PromptErrorGroup) else ()
    own = f"{error} {error!r} {error.context!r} {error.help} {getattr(error, 'problems', ())!r}"
    return "\n".join([own, *(texts_of(one) for one in inner if isinstance(one, PromptManagerError))])


def assert_small(context: dict[str, Any]) -> None:
    for key, value in context.items():
        assert isinstance(value, KEYS[key]), key
        assert not isinstance(value, tuple) or all(type(one) is str for one in value)
    assert len(json.dumps(context)) < 2000
    assert not {"event", "level", "error"} & set(context)


class TestMethods:
    @pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method}-{row.kind.__name__}")
    async def test_context_and_text(self, root: str, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
        error = await error_of(root, row, monkeypatch)
        assert type(error) is row.kind
        context = {key: value for key, value in error.context.items() if key not in {"help", "near"}}
        if "path" in context:  # a storage's own is absolute
            context["path"] = str(context["path"]).removeprefix(f"{root}/")
        assert context == row.context
        assert_small(error.context)
        assert_copies(error)
        assert SECRET not in texts_of(error)
        assert FILE_TEXT not in texts_of(error)
        first, *others = str(error).splitlines()
        assert first
        assert len(first) < 200
        assert not first.endswith((".", ":"))
        assert all(line.startswith("  ") for line in others)
        assert str(error.context.get("path", "")) in first

    def test_every_public_method_has_a_row(self) -> None:
        methods = {
            name
            for name, one in inspect.getmembers(PromptManager, inspect.isfunction)
            if not name.startswith("_") and name != "open_sync"
        }
        assert methods == {row.method for row in ROWS}

    def test_every_class_is_tried(self) -> None:
        exported = {one for name in prompt_cli.__all__ if isinstance(one := getattr(prompt_cli, name), type)}
        errors = {one for one in exported if issubclass(one, BaseException)}
        assert errors == {row.kind for row in ROWS} | {type(one) for one in BUILT}

    async def test_other_arguments_give_errors_of_the_tree(self) -> None:
        for call in (
            lambda: Level.parse("huge"),
            lambda: SemanticVersion.parse("1.0"),
            lambda: SemanticVersion(1, 0, 0).bump("huge"),
            lambda: parse_revision(">=q"),
            lambda: InMemoryStorage({"A": ""}),
        ):
            with pytest.raises(InvalidValueError) as caught:
                call()
            assert isinstance(caught.value, ValueError)
        with pytest.raises(PromptError, match="not open"):
            await AsyncPromptLoader(InMemoryStorage()).load_all()

    @pytest.mark.parametrize("text", ["a\0", "\ud800", "x" * 5000, "\x1b[31m", "a@\0", "a\n"], ids=ascii)
    async def test_any_text_gives_errors_of_the_tree(self, root: str, text: str) -> None:
        async with PromptManager.open(root) as manager:
            calls: list[Awaitable[object]] = [
                manager.get(text),
                manager.get("greeting", version=text),
                manager.validate(text),
                manager.validate(select=[text]),
                manager.validate(severity={"PC302": text}),
                manager.validate(against=text),
                manager.diff_against(text),
                manager.bump("greeting", text),
                manager.render("greeting", {text: text}),
                PromptManager.open(text).__aenter__(),
                load_prompt(text),
            ]
            for one in await asyncio.gather(*calls, return_exceptions=True):
                assert isinstance(one, PromptManagerError)
                assert_small(one.context)
                assert_copies(one)


class TestText:
    async def test_several_problems_have_a_line_each(self, root: str, monkeypatch: pytest.MonkeyPatch) -> None:
        row = Row("get", lambda manager: manager.get("invalid"), PromptFormatError, {})
        assert str(await error_of(root, row, monkeypatch)).splitlines() == [
            "prompts/invalid.yaml: 2 problems",
            "  5:23: variables.a.type: 'type' must be one of 'string', 'integer', 'number', 'boolean', 'array', 'object', 'image', 'file' or 'messages'",
            "  6:1: templat: unknown key 'templat'",
        ]
        row = Row("render", lambda manager: manager.render("greeting", {"token": 1}), VariableError, {})
        assert str(await error_of(root, row, monkeypatch)).splitlines() == [
            "2 invalid variables",
            "  token must be a string, not an integer",
            "  tone is missing (a string)",
        ]

    def test_long_texts_are_cut_in_the_context_alone(self) -> None:
        error = PromptManagerError("x", help="h" * 5000, near=tuple(map(str, range(100))))
        assert len(error.help) == 5000
        assert_small(error.context)


def head(body: str) -> str:
    return f"id: a\nversion: 1.0.0\nformat: text\n{body}template: x\n"


class TestCopies:
    @pytest.mark.parametrize("error", BUILT, ids=lambda error: type(error).__name__)
    def test_they_are_equal(self, error: PromptManagerError) -> None:
        assert_copies(error)
        assert FILE_TEXT not in str(error) + repr(error.context)

    def test_an_error_of_a_caller_with_arguments_of_its_own(self) -> None:
        error = QuotaError("a", 3)
        error.add_note("noted")
        assert_copies(error)

    def test_they_cross_a_process_pool(self) -> None:
        with ProcessPoolExecutor(1) as pool:
            error = pool.submit(fail).exception()
        assert isinstance(error, RenderManyError)
        assert_same(error, FAILED)


class QuotaError(PromptManagerError):
    """An error of a caller, whose arguments are not those of its base class."""

    def __init__(self, prompt_id: str, limit: int) -> None:
        super().__init__(f"{prompt_id} was rendered more than {limit} times", prompt_id=prompt_id)
        self.limit = limit


FAILED = RenderManyError("1 of 2", [VersionNotFoundError("a", "2.0.0", available=["1.0.0"])], {1: "x"})


def fail() -> None:
    raise FAILED


class TestTree:
    def test_the_alias_is_the_root(self) -> None:
        assert PromptError is PromptManagerError

    def test_a_group_is_caught_by_both_kinds_of_except(self) -> None:
        group = RenderManyError("2 of 3", [StorageError("x"), LevelError("y")], {2: "z"})
        seen: list[str] = []
        try:
            raise group
        except* PromptError as caught:
            seen = [str(one) for one in caught.exceptions]
        assert seen == ["x", "y"]
        assert str(group) == "2 of 3\n  x\n  y"
        parts: list[BaseException] = []
        try:
            raise group
        except* StorageError as caught:
            parts.append(caught)
        except* LevelError as caught:
            parts.append(caught)
        assert [str(one) for one in parts] == ["2 of 3\n  x", "2 of 3\n  y"]
        assert all(isinstance(one, RenderManyError) and one.results == {2: "z"} for one in parts)

    async def test_files_that_cannot_be_read_are_a_group(self, root: str) -> None:
        storage = DirectoryStorage(Path(root) / "prompts")
        with pytest.raises(StorageError, match="directory"):
            assert [one async for one in storage.read_all(["greeting", "directory"])]


JSON_VALUES = st.recursive(
    st.sampled_from([SECRET, f"%{SECRET}", float("inf"), float("nan"), 10**400, 1, True, None, f"{SECRET}\ud800"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", SECRET]), inner, max_size=2),
    max_leaves=5,
)
SPECS = st.sampled_from(
    [
        {"type": "string", "maxLength": 2},
        {"type": "string", "enum": [f"{SECRET[:-1]}x"]},
        {"type": "string", "pattern": "^x$"},
        {"type": "number", "maximum": 0},
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "array"},
        {"type": "array", "items": {"type": "string", "enum": [f"{SECRET[:-1]}x"]}},
        {"type": "object"},
        {"type": "object", "properties": {"a": {"type": "string", "maxLength": 1}, "b": {"type": "array"}}},
    ]
)
TEMPLATES = st.sampled_from(
    [
        "{{x}}",
        "{{x.a.b}}",
        "{{#each x}}{{this.q}}{{this}}{{@key.q}}{{/each}}",
        "{{#with x}}{{q}}{{/with}}",
        "{{join x x}}",
        "{{upper x}}",
        "{{truncate x x}}",
        "{{date x x}}",
        "{{lookup x x}}",
        "{{lookup (lookup x 'a') 'b'}}",
        "{{#if (gt x 1)}}{{/if}}",
        "{{indent x x}}",
        "{{bullets x}}",
        "{{#x}}{{q}}{{/x}}",
        "{{#each x as |v k|}}{{lookup . k}}{{/each}}",
        "{{json x}}{{nope}}",
    ]
)


@settings(max_examples=60)
@given(spec=SPECS, template=TEMPLATES, value=JSON_VALUES)
async def test_no_error_and_no_event_shows_a_sensitive_value(spec: dict[str, Any], template: str, value: Any) -> None:
    variables = json.dumps({"x": {**spec, "sensitive": True}})
    text = head(f"variables: {variables}\n").replace("template: x", f"template: {json.dumps(template)}")
    manager = PromptManager(PromptRegistry(InMemoryStorage({"a": text})))
    with capture_logs() as events:
        outcomes = await asyncio.gather(manager.render("a", {"x": value}), return_exceptions=True)
    structlog.reset_defaults()
    assert events
    assert SECRET not in repr(events)
    outcome = outcomes[0]
    if isinstance(outcome, PromptManagerError):
        assert SECRET not in texts_of(outcome)
        assert_small(outcome.context)
    else:
        assert isinstance(outcome, str)
