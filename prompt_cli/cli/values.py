"""The values that a command line gives for a prompt's variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import typer

from prompt_cli.domain.binding import variable_error
from prompt_cli.domain.coercion import read_values
from prompt_cli.storage.streams import STANDARD, decode
from prompt_cli.storage.values import parse_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prompt_cli.domain.values import JsonObject
    from prompt_cli.domain.variables import VariableSpec


class GivenValues(NamedTuple):
    """What a command line says of values.

    Attributes:
        assignments: ``NAME=VALUE`` each.
        file_assignments: ``NAME=FILE`` each.
        values_file: A file of values; ``-`` is standard input, here and in assignments.
        example: The name of the example whose values they begin with.
    """

    assignments: Sequence[str]
    file_assignments: Sequence[str] = ()
    values_file: str | None = None
    example: str | None = None

    def files(self) -> Sequence[str]:
        """Return the files that have to be read."""
        named = [_split(text, "--var-file")[1] for text in self.file_assignments]
        wanted = named if self.values_file is None else [self.values_file, *named]
        if wanted.count(STANDARD) > 1:
            raise typer.BadParameter("standard input can be read once only", param_hint="--var-file")
        return wanted

    def chosen(
        self,
        prompt_id: str,
        specs: Mapping[str, VariableSpec],
        examples: Mapping[str, JsonObject],
        contents: Mapping[str, bytes],
    ) -> JsonObject:
        """Return the values for a prompt: the example's, then the file's, then those given one by one.

        Args:
            prompt_id: The prompt's id.
            specs: Its variables.
            examples: The values of its examples, by name.
            contents: The bytes of `files`.

        Raises:
            VariableError: A value cannot be read as its variable's type.
            PromptFormatError: The file of values is none.
        """
        pairs = [_split(text, "--var") for text in self.assignments]
        read = [_split(text, "--var-file") for text in self.file_assignments]
        pairs += [(name, decode(contents[source], source)) for name, source in read]
        given, problems = read_values(specs, pairs)
        if problems:
            raise variable_error(problems)
        from_file: JsonObject = {}
        if self.values_file is not None:
            from_file = parse_values(contents[self.values_file], self.values_file)
        return {**_example(prompt_id, examples, self.example), **from_file, **given}


def _example(prompt_id: str, examples: Mapping[str, JsonObject], name: str | None) -> JsonObject:
    if name is None:
        return {}
    if name not in examples:
        names = ", ".join(map(repr, examples))
        raise typer.BadParameter(
            f"{prompt_id} has no example {name!r}; it has {names or 'none'}", param_hint="--example"
        )
    return examples[name]


def _split(assignment: str, option: str) -> tuple[str, str]:
    name, equals, value = assignment.partition("=")
    if not equals or not name:
        kind = "VALUE" if option == "--var" else "FILE"
        raise typer.BadParameter(f"{assignment!r} is not NAME={kind}", param_hint=option)
    return name, value
