"""Closures that read expressions: paths, literals and calls of helpers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import lint, paths
from .errors import HelperError
from .helpers import BUILT_IN, Helper, HelperOptions
from .javascript import LIST_KEY, MISSING, ValueRefusedError, child, property_key, truthy
from .nodes import (
    BlockStatement,
    BooleanLiteral,
    NullLiteral,
    NumberLiteral,
    PathExpression,
    StringLiteral,
    SubExpression,
    as_path,
)
from .runtime import ANY_DATA, HOOKS, LOOP_DATA, PARENTS

if TYPE_CHECKING:
    from .helpers import HelperFunction
    from .nodes import Expression, HelperCall, MustacheStatement, PartialBlockStatement, PartialStatement
    from .partials import Blocks
    from .runtime import CompileState, Getter, Options, Render, Scope, Site


def expression(node: Expression, state: CompileState, *, tolerant: bool = False) -> Getter:
    """Compile an argument.

    Args:
        node: The argument.
        state: The template.
        tolerant: Whether the value may be missing even if a missing value is an error.
    """
    if isinstance(node, PathExpression):
        return path(node, state, tolerant=tolerant)
    if isinstance(node, SubExpression):
        return _subexpression(node, state, tolerant=tolerant)
    if isinstance(node, StringLiteral | NumberLiteral | BooleanLiteral):
        return paths.literal(node.value)
    return paths.literal(None if isinstance(node, NullLiteral) else MISSING)


def path(node: PathExpression, state: CompileState, *, tolerant: bool = False, terminal: bool = False) -> Getter:
    """Compile a path.

    Args:
        node: The path.
        state: The template.
        tolerant: Whether the value may be missing even if a missing value is an error.
        terminal: Whether the last key must exist in a strict template.
    """
    at = state.block_param(node)
    keys = node.parts[1:] if at else node.parts
    if node.depth and not at:
        state.uses.add(PARENTS)
    if at:
        start = paths.block_param(*at, node, state)
    elif not keys or not keys[0]:
        start, keys = paths.context_of(node.depth), ()
    elif node.data:
        _use_data(node, state)
        start = paths.data_of(node.depth)
    elif len(keys) == 1 and not node.depth and not state.options.strict:
        required = state.required and not tolerant
        return (paths.required_key if required else paths.lenient_key)(keys[0], node, state)
    else:
        start = paths.context_of(node.depth)
    if state.required and not tolerant:
        return paths.solid(start, keys, node, state, terminal=False)
    if state.options.strict:
        return paths.solid(start, keys, node, state, terminal=terminal and not at)
    if node.data and not at:
        return paths.lenient_data(start, keys, node, state)
    return paths.lenient(start, keys, node, state)


def _use_data(node: PathExpression, state: CompileState) -> None:
    """Record the loop variables that a path may read; other data variables need no frame."""
    if node.depth or node.parts[0] == "_parent":
        state.uses.add(ANY_DATA)
    elif node.parts[0] in LOOP_DATA:
        state.uses.add(node.parts[0])


def plain_key(node: MustacheStatement, state: CompileState) -> str | None:
    """Return the key of the context that a mustache prints, "" for the context itself; None for anything else."""
    path = node.path
    if node.params or node.hash or not isinstance(path, PathExpression) or path.depth or path.data:
        return None
    if not path.parts:
        return ""
    key = path.parts[0]
    special = len(path.parts) > 1 or not key or state.options.strict or state.block_param(path)
    if special or (not path.scoped and (state.is_helper(key) or state.has_helper_missing)):
        return None
    return key


def kind(node: HelperCall, state: CompileState) -> str:
    """Classify a name with arguments (classifySexpr): "helper", "simple" for data, else "ambiguous"."""
    name = as_path(node.path)
    simple = len(name.parts) == 1 and not name.scoped and not name.depth
    if simple and state.block_param(name):
        return "simple"
    if isinstance(node, SubExpression) or node.params or node.hash:
        return "helper"
    if not simple or name.parts[0] in state.variables:
        return "simple"
    return "helper" if state.is_helper(name.parts[0]) else "ambiguous"


def call(
    node: HelperCall,
    state: CompileState,
    blocks: Blocks | None = None,
) -> Getter:
    """Compile the call of a helper."""
    name = as_path(node.path)
    first = name.parts[0] if name.parts else ""
    ambiguous = not (isinstance(node, SubExpression) or node.params or node.hash)
    site = state.site(name, first if ambiguous else None)
    simple = len(name.parts) == 1 and not name.scoped and not name.depth
    helpers = state.helpers
    # handlebars.js looks up `@name` with arguments among the helpers with its `@`, and finds none.
    by_name = simple and (ambiguous or not name.data)
    helper = helpers.get(first) if by_name or first in BUILT_IN else None
    if first in HOOKS:
        return failing(f"{first!r} is called when rendering, never by a template", site)
    if helper is None:
        return _built_in(first, node, state) if first in BUILT_IN else _unknown(node, state)
    spec = helper.spec if isinstance(helper, Helper) else None
    if spec is None:
        state.uses.add(ANY_DATA)
    named = pairs(node, state, tolerant=spec is not None and spec.tolerant)
    problem = spec and lint.check_call(spec, node, state.helper_names)
    if problem:
        return failing(str(problem), site)
    arguments = tuple([expression(param, state, tolerant=bool(spec and spec.tolerant)) for param in node.params])
    return _call_helper(helper, arguments, named, blocks, site)


def section_value(node: BlockStatement | MustacheStatement, state: CompileState) -> Getter:
    """Compile a name without arguments that is not a helper, in a mustache or at the start of a section."""
    name = as_path(node.path)
    read = path(name, state, terminal=True)
    missing = state.helpers.get("helperMissing")
    if missing and kind(node, state) == "ambiguous" and not state.options.strict:
        hook = _call_helper(missing, (), (), None, state.site(name))
        return _otherwise(path(name, state, tolerant=True), hook)
    return read


def _subexpression(node: SubExpression, state: CompileState, *, tolerant: bool) -> Getter:
    if kind(node, state) == "simple":
        return path(as_path(node.path), state, tolerant=tolerant, terminal=True)
    read = call(node, state)
    if tolerant or not state.required:
        return read
    return required_value(read, state.site(node, as_path(node.path).original))


def _built_in(name: str, node: HelperCall, state: CompileState) -> Getter:
    site = state.site(node.path, name)
    arguments = tuple([expression(param, state) for param in node.params])
    named = pairs(node, state)
    if name == "log":
        return after(named, _log(arguments, state.options))
    misplaced = name != "lookup" or (state.required and isinstance(node, BlockStatement))
    if not misplaced and len(arguments) == BUILT_IN[name].least:
        return after(named, _lookup(arguments[0], arguments[1], site))
    spec = BUILT_IN[name]
    problem = str(lint.check_call(spec, node, state.helper_names))
    if not state.required and name == "lookup" and arguments:
        return after(named, _unless_true(arguments[0], problem, site))
    return failing(problem, site)


def _unknown(node: HelperCall, state: CompileState) -> Getter:
    name = as_path(node.path)
    site = state.site(name)
    helpers = state.helpers
    message = str(lint.unknown_helper(node, state.helper_names))
    if state.required or state.options.strict:
        return failing(message, site)
    hook = helpers.get("helperMissing")
    read = path(name, state)
    if hook:
        arguments = tuple([expression(param, state) for param in node.params])
        missing = _call_helper(hook, arguments, pairs(node, state), None, site)
        return _otherwise(_unless_true(read, message, site), missing)
    if node.params:
        return failing(message, site)
    # `{{x key=value}}` prints nothing if `x` is missing, and cannot call a value
    return after(pairs(node, state), _nothing(_unless_true(read, message, site)))


def pairs(node: HelperCall, state: CompileState, *, tolerant: bool = False) -> tuple[tuple[str, Getter], ...]:
    """Compile `key=value` arguments, the last first: handlebars.js assigns them in this order.

    The first value of a repeated key counts.
    """
    return tuple([(key, expression(value, state, tolerant=tolerant)) for key, value in _values_of(node).items()])


def partial_pairs(
    node: PartialStatement | PartialBlockStatement, state: CompileState
) -> tuple[tuple[str, Getter], ...]:
    """Compile the arguments of a partial, as `pairs`; a declared variable may be missing."""
    return tuple(
        [
            (key, expression(value, state, tolerant=_is_declared(value, state)))
            for key, value in _values_of(node).items()
        ]
    )


def _values_of(node: HelperCall | PartialStatement | PartialBlockStatement) -> dict[str, Expression]:
    return {pair.key: pair.value for pair in reversed(node.hash.pairs)} if node.hash else {}


def _is_declared(node: Expression, state: CompileState) -> bool:
    return isinstance(node, PathExpression) and bool(node.parts) and node.parts[-1] in state.variables


def block_hook(node: BlockStatement, state: CompileState, read: Getter, blocks: Blocks) -> Getter | None:
    """Compile a call of `blockHelperMissing`, if there is one, with the value of a section."""
    hook = state.helpers.get("blockHelperMissing")
    if not hook:
        return None
    state.uses.add(ANY_DATA)
    name = as_path(node.path)
    return _call_helper(hook, (read,), (), blocks, state.site(name))


def _call_helper(
    helper: Helper | HelperFunction,
    arguments: tuple[Getter, ...],
    named: tuple[tuple[str, Getter], ...],
    blocks: Blocks | None,
    site: Site,
) -> Getter:
    function = helper.function if isinstance(helper, Helper) else helper

    def read(context: object, scope: Scope) -> object:
        values = [_null_if_missing(argument(context, scope)) for argument in arguments]
        hash_ = {key: _null_if_missing(value(context, scope)) for key, value in named}
        options = HelperOptions(site, hash_, context, scope, blocks and _bound(blocks, context, scope))
        try:
            return function(options, *values)
        except (HelperError, ValueRefusedError) as error:
            raise site.error(f"{site.label}: {error}") from None

    return read


def _bound(blocks: Blocks, context: object, scope: Scope) -> tuple[Render, Render]:
    depths = (context, scope.parents)
    main, inverse = blocks
    return main.bind(context, scope, depths)[0], inverse.bind(context, scope, depths)[0]


def _null_if_missing(value: object) -> object:
    return None if value is MISSING else value


def failing(message: str, site: Site) -> Getter:
    """Raise an error when the call is reached."""

    def read(_context: object, _scope: Scope) -> object:
        raise site.error(message)

    return read


def _unless_true(read_value: Getter, message: str, site: Site) -> Getter:
    """Read a value that must not be true."""

    def read(context: object, scope: Scope) -> object:
        value = read_value(context, scope)
        try:
            is_true = truthy(value)
        except ValueRefusedError as error:
            raise site.error(f"{site.label!r}: {error}") from None
        if is_true:
            raise site.error(message)
        return value

    return read


def _lookup(value: Getter, key: Getter, site: Site) -> Getter:
    """Read `lookup value key`: the property of a value under a computed key."""

    def read(context: object, scope: Scope) -> object:
        parent = value(context, scope)
        name = key(context, scope)
        if isinstance(name, list | tuple):  # it becomes a text
            scope.unit.run.spend(LIST_KEY, site)
        try:
            return child(parent, property_key(name)) if truthy(parent) else parent
        except ValueRefusedError as error:
            raise site.error(f"lookup: {error}") from None

    return read


def _log(arguments: tuple[Getter, ...], options: Options) -> Getter:
    """Pass the arguments of `log` to `Options.log`; it prints nothing."""

    def read(context: object, scope: Scope) -> object:
        values = [argument(context, scope) for argument in arguments]
        if options.log:
            options.log(*values)
        return MISSING

    return read


def required_value(read_value: Getter, site: Site) -> Getter:
    """Read the result of a helper; a missing one is an error."""

    def read(context: object, scope: Scope) -> object:
        value = read_value(context, scope)
        if value is MISSING:
            raise site.error(f"{site.label}: no value for this key")
        return value

    return read


def after(named: tuple[tuple[str, Getter], ...], read_value: Getter) -> Getter:
    """Read a value after unused `key=value` arguments; an error in them is an error."""
    if not named:
        return read_value

    def read(context: object, scope: Scope) -> object:
        for _, value in named:
            value(context, scope)
        return read_value(context, scope)

    return read


def _nothing(read_value: Getter) -> Getter:
    """Read a value and return nothing."""

    def read(context: object, scope: Scope) -> object:
        read_value(context, scope)
        return MISSING

    return read


def _otherwise(read: Getter, fallback: Getter) -> Getter:
    """Read a value, or another if it is null or missing."""

    def read_either(context: object, scope: Scope) -> object:
        value = read(context, scope)
        return fallback(context, scope) if value is None or value is MISSING else value

    return read_either
