"""PC2: templates: syntax, helpers, partials, blocks and placeholders."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeAlias

from prompt_cli.domain.binding import read_values, try_bind
from prompt_cli.domain.finding import Severity
from prompt_cli.domain.ids import near_names
from prompt_cli.domain.json_values import with_article
from prompt_cli.domain.variables import VariableSpec, format_names, spec_at
from prompt_cli.handlebars import (
    PROMPT_OPTIONS,
    BlockStatement,
    BooleanLiteral,
    ContentStatement,
    Node,
    NullLiteral,
    NumberLiteral,
    PathExpression,
    Program,
    StringLiteral,
    SubExpression,
    UndefinedLiteral,
)
from prompt_cli.handlebars.runtime import Budget
from prompt_cli.handlebars.uses import Comparison
from prompt_cli.problems import DataPath
from prompt_cli.resolver import FaultKind
from prompt_cli.rules.rule import Check, Match, Rule, Subject, Visit, prompt_file

_PRINT_BRACES = r"to print braces, write \{{"


def _find_syntax_errors(subject: Subject) -> Iterator[Match]:
    for path, error in subject.resolved.syntax_errors.items():
        # Other messages contain advice.
        is_bare = re.fullmatch("(?:un)?expected [^;{]*", error.message)
        yield Match(error.message, path, error.help or (_PRINT_BRACES if is_bare else ""), error.span)


def _wrong_calls(kind: str) -> Check:
    """Return a check of helper calls in the prompt's own templates; the checks of partials report theirs."""

    def check(subject: Subject) -> Iterator[Match]:
        for path, one in subject.analysis.templates.items():
            for call in one.wrong_calls:
                if call.kind == kind:
                    hint = call.help or (_PRINT_BRACES if kind == "unknown_helper" else "")
                    yield Match(call.message, path, hint, call.span.bounds)

    return check


def _faults_of(*kinds: FaultKind) -> Check:
    """Return a check of inclusions that fail."""

    def check(subject: Subject) -> Iterator[Match]:
        for path, fault, span in subject.failed_inclusions:
            if fault.kind in kinds:
                yield Match(fault.message, path, fault.help, span.bounds)

    return check


_find_unusable_faults = _faults_of("chat_partial", "broken_partial", "partial_name")


def _find_unusable_partials(subject: Subject) -> Iterator[Match]:
    yield from _find_unusable_faults(subject)
    for path, use, partial in subject.inclusions:
        if partial.syntax_errors:
            message = f"the template of the partial {use.name!r} cannot be parsed"
            hint = f"`prompt-cli validate {partial.loaded.id}` shows the error"
            yield Match(message, path, hint, use.span.bounds)
    for path, error in subject.analysis.errors.items():
        span = subject.inclusion_of(path, error.name) or error.span
        yield Match(error.message, path, "include fewer partials in each", span.bounds)


_AFTER_TAG = re.compile(r"[ \t]*\r?\n(?=[^\r\n])")


def _find_glued_partials(subject: Subject) -> Iterator[Match]:
    """Yield partials on lines of their own, which lose their line break, whose text does not end with one."""
    for path, use, partial in subject.inclusions:
        text = subject.resolved.templates[path].source
        start, end = text.rfind("{{", 0, use.span.offset), text.find("}}", use.span.end) + 2
        is_alone = not text[text.rfind("\n", 0, start) + 1 : start].strip(" \t") and _AFTER_TAG.match(text, end)
        if is_alone and any(_ends_within_line(one.source) for one in partial.templates.values()):
            message = f"the next line is printed right after the text of {use.name!r}"
            hint = f"end the text of {partial.loaded.path} with a line break: a block with | instead of |-"
            yield Match(message, path, hint, use.span.bounds)


def _ends_within_line(text: str) -> bool:
    """Return whether the last line of a template prints text and no line break; a closing tag ends its line."""
    last = text[text.rfind("\n") + 1 :].strip(" \t")
    return bool(last) and not (last.startswith(("{{/", "{{~/")) and last.endswith("}}"))


_BLOCK_HELPERS = frozenset({"if", "unless", "each", "with"})


def _find_empty_blocks(subject: Subject) -> Iterator[Match]:
    for path, visits in subject.programs.items():
        for visit in visits:
            block = _block_at(visit)
            # Other helpers may do without a body.
            if block is not None and (not block.params or _helper_of(block) in _BLOCK_HELPERS):
                yield from _find_empty_branches(block, path)


def _block_at(visit: Visit) -> BlockStatement | None:
    """Return the block whose first program is entered; each block is so once."""
    program, owner, is_entry = visit
    if is_entry and isinstance(owner, BlockStatement) and program is (owner.program or owner.inverse):
        return owner
    return None


