"""The registry: prompts by id, over a storage backend."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from prompt_cli.cache import LRUCache
from prompt_cli.domain.ids import check_id
from prompt_cli.domain.prompt import Prompt
from prompt_cli.engines.protocol import TemplateEngineProtocol, check_template
from prompt_cli.error_groups import PromptErrorGroup
from prompt_cli.errors import PromptFormatError
from prompt_cli.log import log
from prompt_cli.storage.loader import AsyncPromptLoader, LoadedPrompt, parse_prompt
from prompt_cli.storage.protocol import BulkReaderProtocol, StorageBackendProtocol, TransactionProtocol, bulk_reader

_CACHE_SIZE = 1024


class PromptRegistry:
    """Prompts of the working tree, by id.

    Args:
        storage: The storage of their files.
        path_of: Returns the path of a prompt's file for users; by default the storage's.

    Attributes:
        working_tree: The storage as a snapshot of all prompts, read in bulk if possible.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import InMemoryStorage, Prompt, PromptRegistry
        >>> registry = PromptRegistry(InMemoryStorage())
        >>> greeting = Prompt.load({"id": "greeting", "version": "1.0.0", "format": "text", "template": "Hello!"})
        >>> asyncio.run(registry.create(greeting))
        >>> asyncio.run(registry.get("greeting")) == greeting
        True
    """

    def __init__(self, storage: StorageBackendProtocol, path_of: Callable[[str], str] | None = None) -> None:
        if not hasattr(storage, "read"):  # isinstance would refuse a wrapper with __getattr__ from Python 3.12 on
            raise TypeError(f"expected a storage such as DirectoryStorage, not {type(storage).__name__}")
        self.storage = storage
        self.working_tree: BulkReaderProtocol = bulk_reader(storage)
        self.path_of: Callable[[str], str] = path_of or storage.location
        self._parsed: LRUCache[LoadedPrompt] = LRUCache(_CACHE_SIZE)

    async def get(self, prompt_id: str, *, use_cache: bool = True) -> Prompt:
        """Return a prompt.

        Args:
            prompt_id: The id of the prompt.
            use_cache: Whether to reuse the parsed prompt of the same bytes.

        Returns:
            The prompt.

        Raises:
            PromptNotFoundError: The prompt does not exist.
            PromptFormatError: The file is invalid.
            StorageError: The file could not be read.
        """
        return (await self.load(prompt_id, use_cache=use_cache)).checked()

    async def load(self, prompt_id: str, *, use_cache: bool = True) -> LoadedPrompt:
        """Return the parsed file of a prompt; its problems are part of the result.

        Args:
            prompt_id: The id of the prompt.
            use_cache: Whether to reuse the parsed prompt of the same bytes.

        Returns:
            The bytes of the file, and the prompt in it or its problems.

        Raises:
            PromptNotFoundError: The prompt does not exist.
            StorageError: The file could not be read.
        """
        content = await self.storage.read(prompt_id)
        return self.parse(content, prompt_id, use_cache=use_cache)

    def parse(self, content: bytes, prompt_id: str, path: str | None = None, *, use_cache: bool = True) -> LoadedPrompt:
        """Parse the bytes of a prompt's file; the same bytes are parsed once.

        Args:
            content: The bytes.
            prompt_id: The id that the file must have.
            path: The name of the file in errors; by default its path in the storage.
            use_cache: Whether to reuse the parsed prompt of the same bytes.

        Returns:
            The bytes, and the prompt in them or their problems.
        """

        def parse_file() -> LoadedPrompt:
            return parse_prompt(content, prompt_id, self.path_of(prompt_id) if path is None else path)

        # The cached value holds the bytes too, so using them as the key takes no memory.
        return self._parsed.get((prompt_id, content), parse_file) if use_cache else parse_file()

    async def load_prompts(self) -> AsyncIterator[LoadedPrompt]:
        """Yield the parsed file of every prompt, sorted by id, the invalid ones too.

        Yields:
            The bytes of a file, and the prompt in it or its problems.

        Raises:
            StorageError: A file could not be read.
        """
        async with AsyncPromptLoader(self.storage, parse=self.parse) as loader:
            async for loaded in loader:
                yield loaded

    async def list_prompts(self) -> AsyncIterator[Prompt]:
        """Yield every prompt, sorted by id; see `PromptManager.list_prompts`."""
        errors: list[PromptFormatError] = []
        async for loaded in self.load_prompts():
            try:
                prompt = loaded.checked()
            except PromptFormatError as error:
                errors.append(error)
            else:
                yield prompt
        if errors:
            raise PromptErrorGroup(f"{len(errors)} prompts cannot be loaded", errors)

    async def create(self, prompt: Prompt, template_engine: TemplateEngineProtocol | None = None) -> None:
        """Add a prompt.

        Args:
            prompt: The prompt.
            template_engine: The engine that checks its templates; the default engine if None.

        Raises:
            PromptExistsError: The id is taken; nothing is overwritten.
            TemplateSyntaxError: A template cannot be parsed.
            StorageError: The file could not be written.
        """
        async with self.transaction(template_engine) as transaction:
            transaction.create(prompt)

    async def create_file(self, prompt_id: str, content: bytes, path: str | None = None) -> None:
        """Add a prompt by the bytes of its file, which are written unchanged.

        Args:
            prompt_id: The id of the prompt.
            content: The bytes of its file.
            path: The name of the file in errors; by default its future path.

        Raises:
            PromptExistsError: The id is taken; nothing is overwritten.
            PromptFormatError: The bytes are not a valid prompt.
            TemplateSyntaxError: A template cannot be parsed.
            StorageError: The file could not be written.
        """
        prompt = self.parse(content, prompt_id, path, use_cache=False).checked()
        _check_templates(prompt, None)
        async with self.storage.transaction() as files:
            files.create(prompt_id, content)
        log("info", "prompt_created", prompt_id=prompt_id, version=str(prompt.version))

    async def save(self, prompt: Prompt, template_engine: TemplateEngineProtocol | None = None) -> None:
        """Write a changed prompt to its file; every unchanged byte, comments included, stays.

        Args:
            prompt: The prompt.
            template_engine: The engine that checks its templates; the default engine if None.

        Raises:
            PromptNotFoundError: The prompt does not exist.
            TemplateSyntaxError: A template cannot be parsed.
            StorageConflictError: The file changed meanwhile.
            StorageError: The file could not be written.
        """
        async with self.transaction(template_engine) as transaction:
            await transaction.save(prompt)

    @asynccontextmanager
    async def transaction(
        self, template_engine: TemplateEngineProtocol | None = None
    ) -> "AsyncIterator[RegistryTransaction]":
        """Open a transaction; the end of the block writes all files or none.

        Args:
            template_engine: The engine that checks the templates of prompts; the default engine if None.

        Yields:
            The transaction.

        Raises:
            PromptExistsError: A prompt to create exists.
            StorageConflictError: A file changed since it was read.
            StorageError: A file could not be written; nothing is written.
        """
        async with self.storage.transaction() as files:
            transaction = RegistryTransaction(self, files, template_engine)
            yield transaction
        transaction.log_writes()


class RegistryTransaction:
    """Transaction of a registry: all of its changes are written, or none.

    Args:
        registry: The registry of the prompts.
        files: The transaction of its storage.
        template_engine: The engine that checks the templates; the default engine if None.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import InMemoryStorage, Prompt, PromptRegistry
        >>> hello = Prompt.load({"id": "hello", "version": "1.0.0", "format": "text", "template": "Hello!"})
        >>> registry = PromptRegistry(InMemoryStorage())
        >>> async def add_both():
        ...     async with registry.transaction() as transaction:
        ...         transaction.create(hello)
        ...         transaction.create(hello.clone(id="welcome"))
        ...     return [prompt.id async for prompt in registry.list_prompts()]
        >>> asyncio.run(add_both())
        ['hello', 'welcome']
    """

    def __init__(
        self, registry: PromptRegistry, files: TransactionProtocol, template_engine: TemplateEngineProtocol | None
    ) -> None:
        self._registry = registry
        self._engine = template_engine
        self._files = files
        self._created: list[Prompt] = []
        self._saved: list[Prompt] = []
        self._deleted: list[str] = []

    def create(self, prompt: Prompt) -> None:
        """Add a prompt; if its id is taken, the block ends with a `PromptExistsError`.

        Args:
            prompt: The prompt.

        Raises:
            TemplateSyntaxError: A template cannot be parsed.
        """
        from prompt_cli.yaml.emit import dump  # only writing needs it

        _check_templates(prompt, self._engine)
        self._files.create(prompt.id, dump(prompt.to_data()))
        self._created.append(prompt)

    async def save(self, prompt: Prompt) -> None:
        """Write a changed prompt to its file.

        Args:
            prompt: The prompt, for example a `Prompt.clone`.

        Raises:
            PromptNotFoundError: The prompt does not exist.
            TemplateSyntaxError: A template cannot be parsed.
            PromptFormatError: The existing file is not valid YAML, and cannot be edited.
        """
        _check_templates(prompt, self._engine)
        loaded = await self._registry.load(prompt.id)
        if loaded.prompt == prompt:
            return
        if loaded.source is None:
            loaded.checked()
        else:
            updated = loaded.source.replace_data(prompt.to_data())
            self._files.replace(prompt.id, updated.content, expected=loaded.content)
            self._saved.append(prompt)

    def replace(self, loaded: LoadedPrompt, content: bytes) -> None:
        """Replace the bytes of a loaded file.

        Args:
            loaded: The file as it was read; if it changed since, the block ends with a `StorageConflictError`.
            content: The new bytes.
        """
        self._files.replace(check_id(loaded.id), content, expected=loaded.content)

    async def delete(self, prompt_id: str) -> None:
        """Delete a prompt's file; its versions stay in the history.

        Args:
            prompt_id: The id of the prompt.

        Raises:
            PromptNotFoundError: The prompt does not exist.
        """
        self._files.delete(prompt_id, expected=await self._registry.storage.read(prompt_id))
        self._deleted.append(prompt_id)

    def log_writes(self) -> None:
        """Log the prompts that were written, once they are."""
        for prompt in self._created:
            log("info", "prompt_created", prompt_id=prompt.id, version=str(prompt.version))
        for prompt in self._saved:
            log("info", "prompt_saved", prompt_id=prompt.id, version=str(prompt.version))
        for prompt_id in self._deleted:
            log("info", "prompt_deleted", prompt_id=prompt_id)


def _check_templates(prompt: Prompt, template_engine: TemplateEngineProtocol | None) -> None:
    if not isinstance(prompt, Prompt):
        raise TypeError(f"expected a Prompt, not {type(prompt).__name__}")
    for content in prompt.templates.values():
        check_template(template_engine, content, prompt)
