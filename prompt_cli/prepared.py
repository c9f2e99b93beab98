"""Prompts that were bound before, to be filled in again without their YAML being read or checked again.

They are known by content, never by time: by the bytes of their own file and of each that they include. What is kept is
plain data; what is filled in never is.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from prompt_cli.domain.binding import bind
from prompt_cli.domain.conversation import as_text, message_data
from prompt_cli.domain.declared import declared_names, defaults_of
from prompt_cli.domain.spec import PlainSpec
from prompt_cli.errors import PromptManagerError
from prompt_cli.storage.own import own_identity
from prompt_cli.storage.results import ResultFile
from prompt_cli.templating.handlebars_engine import HandlebarsEngine
from prompt_cli.templating.protocol import PartialTemplate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prompt_cli.domain.values import JsonObject
    from prompt_cli.resolution import ResolvedPrompt
    from prompt_cli.storage.discovery import Project
    from prompt_cli.templating.protocol import CompiledTemplateProtocol

MAX_PROMPTS: Final = 1024
"""How many prompts are remembered."""
MAX_BYTES: Final = 4 << 20
"""How many bytes they take together: the whole file is read to find one."""

_NAME: Final = "prompts"
_DEPTH: Final = 32


class _UnknownError(Exception):
    """A prompt was not bound before, as its file and those it includes are now."""


class _Known(NamedTuple):
    """What is kept of a prompt: what it takes to fill it in."""

    version: str
    is_chat: bool
    variables: Mapping[str, PlainSpec]
    messages: Sequence[Sequence[Any]]
    examples: Mapping[str, JsonObject]
    partials: Sequence[str]


class PreparedPrompt(NamedTuple):
    """A prompt that is ready to be filled in.

    Attributes:
        id: Its id.
        version: Its version, as text.
        variables: The specs of its variables, by name.
        examples: The values of its examples, by name.
        messages: The role and the name of each message; one of a user in a prompt of one text.
        templates: Their templates.
        is_chat: Whether it is a list of messages.
    """

    id: str
    version: str
    variables: Mapping[str, PlainSpec]
    examples: Mapping[str, JsonObject]
    messages: Sequence[tuple[str, str | None]]
    templates: Sequence[CompiledTemplateProtocol]
    is_chat: bool

    def render(self, values: JsonObject) -> str:
        """Return the prompt filled in, as one text.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be filled in with them.
        """
        texts = self._filled(values)
        return as_text(zip((role for role, _ in self.messages), texts, strict=True)) if self.is_chat else texts[0]

    def render_messages(self, values: JsonObject) -> list[dict[str, str]]:
        """Return the prompt filled in, as messages for providers; raises as `render` does."""
        filled = zip(self.messages, self._filled(values), strict=True)
        return [message_data(role, text, name) for (role, name), text in filled]

    def _filled(self, values: JsonObject) -> list[str]:
        bound = bind(self.variables, values)
        return [template.render(bound) for template in self.templates]


class PreparedPrompts:
    """The prompts of a project that were bound before; whatever goes wrong with them costs time alone.

    Args:
        project: The project.
    """

    def __init__(self, project: Project) -> None:
        self._file = ResultFile.of_project(project, _NAME, MAX_PROMPTS, MAX_BYTES)
        self._directory = project.directory
        self._identity = json.dumps(own_identity()).encode("ascii")

    def find(self, prompt_id: str, read: Callable[[str], bytes | None]) -> PreparedPrompt | None:
        """Return a prompt that was bound before.

        Args:
            prompt_id: Its id.
            read: Gives the bytes that the file of an id has now, or None where there is none.

        Returns:
            The prompt; None where it or what it includes is not known, or there is anything to say against it.
        """

        def key_of(one: str) -> str | None:
            content = read(one)
            return None if content is None else self._key_of_file(one, content)

        return self._find(prompt_id, key_of)

    def find_at(self, commit: str, prompt_id: str) -> PreparedPrompt | None:
        """Return a prompt that was bound before as of a commit, whose files never change; None as `find`.

        Args:
            commit: The commit's object id.
            prompt_id: The prompt's id.
        """
        return self._find(prompt_id, lambda one: self._key_of_commit(one, commit))

    def _find(self, prompt_id: str, key_of: Callable[[str], str | None]) -> PreparedPrompt | None:
        try:
            return _Preparation(dict(self._file.lines()), key_of).prompt(prompt_id)
        except (_UnknownError, PromptManagerError):
            return None
        except (TypeError, ValueError, LookupError, AttributeError, RecursionError):
            return None  # what was kept is not what is kept now: the file is damaged, or was made by someone else

    def keep(self, resolved: ResolvedPrompt) -> None:
        """Keep a prompt that was bound, and what it includes."""
        self._save({self._key_of_file(one.loaded.id, one.loaded.content): _entry(one) for one in _closure(resolved)})

    def keep_at(self, commit: str, resolved: ResolvedPrompt) -> None:
        """Keep a prompt that was bound as of a commit, and what it includes."""
        found = _closure(resolved)
        # A pinned version is looked up in the history, and may be of another commit.
        if not any("@" in name for one in found for name in one.partials):
            self._save({self._key_of_commit(one.loaded.id, commit): _entry(one) for one in found})

    def _save(self, found: Mapping[str, object]) -> None:
        known = {name for name, _ in self._file.lines()}
        if not found.keys() <= known:
            self._file.save_many(found)

    def _key_of_file(self, prompt_id: str, content: bytes) -> str:
        return self._key(b"file", prompt_id.encode(), content)

    def _key_of_commit(self, prompt_id: str, commit: str) -> str:
        return self._key(
            b"commit", prompt_id.encode(), f"{commit} {self._directory}".encode("utf-8", "surrogateescape")
        )

    def _key(self, *parts: bytes) -> str:
        return hashlib.sha256(b"\0".join((self._identity, *parts))).hexdigest()


class _Preparation:
    """Puts one prompt together with what it includes."""

    def __init__(self, kept: Mapping[str, bytes], key_of: Callable[[str], str | None]) -> None:
        self._kept = kept
        self._key_of = key_of
        self._engine = HandlebarsEngine()
        self._partials: dict[str, PartialTemplate] = {}

    def prompt(self, prompt_id: str) -> PreparedPrompt:
        known = self._known(prompt_id)
        templates = self._compiled(prompt_id, known, 1)
        roles = [(role, name) for role, _, name in known.messages]
        return PreparedPrompt(
            prompt_id, known.version, known.variables, known.examples, roles, templates, known.is_chat
        )

    def _known(self, prompt_id: str) -> _Known:
        line = self._kept.get(self._key_of(prompt_id) or "")
        if line is None:
            raise _UnknownError
        version, is_chat, variables, *others = json.loads(line)
        return _Known(version, is_chat, {name: PlainSpec.of_words(one) for name, one in variables.items()}, *others)

    def _compiled(self, name: str, known: _Known, depth: int) -> list[CompiledTemplateProtocol]:
        if depth > _DEPTH:
            raise _UnknownError
        partials = {written: self._partial(written, depth + 1) for written in known.partials}
        names = declared_names(known.variables)
        return [
            self._engine.compile(content, name=name, variables=names, partials=partials)
            for _, content, _ in known.messages
        ]

    def _partial(self, written: str, depth: int) -> PartialTemplate:
        if written not in self._partials:
            prompt_id, _, version = written.partition("@")
            known = self._known(prompt_id)
            if known.is_chat or version not in {"", known.version}:
                raise _UnknownError
            (template,) = self._compiled(prompt_id, known, depth)
            self._partials[written] = PartialTemplate(template, defaults_of(known.variables))
        return self._partials[written]


def _entry(resolved: ResolvedPrompt) -> Sequence[object]:
    prompt = resolved.loaded.checked()
    data = prompt.to_data()
    chat = data.get("messages") or [{"role": "user", "content": data.get("template")}]
    messages = [[one["role"], one["content"], one.get("name")] for one in chat]
    examples = {one["name"]: one.get("variables", {}) for one in data.get("examples", ())}
    return [str(prompt.version), prompt.is_chat, data.get("variables", {}), messages, examples, list(resolved.partials)]


def _closure(resolved: ResolvedPrompt) -> Sequence[ResolvedPrompt]:
    """Return a prompt and all it includes; nothing where something it names cannot be included."""
    from prompt_cli.resolution import PartialFault  # brings Pydantic, which what is known does without

    seen: dict[str, ResolvedPrompt] = {}
    left = [resolved]
    while left:
        one = left.pop()
        if one.digest not in seen:
            seen[one.digest] = one
            for partial in one.partials.values():
                if isinstance(partial, PartialFault):
                    return ()
                left.append(partial)
    return tuple(seen.values())