def _find_empty_branches(block: BlockStatement, path: DataPath) -> Iterator[Match]:
    branches = [one for one in (block.program, block.inverse) if one]
    if not any(map(_is_empty, branches)):
        return
    branches.sort(key=lambda one: one.offset)
    first, last = branches[0], branches[-1]
    if all(map(_is_empty, branches)):
        yield Match("the block is empty", path, "remove it, or add a comment inside", _tag(block, first))
    elif _is_empty(first) and not last.chained:
        hint = "invert the condition: use {{#unless}} instead of {{#if}}"
        yield Match("nothing before {{else}}", path, hint, _tag(block, first))
    elif _is_empty(last):
        yield Match("nothing after {{else}}", path, "remove the {{else}}", _tag(block, last))


def _is_empty(program: Program) -> bool:
    """Return whether a branch is empty; a comment in it marks it as intended."""
    return all(isinstance(one, ContentStatement) and not one.value for one in program.body)


def _tag(block: BlockStatement, branch: Program) -> tuple[int, int]:
    """Return the span of the tag that opens a branch: the block's own, or its `{{else}}`."""
    if branch.offset <= block.open_end:
        return block.offset, block.open_end
    return block.origin.text.rfind("{{", block.open_end, branch.offset), branch.offset


def _find_unreachable_branches(subject: Subject) -> Iterator[Match]:
    for path, visits in subject.programs.items():
        for block, holds, is_literal in _fixed_conditions(visits):
            if holds:
                result = "{{else}} is never rendered" if block.inverse else "what follows is always rendered"
            else:
                result = "what follows is never rendered"
            reason = "the condition is a constant" if is_literal else "an enclosing block already tests this"
            span = block.offset, block.open_end
            yield Match(f"{reason}: {result}", path, "change the condition, or remove it", span)


_Shape: TypeAlias = tuple[object, ...]
"""An expression without its position. Expressions of one shape have one value in one context."""
_Facts: TypeAlias = dict[_Shape, list[bool]]
"""The conditions of the enclosing blocks in the current context, and whether they hold, innermost last."""
_VALUED = StringLiteral | NumberLiteral | BooleanLiteral
_LITERAL = _VALUED | NullLiteral | UndefinedLiteral
_FixedCondition: TypeAlias = tuple[BlockStatement, bool, bool]
"""A block that always or never renders its body; whether it does; whether its condition is a literal."""


def _fixed_conditions(visits: Iterable[Visit]) -> Iterator[_FixedCondition]:
    """Yield the blocks whose condition is a literal or that of an enclosing block."""
    facts: _Facts = {}
    outer: list[_Facts] = []
    for visit in visits:
        program, owner, is_entry = visit
        if block := _block_at(visit):
            yield from _fixed_condition(block, facts)
        condition = _condition(owner)
        if condition is not None:
            if is_entry:
                holds = isinstance(owner, BlockStatement) and (program is owner.program) is (_helper_of(owner) == "if")
                facts.setdefault(condition, []).append(holds)
            else:
                facts[condition].pop()
        elif not isinstance(owner, BlockStatement) or program is owner.program:
            # Other blocks may change the context, in which an equal path is another value.
            if is_entry:
                outer.append(facts)
            facts = {} if is_entry else outer.pop()


def _fixed_condition(block: BlockStatement, facts: _Facts) -> Iterator[_FixedCondition]:
    holds = _literal_condition(block)
    if holds is not None:
        yield block, holds, True
    elif facts and (condition := _condition(block)) is not None and (results := facts.get(condition)):
        yield block, results[-1] is (_helper_of(block) == "if"), False


def _literal_condition(block: BlockStatement) -> bool | None:
    """Return whether a block with a literal as its argument renders its body; None for other blocks."""
    helper = _helper_of(block)
    if helper not in _BLOCK_HELPERS or not isinstance(block.params[0], _LITERAL):
        return None
    if helper == "each":
        return False  # no literal is a list
    is_true = isinstance(block.params[0], _VALUED) and bool(block.params[0].value)
    return not is_true if helper == "unless" else is_true


def _condition(owner: Node) -> _Shape | None:
    """Return the shape of the condition of an `if` or `unless`; None for other nodes."""
    if isinstance(owner, BlockStatement) and _helper_of(owner) in {"if", "unless"}:
        return _shape(owner.params[0])
    return None


def _shape(node: Node) -> _Shape:
    if isinstance(node, PathExpression):
        return "path", node.data, node.depth, node.parts
    if isinstance(node, SubExpression):
        pairs = node.hash.pairs if node.hash else ()
        params = tuple(map(_shape, node.params))
        return "call", _shape(node.path), params, tuple((pair.key, _shape(pair.value)) for pair in pairs)
    return type(node).__name__, getattr(node, "value", None)


