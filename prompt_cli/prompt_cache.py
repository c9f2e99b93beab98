"""Prompts as plain data, cached by content: `render` of unchanged files needs neither YAML nor Pydantic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.cache import Cache, digest_of
from prompt_cli.domain.binding import bind
from prompt_cli.domain.json_values import JsonObject, VariableData
from prompt_cli.engines.handlebars import TemplateEngine
from prompt_cli.engines.protocol import PartialTemplate, as_text
from prompt_cli.errors import StorageError
from prompt_cli.storage.project import Project
from prompt_cli.storage.scan import PromptDirectory

if TYPE_CHECKING:
    from prompt_cli.resolver import ResolvedPrompt

_KIND = "prompts"


class CachedMessage(NamedTuple):
    """A message of one text; that of a prompt of another format than chat has no role."""

    role: str
    template: str
    is_optional: bool


class CachedPartial(NamedTuple):
    """A partial, with the values for keys that the context lacks and the ids of the partials that it includes."""

    template: str
    names: Sequence[str]
    defaults: JsonObject
    includes: Sequence[str]


class CachedPrompt(NamedTuple):
    """A prompt without parts, histories and `each`, and without pinned partials."""

    id: str
    files: Mapping[str, str]  # the digest of each file that it depends on, by prompt id
    variables: Mapping[str, VariableData]
    names: Sequence[str]  # of the variables, and of properties at any depth
    examples: Mapping[str, JsonObject]  # the values, by name
    messages: Sequence[CachedMessage]
    includes: Sequence[str]  # the ids of the partials that the messages include
    partials: Mapping[str, CachedPartial]  # at any depth, by id, each after those that it includes

    def render(self, values: JsonObject) -> str:
        """Render the prompt as one text, as `BoundPrompt.render` does; errors have no place in a file."""
        engine = TemplateEngine()
        budget = engine.new_budget()
        bound = bind(self.variables, values, budget)
        partials: dict[str, PartialTemplate] = {}
        for prompt_id, one in self.partials.items():
            included = {name: partials[name] for name in one.includes}
            template = engine.compile(one.template, name=prompt_id, variables=one.names, partials=included)
            partials[prompt_id] = PartialTemplate(template, one.defaults)
        included = {name: partials[name] for name in self.includes}
        texts: list[tuple[str, str]] = []
        for role, content, is_optional in self.messages:
            template = engine.compile(content, name=self.id, variables=self.names, partials=included)
            text = template.render(bound, budget)
            if text.strip() or not is_optional:
                texts.append((role, text))
        return as_text(texts) if self.messages[0].role else texts[0][1]


def load_cached(project: Project, prompt_id: str) -> CachedPrompt | None:
    """Return a cached prompt if its files are the same as when it was cached."""
    match Cache.in_repository(project.git_directory).get(_KIND, _key(project, prompt_id)):
        case [dict(files), variables, names, examples, messages, includes, dict(partials)] if (
            prompt_id in files and _are_same(project, files)
        ):
            return CachedPrompt(
                prompt_id,
                files,
                variables,
                names,
                examples,
                [CachedMessage(*one) for one in messages],
                includes,
                {one: CachedPartial(*partial) for one, partial in partials.items()},
            )
    return None


def _are_same(project: Project, digests: Mapping[str, str]) -> bool:
    try:
        contents = PromptDirectory(project.directory).read_batch(digests)
    except StorageError:
        return False  # reading the prompt reports the error
    return {prompt_id: digest_of(content) for prompt_id, content in contents} == digests


def save_cached(project: Project, resolved: ResolvedPrompt) -> None:
    """Cache a prompt of the working tree, unless it has pins, invalid partials, or messages of parts or of `each`."""
    from prompt_cli.domain.message import Message  # cached prompts do not need Pydantic
    from prompt_cli.domain.variables import data_of

    prompt = resolved.loaded.checked()
    entries = prompt.chat_template.entries if prompt.chat_template else ()
    messages = [
        CachedMessage(str(one.role), one.content, one.optional)
        for one in entries
        if isinstance(one, Message) and isinstance(one.content, str)
    ]
    if resolved.files is None or resolved.has_pins or len(messages) < len(entries):
        return
    if prompt.template is not None:
        messages = [CachedMessage("", prompt.template.content, is_optional=False)]
    partials: dict[str, CachedPartial] = {}
    includes = _add_partials(resolved, partials)
    cached = CachedPrompt(
        prompt.id,
        resolved.files,
        data_of(prompt.variables),
        sorted(prompt.declared_names),
        {one.name: one.variables for one in prompt.examples},
        messages,
        includes,
        partials,
    )
    Cache.in_repository(project.git_directory).put(_KIND, _key(project, prompt.id), cached[1:])


def _add_partials(resolved: ResolvedPrompt, partials: dict[str, CachedPartial]) -> Sequence[str]:
    """Add the partials of a prompt, and return their ids."""
    from prompt_cli.domain.variables import defaults_of

    for prompt_id, one in resolved.included.items():
        if prompt_id not in partials:
            includes = _add_partials(one, partials)
            prompt = one.loaded.checked()
            (template,) = prompt.templates.values()
            partials[prompt_id] = CachedPartial(
                template, sorted(prompt.declared_names), defaults_of(prompt.variables), includes
            )
    return tuple(resolved.partials)


def _key(project: Project, prompt_id: str) -> str:
    return f"{project.directory}\0{prompt_id}"
