"""Compilation of resolved prompts, and the location of template errors in files."""

from functools import partial
from time import perf_counter

from prompt_cli.domain.prompt import IncludeTree
from prompt_cli.domain.variables import defaults_of
from prompt_cli.engines.bound import BoundPrompt
from prompt_cli.engines.protocol import PartialTemplate, TemplateEngineProtocol, compile_template
from prompt_cli.errors import RequestError, TemplateError
from prompt_cli.handlebars.runtime import Budget
from prompt_cli.log import log, milliseconds_since
from prompt_cli.problems import Location
from prompt_cli.resolver import ResolvedPrompt, failed_inclusions


def bind_resolved(
    resolved: ResolvedPrompt,
    engine: TemplateEngineProtocol,
    compiled: dict[str, PartialTemplate] | None = None,
    budget: Budget | None = None,
) -> BoundPrompt:
    """Compile a prompt and its partials.

    Prompts of an engine share compiled partials, by digest; those of this prompt are added. With a budget, all renders
    of the prompt share it; without one, the engine makes one for each. It is an error if the file or a template, here
    or in a partial, is invalid, or if a partial cannot be included.
    """
    prompt = resolved.loaded.checked()
    start = perf_counter()
    try:
        partials = _partials(resolved, engine, {} if compiled is None else compiled)
    except TemplateError as error:
        locate(error, resolved)
        raise
    bound = BoundPrompt(prompt, engine, partials, partial(locate, resolved=resolved), resolved.templates, budget)
    duration = milliseconds_since(start)
    log("debug", "template_compiled", prompt_id=prompt.id, template_hash=resolved.digest[:12], duration_ms=duration)
    return bound


def tree_of(resolved: ResolvedPrompt) -> IncludeTree:
    """Return a prompt with its partials, for comparison; see `bind_resolved` for errors."""
    try:
        return _tree(resolved, {})
    except TemplateError as error:
        locate(error, resolved)
        raise


def _tree(resolved: ResolvedPrompt, trees: dict[str, IncludeTree]) -> IncludeTree:
    if resolved.digest not in trees:
        prompt = resolved.loaded.checked()
        _check(resolved)
        partials = {name: _tree(one, trees) for name, one in resolved.included.items()}
        trees[resolved.digest] = IncludeTree(prompt, partials, resolved.is_handlebars)
    return trees[resolved.digest]


def _partials(
    resolved: ResolvedPrompt, engine: TemplateEngineProtocol, compiled: dict[str, PartialTemplate]
) -> dict[str, PartialTemplate]:
    _check(resolved)
    return {name: _partial(one, engine, compiled) for name, one in resolved.included.items()}


def _partial(
    resolved: ResolvedPrompt, engine: TemplateEngineProtocol, compiled: dict[str, PartialTemplate]
) -> PartialTemplate:
    # A partial that several others include is compiled once: layers of such pairs would take exponential time.
    if resolved.digest not in compiled:
        prompt = resolved.loaded.checked()
        ((path, content),) = prompt.templates.items()
        template = compile_template(
            engine,
            content,
            resolved.templates.get(path),
            name=_versioned(resolved),
            variables=prompt.declared_names,
            partials=_partials(resolved, engine, compiled),
        )
        compiled[resolved.digest] = PartialTemplate(template, defaults_of(prompt.variables))
    return compiled[resolved.digest]


def _check(resolved: ResolvedPrompt) -> None:
    for error in resolved.syntax_errors.values():
        raise error
    for path, fault, span in failed_inclusions(resolved):
        failure = TemplateError(fault.message, template=resolved.loaded.id, help=fault.help, **span._asdict())
        failure.data_path = path
        raise failure


def locate(error: TemplateError | RequestError, resolved: ResolvedPrompt) -> None:
    """Add the place in the file to an error."""
    if isinstance(error, RequestError):
        _locate_problems(error, resolved)
    else:
        _locate_template(error, resolved)


def _locate_problems(error: RequestError, resolved: ResolvedPrompt) -> None:
    source = resolved.loaded.source
    if source is None:
        return
    # A problem without a path is in the values of the request.
    error.problems = tuple(one._replace(region=source.region(one.path)) if one.path else one for one in error.problems)
    if region := next((one.region for one in error.problems if one.region), None):
        error.at(Location(resolved.loaded.path, region, source.text))


def _locate_template(error: TemplateError, resolved: ResolvedPrompt) -> None:
    owner = _find(resolved, error.template, set())
    if owner is None or owner.loaded.source is None or owner.loaded.prompt is None:
        return
    error.template = owner.loaded.id
    own_path = error.data_path if owner is resolved else None
    path = next(iter(owner.loaded.prompt.templates)) if own_path is None else own_path
    source = owner.loaded.source
    region = source.value_region(path, *error.span) if error.span else source.region(path)
    error.context["template"] = error.template
    error.at(Location(owner.loaded.path, region, source.text))


def _versioned(resolved: ResolvedPrompt) -> str:
    """Return the id and version of a partial: two versions of one partial can be included."""
    version = resolved.loaded.prompt.version if resolved.loaded.prompt else ""
    return f"{resolved.loaded.id}@{version}"


def _find(resolved: ResolvedPrompt, prompt_id: str | None, visited: set[str]) -> ResolvedPrompt | None:
    if prompt_id in {resolved.loaded.id, _versioned(resolved), None}:
        return resolved
    for one in resolved.included.values():
        if one.digest not in visited:
            visited.add(one.digest)
            if owner := _find(one, prompt_id, visited):
                return owner
    return None