def _helper_of(block: BlockStatement) -> str | None:
    """Return the helper that a block calls with exactly one argument."""
    if isinstance(block.path, PathExpression) and len(block.params) == 1 and block.hash is None:
        return block.path.original
    return None


_SIGN = re.compile("[{%]|<<")


def _find_foreign_placeholders(subject: Subject) -> Iterator[Match]:
    for path, template in subject.resolved.templates.items():
        if subject.prompt is not None and _may_hold_placeholder(template.source):
            from prompt_cli.rules.placeholders import foreign_placeholders  # few prompts have candidates

            statements = [one for program, _, is_entry in subject.programs[path] if is_entry for one in program.body]
            contents = [one for one in statements if isinstance(one, ContentStatement) and _SIGN.search(one.value)]
            yield from foreign_placeholders(template, path, contents, subject.prompt.variables)


def _may_hold_placeholder(source: str) -> bool:
    """Return whether a template has a sign of another language, or a brace that may be text."""
    has_brace = "\\" in source or source.count("{") != 2 * source.count("{{") or "{{{{" in source
    return has_brace or "%" in source or "<<" in source


# Bounds on the search for near names: comparisons that get a hint, and choices compared with each.
_MAX_HINTS = 100
_MAX_CHOICES = 100


def _find_impossible_comparisons(subject: Subject) -> Iterator[Match]:
    hints, budget = _MAX_HINTS, Budget(PROMPT_OPTIONS.limits.work)
    for path, analysis in subject.analysis.templates.items():
        for comparison in analysis.comparisons:
            if comparison.is_strict or comparison.template != subject.id:
                continue
            always = "always" if comparison.helper == "ne" else "never"
            match = _literal_match(subject.variables, comparison, always, budget, may_hint=hints > 0)
            if budget.remaining < 0:
                message = "this comparison and those after it are not checked: the enums are too long"
                yield Match(message, path, "use shorter enums", comparison.left.span.bounds)
                return
            if match is not None:
                hints -= 1
                yield match._replace(path=path)
            elif not comparison.can_hold:
                message = f"{comparison.helper} {always} holds: the two values have different types"
                hint = "compare values of one type, or remove the comparison"
                yield Match(message, path, hint, (comparison.left.span.offset, comparison.right.span.end))


def _literal_match(
    specs: Mapping[str, VariableSpec], comparison: Comparison, always: str, budget: Budget, *, may_hint: bool
) -> Match | None:
    """Return the match of a comparison with a literal that is not a value of the variable."""
    for side, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
        literal = other.node
        spec = spec_at(specs, side.place.path) if side.place.is_declarable else None
        if spec is None or not isinstance(literal, _VALUED | NullLiteral):
            continue
        value = None if isinstance(literal, NullLiteral) else literal.value
        problems = try_bind({"x": spec.data}, {"x": value}, budget).problems
        if not problems:
            return None
        if problems[0].kind == "wrong_enum":
            choices = islice((choice for choice in spec.enum or () if isinstance(choice, str)), _MAX_CHOICES)
            near = near_names(str(value), choices, most=1) if may_hint and not spec.sensitive else ()
            hint = f"did you mean {near[0]!r}?" if near else "add it to the enum, or remove the comparison"
            message = f"this value is not in the variable's enum: {comparison.helper} {always} holds"
        else:
            limit = with_article(spec.type) if problems[0].kind == "wrong_type" else "limited to other values"
            hint = _literal_hint(spec, value) or "compare it with a value it can have, or remove the comparison"
            message = f"{comparison.helper} {always} holds: {format_names(side.place.path)!r} is {limit}"
        return Match(message, (), hint, other.span.bounds)
    return None


def _literal_hint(spec: VariableSpec, value: object) -> str:
    """Return the literal without its quotes if that is a value of the variable."""
    if not isinstance(value, str) or spec.type not in {"integer", "number", "boolean"}:
        return ""
    values, problems = read_values({"x": spec.data}, [("x", value)])
    return "" if problems or values["x"] is None else f"write {value} without quotes"


_INCLUDER = "id: example\nversion: 1.0.0\nformat: text\ntemplate: "
_TONE = "id: tone\nversion: 1.0.0\nformat: text\ntemplate: Be kind.\n"
_IF = "variables: {formal: {type: boolean}}\ntemplate: Hello{{#if formal}}%s{{/if}}!\n"
_PLACEHOLDER = "variables: {name: {type: string}}\ntemplate: 'Hello {{name}}! %s'\n"
_COMPARISON = (
    "variables: {tone: {type: string, enum: [formal, friendly]}}\ntemplate: Hello{{#if (eq tone '%s')}}!{{/if}}\n"
)

