"""From a resolved prompt to one that renders or is compared, and from an error in a template to a place in a file."""

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


def bind_resolved(
    resolved: ResolvedPrompt, engine: TemplateEngineProtocol, compiled: dict[str, PartialTemplate] | None = None
) -> BoundPrompt:
    """Compile a prompt and everything it includes.

    Args:
        resolved: The prompt.
        engine: What compiles it.
        compiled: The partials compiled so far, by their digests, and then those of this prompt too: whoever binds many
            prompts hands the same on. They are of one engine.

    Raises:
        PromptFormatError: The prompt's file is broken.
        TemplateSyntaxError: A template cannot be parsed, here or in a partial.
        TemplateError: A partial cannot be included.
    """
    prompt = resolved.loaded.checked()
    try:
        partials = _partials(resolved, engine, {} if compiled is None else compiled)
    except TemplateError as error:
        locate(error, resolved)
        raise
    return BoundPrompt(prompt, engine, partials, lambda error: locate(error, resolved), resolved.templates)


def tree_of(resolved: ResolvedPrompt) -> IncludeTree:
    """Return a prompt with everything it includes, to compare with another.

    Raises:
        PromptFormatError: A prompt's file is broken.
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
        trees[resolved.digest] = IncludeTree(prompt, partials)
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
    # Two partials that include a third share it: without this, layers of such pairs would take time without bound.
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
    """Add to an error the place in the file: ``source``, ``region``, and the file's ``text`` to quote from."""
    owner = _find(resolved, error.template, {})
    if owner is None or owner.loaded.source is None:
        return
    error.template = owner.loaded.id
    in_data = error.context.get("path")
    path = (
        in_data
        if owner is resolved and isinstance(in_data, tuple)
        else next(iter(owner.templates or owner.syntax_errors))
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
    """Name a partial so that an error tells which of two versions it is in."""
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
