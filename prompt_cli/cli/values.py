"""Values for variables from the command line: assignments, files and examples."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from prompt_cli.cli.options import UnknownNameError
from prompt_cli.domain.binding import read_values, variable_error
from prompt_cli.domain.ids import near_names
from prompt_cli.domain.json_values import MEDIA_TYPES, JsonObject, JsonValue, VariableData
from prompt_cli.problems import Problem
from prompt_cli.storage.streams import STANDARD, decode, parse_values, read_input

if TYPE_CHECKING:
    from prompt_cli.domain.prompt import Prompt


class ValueOptions(NamedTuple):
    """The options that name values.

    Attributes:
        assignments: Words of the form ``NAME=VALUE``.
        file_assignments: Words of the form ``NAME=FILE``.
        values_files: Files of values, a later one over an earlier; ``-`` is standard input, here and in assignments.
        examples: The examples whose values come first, a later one over an earlier.
    """

    assignments: Sequence[str]
    file_assignments: Sequence[str] = ()
    values_files: Sequence[str] = ()
    examples: Sequence[str] = ()

    async def values_for(self, prompt: "Prompt") -> JsonObject:
        """Return the values for a prompt; see `combine`."""
        from prompt_cli.domain.media import MAX_MEDIA_BYTES
        from prompt_cli.domain.variables import data_of

        variables = data_of(prompt.variables)
        media = _media_names(variables)
        bounded = {source for name, source in self._named_files() if name in media}
        contents = {
            source: await (read_input(source, MAX_MEDIA_BYTES + 1) if source in bounded else read_input(source))
            for source in self.files
        }
        return self.combine(prompt.id, variables, examples_of(prompt), contents)

    def combine(
        self,
        prompt_id: str,
        variables: Mapping[str, VariableData],
        examples: Mapping[str, JsonObject],
        contents: Mapping[str, bytes],
    ) -> JsonObject:
        """Return the values for a prompt: the examples', overridden by the files', then by the assignments.

        Files of one value override files of values, and assignments with a value override both. The contents are those
        of `files`.
        """
        named_files = self._named_files()
        media = _media_names(variables)
        pairs = [(name, decode(contents[source], source)) for name, source in named_files if name not in media]
        pairs += [split_assignment(text, "--var") for text in self.assignments]
        assigned, problems = read_values(variables, pairs)
        if problems:
            raise variable_error(problems)
        for name, source in named_files:
            if name in media and name not in assigned:
                assigned[name] = _media_value(variables[name], name, contents[source], source)
        values: JsonObject = {}
        for name in self.examples:
            values = {**values, **values_of_example(prompt_id, examples, name)}
        for source in self.values_files:
            values = {**values, **parse_values(contents[source], _absolute(source))}
        return {**values, **assigned}

    @property
    def files(self) -> Sequence[str]:
        """The files of values, one value each or many."""
        files = [*self.values_files, *(source for _, source in self._named_files())]
        if files.count(STANDARD) > 1:
            option = "--vars" if STANDARD in self.values_files else "--var-file"
            raise typer.BadParameter("standard input can be read only once", param_hint=option)
        return files

    def _named_files(self) -> Sequence[tuple[str, str]]:
        return [split_assignment(text, "--var-file") for text in self.file_assignments]


def _absolute(source: str) -> str:
    """Return the path of a file of values for errors; paths of prompts alone are named from the top."""
    return source if source == STANDARD else os.path.abspath(source)  # noqa: PTH100 - links stay as the user named them


def examples_of(prompt: "Prompt") -> Mapping[str, JsonObject]:
    """Return the values of a prompt's examples by name."""
    return {one.name: one.variables for one in prompt.examples}


def values_of_example(prompt_id: str, examples: Mapping[str, JsonObject], name: str) -> JsonObject:
    """Return the values of an example; an unknown name is an error of the option."""
    if name not in examples:
        names = ", ".join(map(repr, examples))
        message = f"{prompt_id} has no example {name!r}; it has {names or 'none'}"
        raise UnknownNameError(message, "--example", near_names(name, examples))
    return examples[name]


def _media_names(variables: Mapping[str, VariableData]) -> frozenset[str]:
    return frozenset(name for name, spec in variables.items() if spec["type"] in MEDIA_TYPES)


def _media_value(spec: VariableData, name: str, content: bytes, source: str) -> JsonValue:
    """Return the value of an image or a file; its bytes tell its type."""
    from prompt_cli.domain.media import media_value  # most values are texts

    try:
        return media_value(content, "" if source == STANDARD else Path(source).name, spec["type"])
    except ValueError as error:
        raise variable_error([Problem(f"{name} {error}", "wrong_type", (name,))]) from None


def split_assignment(assignment: str, option: str) -> tuple[str, str]:
    """Split ``NAME=VALUE``, or ``NAME=FILE``, the argument of an option."""
    name, equals, value = assignment.partition("=")
    if not equals or not name:
        kind = "VALUE" if option == "--var" else "FILE"
        raise typer.BadParameter(f"{assignment!r} is not NAME={kind}", param_hint=option)
    return name, value
