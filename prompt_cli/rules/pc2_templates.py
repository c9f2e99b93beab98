"""PC2: blocks that render nothing, or never."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.domain.finding import Severity
from prompt_cli.domain.ids import near_names
from prompt_cli.domain.variables import spec_at
from prompt_cli.handlebars import (
    BlockStatement,
    BooleanLiteral,
    ContentStatement,
    NullLiteral,
    NumberLiteral,
    PathExpression,
    StringLiteral,
    SubExpression,
    UndefinedLiteral,
    iter_nodes,
)
from prompt_cli.resolver import ResolvedPrompt
from prompt_cli.rules.rule import Check, Match, Rule, prompt_file
from prompt_cli.rules.subject import inclusion_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath
    from prompt_cli.handlebars import Node, Program
    from prompt_cli.resolver import FaultKind
    from prompt_cli.rules.subject import Subject


_HELPERS = frozenset({"if", "unless", "each", "with"})


def _empty(subject: Subject) -> Iterator[Match]:
    for path, block in ((path, block) for path, blocks in subject.blocks.items() for block in blocks):
        if block.params and helper_of(block) not in _HELPERS:
            continue  # what a helper does with its body is its own affair
        branches = [one for one in (block.program, block.inverse) if one]
        if not any(map(_is_empty, branches)):
            continue
        branches.sort(key=lambda one: one.offset)
        first, last = branches[0], branches[-1]
        if all(map(_is_empty, branches)):
            yield Match("the block is empty", path, "remove it, or say in it what it is for", _tag(block, first))
        elif _is_empty(first) and not last.chained:
            hint = "turn the condition round: {{#unless}} for {{#if}}"
            yield Match("there is nothing before {{else}}", path, hint, _tag(block, first))
        elif _is_empty(last):
            yield Match("there is nothing after {{else}}", path, "remove the {{else}}", _tag(block, last))


def _is_empty(program: Program) -> bool:
    """Tell whether a branch prints nothing; a comment says that it shall."""
    return all(isinstance(one, ContentStatement) and not one.value for one in program.body)


def _tag(block: BlockStatement, branch: Program) -> tuple[int, int]:
    """Return where the tag before a branch stands: the block's own, or its `{{else}}`."""
    if branch.offset <= block.open_end:
        return block.offset, block.open_end
    return block.origin.text.rfind("{{", block.open_end, branch.offset), branch.offset


def _unreachable(subject: Subject) -> Iterator[Match]:
    for path, blocks in subject.blocks.items():
        for block, holds, constant in settled(subject.programs[path]) if may_be_settled(blocks) else ():
            if holds:
                result = "{{else}} is never rendered" if block.inverse else "what follows is always rendered"
            else:
                result = "what follows is never rendered"
            why = "the condition is a constant" if constant else "the block around has asked this already"
            yield Match(
                f"{why}: {result}", path, "ask for something else, or remove it", (block.offset, block.open_end)
            )


_IF = "variables: {formal: {type: boolean}}\ntemplate: Hello{{#if formal}}%s{{/if}}!\n"

BLOCK_RULES = (
    Rule(
        "PC208",
        "empty-block",
        "A branch that prints nothing is the rest of an edit, or a condition the wrong way round; the reader cannot "
        "tell which. A comment in it says that it is meant.",
        prompt_file(_IF % ""),
        prompt_file(_IF % ", dear colleague"),
        _empty,
        Severity.WARNING,
    ),
    Rule(
        "PC209",
        "unreachable-branch",
        "What no data can ever show is no part of the prompt, though whoever reads the template takes it for one.",
        prompt_file(_IF % " all{{else if formal}}, dear colleague"),
        prompt_file(_IF % ", dear colleague{{else}} all"),
        _unreachable,
        Severity.WARNING,
    ),
)

# What stands before a brace tells: \frac{name}, a{2}, x_{name} and /users/{name} belong to other languages.
_BRACES = re.compile(r"(?:(?<![\\$])[$#]|(?<![A-Za-z0-9_{}\\\])^/$#%@]))\{[ \t]*([^\W\d][\w.-]*)[ \t]*\}(?![{^_])")
_PERCENT = re.compile(r"(?<!%)%\(([^\W\d][\w.-]*)\)[sdrf]")
# In an attribute braces are JSX's, in an address those of RFC 6570.
_FOREIGN = r"(?:<\w[^<>\n]*=[\"']?|://\S*)$"
_LOOKED_BACK = 200
_TAG = re.compile(r"\{%([^%\n]*)%\}|<%=?([^%\n]*)%>")
_WORD = r"[^\W\d][\w-]*"