TEMPLATE_RULES = (
    Rule(
        "PC201",
        "invalid-template",
        "A template with a syntax error cannot be rendered.",
        prompt_file("template: '{{#if x}}Hello!'\nvariables: {x: {type: boolean}}\n"),
        prompt_file("template: '{{#if x}}Hello!{{/if}}'\nvariables: {x: {type: boolean}}\n"),
        _find_syntax_errors,
    ),
    Rule(
        "PC202",
        "unknown-helper",
        "Calling an unknown helper fails at render time. Only the built-in helpers are available.",
        prompt_file("template: '{{uper name}}'\nvariables: {name: {type: string}}\n"),
        prompt_file("template: '{{upper name}}'\nvariables: {name: {type: string}}\n"),
        _wrong_calls("unknown_helper"),
    ),
    Rule(
        "PC203",
        "wrong-arguments",
        "A helper called with wrong arguments fails, or ignores some of them.",
        prompt_file("template: '{{#if tone \"formal\"}}Dear{{/if}}'\nvariables: {tone: {type: string}}\n"),
        prompt_file("template: '{{#if (eq tone \"formal\")}}Dear{{/if}}'\nvariables: {tone: {type: string}}\n"),
        _wrong_calls("wrong_arguments"),
    ),
    Rule(
        "PC204",
        "missing-partial",
        "A prompt that includes a missing partial cannot be rendered.",
        {"example": _INCLUDER + "'{{> tonne}}'\n", "tone": _TONE},
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _faults_of("missing_partial"),
    ),
    Rule(
        "PC205",
        "circular-partials",
        "Partials that include each other in a cycle never finish rendering.",
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE.replace("Be kind.", "'{{> example}}'")},
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _faults_of("circular_partial", "partial_depth"),
    ),
    Rule(
        "PC206",
        "missing-partial-version",
        "A pinned partial version must exist in git history.",
        {"example": _INCLUDER + "'{{> \"tone@9.0.0\"}}'\n", "tone": _TONE},
        {"example": _INCLUDER + "'{{> \"tone@1.0.0\"}}'\n", "tone": _TONE},
        _faults_of("missing_version"),
    ),
    Rule(
        "PC207",
        "unusable-partial",
        "Only non-chat prompts can be included, and only by a literal name, so that every include can be checked.",
        prompt_file("variables: {name: {type: string}}\ntemplate: '{{> (lookup . \"name\")}}'\n"),
        {"example": _INCLUDER + "'{{> tone}}'\n", "tone": _TONE},
        _find_unusable_partials,
    ),
    Rule(
        "PC208",
        "empty-block",
        "An empty branch is usually a leftover or an inverted condition. Add a comment inside it if it is intentional.",
        prompt_file(_IF % ""),
        prompt_file(_IF % ", dear colleague"),
        _find_empty_blocks,
        Severity.WARNING,
    ),
    Rule(
        "PC209",
        "unreachable-branch",
        "No data can reach this branch, so its text never becomes part of the prompt.",
        prompt_file(_IF % " all{{else if formal}}, dear colleague"),
        prompt_file(_IF % ", dear colleague{{else}} all"),
        _find_unreachable_branches,
        Severity.WARNING,
    ),
    Rule(
        "PC210",
        "wrong-placeholder-syntax",
        "Placeholders of other template languages are printed literally: the model reads the name, not the value.",
        prompt_file(_PLACEHOLDER % "Your name is {name}."),
        prompt_file(_PLACEHOLDER % "Answer with `{name}`, or as $\\frac{name}{2}$."),
        _find_foreign_placeholders,
        Severity.WARNING,
    ),
    Rule(
        "PC211",
        "impossible-comparison",
        "The variable never has the compared value, so the comparison always has the same result.",
        prompt_file(_COMPARISON % "freindly"),
        prompt_file(_COMPARISON % "friendly"),
        _find_impossible_comparisons,
        Severity.WARNING,
    ),
    Rule(
        "PC212",
        "partial-without-line-break",
        "A partial alone on its line removes the line break after it. If its text ends without one, the next line "
        "follows directly. Off by default, as some projects want that.",
        {"example": _INCLUDER + "|\n  {{> tone}}\n  Be brief.\n", "tone": _TONE},
        {"example": _INCLUDER + "|\n  {{> tone}}\n  Be brief.\n", "tone": _TONE.replace("Be kind.", "|\n  Be kind.")},
        _find_glued_partials,
        Severity.INFO,
        enabled=False,
    ),
)
