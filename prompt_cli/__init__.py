"""Prompts as code: YAML prompts in git, checked, rendered and versioned.

Each public name is imported when it is first used, so that importing the package costs nothing.
"""

# Type checkers take this for true; importing it from typing would double the time `--version` takes.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from prompt_cli.changes.comparison import PromptComparison as PromptComparison
    from prompt_cli.changes.comparison import Side as Side
    from prompt_cli.changes.comparison import Verdict as Verdict
    from prompt_cli.domain.bump import Bump as Bump
    from prompt_cli.domain.bump import BumpOptions as BumpOptions
    from prompt_cli.domain.change import Change as Change
    from prompt_cli.domain.change import ChangeKind as ChangeKind
    from prompt_cli.domain.example import Example as Example
    from prompt_cli.domain.example import Expectation as Expectation
    from prompt_cli.domain.finding import Edit as Edit
    from prompt_cli.domain.finding import Finding as Finding
    from prompt_cli.domain.finding import Fix as Fix
    from prompt_cli.domain.finding import Report as Report
    from prompt_cli.domain.finding import Severity as Severity
    from prompt_cli.domain.json_values import JsonObject as JsonObject
    from prompt_cli.domain.json_values import JsonValue as JsonValue
    from prompt_cli.domain.media import Media as Media
    from prompt_cli.domain.message import Each as Each
    from prompt_cli.domain.message import FileContent as FileContent
    from prompt_cli.domain.message import FilePart as FilePart
    from prompt_cli.domain.message import History as History
    from prompt_cli.domain.message import ImageContent as ImageContent
    from prompt_cli.domain.message import ImagePart as ImagePart
    from prompt_cli.domain.message import Message as Message
    from prompt_cli.domain.message import Role as Role
    from prompt_cli.domain.message import TextPart as TextPart
    from prompt_cli.domain.message import ToolCall as ToolCall
    from prompt_cli.domain.prompt import ModelSettings as ModelSettings
    from prompt_cli.domain.prompt import Output as Output
    from prompt_cli.domain.prompt import Prompt as Prompt
    from prompt_cli.domain.prompt import PromptFormat as PromptFormat
    from prompt_cli.domain.prompt import PromptFormatType as PromptFormatType
    from prompt_cli.domain.prompt import Tool as Tool
    from prompt_cli.domain.prompt import is_chat_prompt as is_chat_prompt
    from prompt_cli.domain.revision import CommitIsh as CommitIsh
    from prompt_cli.domain.revision import ExactVersion as ExactVersion
    from prompt_cli.domain.revision import PromptReference as PromptReference
    from prompt_cli.domain.revision import Revision as Revision
    from prompt_cli.domain.revision import RevisionLike as RevisionLike
    from prompt_cli.domain.revision import Snapshot as Snapshot
    from prompt_cli.domain.revision import Tree as Tree
    from prompt_cli.domain.template import ChatPromptTemplate as ChatPromptTemplate
    from prompt_cli.domain.template import PromptTemplate as PromptTemplate
    from prompt_cli.domain.variables import VariableSpec as VariableSpec
    from prompt_cli.domain.version import Level as Level
    from prompt_cli.domain.version import SemanticVersion as SemanticVersion
    from prompt_cli.domain.version import VersionRange as VersionRange
    from prompt_cli.engines.bound import BoundPrompt as BoundPrompt
    from prompt_cli.engines.handlebars import TemplateEngine as TemplateEngine
    from prompt_cli.engines.protocol import CompiledTemplateProtocol as CompiledTemplateProtocol
    from prompt_cli.engines.protocol import IncludingEngineProtocol as IncludingEngineProtocol
    from prompt_cli.engines.protocol import PartialTemplate as PartialTemplate
    from prompt_cli.engines.protocol import Renderable as Renderable
    from prompt_cli.engines.protocol import TemplateEngineProtocol as TemplateEngineProtocol
    from prompt_cli.engines.pybars import PybarsEngine as PybarsEngine
    from prompt_cli.engines.rendered import RenderedPrompt as RenderedPrompt
    from prompt_cli.error_groups import BumpManyError as BumpManyError
    from prompt_cli.error_groups import PromptErrorGroup as PromptErrorGroup
    from prompt_cli.error_groups import RenderManyError as RenderManyError
    from prompt_cli.errors import ExitCode as ExitCode
    from prompt_cli.errors import HistoryError as HistoryError
    from prompt_cli.errors import InvalidValueError as InvalidValueError
    from prompt_cli.errors import LevelError as LevelError
    from prompt_cli.errors import PromptError as PromptError
    from prompt_cli.errors import PromptExistsError as PromptExistsError
    from prompt_cli.errors import PromptFormatError as PromptFormatError
    from prompt_cli.errors import PromptIdError as PromptIdError
    from prompt_cli.errors import PromptManagerError as PromptManagerError
    from prompt_cli.errors import PromptNotFoundError as PromptNotFoundError
    from prompt_cli.errors import RepositoryDamagedError as RepositoryDamagedError
    from prompt_cli.errors import RequestError as RequestError
    from prompt_cli.errors import SettingsError as SettingsError
    from prompt_cli.errors import StorageConflictError as StorageConflictError
    from prompt_cli.errors import StorageCorruptedError as StorageCorruptedError
    from prompt_cli.errors import StorageError as StorageError
    from prompt_cli.errors import TemplateError as TemplateError
    from prompt_cli.errors import TemplateRenderError as TemplateRenderError
    from prompt_cli.errors import TemplateSyntaxError as TemplateSyntaxError
    from prompt_cli.errors import VariableError as VariableError
    from prompt_cli.errors import VersionNotFoundError as VersionNotFoundError
    from prompt_cli.handlebars.runtime import Limits as Limits
    from prompt_cli.history.diff import FileStatus as FileStatus
    from prompt_cli.history.protocol import ChangedPrompts as ChangedPrompts
    from prompt_cli.history.protocol import ChangeStoreProtocol as ChangeStoreProtocol
    from prompt_cli.history.protocol import PromptVersion as PromptVersion
    from prompt_cli.history.protocol import StoredSnapshot as StoredSnapshot
    from prompt_cli.history.protocol import VersionStoreProtocol as VersionStoreProtocol
    from prompt_cli.history.version_store import GitVersionStore as GitVersionStore
    from prompt_cli.manager import PromptManager as PromptManager
    from prompt_cli.move import Move as Move
    from prompt_cli.problems import Location as Location
    from prompt_cli.problems import Problem as Problem
    from prompt_cli.problems import Region as Region
    from prompt_cli.registry import PromptRegistry as PromptRegistry
    from prompt_cli.registry import RegistryTransaction as RegistryTransaction
    from prompt_cli.renderer import RenderRequest as RenderRequest
    from prompt_cli.storage.backends import InMemoryStorage as InMemoryStorage
    from prompt_cli.storage.backends import LayeredStorage as LayeredStorage
    from prompt_cli.storage.backends import ResourceStorage as ResourceStorage
    from prompt_cli.storage.directory import DirectoryStorage as DirectoryStorage
    from prompt_cli.storage.loader import AsyncPromptLoader as AsyncPromptLoader
    from prompt_cli.storage.loader import LoadedPrompt as LoadedPrompt
    from prompt_cli.storage.loader import load_prompt as load_prompt
    from prompt_cli.storage.protocol import BulkReaderProtocol as BulkReaderProtocol
    from prompt_cli.storage.protocol import StorageBackendProtocol as StorageBackendProtocol
    from prompt_cli.storage.protocol import TransactionProtocol as TransactionProtocol
    from prompt_cli.storage.scan import InvalidPromptFile as InvalidPromptFile
    from prompt_cli.sync import SyncPromptManager as SyncPromptManager

