"""Closures that read expressions: paths, literals and calls of helpers."""

from collections.abc import Collection

from . import lint
from .errors import HandlebarsRenderError, HelperError, did_you_mean, else_if
from .helpers import BUILT_IN, Helper, HelperFunction, HelperOptions
from .javascript import LIST_KEY, MISSING, ValueRefusedError, child, property_key, truthy, type_name
from .nodes import (
    BlockStatement,
    BooleanLiteral,
    Expression,
    HelperCall,
    MustacheStatement,
    NullLiteral,
    NumberLiteral,
    PartialBlockStatement,
    PartialStatement,
    PathExpression,
    StringLiteral,
    SubExpression,
    as_path,
)
from .partials import CompiledProgram
from .runtime import ANY_DATA, HOOKS, LOOP_DATA, PARENTS, CompileState, Getter, Scope, Site


def expression(node: Expression, state: CompileState, *, tolerant: bool = False) -> Getter:
    """Compile an argument; if `tolerant`, its value may be missing even if a missing value is an error."""
    if isinstance(node, PathExpression):
        return path(node, state, tolerant=tolerant)
    if isinstance(node, SubExpression):
        return _subexpression(node, state, tolerant=tolerant)
    if isinstance(node, (StringLiteral, NumberLiteral, BooleanLiteral)):
        return literal(node.value)
    return literal(None if isinstance(node, NullLiteral) else MISSING)


def path(node: PathExpression, state: CompileState, *, tolerant: bool = False) -> Getter:
    """Compile a path, as `expression`."""
    at = state.block_param(node)
    keys = node.parts[1:] if at else node.parts
    if node.depth and not at:
        state.uses.add(PARENTS)
    if at:
        start = _block_param(*at, node, state)
    elif not keys or not keys[0]:
        start, keys = context_of(node.depth), ()
    elif node.data:
        _use_data(node, state)
        start = _data_of(node.depth)
    else:
        start = context_of(node.depth)
    if state.required and not tolerant:
        return _required_path(start, keys, node, state)
    if node.data and not at:
        return _lenient_data(start, keys, node, state)
    return _lenient(start, keys, node, state)


def _use_data(node: PathExpression, state: CompileState) -> None:
    """Record the loop variables that a path may read; other data variables need no frame."""
    if node.depth or node.parts[0] == "_parent":
        state.uses.add(ANY_DATA)
    elif node.parts[0] in LOOP_DATA:
        state.uses.add(node.parts[0])


def _lenient(start: Getter, keys: tuple[str, ...], node: PathExpression, state: CompileState) -> Getter:
    """Read a path; it is MISSING or null if a key is missing or its parent is null."""
    if not keys:
        return start

    def read(context: object, scope: Scope) -> object:
        value = start(context, scope)
        for key in keys:
            if type(value) is dict:
                value = value.get(key, MISSING)
            elif value is None or value is MISSING:
                return value
            else:
                value = _child(value, key, node, state)
        return value

    return read


def _lenient_data(start: Getter, keys: tuple[str, ...], node: PathExpression, state: CompileState) -> Getter:
    """Read `@a.b`; any false value ends the path (`a && a.b` in handlebars.js)."""
    site = state.site(node)

    def read(context: object, scope: Scope) -> object:
        value = start(context, scope)
        for key in keys:
            if not site.apply(truthy, value):
                return value
            value = _child(value, key, node, state)
        return value

    return read


def _required_path(start: Getter, keys: tuple[str, ...], node: PathExpression, state: CompileState) -> Getter:
    """Read a path; a missing value, or null before the last key, is an error."""

    def read(context: object, scope: Scope) -> object:
        value = parent = start(context, scope)
        for index, key in enumerate(keys):
            parent = value
            if type(parent) is dict:
                value = parent.get(key, MISSING)
            elif parent is None or parent is MISSING:
                raise _no_parent(keys[:index], key, parent, node, state)
            else:
                value = _child(parent, key, node, state)
        if value is MISSING:
            raise _no_key(keys, parent, node, state) if keys else state.error(node, f"{node.original!r} is missing")
        return value

    return read


def read_key(context: object, key: str, node: PathExpression, state: CompileState) -> object:
    """Read one key of the context, or with an empty key the context itself."""
    value = context
    if key and context is not None and context is not MISSING:
        value = _child(context, key, node, state)
    if state.required and (value is MISSING or (key and context is None)):
        raise _no_key((key,), context, node, state) if value is MISSING else _no_parent((), key, context, node, state)
    return value


