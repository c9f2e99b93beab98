"""Values for variables from the command line: assignments, files and examples."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import typer

from prompt_cli.cli.options import UnknownNameError
from prompt_cli.domain.binding import read_values, variable_error
from prompt_cli.domain.ids import near_names
from prompt_cli.domain.json_values import JsonObject, JsonValue
from prompt_cli.domain.media import MAX_MEDIA_BYTES, MEDIA_TYPES, media_value
from prompt_cli.domain.prompt import Prompt
from prompt_cli.domain.variables import VariableSpec
from prompt_cli.problems import Problem
from prompt_cli.storage.streams import STANDARD, decode, parse_values, read_input


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

    async def values_for(self, prompt: Prompt) -> JsonObject:
        """Return the values for a prompt: the examples', overridden by the files', then by the assignments.

        Files of one value override files of values, and assignments with a value override both.
        """
        named_files = [split_assignment(text, "--var-file") for text in self.file_assignments]
        media = {name for name, spec in prompt.variables.items() if spec.type in MEDIA_TYPES}
        bounded = {source for name, source in named_files if name in media}
        contents = {
            source: await (read_input(source, MAX_MEDIA_BYTES + 1) if source in bounded else read_input(source))
            for source in self._files()
        }
        pairs = [(name, decode(contents[source], source)) for name, source in named_files if name not in media]
        pairs += [split_assignment(text, "--var") for text in self.assignments]
        assigned, problems = read_values(prompt.variables, pairs)
        if problems:
            raise variable_error(problems)
        for name, source in named_files:
            if name in media and name not in assigned:
                assigned[name] = _media_value(prompt.variables[name], name, contents[source], source)
        values: JsonObject = {}
        for name in self.examples:
            values = {**values, **values_of_example(prompt, name)}
        for source in self.values_files:
            values = {**values, **parse_values(contents[source], _absolute(source))}
        return {**values, **assigned}

    def _files(self) -> Sequence[str]:
        files = [*self.values_files, *(split_assignment(text, "--var-file")[1] for text in self.file_assignments)]
        if files.count(STANDARD) > 1:
            raise typer.BadParameter("standard input can be read only once", param_hint="--var-file")
        return files


def _absolute(source: str) -> str:
    """Return the path of a file of values for errors; paths of prompts alone are named from the top."""
    return source if source == STANDARD else os.path.abspath(source)  # noqa: PTH100 - links stay as the user named them


def values_of_example(prompt: Prompt, name: str) -> JsonObject:
    """Return the values of an example; an unknown name is an error of the option."""
    examples = {example.name: example.variables for example in prompt.examples}
    if name not in examples:
        names = ", ".join(map(repr, examples))
        raise UnknownNameError(
            f"{prompt.id} has no example {name!r}; it has {names or 'none'}", "--example", near_names(name, examples)
        )
    return examples[name]


def _media_value(spec: VariableSpec, name: str, content: bytes, source: str) -> JsonValue:
    """Return the value of an image or a file; its bytes tell its type."""
    try:
        return media_value(content, "" if source == STANDARD else Path(source).name, spec.type)
    except ValueError as error:
        raise variable_error([Problem(f"{name} {error}", "wrong_type", (name,))]) from None


def split_assignment(assignment: str, option: str) -> tuple[str, str]:
    """Split ``NAME=VALUE``, or ``NAME=FILE``, the argument of an option."""
    name, equals, value = assignment.partition("=")
    if not equals or not name:
        kind = "VALUE" if option == "--var" else "FILE"
        raise typer.BadParameter(f"{assignment!r} is not NAME={kind}", param_hint=option)
    return name, value