__version__ = "0.1.0"

# The public names, by the module below this package that they live in.
_NAMES = {
    "changes.comparison": "PromptComparison Side Verdict",
    "domain.bump": "Bump BumpOptions",
    "domain.change": "Change ChangeKind",
    "domain.example": "Example Expectation",
    "domain.finding": "Edit Finding Fix Report Severity",
    "domain.json_values": "JsonObject JsonValue",
    "domain.media": "Media",
    "domain.message": "Each FileContent FilePart History ImageContent ImagePart Message Role TextPart ToolCall",
    "domain.prompt": "ModelSettings Output Prompt PromptFormat PromptFormatType Tool is_chat_prompt",
    "domain.revision": "CommitIsh ExactVersion PromptReference Revision RevisionLike Snapshot Tree",
    "domain.template": "ChatPromptTemplate PromptTemplate",
    "domain.variables": "VariableSpec",
    "domain.version": "Level SemanticVersion VersionRange",
    "engines.bound": "BoundPrompt",
    "engines.handlebars": "TemplateEngine",
    "engines.protocol": "CompiledTemplateProtocol IncludingEngineProtocol PartialTemplate Renderable "
    "TemplateEngineProtocol",
    "engines.pybars": "PybarsEngine",
    "engines.rendered": "RenderedPrompt",
    "error_groups": "BumpManyError PromptErrorGroup RenderManyError",
    "errors": "ExitCode HistoryError InvalidValueError LevelError PromptError PromptExistsError PromptFormatError "
    "PromptIdError PromptManagerError PromptNotFoundError RepositoryDamagedError RequestError SettingsError "
    "StorageConflictError StorageCorruptedError StorageError TemplateError TemplateRenderError "
    "TemplateSyntaxError VariableError VersionNotFoundError",
    "handlebars.runtime": "Limits",
    "history.diff": "FileStatus",
    "history.protocol": "ChangeStoreProtocol ChangedPrompts PromptVersion StoredSnapshot VersionStoreProtocol",
    "history.version_store": "GitVersionStore",
    "manager": "PromptManager",
    "move": "Move",
    "problems": "Location Problem Region",
    "registry": "PromptRegistry RegistryTransaction",
    "renderer": "RenderRequest",
    "storage.backends": "InMemoryStorage LayeredStorage ResourceStorage",
    "storage.directory": "DirectoryStorage",
    "storage.loader": "AsyncPromptLoader LoadedPrompt load_prompt",
    "storage.protocol": "BulkReaderProtocol StorageBackendProtocol TransactionProtocol",
    "storage.scan": "InvalidPromptFile",
    "sync": "SyncPromptManager",
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the keys are strings


def __getattr__(name: str) -> object:
    """Import a public name on its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted(__all__)