def context_of(depth: int) -> Getter:
    """Read the context `depth` levels up."""
    if not depth:
        return lambda context, _scope: context

    def read(_context: object, scope: Scope) -> object:
        parents = scope.parents
        for _ in range(depth - 1):
            if parents is None:
                break
            parents = parents[1]
        return MISSING if parents is None else parents[0]

    return read


def _data_of(depth: int) -> Getter:
    """Read the data variables `depth` frames up."""
    if not depth:
        return lambda _context, scope: scope.data

    def read(_context: object, scope: Scope) -> object:
        data: object = scope.data
        for _ in range(depth):
            data = data.get("_parent", MISSING) if isinstance(data, dict) else MISSING
        return data

    return read


def _block_param(level: int, index: int, node: PathExpression, state: CompileState) -> Getter:
    """Read the block parameter `index` of the program `level` levels up."""

    def read(_context: object, scope: Scope) -> object:
        params = scope.params
        for _ in range(level):
            params = params and params[1]
        values = params and params[0]
        if values is None:
            raise state.error(node, f"the block that names {node.parts[0]!r} has no block parameters")
        return values[index] if index < len(values) else MISSING

    return read


def literal(value: object) -> Getter:
    """Return a closure that reads a constant."""
    return lambda _context, _scope: value


def _child(value: object, key: str, node: PathExpression, state: CompileState) -> object:
    try:
        return child(value, key)
    except ValueRefusedError as error:
        raise state.error(node, f"{node.original!r}: {error}") from None


def _no_parent(
    before: tuple[str, ...], key: str, parent: object, node: PathExpression, state: CompileState
) -> HandlebarsRenderError:
    what = "null" if parent is None else "missing"
    if before:
        return state.error(node, f"{node.original!r} is missing: {'.'.join(before)!r} is {what} and has no {key!r}")
    where = "the context around" if node.depth else "the context"
    return state.error(node, f"{node.original!r} is missing: {where} is {what}")


def _no_key(keys: tuple[str, ...], parent: object, node: PathExpression, state: CompileState) -> HandlebarsRenderError:
    *before, key = keys
    where = repr(".".join(before)) if before else "the context"
    if parent is MISSING:
        return state.error(node, f"{node.original!r} is missing: {where} is missing")
    if not isinstance(parent, dict):
        return state.error(node, f"{node.original!r} is missing: {where} is {type_name(parent)} and has no {key!r}")
    hint = else_if(key) or did_you_mean(key, parent)
    where = f": {where} has no {key!r}" if before else ""
    return state.error(node, f"{node.original!r} is missing{where}{hint and '; '}{hint}")


def plain_key(node: MustacheStatement, state: CompileState) -> str | None:
    """Return the key of the context that a mustache prints, "" for the context itself; None for anything else."""
    path = node.path
    if node.params or node.hash or not isinstance(path, PathExpression) or path.depth or path.data:
        return None
    if not path.parts:
        return ""
    key = path.parts[0]
    is_helper = not path.scoped and state.is_helper(key)
    return None if len(path.parts) > 1 or not key or is_helper or state.block_param(path) else key


def is_call(node: HelperCall, state: CompileState) -> bool:
    """Return whether a tag calls a helper, not reads a value (classifySexpr of handlebars.js)."""
    name = as_path(node.path)
    if name.is_simple and state.block_param(name):
        return False
    if isinstance(node, SubExpression) or node.params or node.hash:
        return True
    return name.is_simple and state.is_helper(name.parts[0])


def call(node: HelperCall, state: CompileState, block: CompiledProgram | None = None) -> Getter:
    """Compile the call of a helper."""
    name = as_path(node.path)
    first = name.parts[0] if name.parts else ""
    has_arguments = isinstance(node, SubExpression) or bool(node.params or node.hash)
    site = state.site(name, None if has_arguments else first)
    if first in HOOKS:
        return failure(f"{first!r} is called when rendering, never by a template", site)
    # handlebars.js looks up `@name` with arguments among the helpers with its `@`, and finds none.
    by_name = name.is_simple and not (has_arguments and name.data)
    helper = state.helpers.get(first) if by_name or first in BUILT_IN else None
    if helper is None:
        return _built_in(first, node, state) if first in BUILT_IN else _unknown(node, state)
    spec = helper.spec if isinstance(helper, Helper) else None
    tolerant = spec is not None and spec.tolerant
    named = pairs(node, state, tolerant=tolerant)
    problem = spec and lint.check_call(spec, node, state.helper_names)
    if problem:
        return failure(str(problem), site)
    arguments = tuple([expression(param, state, tolerant=tolerant) for param in node.params])
    return _call_helper(helper, arguments, named, block, site)


