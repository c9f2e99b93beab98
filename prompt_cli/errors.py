"""The tree of exceptions, and the exit code of each.

The module imports little, because every command but ``--version`` imports it at its start.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import ClassVar, Self, TypeAlias

from prompt_cli.problems import DataPath, Location, Problem, format_path


class ExitCode(IntEnum):
    """Exit status of a command.

    Examples:
        >>> from prompt_cli import ExitCode, VariableError
        >>> VariableError("name is missing").exit_code is ExitCode.FAULT
        True
    """

    DONE = 0
    FAULT = 1
    """The prompt or its change has findings."""
    USAGE = 2
    UNABLE = 3
    """The work could not be done or checked."""
    DEFECT = 4
    """A bug in prompt-cli."""
    INTERRUPTED = 130


ContextValue: TypeAlias = str | int | bool | tuple[str, ...] | None
"""A value in the context of an error."""


class PromptManagerError(Exception):
    """Root of the tree of errors; ``PromptError`` is another name of it.

    The context holds small values for logs, ``logger.error("render_failed", error=str(error), **error.context)``. It
    never holds the text of a file or the value of a variable, and only the keys that apply:

    | key | type | meaning |
    | --- | --- | --- |
    | ``prompt_id`` | str | the prompt that was asked for |
    | ``version`` | str | its version or revision |
    | ``path`` | str | the file, as shown to users |
    | ``line``, ``column`` | int | the position in the file, from 1; without ``path``, the position in the template |
    | ``template`` | str | the id of the prompt or partial with the template |
    | ``variable`` | str | the variable, with the path in its value: ``tickets[2].subject`` |
    | ``near`` | tuple of str | similar names that exist, nearest first |
    | ``reason`` | str | the reason in a few words, from the operating system or about git |
    | ``help`` | str | the next step |

    Errors can be pickled and copied.

    Args:
        message: The error, in a sentence.
        context: Values for the context; None and empty ones are left out, long ones are cut.

    Attributes:
        context: The values by key.
        location: The place in a file and its text, for quoting; None if unknown.
        help: The next step, uncut; empty if the message is enough.
        is_logged: Whether a method of `PromptManager` has logged the error.

    Examples:
        >>> error = PromptManagerError("the file is locked", path="prompts/a.yaml", help="try again")
        >>> str(error), error.context
        ('the file is locked', {'path': 'prompts/a.yaml', 'help': 'try again'})
    """

    exit_code: ClassVar[ExitCode] = ExitCode.UNABLE

    def __init__(self, message: str, **context: ContextValue) -> None:
        super().__init__(message)
        self.context: dict[str, ContextValue] = {}
        self.location: Location | None = None
        self.is_logged: bool = False
        self.help: str = str(context.get("help") or "")
        self.add_context(**context)

    @property
    def message(self) -> str:
        """The error in a sentence, without its place."""
        return str(self.args[0])

    def add_context(self, **context: ContextValue) -> None:
        """Add values to the context; an existing key keeps its value.

        Args:
            context: The values by key.
        """
        for key, value in context.items():
            if value not in (None, "", ()):
                self.context.setdefault(key, _shorten(value))

    def advise(self, text: str) -> None:
        """Set the next step.

        Args:
            text: The next step, in a sentence.
        """
        self.help = text
        self.context["help"] = _shorten(text)

    def at(self, location: Location) -> Self:
        """Set the place in a file.

        Args:
            location: The place.

        Returns:
            The error itself.
        """
        self.location = location
        self.context["path"] = _shorten(location.path)
        if location.region:
            self.context.update(line=location.region.line, column=location.region.column)
        return self

    def __str__(self) -> str:
        """Return the message after the place, if there is one."""
        return f"{self.location}: {self.message}" if self.location else self.message

    def __reduce__(self) -> "tuple[Callable[..., PromptManagerError], tuple[object, ...]]":
        """Pickle the state instead of the arguments, which differ from class to class."""
        return _restore, (type(self), self.args, self.__dict__)


PromptError = PromptManagerError
"""Another name of the root of the tree."""


class InvalidValueError(PromptManagerError, ValueError):
    """An argument that is not a valid version, level or revision.

    Examples:
        >>> from prompt_cli import InvalidValueError
        >>> isinstance(InvalidValueError("unknown level 'huge'"), ValueError)
        True
    """

    exit_code = ExitCode.USAGE


class PromptIdError(InvalidValueError):
    """An invalid prompt id or revision.

    Examples:
        >>> from prompt_cli import PromptIdError
        >>> PromptIdError("'../secret' is not a valid prompt id", prompt_id="../secret").context
        {'prompt_id': '../secret'}
    """


class PromptNotFoundError(PromptManagerError):
    """A prompt that does not exist at a revision.

    Args:
        prompt_id: The requested id.
        version: The requested revision; None is the working tree.
        near: Similar ids that exist, nearest first.
        context: As for `PromptManagerError`.

    Examples:
        >>> from prompt_cli import PromptNotFoundError
        >>> error = PromptNotFoundError("greting", near=["greeting"])
        >>> str(error), error.help
        ("unknown prompt 'greting'", "did you mean 'greeting'?")
    """

    def __init__(
        self, prompt_id: str, version: object | None = None, *, near: Sequence[str] = (), **context: ContextValue
    ) -> None:
        at = "" if version is None else f" at {version}"
        hint = f"did you mean {_alternatives(near)}?" if near else "`prompt-cli list` shows all prompts"
        shown = None if version is None else str(version)
        context = {"help": hint, "prompt_id": prompt_id, "near": tuple(near), "version": shown, **context}
        super().__init__(f"unknown prompt {prompt_id!r}{at}", **context)
        self.prompt_id = prompt_id
        self.version = version
        self.near: tuple[str, ...] = tuple(near)


class PromptExistsError(PromptManagerError):
    """A prompt to create whose id is taken; nothing was overwritten.

    Args:
        prompt_id: The id of the prompt.
        context: As for `PromptManagerError`.

    Examples:
        >>> from prompt_cli import PromptExistsError
        >>> str(PromptExistsError("hello"))
        "prompt 'hello' already exists"
    """

    def __init__(self, prompt_id: str, **context: ContextValue) -> None:
        context = {"help": "choose another id, or edit the existing prompt", "prompt_id": prompt_id, **context}
        super().__init__(f"prompt {prompt_id!r} already exists", **context)
        self.prompt_id = prompt_id


class VersionNotFoundError(PromptManagerError):
    """A version that a prompt does not have.

    Args:
        prompt_id: The id of the prompt.
        version: The requested version, range or revision.
        available: The versions that exist, highest first.
        context: As for `PromptManagerError`.

    Examples:
        >>> from prompt_cli import SemanticVersion, VersionNotFoundError
        >>> error = VersionNotFoundError("greeting", "2.0.0", available=[SemanticVersion(1, 0, 0)])
        >>> error.context["version"], error.available
        ('2.0.0', (SemanticVersion(major=1, minor=0, patch=0, pre_release=''),))
    """

    def __init__(
        self, prompt_id: str, version: object, *, available: Sequence[object] = (), **context: ContextValue
    ) -> None:
        listed = [str(one) for one in available]
        more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
        versions = f"available versions: {', '.join(listed[:_LISTED])}{more}"
        help_ = versions if listed else "no version is committed yet"
        context = {"help": help_, "prompt_id": prompt_id, "version": str(version), **context}
        super().__init__(f"prompt {prompt_id!r} has no version {version}", **context)
        self.prompt_id = prompt_id
        self.version = version
        self.available: tuple[object, ...] = tuple(available)


class _ProblemsError(PromptManagerError):
    exit_code = ExitCode.FAULT

    def __init__(self, message: str, *, problems: Sequence[Problem] = (), **context: ContextValue) -> None:
        path = problems[0].path if problems else ()
        super().__init__(message, variable=self._variable(path), **context)
        self.problems: tuple[Problem, ...] = tuple(problems)

    def _variable(self, path: DataPath) -> str:
        """Return the variable that a path leads to; empty if it leads elsewhere."""
        return format_path(path)

    def __str__(self) -> str:
        """Return the message, and below it one line for each problem if the message is not the only one."""
        if not self.problems or (len(self.problems) == 1 and self.problems[0].message == self.message):
            return super().__str__()
        head = f"{self.location.path}: {self.message}" if self.location else self.message
        return "\n".join([head, *(f"  {self._line(one)}" for one in self.problems)])

    def _line(self, problem: Problem) -> str:
        return problem.message


class _PromptDataError(_ProblemsError):
    def _variable(self, path: DataPath) -> str:
        return str(path[1]) if path[:1] == ("variables",) and len(path) > 1 else ""

    def _line(self, problem: Problem) -> str:
        place = f"{problem.region.line}:{problem.region.column}: " if problem.region else ""
        return f"{place}{format_path(problem.path)}{': ' if problem.path else ''}{problem.message}"


class PromptFormatError(_PromptDataError):
    """A file or data that is not a valid prompt.

    Args:
        message: The error, in a sentence; the message of the problem if there is only one.
        problems: The problems, in the order of the file.
        context: As for `PromptManagerError`.

    Examples:
        >>> from prompt_cli import Prompt, PromptFormatError
        >>> try:
        ...     Prompt.load({"id": "hello", "format": "text", "template": "Hello!"})
        ... except PromptFormatError as error:
        ...     print([(problem.kind, problem.path) for problem in error.problems])
        [('missing_field', ('version',))]
    """


class VariableError(_ProblemsError):
    """Values that do not fit a prompt's variables.

    Args:
        message: The error, in a sentence.
        problems: The problems, each with the path of the value (``tickets[2].subject``).
        context: As for `PromptManagerError`.

    Examples:
        >>> from prompt_cli import PromptManager, VariableError
        >>> with PromptManager.open_sync() as manager:
        ...     try:
        ...         manager.render("shared/tone", {"tone": 5})
        ...     except VariableError as error:
        ...         print([(problem.kind, problem.path) for problem in error.problems])
        [('wrong_type', ('tone',))]
    """


class RequestError(_PromptDataError):
    """A rendered prompt that an API of a provider does not take.

    Args:
        message: The error, in a sentence; the message of the problem if there is only one.
        problems: The problems, each with its path in the prompt's data.
        context: As for `PromptManagerError`.

    Examples:
        >>> from prompt_cli import PromptManager, RequestError
        >>> with PromptManager.open_sync() as manager:
        ...     rendered = manager.render_prompt("shared/tone", {"tone": "formal"})
        >>> try:
        ...     rendered.request("anthropic", model="any-model")
        ... except RequestError as error:
        ...     print(error.message)
        Anthropic's Messages API requires max_tokens
    """


class TemplateError(PromptManagerError):
    """A template that cannot be used.

    Args:
        message: The error, in a sentence.
        template: The id of the prompt or partial with the template.
        line: Line in the template, from 1.
        column: Column in the template, from 1, in characters.
        offset: Offset of the first character in the template, from 0.
        end: Offset behind the last character.
        context: As for `PromptManagerError`.

    Attributes:
        span: The offsets; None if unknown.
        data_path: The path of the template in its prompt's data; None if unknown.

    Examples:
        >>> from prompt_cli import TemplateError
        >>> str(TemplateError("unknown partial", template="greeting", line=2, column=1))
        'greeting:2:1: unknown partial'
    """

    exit_code = ExitCode.FAULT

    def __init__(
        self,
        message: str,
        *,
        template: str | None = None,
        line: int | None = None,
        column: int | None = None,
        offset: int | None = None,
        end: int | None = None,
        **context: ContextValue,
    ) -> None:
        super().__init__(message, template=template, line=line, column=column, **context)
        self.template = template
        self.line = line
        self.column = column
        self.span: tuple[int, int] | None = None if offset is None or end is None else (offset, end)
        self.data_path: DataPath | None = None

    def __str__(self) -> str:
        """Return the message after the place in the file, or else in the template."""
        if self.location or not self.template:
            return super().__str__()
        place = ":".join(str(part) for part in (self.template, self.line, self.column) if part is not None)
        return f"{place}: {self.message}"


class TemplateSyntaxError(TemplateError):
    """A template that the engine cannot parse.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import TemplateEngine, TemplateSyntaxError
        >>> try:
        ...     asyncio.run(TemplateEngine().render("Hello {{#if name}}", {"name": "Ada"}))
        ... except TemplateSyntaxError as error:
        ...     print(error.line, error.column)
        1 7
    """


class TemplateRenderError(TemplateError):
    """A template that cannot be rendered with the values.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import TemplateEngine, TemplateRenderError
        >>> try:
        ...     asyncio.run(TemplateEngine().render("Hello {{name}}!", {}))
        ... except TemplateRenderError as error:
        ...     print(error.line, error.column)
        1 9
    """


class StorageError(PromptManagerError):
    """A file could not be read or written.

    Args:
        message: The error, in a sentence.
        transient: Whether a retry may succeed; False, for example, for a path outside the prompt directory.
        context: As for `PromptManagerError`.

    Examples:
        >>> from prompt_cli import StorageError
        >>> StorageError("the path leads out of the prompt directory", transient=False).transient
        False
    """

    def __init__(self, message: str, *, transient: bool = True, **context: ContextValue) -> None:
        super().__init__(message, **context)
        self.transient = transient


class StorageConflictError(StorageError):
    """A file that changed since it was read; nothing was written.

    Examples:
        >>> from prompt_cli import StorageConflictError
        >>> StorageConflictError("hello changed meanwhile; nothing was written").transient
        True
    """


class StorageCorruptedError(StorageError):
    """A file of prompt-cli's own that fails its checksum, such as the journal of an interrupted write.

    Examples:
        >>> from prompt_cli import StorageCorruptedError, StorageError
        >>> issubclass(StorageCorruptedError, StorageError)
        True
    """


class HistoryError(PromptManagerError):
    """An error of git or of the history.

    Args:
        message: The error, in a sentence.
        reason: The kind of error, in words: ``shallow clone``.
        context: As for `PromptManagerError`.

    Examples:
        >>> from prompt_cli import HistoryError
        >>> HistoryError("cannot find version 1.0.0", reason="shallow clone").reason
        'shallow clone'
    """

    def __init__(self, message: str, *, reason: str = "", **context: ContextValue) -> None:
        super().__init__(message, reason=reason, **context)
        self.reason = reason


class RepositoryDamagedError(HistoryError):
    """A git repository that lacks objects or holds broken ones.

    Examples:
        >>> from prompt_cli import HistoryError, RepositoryDamagedError
        >>> issubclass(RepositoryDamagedError, HistoryError)
        True
    """


class LevelError(PromptManagerError):
    """A level that is lower than what a prompt's changes need.

    Examples:
        >>> from prompt_cli import ExitCode, LevelError
        >>> LevelError("patch is too low: the changes need minor").exit_code is ExitCode.FAULT
        True
    """

    exit_code = ExitCode.FAULT


class SettingsError(PromptManagerError):
    """The project's settings cannot be used.

    Examples:
        >>> from prompt_cli import ExitCode, SettingsError
        >>> SettingsError("unknown setting 'slect'").exit_code is ExitCode.USAGE
        True
    """

    exit_code = ExitCode.USAGE


_LISTED = 8
_LONGEST = 500  # characters of a text in a context


def _alternatives(names: Sequence[str]) -> str:
    quoted = [repr(name) for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _shorten(value: ContextValue) -> ContextValue:
    """Return a value for a context: plain, and cut if long."""
    if isinstance(value, tuple):
        return tuple(_cut(one) for one in value[:_LISTED])
    return value if isinstance(value, int) else _cut(str(value))  # a path of an OSError may be any path-like object


def _cut(text: str) -> str:
    return str(text) if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _restore(
    kind: type[PromptManagerError], args: tuple[object, ...], state: Mapping[str, object]
) -> PromptManagerError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error
