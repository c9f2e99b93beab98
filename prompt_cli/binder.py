"""Compilation of resolved prompts, and the location of template errors in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.domain.include_tree import IncludeTree
from prompt_cli.domain.variables import defaults_of
from prompt_cli.engines.bound import BoundPrompt
from prompt_cli.engines.protocol import PartialTemplate, compile_template
from prompt_cli.errors import TemplateError
from prompt_cli.resolver import ResolvedPrompt, faults

if TYPE_CHECKING:
    from prompt_cli.engines.protocol import TemplateEngineProtocol
    from prompt_cli.handlebars.runtime import Budget


def bind_resolved(
    resolved: ResolvedPrompt,
    engine: TemplateEngineProtocol,
    compiled: dict[str, PartialTemplate] | None = None,
    budget: Budget | None = None,
) -> BoundPrompt:
    """Compile a prompt and its partials.

    Args:
        resolved: The prompt.
        engine: The engine that compiles its templates.
        compiled: Compiled partials of the same engine by digest; those of this prompt are added, so that callers that
            bind many prompts can share one dictionary.
        budget: The work of all renders of the prompt together; None for a budget of the engine for each.

    Raises:
        PromptFormatError: The file is invalid.
        TemplateSyntaxError: A template cannot be parsed, here or in a partial.
        TemplateError: A partial cannot be included.
    """
    prompt = resolved.loaded.checked()
    try:
        partials = _partials(resolved, engine, {} if compiled is None else compiled)
    except TemplateError as error:
        locate(error, resolved)
        raise
    return BoundPrompt(prompt, engine, partials, lambda error: locate(error, resolved), resolved.templates, budget)


def tree_of(resolved: ResolvedPrompt) -> IncludeTree:
    """Return a prompt with its partials, for comparison.

    Raises:
        PromptFormatError: A file is invalid.
        TemplateSyntaxError: A template cannot be parsed, here or in a partial.
        TemplateError: A partial cannot be included.
    """
    try:
        return _tree(resolved, {})
    except TemplateError as error:
        locate(error, resolved)
        raise


def _tree(resolved: ResolvedPrompt, trees: dict[str, IncludeTree]) -> IncludeTree:
    if resolved.digest not in trees:
        prompt = resolved.loaded.checked()
        _check(resolved)
        partials = {
            name: _tree(one, trees) for name, one in resolved.partials.items() if isinstance(one, ResolvedPrompt)
        }
        trees[resolved.digest] = IncludeTree(prompt, partials, resolved.is_handlebars)
    return trees[resolved.digest]


def _partials(
    resolved: ResolvedPrompt, engine: TemplateEngineProtocol, compiled: dict[str, PartialTemplate]
) -> dict[str, PartialTemplate]:
    _check(resolved)
    return {
        name: _partial(one, engine, compiled)
        for name, one in resolved.partials.items()
        if isinstance(one, ResolvedPrompt)
    }


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
    for path, fault, span in faults(resolved):
        raise TemplateError(
            fault.message,
            template=resolved.loaded.id,
            line=span.line,
            column=span.column,
            offset=span.offset,
            end=span.end,
            path=path,
            help=fault.help,
        )


def locate(error: TemplateError, resolved: ResolvedPrompt) -> None:
    """Add the position in the file to an error: ``source``, ``region``, and the ``text`` of the file to quote."""
    owner = _find(resolved, error.template, {})
    if owner is None or owner.loaded.source is None or owner.loaded.prompt is None:
        return
    error.template = owner.loaded.id
    template_path = error.context.get("path")
    path = (
        template_path
        if owner is resolved and isinstance(template_path, tuple)
        else next(iter(owner.loaded.prompt.templates))
    )
    offset, end = error.context.get("offset"), error.context.get("end")
    source = owner.loaded.source
    region = (
        source.value_region(path, offset, end)
        if isinstance(offset, int) and isinstance(end, int)
        else source.region(path)
    )
    error.context.update(source=owner.loaded.path, region=region, text=source.text)


def _versioned(resolved: ResolvedPrompt) -> str:
    """Return the id and version of a partial: two versions of one partial can be included."""
    version = resolved.loaded.prompt.version if resolved.loaded.prompt else ""
    return f"{resolved.loaded.id}@{version}"


def _find(resolved: ResolvedPrompt, prompt_id: str | None, visited: dict[str, None]) -> ResolvedPrompt | None:
    if prompt_id in {resolved.loaded.id, _versioned(resolved), None}:
        return resolved
    for one in resolved.partials.values():
        if isinstance(one, ResolvedPrompt) and one.digest not in visited:
            visited[one.digest] = None
            if found := _find(one, prompt_id, visited):
                return found
    return None
