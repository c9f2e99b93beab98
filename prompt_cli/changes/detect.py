"""Detection of the changes between two prompts, with their levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.changes.messages import align, message_changes
from prompt_cli.changes.partials import partial_changes
from prompt_cli.changes.signature import shown, signature_changes
from prompt_cli.changes.text import TemplateTexts, match_names
from prompt_cli.domain.change import LEVELS, Change, ChangeKind, change
from prompt_cli.domain.include_tree import as_tree, same_content
from prompt_cli.domain.json_values import same_json
from prompt_cli.domain.prompt import ModelSettings
from prompt_cli.domain.version import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from prompt_cli.changes.messages import Alignment
    from prompt_cli.domain.include_tree import IncludeTree
    from prompt_cli.domain.json_values import JsonValue
    from prompt_cli.domain.message import Message, Role
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.errors import DataPath


def changes(
    old: Prompt | IncludeTree, new: Prompt | IncludeTree, *, levels: Mapping[ChangeKind, Level] = LEVELS
) -> tuple[Change, ...]:
    """Return the changes of format, signature, model, messages, text, partials and documentation, in this order.

    Ids and versions are not compared.

    Args:
        old: The old prompt, alone or with its partials.
        new: The new prompt.
        levels: The level of each kind; a missing kind has its default level.

    Raises:
        TemplateSyntaxError: A changed template cannot be parsed.

    >>> from prompt_cli.domain.prompt import Prompt
    >>> old = Prompt.load({"id": "greeting", "version": "1.0.0", "format": "text", "template": "Hello {{name}}!",
    ...                    "variables": {"name": {"type": "string"}}})
    >>> [str(one.kind) for one in changes(old, old.clone(template="Good morning {{name}}!"))]
    ['text-changed']
    """
    detected = _changes(as_tree(old), as_tree(new))
    return tuple(one._replace(level=levels.get(one.kind, one.level)) for one in detected)


def level_of(changes: Iterable[Change]) -> Level:
    """Return the highest level of changes."""
    return max((one.level for one in changes), default=Level.NONE)


class _Pair(NamedTuple):
    """A template on both sides, with its new path."""

    path: DataPath
    old: str
    new: str


def _changes(tree: IncludeTree, new_tree: IncludeTree) -> Iterator[Change]:
    old, new = tree.prompt, new_tree.prompt
    texts = TemplateTexts(is_handlebars=tree.is_handlebars)
    if old.templates != new.templates:
        texts.shapes(old)
        texts.shapes(new)
    aligned = _align(old, new, texts)
    pairs = _pairs(old, new, aligned)
    names = _renamed_variables(old, new, pairs, texts)
    yield from _format_changes(old, new)
    yield from signature_changes(old.variables, new.variables, names)
    yield from _model_changes(old, new)
    if old.is_chat and new.is_chat:
        yield from message_changes(_messages(old), _messages(new), aligned)
    for path, before, after in pairs:
        if not names and not texts.same(before, after):
            yield change(ChangeKind.TEXT_CHANGED, path, f"the text{_of(path, new)} was changed", before, after)
    if not same_content(tree, new_tree):
        yield from partial_changes(tree, new_tree, texts)
    yield from _documentation_changes(old, new)


def _messages(prompt: Prompt) -> Sequence[Message]:
    return () if prompt.chat_template is None else prompt.chat_template.messages


def _of(path: DataPath, prompt: Prompt) -> str:
    match path:
        case ("messages", int(n), *_):
            return f" of message {n + 1} ({_messages(prompt)[n].role})"
    return ""


def _align(old: Prompt, new: Prompt, texts: TemplateTexts) -> Alignment | None:
    def same(one: Message, other: Message) -> bool:
        return one.name == other.name and texts.same(one.content, other.content)

    return align(_messages(old), _messages(new), same) if old.is_chat and new.is_chat else None


def _pairs(old: Prompt, new: Prompt, aligned: Alignment | None) -> Sequence[_Pair]:
    """Return the templates to compare: none for a chat and a prompt of another format."""
    if old.template is not None and new.template is not None:
        return [_Pair(("template",), old.template.content, new.template.content)]
    before, after = _messages(old), _messages(new)
    pairs = aligned.pairs if aligned else _by_role(before, after)
    return [_Pair(("messages", m, "content"), before[n].content, after[m].content) for n, m in pairs]


def _by_role(old: Sequence[Message], new: Sequence[Message]) -> Iterator[tuple[int, int]]:
    """Pair reordered messages: the first of a role with the first of that role, and so on."""
    by_role: dict[Role, list[int]] = {}
    for n, message in enumerate(old):
        by_role.setdefault(message.role, []).append(n)
    for m, message in enumerate(new):
        if by_role.get(message.role):
            yield by_role[message.role].pop(0), m


def _renamed_variables(old: Prompt, new: Prompt, pairs: Sequence[_Pair], texts: TemplateTexts) -> Mapping[str, str]:
    """Return the new names of renamed variables by their old ones, if nothing else changed in the texts."""
    removed, added = old.variables.keys() - new.variables.keys(), new.variables.keys() - old.variables.keys()
    if not removed or not added:
        return {}
    names: Mapping[str, str] | None = {}
    for _, before, after in pairs:
        if before != after and names is not None:
            names = match_names(texts.shape(before), texts.shape(after), names)
    changed = {name: after for name, after in (names or {}).items() if name != after}
    if len(set(changed.values())) != len(changed) or not (changed.keys() <= removed and added >= set(changed.values())):
        return {}
    return changed if all(old.variables[name] == new.variables[after] for name, after in changed.items()) else {}


def _format_changes(old: Prompt, new: Prompt) -> Iterator[Change]:
    if old.format is not new.format:
        message = f"the format was {old.format} and is {new.format}"
        yield change(ChangeKind.FORMAT_CHANGED, ("format",), message, str(old.format), str(new.format))


def _model_changes(old: Prompt, new: Prompt) -> Iterator[Change]:
    before, after = old.model or ModelSettings(), new.model or ModelSettings()
    if before.name != after.name:
        message = f"the model is {_model_name(after)}, no longer {_model_name(before)}"
        yield change(ChangeKind.MODEL_CHANGED, ("model", "name"), message, before.name, after.name)
    for name, one, other in _differing(before.parameters, after.parameters):
        value = "left out" if name not in after.parameters else shown(other)
        message = f"the model parameter {name!r} is {value}"
        message += f", no longer {shown(one)}" if name in before.parameters else ", and was left out"
        yield change(ChangeKind.MODEL_CHANGED, ("model", "parameters", name), message, one, other)


def _model_name(model: ModelSettings) -> str:
    return "left open" if model.name is None else repr(model.name)


def _differing(
    old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]
) -> Iterator[tuple[str, JsonValue, JsonValue]]:
    for name in {**old, **new}:
        if (name in old) != (name in new) or not same_json(old.get(name), new.get(name)):
            yield name, old.get(name), new.get(name)


def _documentation_changes(old: Prompt, new: Prompt) -> Iterator[Change]:
    if old.description != new.description:
        yield _documentation_change(("description",), "the description was changed", old.description, new.description)
    if old.tags != new.tags:
        yield _documentation_change(("tags",), "the tags were changed", old.tags, new.tags)
    for name, before, after in _differing(old.metadata, new.metadata):
        yield _documentation_change(("metadata", name), f"the metadata {name!r} was changed", before, after)
    if old.examples != new.examples:
        # Names alone: the values may belong to sensitive variables.
        names = ([one.name for one in prompt.examples] for prompt in (old, new))
        yield _documentation_change(("examples",), "the examples were changed", *names)


def _documentation_change(path: DataPath, message: str, old: JsonValue, new: JsonValue) -> Change:
    return change(ChangeKind.DOCUMENTATION_CHANGED, path, message, old, new)
