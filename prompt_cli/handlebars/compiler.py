"""Compiler: templates to closures that render them."""

from collections.abc import Callable, Collection, Mapping
from functools import cached_property, partial

from . import expressions, lint, partials, statements
from .errors import STACK_EXHAUSTED
from .helpers import BUILT_IN, Helper, HelperFunction
from .javascript import MISSING
from .nodes import (
    BlockStatement,
    CommentStatement,
    ContentStatement,
    Expression,
    InlinePartial,
    MustacheStatement,
    PartialBlockStatement,
    PartialStatement,
    PathExpression,
    Program,
    SubExpression,
    Template,
    UndefinedLiteral,
    as_path,
    original,
)
from .parser import parse
from .partials import CompiledProgram, Inline, JsonValue, Partials, PartialSources, ResolvedPartial, external
from .runtime import (
    ANY_DATA,
    Budget,
    CompileState,
    Emit,
    Getter,
    Options,
    Render,
    Run,
    Scope,
    Site,
    Unit,
    parents_inside,
)


class Environment:
    """Helpers and partials by name; a partial is compiled at its first inclusion."""

    def __init__(
        self, helpers: Mapping[str, Helper | HelperFunction], sources: PartialSources, options: Options
    ) -> None:
        self.helpers = helpers
        self._names = {**dict.fromkeys(helpers), **dict.fromkeys(BUILT_IN)}  # in order, without duplicates
        self.options = options
        self.sources = sources
        self._compiled: dict[tuple[PartialSources, str], Render | None] = {}

    def _partial(self, sources: PartialSources, name: str) -> Render | None:
        if (sources, name) not in self._compiled:
            source = sources.find(name)
            self._compiled[sources, name] = None if source is None else self._external(source)
        return self._compiled[sources, name]

    def _external(self, partial: ResolvedPartial) -> Render:
        program = self._shared(partial) or self.compile(
            partial.template, partial.options or self.options, partial.variables, partial.sources
        )
        return external(program, partial.defaults)

    def _shared(self, partial: ResolvedPartial) -> CompiledProgram | None:
        """Return the program of a partial compiled with the same options and helpers; many templates may share it."""
        compiled = partial.compiled
        if compiled is None or compiled.template is not partial.template or compiled.options is not self.options:
            return None
        partials = compiled.environment.sources.partials
        same = compiled.environment.helpers is self.helpers and partials is partial.sources.partials
        return compiled.program if same and partials is not None else None

    def compile(
        self, template: Template, options: Options, variables: Collection[str], sources: PartialSources
    ) -> CompiledProgram:
        """Compile a template that includes partials of these sources to closures."""
        find = partial(self._partial, sources)
        state = CompileState(self.helpers, self._names, find, template, options, variables)
        return compile_program(template.program, state)


_OPTIONS = Options()


class CompiledTemplate:
    """A template that is compiled at its first rendering, as in handlebars.js; threads may render it together."""

    def __init__(
        self, template: Template, environment: Environment, options: Options, variables: Collection[str]
    ) -> None:
        self.template = template
        self.options = options
        self.variables = variables
        self.environment = environment
        self._whole = Site(template.name, template)

    @cached_property
    def program(self) -> CompiledProgram:
        """The template as closures; checks of prompts without examples never need them."""
        return self.environment.compile(self.template, self.options, self.variables, self.environment.sources)

    def render(
        self,
        context: JsonValue,
        *,
        data: Mapping[str, JsonValue] | None = None,
        around: object = MISSING,
        budget: Budget | None = None,
    ) -> str:
        """Render the template in a context, the start of all paths, usually a dict.

        The data variables `{"level": 1}` are `{{@level}}`. `around` is the context of `../`, as around the block of an
        `each`. Several renders may share a budget.
        """
        whole = self._whole
        run = Run(self.options, whole, budget)
        parents = None if around is MISSING else parents_inside((around, None), context, run)
        scope = Scope(parents, _data(context, data), None, Unit(run, {}), None)
        try:
            render, _ = self.program.bind(MISSING, scope, None)
            render(context, scope, run.pieces.append)
            output = run.text(whole)
            run.spend(self.program.size + len(output), whole)
        except RecursionError:
            raise whole.error(STACK_EXHAUSTED) from None
        return output


def _data(context: object, data: Mapping[str, object] | None) -> dict[str, object]:
    """Return the data variables of the outermost frame (initData of handlebars.js)."""
    if data is None:
        return {"root": context}
    frame = dict(data)
    return frame if "root" in frame else {**frame, "_parent": frame, "root": context}