def _subexpression(node: SubExpression, state: CompileState, *, tolerant: bool) -> Getter:
    if not is_call(node, state):
        return path(as_path(node.path), state, tolerant=tolerant)
    read = call(node, state)
    if tolerant or not state.required:
        return read
    return required_value(read, state.site(node, as_path(node.path).original))


def _built_in(name: str, node: HelperCall, state: CompileState) -> Getter:
    site = state.site(node.path, name)
    arguments = tuple([expression(param, state) for param in node.params])
    named = pairs(node, state).values()
    if name == "log":
        return after([*named, *arguments], literal(MISSING))
    misplaced = name != "lookup" or (state.required and isinstance(node, BlockStatement))
    if not misplaced and len(arguments) == BUILT_IN[name].least:
        return after(named, _lookup(arguments[0], arguments[1], site))
    problem = str(lint.check_call(BUILT_IN[name], node, state.helper_names))
    if not state.required and name == "lookup" and arguments:
        return after(named, _unless_true(arguments[0], problem, site))
    return failure(problem, site)


def _unknown(node: HelperCall, state: CompileState) -> Getter:
    name = as_path(node.path)
    site = state.site(name)
    message = str(lint.unknown_helper(node, state.helper_names))
    if state.required or node.params:
        return failure(message, site)
    # `{{x key=value}}` prints nothing if `x` is missing, and cannot call a value
    return after([*pairs(node, state).values(), _unless_true(path(name, state), message, site)], literal(MISSING))


def pairs(node: HelperCall, state: CompileState, *, tolerant: bool = False) -> dict[str, Getter]:
    """Compile `key=value` arguments, the last first, as handlebars.js assigns them; of equal keys the first counts."""
    return {key: expression(value, state, tolerant=tolerant) for key, value in _values_of(node).items()}


def partial_pairs(node: PartialStatement | PartialBlockStatement, state: CompileState) -> dict[str, Getter]:
    """Compile the arguments of a partial, as `pairs`; a declared variable may be missing."""
    values = _values_of(node)
    return {key: expression(value, state, tolerant=_is_declared(value, state)) for key, value in values.items()}


def _values_of(node: HelperCall | PartialStatement | PartialBlockStatement) -> dict[str, Expression]:
    return {pair.key: pair.value for pair in reversed(node.hash.pairs)} if node.hash else {}


def _is_declared(node: Expression, state: CompileState) -> bool:
    return isinstance(node, PathExpression) and bool(node.parts) and node.parts[-1] in state.variables


def _call_helper(
    helper: Helper | HelperFunction,
    arguments: tuple[Getter, ...],
    named: dict[str, Getter],
    block: CompiledProgram | None,
    site: Site,
) -> Getter:
    function = helper.function if isinstance(helper, Helper) else helper

    def read(context: object, scope: Scope) -> object:
        values = [_null_if_missing(argument(context, scope)) for argument in arguments]
        hash_ = {key: _null_if_missing(value(context, scope)) for key, value in named.items()}
        render = block.bind(context, scope, (context, scope.parents))[0] if block else None
        options = HelperOptions(site, hash_, context, scope, render)
        try:
            return function(options, *values)
        except (HelperError, ValueRefusedError) as error:
            raise site.error(f"{site.label}: {error}") from None

    return read


def _null_if_missing(value: object) -> object:
    return None if value is MISSING else value


def failure(message: str, site: Site) -> Getter:
    """Raise an error when the call is reached."""

    def read(_context: object, _scope: Scope) -> object:
        raise site.error(message)

    return read


def _unless_true(read_value: Getter, message: str, site: Site) -> Getter:
    """Read a value that must not be true."""

    def read(context: object, scope: Scope) -> object:
        value = read_value(context, scope)
        if site.apply(truthy, value):
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


def required_value(read_value: Getter, site: Site) -> Getter:
    """Read the result of a helper; a missing one is an error."""

    def read(context: object, scope: Scope) -> object:
        value = read_value(context, scope)
        if value is MISSING:
            raise site.error(f"{site.label}: no value for this key")
        return value

    return read


def after(unused: Collection[Getter], read_value: Getter) -> Getter:
    """Read a value after unused arguments; an error in them is an error."""
    if not unused:
        return read_value

    def read(context: object, scope: Scope) -> object:
        for argument in unused:
            argument(context, scope)
        return read_value(context, scope)

    return read
