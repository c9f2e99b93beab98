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
    assert parse_settings("", "prompt-cli.toml") == Settings()
    assert Settings().levels == {}
    assert parse_settings('[tool.prompt-cli]\ndirectory = "p"\n', "/x/pyproject.toml") == Settings("p")


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
        ('levels = "major"', "'levels' must be a table", "[levels]"),
        ('levels = {mesage-added = "major"}', "unknown kind of change 'mesage-added'", "'message-added'"),
        ('levels = {colour = "major"}', "unknown kind of change 'colour'", "valid kinds: variable-removed, "),
        ('levels = {message-added = "huge"}', "invalid level 'huge' for 'message-added'", "none, patch, minor, major"),
        ("levels = {message-added = 3}", "invalid level 3 for 'message-added'", "none, patch, minor, major"),
        ('levels = {MESSAGE_ADDED = "major"}', "unknown kind of change 'MESSAGE_ADDED'", "message-added"),
        ("level = {}", "unknown setting 'level'", "'levels'"),
        ("levels = ", "prompt-cli.toml: ", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_set(text: str, message: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, "prompt-cli.toml")
    assert message in caught.value.message
    assert hint in caught.value.help
