"""Loading of prompts from their files."""

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from prompt_cli.domain.prompt import Prompt
from prompt_cli.error_groups import PromptErrorGroup
from prompt_cli.errors import PromptFormatError, PromptManagerError, StorageError
from prompt_cli.problems import Location, Problem, Region
from prompt_cli.storage.protocol import StorageBackendProtocol, bulk_reader

if TYPE_CHECKING:
    from prompt_cli.yaml.source import YamlSource


class LoadedPrompt(NamedTuple):
    """The result of loading a prompt's file: the prompt, or the problems.

    Attributes:
        id: The id from the file's path.
        path: The path of the file, as shown to users.
        content: The bytes of the file.
        source: The YAML with positions; None if it is invalid.
        prompt: The prompt; None if there are problems.
        problems: The problems, each with its region in the file.

    Examples:
        >>> from prompt_cli import InMemoryStorage, PromptRegistry
        >>> loaded = PromptRegistry(InMemoryStorage()).parse(b"id: hello", "hello")
        >>> loaded.prompt, [problem.path for problem in loaded.problems]
        (None, [('version',), ('format',)])
    """

    id: str
    path: str
    content: bytes
    source: "YamlSource | None"
    prompt: Prompt | None
    problems: tuple[Problem, ...] = ()

    @property
    def text(self) -> str:
        """The text of the file for quotations."""
        if self.source is not None:
            return self.source.text
        return self.content.decode("utf-8", "replace").removeprefix("\ufeff")

    def checked(self) -> Prompt:
        """Return the prompt.

        Returns:
            The valid prompt.

        Raises:
            PromptFormatError: The file has problems.
        """
        if self.prompt is not None:
            return self.prompt
        first = self.problems[0]
        message = first.message if len(self.problems) == 1 else f"{len(self.problems)} problems"
        error = PromptFormatError(message, problems=self.problems, prompt_id=self.id, help=first.help)
        raise error.at(Location(self.path, first.region, self.text))


async def load_prompt(path: str | PathLike[str]) -> Prompt:
    """Load one prompt from a file anywhere; the id need not match the path.

    Args:
        path: The path of the file.

    Returns:
        The prompt.

    Raises:
        PromptFormatError: The file is not a valid prompt.
        StorageError: The file could not be read.

    Examples:
        >>> import asyncio
        >>> asyncio.run(load_prompt("prompts/shared/tone.yaml")).version
        SemanticVersion(major=1, minor=0, patch=0, pre_release='')
    """
    import asyncio  # parsing needs neither an event loop nor files

    from prompt_cli.storage.scan import read_error, read_file

    source = fspath(path)
    try:
        content = await asyncio.to_thread(lambda: read_file(Path(os.path.realpath(source))))
    except OSError as error:
        raise read_error(source, error) from error
    except ValueError as error:  # a NUL in the name
        raise StorageError(f"{source!r} could not be read: {error}", transient=False) from error
    if content is None:
        raise StorageError(f"no such file: {source}", path=source, transient=False)
    return parse_prompt(content, None, source).checked()


def parse_prompt(content: bytes, prompt_id: str | None, path: str) -> LoadedPrompt:
    """Parse a prompt's file, with problems as part of the result; an id of None accepts any id in the file."""
    from prompt_cli.domain.prompt import Prompt  # brings Pydantic
    from prompt_cli.yaml.source import YamlSource  # brings the YAML reader

    try:
        source = YamlSource.parse(content)
    except PromptFormatError as error:
        return LoadedPrompt(prompt_id or "", path, content, None, None, error.problems)
    try:
        prompt = Prompt.load(source.data)
    except PromptFormatError as error:
        return LoadedPrompt(prompt_id or "", path, content, source, None, _with_regions(error.problems, source))
    if prompt_id is not None and prompt.id != prompt_id:
        message = f"the id is {prompt.id!r}, the path says {prompt_id!r}"
        problem = Problem(message, "id_mismatch", ("id",), "make them the same", source.region(("id",)))
        return LoadedPrompt(prompt_id, path, content, source, None, (problem,))
    return LoadedPrompt(prompt.id, path, content, source, prompt)


def _with_regions(problems: tuple[Problem, ...], source: "YamlSource") -> tuple[Problem, ...]:
    """Return the problems with their regions, in the order of the file."""

    def region(problem: Problem) -> Region:
        is_of_key = problem.kind in {"unknown_field", "variable_name"}
        return source.key_region(problem.path) if is_of_key else source.region(problem.path)

    return tuple(problem._replace(region=region(problem)) for problem in sorted(problems, key=region))


class AsyncPromptLoader:
    """Asynchronous loader of the prompts of a storage.

    Args:
        storage: The storage of the prompts, or the path of a prompt directory.
        prompt_ids: The ids; None is all.
        parse: Parses a prompt's file; None is `parse_prompt`.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import AsyncPromptLoader, InMemoryStorage
        >>> storage = InMemoryStorage({"greeting": '''
        ... id: greeting
        ... version: 1.0.0
        ... format: text
        ... template: Hello!
        ... '''})
        >>> async def load():
        ...     async with AsyncPromptLoader(storage) as loader:
        ...         return await loader.load_all()
        >>> [prompt.id for prompt in asyncio.run(load())]
        ['greeting']
    """

    def __init__(
        self,
        storage: StorageBackendProtocol | str | PathLike[str],
        prompt_ids: Collection[str] | None = None,
        parse: Callable[[bytes, str], LoadedPrompt] | None = None,
    ) -> None:
        if isinstance(storage, str | PathLike):
            from prompt_cli.storage.directory import DirectoryStorage  # other storages need no files

            storage = DirectoryStorage(storage)
        self._storage = storage
        self._parse = parse or self._parse_file
        self._prompt_ids = prompt_ids
        self._files: AsyncIterator[tuple[str, bytes]] | None = None

    async def __aenter__(self) -> Self:
        self._files = bulk_reader(self._storage).read_all(self._prompt_ids)
        return self

    async def __aexit__(self, *exception: object) -> None:
        files, self._files = self._files, None
        # An unfinished generator holds a batch of files.
        if isinstance(files, AsyncGenerator):
            await files.aclose()

    async def __aiter__(self) -> AsyncIterator[LoadedPrompt]:
        """Yield each prompt as it is loaded, invalid ones with their problems.

        Raises:
            StorageError: A file could not be read.
        """
        if self._files is None:
            advice = "use it as: async with AsyncPromptLoader(storage) as loader"
            raise StorageError("the loader is not open", transient=False, help=advice)
        async for prompt_id, content in self._files:
            yield self._parse(content, prompt_id)

    async def load_all(self) -> tuple[Prompt, ...]:
        """Return every prompt, in the order of their ids.

        Returns:
            The prompts, all valid.

        Raises:
            PromptErrorGroup: Prompts are invalid; contains a `PromptFormatError` for each.
            StorageError: A file could not be read.
        """
        prompts: list[Prompt] = []
        errors: list[PromptManagerError] = []
        async for loaded in self:
            try:
                prompts.append(loaded.checked())
            except PromptFormatError as error:
                errors.append(error)
        if errors:
            count = len(prompts) + len(errors)
            raise PromptErrorGroup(f"{len(errors)} of {count} prompts cannot be loaded", errors)
        return tuple(prompts)

    def _parse_file(self, content: bytes, prompt_id: str) -> LoadedPrompt:
        return parse_prompt(content, prompt_id, self._storage.location(prompt_id))
