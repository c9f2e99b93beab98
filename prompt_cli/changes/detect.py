"""Detection of the changes between two prompts, with their levels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from prompt_cli.changes.messages import ChatComparison, TemplatePair, title
from prompt_cli.changes.partials import partial_changes
from prompt_cli.changes.signature import format_value, output_changes, signature_changes, tool_changes
from prompt_cli.changes.text import TemplateTexts, match_names
from prompt_cli.domain.change import LEVELS, Change, ChangeKind, change
from prompt_cli.domain.json_values import JsonValue, same_json
from prompt_cli.domain.prompt import IncludeTree, ModelSettings, Prompt, as_tree, same_content
from prompt_cli.domain.version import Level
from prompt_cli.problems import DataPath


def changes(
    old: Prompt | IncludeTree, new: Prompt | IncludeTree, *, levels: Mapping[ChangeKind, Level] = LEVELS
) -> tuple[Change, ...]:
    """Return all changes between two prompts, alone or with their partials, except those of ids and versions.

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


def _changes(tree: IncludeTree, new_tree: IncludeTree) -> Iterator[Change]:
    texts = TemplateTexts(is_handlebars=tree.is_handlebars)
    is_includer = tree.prompt is new_tree.prompt  # only its partials differ
    if not is_includer:
        yield from _own_changes(tree.prompt, new_tree.prompt, texts)
    if not same_content(tree, new_tree):
        yield from partial_changes(tree, new_tree, texts)
    if not is_includer:
        yield from _documentation_changes(tree.prompt, new_tree.prompt)


def _own_changes(old: Prompt, new: Prompt, texts: TemplateTexts) -> Iterator[Change]:
    if old.templates != new.templates:
        texts.shapes(old)
        texts.shapes(new)
    chats = _compare_texts(old, new, texts)
    names = _renamed_variables(old, new, chats.texts, texts)
    if old.format is not new.format:
        message = f"the format was {old.format} and is {new.format}"
        yield change(ChangeKind.FORMAT_CHANGED, ("format",), message, str(old.format), str(new.format))
    yield from signature_changes(old.variables, new.variables, names)
    yield from output_changes(old.output, new.output)
    yield from tool_changes(old.tools, new.tools)
    yield from _model_changes(old, new)
    yield from chats.changes
    for path, before, after in chats.texts:
        if not names and not texts.same(before, after):
            yield change(ChangeKind.TEXT_CHANGED, path, f"the text{_of(path, new)} was changed", before, after)


def _compare_texts(old: Prompt, new: Prompt, texts: TemplateTexts) -> ChatComparison:
    """Return the templates on both sides: none for a chat and a prompt of another format."""
    comparison = ChatComparison(texts.same)
    if old.template is not None and new.template is not None:
        comparison.texts.append(TemplatePair(("template",), old.template.content, new.template.content))
    elif old.chat_template is not None and new.chat_template is not None:
        comparison.compare(old.chat_template.entries, new.chat_template.entries)
    return comparison


def _of(path: DataPath, prompt: Prompt) -> str:
    match path:
        case ("messages", int(n), *_) if prompt.chat_template is not None:
            return f" of {title(prompt.chat_template.entries[n], n)}"
    return ""


def _renamed_variables(old: Prompt, new: Prompt, pairs: Sequence[TemplatePair], texts: TemplateTexts) -> dict[str, str]:
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


def _model_changes(old: Prompt, new: Prompt) -> Iterator[Change]:
    before, after = old.model or ModelSettings(), new.model or ModelSettings()
    if before.provider != after.provider:
        message = f"the provider is {after.provider or 'left open'}, no longer {before.provider or 'left open'}"
        yield change(ChangeKind.MODEL_CHANGED, ("model", "provider"), message, before.provider, after.provider)
    if before.name != after.name:
        message = f"the model is {_model_name(after)}, no longer {_model_name(before)}"
        yield change(ChangeKind.MODEL_CHANGED, ("model", "name"), message, before.name, after.name)
    for name, one, other in _differing(before.parameters, after.parameters):
        value = "left out" if name not in after.parameters else format_value(other)
        message = f"the model parameter {name!r} is {value}"
        message += f", no longer {format_value(one)}" if name in before.parameters else ", and was left out"
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
