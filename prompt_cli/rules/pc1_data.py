"""PC1: fields and messages."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise, takewhile

from prompt_cli.domain.finding import Edit, Fix, Severity
from prompt_cli.domain.message import Each, Entry, Message, Role
from prompt_cli.domain.template import NOT_DECLARED
from prompt_cli.errors import StorageError
from prompt_cli.handlebars import CommentStatement, ContentStatement, Statement
from prompt_cli.problems import DataPath, Problem
from prompt_cli.rules.rule import Match, Rule, Subject, problem_check, prompt_file

_INSTRUCTING_ROLES = (Role.SYSTEM, Role.DEVELOPER)


def _fix_id(subject: Subject, _problem: Problem) -> Fix | None:
    """Replace the id by the one from the file's path, in the smallest edit; None if it cannot be replaced alone."""
    source = subject.resolved.loaded.source
    if source is None:
        return None
    try:
        new = source.replace_scalar("id", subject.id).text
    except StorageError:
        return None
    old = source.text
    start = _shared_prefix(old, new)
    tail = _shared_prefix(old[start:][::-1], new[start:][::-1])
    region = source.lines.region(start, len(old) - tail)
    return Fix(f"make it {subject.id}", (Edit(region, new[start : len(new) - tail]),))


def _shared_prefix(left: str, right: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


def _find_empty_content(subject: Subject) -> Iterator[Match]:
    for path, template in subject.resolved.templates.items():
        if all(map(_is_empty, template.program.body)):
            yield Match("the text is empty", path, "add text, or remove it")


def _is_empty(statement: Statement) -> bool:
    if isinstance(statement, ContentStatement):
        return not statement.value.strip()
    return isinstance(statement, CommentStatement)


def _find_role_order(subject: Subject) -> Iterator[Match]:
    """Yield the roles that providers reject, quoted from their errors.

    - Bedrock's Converse and the chat templates of Gemma, Llama 2 and Mistral: "Conversation roles must alternate
      user/assistant/...", so no first turn of the assistant and no two turns of one role.
    - Mistral: "Unexpected role 'system' after role 'user'"; Anthropic has no system role among its messages.
    - Anthropic: "at least one message is required", not counting system messages; "This model does not support
      assistant message prefill. The conversation must end with a user message."

    Instructions alone pass: OpenAI and others answer them, and most callers append what the user says.
    """
    prompt = subject.prompt
    if prompt is None or prompt.chat_template is None:
        return
    if any(not isinstance(one, Message) for one in prompt.chat_template.entries):
        return  # the values tell the roles of histories and of messages for each item
    roles = [message.role for message in prompt.chat_template.messages]
    turns = {n: role for n, role in enumerate(roles) if role not in _INSTRUCTING_ROLES}
    first = min(turns, default=len(roles))
    for n, role in enumerate(roles):
        if n not in turns and n > first:
            yield _wrong_role(n, f"a {role} message after the first turn", "move it before the first user message")
    if turns:
        yield from _find_turn_order(turns)
    if turns and Role.USER not in roles:
        yield Match("no user message", ("messages",), "add a user message", key=True)


def _find_turn_order(turns: Mapping[int, Role]) -> Iterator[Match]:
    numbers = list(turns)
    if turns[numbers[0]] is Role.ASSISTANT and Role.USER in turns.values():
        yield _wrong_role(numbers[0], "the conversation begins with the assistant", "start with a user message")
    for before, n in pairwise(numbers):
        if turns[before] is turns[n]:
            yield _wrong_role(n, f"two {turns[n]} messages follow each other", "merge them")
    if turns[numbers[-1]] is Role.ASSISTANT and len(numbers) > 1:
        yield _wrong_role(numbers[-1], "the conversation ends with the assistant", "end with a user message")


def _wrong_role(number: int, message: str, help_: str) -> Match:
    return Match(f"{message}: several providers reject this", ("messages", number, "role"), help_)


def _find_variables_in_prefix(subject: Subject) -> Iterator[Match]:
    """Yield the ends of stable prefixes that contain a variable; providers reuse only equal prefixes."""
    chat = subject.prompt.chat_template if subject.prompt else None
    ends = list(_prefix_ends(chat.entries, ("messages",))) if chat else []
    if chat is None or not ends:
        return
    uses = [(_position(one.path), one.name) for one in chat.placements]
    uses += [(_position(path), name) for path in subject.references if (name := _variable_in(subject, path))]
    position, name = min(uses, default=((len(chat.entries),), ""))
    for path in ends:
        end = _position(path)
        if position[: len(end)] <= end:
            message = f"the stable prefix that ends here contains the variable {name!r}, which changes with each call"
            yield Match(message, path, "end the prefix before the variable, or move the variable after the prefix")


def _prefix_ends(entries: Iterable[Entry], at: DataPath) -> Iterator[DataPath]:
    """Yield the paths of `cache: true`, in order."""
    for n, entry in enumerate(entries):
        if isinstance(entry, Each):
            yield from _prefix_ends(entry.messages, (*at, n, "messages"))
        elif isinstance(entry, Message):
            parts = () if isinstance(entry.content, str) else entry.content
            yield from [(*at, n, "content", m, "cache") for m, part in enumerate(parts) if part.cache]
            if entry.cache:
                yield (*at, n, "cache")


def _position(path: DataPath) -> tuple[int, ...]:
    """Return the numbers of a message and of a part in it."""
    return tuple(one for one in path if isinstance(one, int))


def _variable_in(subject: Subject, path: DataPath) -> str:
    """Return the first variable that a template reads; empty if it reads none."""
    variables = subject.variables
    names = (one.path[0] for one in subject.references[path] if one.path and one.scope not in NOT_DECLARED)
    return next((name for name in names if name in variables), "")


_GOOD = prompt_file("template: Hello!\n")
_CHAT = "id: example\nversion: 1.0.0\nformat: chat\nmessages:\n"

_MARKED = (
    _CHAT.replace("messages", "variables: {name: {type: string}}\nmessages")
    + "- {role: system, content: '%s', cache: true}\n- {role: user, content: '%s'}\n"
)

DATA_RULES = (
    Rule(
        "PC101",
        "missing-field",
        "A prompt needs an id, a version and a format; a variable needs a type; a message needs a role and content.",
        {"example": "id: example\nformat: text\ntemplate: Hello!\n"},
        _GOOD,
        problem_check("missing_field"),
    ),
    Rule(
        "PC102",
        "unknown-field",
        "Unknown keys are usually typos and would be silently ignored. Put free data under `metadata`.",
        prompt_file("descripton: Greets.\ntemplate: Hello!\n"),
        prompt_file("description: Greets.\ntemplate: Hello!\n"),
        problem_check("unknown_field"),
    ),
    Rule(
        "PC103",
        "invalid-value",
        "The value has the wrong type or is outside the allowed range.",
        prompt_file("tags: production\ntemplate: Hello!\n"),
        prompt_file("tags: [production]\ntemplate: Hello!\n"),
        problem_check("wrong_value"),
    ),
    Rule(
        "PC104",
        "id-path-mismatch",
        "The id must equal the file's path below the prompt directory, without `.yaml`.",
        {"example": "id: another\nversion: 1.0.0\nformat: text\ntemplate: Hello!\n"},
        _GOOD,
        problem_check("wrong_id", "id_mismatch", fix=_fix_id),
        fixable="safe",
    ),
    Rule(
        "PC105",
        "format-mismatch",
        "A chat prompt has `messages`; every other format has a `template`.",
        {"example": "id: example\nversion: 1.0.0\nformat: chat\ntemplate: Hello!\n"},
        {"example": "id: example\nversion: 1.0.0\nformat: chat\nmessages: [{role: user, content: Hello!}]\n"},
        problem_check("format_mismatch", "template_and_messages"),
    ),
    Rule(
        "PC106",
        "invalid-name",
        "Names are used in templates and on command lines, so special characters and duplicates are not allowed.",
        prompt_file("variables: {first name: {type: string}}\ntemplate: Hello {{first name}}!\n"),
        prompt_file("variables: {first_name: {type: string}}\ntemplate: Hello {{first_name}}!\n"),
        problem_check("wrong_tag", "variable_name", "duplicate_name"),
    ),
    Rule(
        "PC107",
        "empty-content",
        "Providers reject empty prompts and messages.",
        prompt_file("template: '{{! to be written }}'\n"),
        prompt_file("template: Hello!\n"),
        _find_empty_content,
    ),
    Rule(
        "PC108",
        "message-order",
        "Some providers reject this order of roles. All accept instructions first, then user and assistant in "
        "turn, starting and ending with the user.",
        {"example": _CHAT + "- {role: user, content: Hello!}\n- {role: system, content: Be kind.}\n"},
        {"example": _CHAT + "- {role: system, content: Be kind.}\n- {role: user, content: Hello!}\n"},
        _find_role_order,
        Severity.WARNING,
    ),
    Rule(
        "PC109",
        "invalid-part-variable",
        "An image, a file, a history or an `each` needs a declared variable of its type. Without one there is nothing "
        "to send.",
        {"example": _CHAT + "- {role: user, content: [{text: Look!}, {image: photo}]}\n"},
        {
            "example": _CHAT.replace("messages", "variables: {photo: {type: image}}\nmessages")
            + "- {role: user, content: [{text: Look!}, {image: photo}]}\n"
        },
        problem_check("wrong_placement"),
    ),
    Rule(
        "PC110",
        "cache-after-variable",
        "A variable in the stable prefix changes the prefix with each call, so the provider's cache is never used: "
        "providers reuse cached text only for requests that begin with the same text.",
        {"example": _MARKED % ("Help {{name}}.", "Hello!")},
        {"example": _MARKED % ("Help.", "I am {{name}}.")},
        _find_variables_in_prefix,
        Severity.WARNING,
    ),
)
