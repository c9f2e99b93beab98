from __future__ import annotations

import pytest

from prompt_cli.changes.detect import changes, level_of
from prompt_cli.domain.change import ChangeKind
from prompt_cli.domain.prompt import Prompt
from prompt_cli.domain.version import Level
from prompt_cli.errors import SettingsError
from prompt_cli.settings import Settings, parse_settings


def test_without_settings_nothing_is_set() -> None:
    assert parse_settings("[tool.other]\n", "pyproject.toml") is None
    empty = parse_settings("", "prompt-cli.toml")
    assert empty is not None
    assert empty._replace(choice=empty.choice._replace(file=None)) == Settings()
    assert Settings().levels == {}
    found = parse_settings('[tool.prompt-cli]\ndirectory = "p"\n', "/x/pyproject.toml")
    assert found is not None
    assert found.directories == ("p",)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('levels = {message-added = "major", text-changed = "none"}\n', "prompt-cli.toml"),
        ('[tool.prompt-cli.levels]\nmessage-added = "major"\ntext-changed = "none"\n', "a/pyproject.toml"),
    ],
)
def test_levels_are_set_by_kind(text: str, source: str) -> None:
    settings = parse_settings(text, source)
    assert settings is not None
    assert settings.levels == {ChangeKind.MESSAGE_ADDED: Level.MAJOR, ChangeKind.TEXT_CHANGED: Level.NONE}
    old = Prompt.load({"id": "a", "version": "1.0.0", "format": "text", "template": "a"})
    assert level_of(changes(old, old.clone(template="b"))) is Level.PATCH
    assert level_of(changes(old, old.clone(template="b"), levels=settings.levels)) is Level.NONE
    assert level_of(changes(old, old.clone(model={"name": "b"}), levels=settings.levels)) is Level.MINOR


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('levels = "major"', "'levels' must be a table", 'levels = {message-added = "major"}'),
        ("severity = 1", "'severity' must be a table", 'severity = {PC302 = "warning"}'),
        ('levels = {mesage-added = "major"}', "unknown kind of change 'mesage-added'", "'message-added'"),
        ('levels = {colour = "major"}', "unknown kind of change 'colour'", "valid kinds: variable-removed, "),
        ('levels = {message-added = "huge"}', "invalid level 'huge' for 'message-added'", "none, patch, minor, major"),
        ("levels = {message-added = 3}", "invalid level 3 for 'message-added'", "none, patch, minor, major"),
        ('levels = {MESSAGE_ADDED = "major"}', "unknown kind of change 'MESSAGE_ADDED'", "message-added"),
        ("level = {}", "unknown setting 'level'", "'levels'"),
        ("levels = ", "Invalid value", ""),
        pytest.param(f"base = {'[' * 100_000}", "lists or tables are nested too deep", "", id="depth"),
        pytest.param(f"base = {'1' * 5_000}", "a number has too many digits", "", id="digits"),
        pytest.param(f"base = 1\n{'a.' * 300_000}b = 1", "a key has more than 1,000 words", "", id="words"),
        pytest.param(
            f"directory = {[f'd{n}' for n in range(1001)]}",
            "'directory' names more than 1,000 directories",
            "around several",
            id="directories",
        ),
        ("directory = []", "'directory' names no directory", "a/prompts"),
        ('directory = ["a", "./a/"]', "'directory' names 'a' twice", "do not overlap"),
        ('directory = ["a/b", "c", "a"]', "'directory' names 'a/b', which is inside 'a'", "do not overlap"),
        ('directory = ["a", "../b"]', "each of 'directory' must be a path below this file", "--directory"),
        ('directory = ["a", 1]', "each of 'directory' must be a path below this file", "--directory"),
        (r'directory = ["a", "b\nc"]', "each of 'directory' holds a control character", "rename"),
        (r'directory = "a\u001b[31m"', "'directory' holds a control character", "rename"),
        ('directorys = ["a"]', "unknown setting 'directorys'", "'directory'"),
        *((f"tag-format = {one}", "'tag-format' must hold {id} and {version} once each", "{id}@{version}")
          for one in ('""', '"{id}"', '"{id}{id}{version}"', '"{id}@{version}{x}"', "1")),
    ],
)  # fmt: skip
def test_invalid_settings(text: str, message: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, "prompt-cli.toml")
    assert message in caught.value.message
    assert hint in caught.value.help


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("select = ['PC1']\ndirectory = []\n", "2:1"),
        ('[tool.ruff]\nselect = 1\n[tool.prompt-cli]\n  "select" = 1\n', "4:3"),
        ('[tool.prompt-cli.severity]\nPC302 = "big"\n', "2:1"),
        ('[tool.prompt-cli]\nbase = "main"\n[tool.prompt-cli.severity]\n# PC302 = 1\n PC302 = "big"\n', "5:2"),
        ("[tool.prompt-cli]\nseverity.PC1 = 'info'\nseverity . 'PC2' = 'big'\n", "3:12"),
        ("[tool.prompt-cli]\nexclude = 1\n[[tool.a]]\nexclude = 2\n", "2:1"),
        ("[tool.a]\nPC2 = 1\n[tool]\nprompt-cli.severity = {PC1 = 'info', PC2 = 'big'}\n", "4:38"),
        ("[tool]\nprompt-cli = {levels = {PC2 = 'big'}}\n", "2:15"),
        ("[tool]\na = 1\nprompt-cli = 'main'\n", "3:1"),
        ("levels.text-changed = 'big'\n", "1:8"),
        ("[levels]\n'text-change' = 'minor'\n", "2:1"),
        ('[per-path-ignores]\n"a" = ["PC4"]\n"legacy/**" = "PC4"\n', "3:1"),
        ('[per-path-ignores]\n"\\u0061" = "PC4"\n', "1:2"),
        ("directory = [\n  'a',\n  =\n]\n", "3:3"),
        ("select = [\n  'PC1',\n\n", "2:9"),
    ],
)
def test_an_error_has_the_place_of_the_setting(text: str, place: str) -> None:
    source = "pyproject.toml" if "tool" in text else "prompt-cli.toml"
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, source)
    assert str(caught.value.location) == (f"{source}:{place}" if place else source)