def _misspelt(subject: Subject) -> Iterator[Match]:
    names = subject.prompt.variables if subject.prompt else {}
    for path, template in subject.resolved.templates.items() if names else ():
        text, code = template.source, None
        if not _has_other_signs(text):
            continue
        contents = (node for program, _, entered in subject.programs[path] if entered for node in program.body)
        for node in contents:
            if not isinstance(node, ContentStatement) or not ("{" in node.value or "%" in node.value):
                continue
            for start, end, name in _candidates(text, node.offset, node.end, names):
                from prompt_cli.rules.prose import Code  # few prompts have candidates

                code = code or Code(text)
                if not code.holds(start) and not re.search(_FOREIGN, text[max(0, start - _LOOKED_BACK) : start]):
                    message = f"{text[start:end]} is printed as it stands; it looks like the variable {name!r}"
                    hint = f"write {{{{{name}}}}}, or put it in back ticks where it is meant"
                    yield Match(message, path, hint, (start, end))


def _has_other_signs(text: str) -> bool:
    """Tell whether there is a brace alone, three, or a percent sign: without, there is nothing to find."""
    return "%" in text or "{{{" in text or text.count("{") != 2 * text.count("{{")


def _candidates(text: str, start: int, end: int, names: Collection[str]) -> Iterator[tuple[int, int, str]]:
    for pattern in (_BRACES, _PERCENT):
        for match in pattern.finditer(text, start, end):
            name = match[1] if match[1] in names else match[1].partition(".")[0]
            if name in names:
                yield *match.span(), name
    for match in _TAG.finditer(text, start, end):
        words = re.findall(_WORD, match[1] or match[2] or "")
        if name := next((word for word in words if word in names), ""):
            yield *match.span(), name


_BODY = "variables: {name: {type: string}}\ntemplate: 'Hello {{name}}! %s'\n"

MUSTACHE_RULES = (
    Rule(
        "PC210",
        "misspelt-mustache",
        "Other languages write variables with other signs. Handlebars prints those as they stand, and the model reads "
        "the name instead of the value.",
        prompt_file(_BODY % "Your name is {name}."),
        prompt_file(_BODY % "Answer with `{name}`, or as $\\frac{name}{2}$."),
        _misspelt,
        Severity.WARNING,
    ),
)


_MOST_HINTS = 100
"""Comparisons that near choices are looked for, which takes time."""
_MOST_NEAR = 100
"""Choices that are compared with one that does not exist."""


def _impossible(subject: Subject) -> Iterator[Match]:
    for n, (path, spec, text) in enumerate(_comparisons(subject)):
        choices = [one for one in spec.enum or () if isinstance(one, str)]
        if choices and text.value not in choices:
            near = () if spec.sensitive or n >= _MOST_HINTS else near_names(text.value, choices[:_MOST_NEAR], most=1)
            hint = f"did you mean {near[0]!r}?" if near else "add it to the enum, or remove the comparison"
            yield Match("the enum of the variable does not hold this value", path, hint, (text.offset, text.end))


def _comparisons(subject: Subject) -> Iterator[tuple[DataPath, VariableSpec, StringLiteral]]:
    """Yield the texts that `eq` compares variables with."""
    specs = subject.prompt.variables if subject.prompt else {}
    for path, references in subject.references.items():
        read = {one.span.offset: one for one in references if one.helper == "eq" and one.template == subject.id}
        for node in iter_nodes(subject.resolved.templates[path]) if read else ():
            if not isinstance(node, SubExpression):
                continue
            named = [read[one.offset] for one in node.params if isinstance(one, PathExpression) and one.offset in read]
            texts = [one for one in node.params if isinstance(one, StringLiteral)]
            if len(named) == len(texts) == 1 and (spec := spec_at(specs, named[0].path)):
                yield path, spec, texts[0]


_TONE_COMPARED = (
    "variables: {tone: {type: string, enum: [formal, friendly]}}\ntemplate: Hello{{#if (eq tone '%s')}}!{{/if}}\n"
)

