"""PC4: names that are not what they look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath
    from prompt_cli.rules.subject import Subject


def _confusable(subject: Subject) -> Iterator[Match]:
    if _all_plain(str(path[-1]) for path, _ in subject.specs):
        return
    for path, specs in _named(subject.prompt.variables if subject.prompt else {}, ("variables",)):
        if not _all_plain(specs):
            yield from _alike(path, specs)


def _alike(path: DataPath, specs: Collection[str]) -> Iterator[Match]:
    from prompt_cli.rules.confusables import foreign_letters, skeleton  # most names are plain

    seen: dict[str, str] = {}
    for name in specs:
        other = seen.setdefault(skeleton(name), name)
        if foreign := foreign_letters(name):
            points = ", ".join(f"U+{ord(sign):04X}" for sign in foreign)
            message = f"the name {name!r} mixes alphabets that look alike ({points})"
            yield Match(message, (*path, name), "type it again in one alphabet", key=True)
        elif other != name and not foreign_letters(other):
            message = f"the name {name!r} looks like {other!r} and is another"
            yield Match(message, (*path, name), "rename one of them", key=True)


def _all_plain(names: Iterable[str]) -> bool:
    """Tell whether names consist of letters and digits that look like no others among them, as nearly all do."""
    together = "".join(names)
    return together.isascii() and not any(sign in together for sign in "01I")


def _named(specs: Mapping[str, VariableSpec], path: DataPath) -> Iterator[tuple[DataPath, Mapping[str, VariableSpec]]]:
    """Yield every set of names with its path in the prompt's data; YAML is 64 deep at most."""
    if specs:
        yield path, specs
    for name, spec in specs.items():
        inner, at = spec, (*path, name)
        while inner.items is not None:
            inner, at = inner.items, (*at, "items")
        yield from _named(inner.properties or {}, (*at, "properties"))


_BODY = "variables: {%s: {type: string}}\ntemplate: Hello {{%s}}!\n"

NAME_RULES = (
    Rule(
        "PC406",
        "confusable-name",
        "Two names that look alike and are not the same let one value stand where everybody reads the other.",
        prompt_file(_BODY % ("n\u0430me", "n\u0430me")),
        prompt_file(_BODY % ("имя", "имя")),
        _confusable,
    ),
)
