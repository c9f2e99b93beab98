"""Problems in prompts and in values, with their places in data and files.

The module imports only ``typing``, because every command but ``--version`` imports it at its start.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

DataPath: TypeAlias = tuple[str | int, ...]
"""The path of a value in a prompt's data: ``("variables", "tone", "enum", 0)``."""

MAX_PROBLEMS = 1_001  # of a kind in a file; reports show 1,000 of a rule, and say that there are more

SourceProblem: TypeAlias = Literal[
    "not_utf8",
    "too_large",
    "yaml_syntax",
    "control_character",
    "line_break",
    "nesting",
    "empty",
    "not_mapping",
    "key_type",
    "long_number",
    "duplicate_key",
    "unknown_tag",
    "long_tag",
    "tag_mismatch",
    "several_documents",
    "alias_bound",
    "recursive_alias",
    "undefined_alias",
    "merge_key",
]
"""Kinds of problems in a file before it can be read as a prompt."""

ModelProblem: TypeAlias = Literal[
    "missing_field",
    "unknown_field",
    "wrong_value",
    "wrong_id",
    "id_mismatch",
    "format_mismatch",
    "template_and_messages",
    "wrong_tag",
    "variable_name",
    "duplicate_name",
    "wrong_placement",
]
"""Kinds of problems in the data of a prompt."""

ValueProblem: TypeAlias = Literal[
    "missing_variable", "unknown_variable", "wrong_type", "wrong_enum", "wrong_pattern", "out_of_bounds", "json_syntax"
]
"""Kinds of problems in values for the variables of a prompt."""


class Region(NamedTuple):
    """A range in a file: lines and columns from 1, columns in characters, the end exclusive.

    Examples:
        >>> from prompt_cli import Region
        >>> region = Region(line=3, column=1, end_line=3, end_column=8)
        >>> f"{region.line}:{region.column}"
        '3:1'
    """

    line: int
    column: int
    end_line: int
    end_column: int


class Problem(NamedTuple):
    """A problem in the data of a prompt or in values.

    Attributes:
        message: The problem, in a sentence; it never holds the value of a sensitive variable.
        kind: A stable name of the kind of problem; ``validate`` finds the rule by it.
        path: The path in the data.
        help: The next step; empty if the message is enough.
        region: The range in the file, if known.

    Examples:
        >>> from prompt_cli import Problem
        >>> Problem("must be a string", "wrong_type", ("tickets", 2, "subject")).path
        ('tickets', 2, 'subject')
    """

    message: str
    kind: SourceProblem | ModelProblem | ValueProblem | Literal["not_taken"]
    path: DataPath = ()
    help: str = ""
    region: Region | None = None


def format_path(path: Sequence[str | int]) -> str:
    """Format a path for users: ``tickets[2].subject``.

    >>> format_path(("tickets", 2, "subject"))
    'tickets[2].subject'
    """
    text = ""
    for segment in path:
        text += f"[{segment}]" if isinstance(segment, int) else f".{segment}" if text else segment
    return text


class Location(NamedTuple):
    """A place in a file, with the text of the file to quote from.

    Attributes:
        path: The path of the file, as shown to users.
        region: The range in the file, if known.
        text: The text of the file; empty if it is not at hand.

    Examples:
        >>> from prompt_cli import Location, Region
        >>> str(Location("prompts/greeting.yaml", Region(3, 1, 3, 8)))
        'prompts/greeting.yaml:3:1'
    """

    path: str
    region: Region | None = None
    text: str = ""

    def __str__(self) -> str:
        """Write it as ``path:line:column``, which editors link."""
        return f"{self.path}:{self.region.line}:{self.region.column}" if self.region else self.path