COMPARISON_RULES = (
    Rule(
        "PC211",
        "impossible-comparison",
        "A variable is compared with a text that its enum does not hold: the two are never equal, most often because "
        "one of them was renamed or is misspelt.",
        prompt_file(_TONE_COMPARED % "freindly"),
        prompt_file(_TONE_COMPARED % "friendly"),
        _impossible,
        Severity.WARNING,
    ),
)

Shape: TypeAlias = tuple[object, ...]
"""An expression without its place: two of one shape in one context have one value."""

_Facts: TypeAlias = dict[Shape, list[bool]]
"""Conditions that were asked in the context at hand, and whether they held, the innermost last."""

_VALUED = StringLiteral | NumberLiteral | BooleanLiteral
_LITERAL = _VALUED | NullLiteral | UndefinedLiteral


def shape(node: Node) -> Shape:
    """Return the shape of an expression."""
    if isinstance(node, PathExpression):
        return "path", node.data, node.depth, node.parts
    if isinstance(node, SubExpression):
        pairs = node.hash.pairs if node.hash else ()
        params = tuple(map(shape, node.params))
        return "call", shape(node.path), params, tuple((pair.key, shape(pair.value)) for pair in pairs)
    return type(node).__name__, getattr(node, "value", None)


def helper_of(block: BlockStatement) -> str | None:
    """Return the helper with one argument that a block calls."""
    simple = isinstance(block.path, PathExpression) and len(block.params) == 1 and block.hash is None
    return block.path.original if simple and isinstance(block.path, PathExpression) else None


class Settled(NamedTuple):
    """A block whose condition is known wherever it is rendered.

    Attributes:
        block: The block.
        holds: Whether its body is rendered always, or never.
        constant: Whether its condition is a constant; otherwise the blocks around have asked it.
    """

    block: BlockStatement
    holds: bool
    constant: bool


def _constant(block: BlockStatement) -> bool | None:
    """Return whether the body of a block is rendered always (True) or never (False); None where the data tell."""
    helper = helper_of(block)
    if helper not in {"if", "unless", "each", "with"} or not isinstance(block.params[0], _LITERAL):
        return None
    if helper == "each":
        return False  # no literal is a list
    value = isinstance(block.params[0], _VALUED) and bool(block.params[0].value)
    return not value if helper == "unless" else value


def may_be_settled(blocks: Sequence[BlockStatement]) -> bool:
    """Tell whether the condition of any of a template's blocks is a constant, or asked more than once."""
    asked = [shape for block in blocks if (shape := _asked(block)) is not None]
    return len(asked) != len(set(asked)) or any(_constant(block) is not None for block in blocks)


def settled(programs: Iterable[tuple[Program, Node, bool]]) -> Iterator[Settled]:
    """Yield the blocks whose condition is settled, by itself or by the blocks around it.

    Args:
        programs: The programs of a template, as they are entered and left.
    """
    facts: _Facts = {}
    outside: list[_Facts] = []
    for program, owner, entered in programs:
        asked = _asked(owner)
        if asked is not None:
            if entered:
                holds = isinstance(owner, BlockStatement) and (program is owner.program) is (helper_of(owner) == "if")
                facts.setdefault(asked, []).append(holds)
            else:
                facts[asked].pop()
        elif not isinstance(owner, BlockStatement) or program is owner.program:
            # a path in it starts elsewhere
            if entered:
                outside.append(facts)
            facts = {} if entered else outside.pop()
        if entered:
            yield from _settled_in(program, facts)


def _asked(owner: Node) -> Shape | None:
    """Return what an `if` or `unless` asks; None of any other."""
    if isinstance(owner, BlockStatement) and helper_of(owner) in {"if", "unless"}:
        return shape(owner.params[0])
    return None


def _settled_in(program: Program, facts: _Facts) -> Iterator[Settled]:
    for block in program.body:
        if not isinstance(block, BlockStatement):
            continue
        always = _constant(block)
        if always is not None:
            yield Settled(block, always, constant=True)
        elif facts and (asked := _asked(block)) is not None and (known := facts.get(asked)):
            yield Settled(block, known[-1] is (helper_of(block) == "if"), constant=False)


def _syntax(subject: Subject) -> Iterator[Match]:
    for path, error in subject.resolved.syntax_errors.items():
        offset, end = error.context["offset"], error.context["end"]
        span = (offset, end) if isinstance(offset, int) and isinstance(end, int) else None
        yield Match(error.message, path, error.help, span)