def compile(  # noqa: A001 - the name in handlebars.js
    source: str | Template,
    *,
    name: str | None = None,
    partials: Partials | None = None,
    helpers: Mapping[str, Helper | HelperFunction] | None = None,
    variables: Collection[str] = (),
    options: Options = _OPTIONS,
) -> CompiledTemplate:
    """Compile a template, or its syntax tree; the name stands in errors.

    Partials are a mapping, or a function that returns them by name; each is parsed at its first inclusion. The helpers
    are those beside the built-in ones. The `variables` are data if they have no arguments, even if a helper has the
    same name.
    """
    template = parse(source, name=name, limits=options.limits) if isinstance(source, str) else source
    environment = Environment(helpers or {}, PartialSources(partials, options.limits), options)
    return CompiledTemplate(template, environment, options, variables)


_NOTHING = CompiledProgram(statements.print_all([]))


def compile_program(program: Program, state: CompileState) -> CompiledProgram:
    """Compile a program, or a whole template, to closures."""
    body = program.body
    params = bool(program.block_params)
    size = program.end - program.offset
    if len(body) == 1 and isinstance(body[0], ContentStatement):
        return CompiledProgram(statements.print_text(body[0].value), block_params=params, size=size)
    around, state.uses = state.uses, set()
    if state.tracks_params:
        state.block_params.insert(0, {name: n for n, name in reversed([*enumerate(program.block_params)])})
    inlines: list[Inline] = []
    steps: list[statements.Step] = []
    for statement in body:
        if isinstance(statement, ContentStatement):
            steps.append(statement.value)
        elif isinstance(statement, MustacheStatement):
            steps.append(_mustache(statement, state))
        elif isinstance(statement, BlockStatement):
            steps.append(_block(statement, state))
        elif isinstance(statement, InlinePartial):
            inlines.append(_inline(statement, state))
        elif not isinstance(statement, CommentStatement):
            steps.append(_partial(statement, state))
    if state.tracks_params:
        del state.block_params[0]
    uses = frozenset(state.uses)
    around.update(uses)
    state.uses = around
    return CompiledProgram(statements.print_all(steps), tuple(inlines), uses, params, size)


def _mustache(node: MustacheStatement, state: CompileState) -> statements.Step:
    escapes = node.escaped and state.options.escape
    key = expressions.plain_key(node, state)
    if key is not None and isinstance(node.path, PathExpression) and not escapes:
        return statements.PrintKey(key, node.path, state)
    name = as_path(node.path)
    if expressions.is_call(node, state):
        read = expressions.call(node, state)
        if state.required and name.original == "lookup":
            read = expressions.required_value(read, state.site(name))
        return statements.print_value(read, _as_subexpression(node), state, escapes=escapes)
    read = expressions.path(name, state)
    return statements.print_value(read, name, state, escapes=escapes)


def _as_subexpression(node: MustacheStatement) -> SubExpression:
    end = node.hash.end if node.hash else (node.params[-1].end if node.params else node.path.end)
    return SubExpression(node.path.offset, end, node.origin, node.path, node.params, node.hash)


def _block(node: BlockStatement, state: CompileState) -> Render:
    """Compile a block with its chain of `else` from the end, without recursion: chains may be long."""
    links = [node]
    while (inverse := links[-1].inverse) and inverse.chained and isinstance(inverse.body[0], BlockStatement):
        links.append(inverse.body[0])
    around = state.block_params
    otherwise = _NOTHING
    branches: list[statements.Branch] = []
    for level in range(len(links) - 1, -1, -1):
        if state.tracks_params:  # each link of a chain is a level of block parameters
            state.block_params = [{}] * level + around
        if level == len(links) - 1 and inverse:
            otherwise = compile_program(inverse, state)
        link = links[level]
        main = compile_program(link.program, state) if link.program else _NOTHING
        branch = None if otherwise.inlines or main.inlines else _branch(link, main, state)
        if branch:
            branches.append(branch)
        else:
            otherwise = CompiledProgram(_plain_block(link, main, _branching(branches, otherwise, state), state))
            branches.clear()
    state.block_params = around
    return _branching(branches, otherwise, state).render


