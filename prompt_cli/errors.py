"""The tree of exceptions, and the exit code of each.

The module imports only ``enum`` and ``typing``, because every command but ``--version`` imports it at its start.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DataPath: TypeAlias = tuple[str | int, ...]
"""The path of a value in a prompt's data: ``("variables", "tone", "enum", 0)``."""


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
]
"""Kinds of problems in the data of a prompt."""

ValueProblem: TypeAlias = Literal[
    "missing_variable", "unknown_variable", "wrong_type", "wrong_enum", "wrong_pattern", "out_of_bounds", "json_syntax"
]
"""Kinds of problems in values for the variables of a prompt."""


class ExitCode(IntEnum):
    """Exit status of a command."""

    DONE = 0
    FAULT = 1
    """The prompt or its change has findings."""
    USAGE = 2
    UNABLE = 3
    """The work could not be done or checked."""
    DEFECT = 4
    """A bug in prompt-cli."""
    INTERRUPTED = 130


class Region(NamedTuple):
    """A range in a file: lines and columns from 1, columns in characters, the end exclusive."""

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
    """

    message: str
    kind: SourceProblem | ModelProblem | ValueProblem
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


class PromptManagerError(Exception):
    """Base class of the errors that prompt-cli raises.

    Args:
        message: The error, in a sentence.
        context: Details for logs and callers; ``help`` is the next step and is shown to users.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.UNABLE

    def __init__(self, message: str, **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.context = context

    @property
    def help(self) -> str:
        """The next step; empty if the message is enough."""
        return str(self.context.get("help") or "")

    def __str__(self) -> str:
        return self.message


class PromptIdError(PromptManagerError):
    """An invalid prompt id or revision."""

    exit_code = ExitCode.USAGE


class PromptNotFoundError(PromptManagerError):
    """A prompt that does not exist at a revision.

    Args:
        prompt_id: The requested id.
        version: The requested revision; None is the working tree.
        near: Similar ids that exist, nearest first.
        context: As for `PromptManagerError`.
    """

    def __init__(
        self, prompt_id: str, version: object | None = None, *, near: Sequence[str] = (), **context: object
    ) -> None:
        at = "" if version is None else f" at {version}"
        hint = f"did you mean {_either(near)}?" if near else "`prompt-cli list` shows the prompts there are"
        context.setdefault("help", hint)
        super().__init__(f"there is no prompt {prompt_id!r}{at}", **context)
        self.prompt_id = prompt_id
        self.version = version
        self.near: tuple[str, ...] = tuple(near)


class PromptExistsError(PromptManagerError):
    """A prompt to create whose id is taken; nothing was overwritten."""

    def __init__(self, prompt_id: str, **context: object) -> None:
        context.setdefault("help", "nothing was written; choose another id, or edit the prompt that is there")
        super().__init__(f"the prompt {prompt_id!r} exists already", **context)
        self.prompt_id = prompt_id


class VersionNotFoundError(PromptManagerError):
    """A version that a prompt does not have.

    Args:
        prompt_id: The id of the prompt.
        version: The requested version, range or revision.
        available: The versions that exist, highest first.
        context: As for `PromptManagerError`.
    """

    def __init__(self, prompt_id: str, version: object, *, available: Sequence[object] = (), **context: object) -> None:
        listed = [str(one) for one in available]
        more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
        there = (
            f"the versions there are: {', '.join(listed[:_LISTED])}{more}" if listed else "no version is committed yet"
        )
        context.setdefault("help", there)
        super().__init__(f"the prompt {prompt_id!r} has no version {version}", **context)
        self.prompt_id = prompt_id
        self.version = version
        self.available: tuple[object, ...] = tuple(available)


class _ProblemsError(PromptManagerError):
    """Data with problems."""

    exit_code = ExitCode.FAULT

    def __init__(self, message: str, *, problems: Sequence[Problem] = (), **context: object) -> None:
        super().__init__(message, **context)
        self.problems: tuple[Problem, ...] = tuple(problems)

    def __str__(self) -> str:
        return _with_problems(self.message, self.problems)


class PromptFormatError(_ProblemsError):
    """A file or data that is not a valid prompt.

    Args:
        message: The error, in a sentence; the message of the problem if there is only one.
        problems: The problems, in the order of the file.
        context: As for `PromptManagerError`; ``source`` is the file's path.
    """


class VariableError(_ProblemsError):
    """Values that do not fit a prompt's variables.

    Args:
        message: The error, in a sentence.
        problems: The problems, each with the path of the value (``tickets[2].subject``).
        context: As for `PromptManagerError`.
    """


class TemplateError(PromptManagerError):
    """A template that cannot be used.

    Args:
        message: The error, in a sentence.
        template: The id of the prompt or partial with the template.
        line: Line in the template, from 1.
        column: Column in the template, from 1, in characters.
        context: As for `PromptManagerError`.
    """

    exit_code = ExitCode.FAULT

    def __init__(
        self,
        message: str,
        *,
        template: str | None = None,
        line: int | None = None,
        column: int | None = None,
        **context: object,
    ) -> None:
        super().__init__(message, **context)
        self.template = template
        self.line = line
        self.column = column

    def __str__(self) -> str:
        where = [self.template, self.line, self.column] if self.template else []
        return ":".join(str(part) for part in where if part is not None) + (": " if where else "") + self.message


class TemplateSyntaxError(TemplateError):
    """A template that the engine cannot parse."""


class TemplateRenderError(TemplateError):
    """A template that cannot be rendered with the values."""


class StorageError(PromptManagerError):
    """A file could not be read or written.

    Args:
        message: The error, in a sentence.
        transient: Whether a retry may succeed; False, for example, for a path outside the prompt directory.
        context: As for `PromptManagerError`.
    """

    def __init__(self, message: str, *, transient: bool = True, **context: object) -> None:
        super().__init__(message, **context)
        self.transient = transient


class StorageConflictError(StorageError):
    """A file that changed since it was read; nothing was written."""


class RenderManyError(ExceptionGroup[PromptManagerError]):
    """Errors of some of many prompts to render.

    Attributes:
        results: The rendered texts of the others, by the index of the request.
    """

    results: Mapping[int, str]

    def __new__(
        cls, message: str, errors: Sequence[PromptManagerError], results: Mapping[int, str] | None = None
    ) -> Self:
        """Create the group; exception groups take their arguments here, not in ``__init__``."""
        group = super().__new__(cls, message, errors)
        group.results = dict(results or {})
        return group

    def derive(self, errors: Sequence[PromptManagerError], /) -> RenderManyError:  # type: ignore[override] # of our errors only
        """Return the group with other errors, as ``except*`` requires."""
        return RenderManyError(self.message, errors, self.results)


class HistoryError(PromptManagerError):
    """An error of git or of the history."""


class LevelError(PromptManagerError):
    """A level that is lower than what a prompt's changes need."""

    exit_code = ExitCode.FAULT


class SettingsError(PromptManagerError):
    """The project's settings cannot be used."""

    exit_code = ExitCode.USAGE


_LISTED = 8


def _either(names: Sequence[str]) -> str:
    quoted = [repr(name) for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _with_problems(message: str, problems: Sequence[Problem]) -> str:
    if not problems or (len(problems) == 1 and problems[0].message == message):
        return message
    lines = [f"  {format_path(one.path)}: {one.message}" if one.path else f"  {one.message}" for one in problems]
    return "\n".join([message, *lines])