def _faults_of(*kinds: FaultKind) -> Check:
    def check(subject: Subject) -> Iterator[Match]:
        for path, fault, span in subject.faults:
            if fault.kind in kinds:
                yield Match(fault.message, path, fault.help, (span.offset, span.end))

    return check


_unusable = _faults_of("chat_partial", "broken_partial", "partial_name")


def _unusable_partials(subject: Subject) -> Iterator[Match]:
    yield from _unusable(subject)
    for path, uses in subject.resolved.uses.items():
        for one in uses:
            partial = subject.resolved.partials.get(one.name or "")
            if isinstance(partial, ResolvedPrompt) and partial.syntax_errors:
                message = f"the template of the partial {one.name!r} cannot be parsed"
                yield Match(message, path, f"see {partial.loaded.path}", (one.span.offset, one.span.end))
    for path, error in subject.reading.refused.items():
        span = inclusion_of(subject.resolved, path, error.name) or error.span
        yield Match(error.message, path, "include fewer partials in each", (span.offset, span.end))


def _wrong_calls(kind: str) -> Check:
    def check(subject: Subject) -> Iterator[Match]:
        # what a partial calls is found where the partial is checked
        for path, calls in subject.wrong_calls.items():
            for call in calls:
                if call.kind == kind:
                    yield Match(call.message, path, call.help, (call.span.offset, call.span.end))

    return check


_INCLUDER = "id: example\nversion: 1.0.0\nformat: text\ntemplate: "
_TONE = "id: tone\nversion: 1.0.0\nformat: text\ntemplate: Be kind.\n"

TEMPLATE_RULES = (
    Rule(
        "PC201",
        "template-syntax",
        "A template that cannot be parsed cannot be rendered: whoever asks for the prompt gets an error.",
        prompt_file("template: '{{#if x}}Hello!'\nvariables: {x: {type: boolean}}\n"),
        prompt_file("template: '{{#if x}}Hello!{{/if}}'\nvariables: {x: {type: boolean}}\n"),
        _syntax,
    ),
    Rule(
        "PC202",
        "unknown-helper",
        "A name with arguments is a helper, and prompts have the helpers that `prompt-cli` brings: any other is an "
        "error whenever the place is rendered.",
        prompt_file("template: '{{uper name}}'\nvariables: {name: {type: string}}\n"),
        prompt_file("template: '{{upper name}}'\nvariables: {name: {type: string}}\n"),
        _wrong_calls("unknown_helper"),
    ),
    Rule(
        "PC203",
        "wrong-arguments",
        "A helper that is given other arguments than it takes ends in an error, or does less than the call says.",
        prompt_file("template: '{{#if tone \"formal\"}}Dear{{/if}}'\nvariables: {tone: {type: string}}\n"),
        prompt_file("template: '{{#if (eq tone \"formal\")}}Dear{{/if}}'\nvariables: {tone: {type: string}}\n"),
        _wrong_calls("wrong_arguments"),
    ),
    Rule(
        "PC204",
        "missing-partial",
        "A partial is a prompt of the same repository; without it the prompt cannot be rendered.",
        {"example": _INCLUDER + "'{{> tonne}}'\n", "tone": _TONE},
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _faults_of("missing_partial"),
    ),
    Rule(
        "PC205",
        "circular-partials",
        "Partials that include one another in a circle never end.",
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE.replace("Be kind.", "'{{> example}}'")},
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _faults_of("circular_partial", "partial_depth"),
    ),
    Rule(
        "PC206",
        "missing-partial-version",
        "A pinned version that no commit bears cannot be found when the prompt is rendered.",
        {"example": _INCLUDER + "'{{> \"tone@9.0.0\"}}'\n", "tone": _TONE},
        {"example": _INCLUDER + "'{{> \"tone@1.0.0\"}}'\n", "tone": _TONE},
        _faults_of("missing_version"),
    ),
    Rule(
        "PC207",
        "unusable-partial",
        "Only a prompt of one text can be included, by a name that stands in the template: anything else could not be "
        "checked before it is rendered.",
        {"example": _INCLUDER + "'{{> (lookup . \"name\")}}'\n"},
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _unusable_partials,
    ),
)