def _branch(node: BlockStatement, main: CompiledProgram, state: CompileState) -> statements.Branch | None:
    """Compile a link to a branch if it is a plain `if` or `unless`."""
    name = original(node.path)
    if name not in state.conditions or len(node.params) != 1:
        return None
    param = node.params[0]
    site = state.site(param)
    read = expressions.expression(param, state, tolerant=True)
    if node.hash:
        read = _with_options(name, node, state, read, site)
    return statements.Branch(read, main.render, negative=name == "unless", site=site)


def _branching(branches: list[statements.Branch], otherwise: CompiledProgram, state: CompileState) -> CompiledProgram:
    """Join branches, the last link first, into one program."""
    if not branches:
        return otherwise
    return CompiledProgram(statements.choose(tuple(reversed(branches)), otherwise.render, state))


def _plain_block(node: BlockStatement, main: CompiledProgram, inverse: CompiledProgram, state: CompileState) -> Render:
    name = as_path(node.path)
    if not expressions.is_call(node, state):
        read = expressions.path(name, state)
        return _bind(partial(statements.section, read, block=_block_context(main, state, name)), main, inverse)
    first = name.parts[0] if name.parts else ""
    if first in _BLOCKS and first not in state.helpers:
        return _built_in_block(first, node, state, (main, inverse))
    return statements.print_value(expressions.call(node, state, main), name, state)


def _bind(make: Callable[[Render, Render], Render], main: CompiledProgram, inverse: CompiledProgram) -> Render:
    """Build a block; one whose programs define inline partials is built at each rendering."""
    if not (main.inlines or inverse.inlines):
        return make(main.render, inverse.render)

    def render(context: object, scope: Scope, emit: Emit) -> None:
        depths = (context, scope.parents)
        main_render, _ = main.bind(context, scope, depths)
        inverse_render, _ = inverse.bind(context, scope, depths)
        make(main_render, inverse_render)(context, scope, emit)

    return render


def _block_context(main: CompiledProgram, state: CompileState, node: Expression) -> statements.BlockContext:
    return statements.BlockContext(state.site(node), main.uses, main.block_params, state, main.size)


def _built_in_block(
    name: str, node: BlockStatement, state: CompileState, programs: tuple[CompiledProgram, CompiledProgram]
) -> Render:
    main, inverse = programs
    if len(node.params) != 1:
        problem = lint.check_call(BUILT_IN[name], node, state.helper_names)
        failure = expressions.failure(str(problem), state.site(node.path, name))
        return statements.print_value(failure, node.path, state)
    param = node.params[0]
    read = expressions.expression(param, state, tolerant=True)
    block = _block_context(main, state, param)
    if node.hash:
        read = _with_options(name, node, state, read, block.site)
    return _bind(partial(_BLOCKS[name], read, block=block), main, inverse)


def _with_options(name: str, node: BlockStatement, state: CompileState, read: Getter, site: Site) -> Getter:
    named = expressions.pairs(node, state)
    include_zero = named.get("includeZero")
    if include_zero and name in {"if", "unless"}:
        read = statements.including_zero(read, include_zero, site)
    return expressions.after(named.values(), read)


_BLOCKS = {
    "if": statements.if_block,
    "unless": lambda read, main, inverse, block: statements.if_block(read, inverse, main, block),
    "with": statements.with_block,
    "each": statements.each_block,
}


def _partial(node: PartialStatement | PartialBlockStatement, state: CompileState) -> Render:
    state.uses.add(ANY_DATA)
    label = original(node.name)
    site = state.site(node.name)
    if isinstance(node.name, SubExpression):
        name = partials.name_of(expressions.expression(node.name, state), site)
        find = partials.find_dynamic(name, state.find_partial)
    else:
        find = partials.find_static(label, state.find_partial)
    read = expressions.expression(node.params[0], state) if node.params else expressions.context_of(0)
    if node.hash:
        read = partials.with_hash(read, expressions.partial_pairs(node, state), drops=state.required)
    program = compile_program(node.program, state) if isinstance(node, PartialBlockStatement) else None
    indent = node.indent if isinstance(node, PartialStatement) else ""
    return partials.include(find, read, program, indent, site)


def _inline(node: InlinePartial, state: CompileState) -> Inline:
    param = node.params[0] if node.params else None
    name = expressions.expression(param, state) if param else expressions.literal(MISSING)
    site = state.site(param or UndefinedLiteral(node.offset, node.open_end, node.origin))
    return Inline(partials.name_of(name, site), compile_program(node.program, state), site)
