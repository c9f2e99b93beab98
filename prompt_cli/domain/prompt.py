"""The prompt model with its output and tools, and a prompt with its partials."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, NamedTuple, Self, TypeAlias, TypeGuard

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from prompt_cli.domain.base import Frozen, FrozenModel, Json, Text, Word, describe_model, problems_of
from prompt_cli.domain.example import Example, Expectation
from prompt_cli.domain.ids import id_problem, suggest
from prompt_cli.domain.json_values import INPUT_TYPES, FrozenDict, is_object, with_article
from prompt_cli.domain.message import SPEAKER_PATTERN, Each, FilePart, History, ImagePart, Message, TextPart
from prompt_cli.domain.template import ChatField, ChatPromptTemplate, Placement, TemplateField
from prompt_cli.domain.variables import VariableName, VariableSpec, all_specs, declared_names, json_schema
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.errors import PromptFormatError
from prompt_cli.problems import DataPath

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

PromptFormatType: TypeAlias = Literal["text", "chat", "completion", "instruction"]
"""The names of the formats, for code that passes them as strings."""


class PromptFormat(Word):
    """The format of a prompt; only ``chat`` is a list of messages.

    Examples:
        >>> PromptFormat("chat") is PromptFormat.CHAT
        True
        >>> PromptFormat.CHAT == "chat"
        True
    """

    TEXT = "text"
    CHAT = "chat"
    COMPLETION = "completion"
    INSTRUCTION = "instruction"


def _check_id(prompt_id: str) -> str:
    if problem := id_problem(prompt_id):
        raise PydanticCustomError("wrong_id", "{problem}", {"problem": problem})
    return prompt_id


def _check_tag(tag: str) -> str:
    if not tag or not tag.isprintable() or " " in tag or "," in tag:
        raise PydanticCustomError("wrong_tag", "a tag is one word, without spaces and commas")
    return tag


class ModelSettings(FrozenModel):
    """The model a prompt is written for.

    Attributes:
        provider: The provider: ``openai``, ``anthropic``, ``gemini`` or another; it chooses the rules PC7.
        name: The name at the provider.
        parameters: The parameters of the provider: ``{"temperature": 0.2}``.

    Examples:
        >>> settings = ModelSettings(name="any-model", parameters={"temperature": 0.2})
        >>> settings.parameters["temperature"]
        0.2
    """

    provider: Text | None = Field(default=None, min_length=1)
    name: Text | None = Field(default=None, min_length=1)
    parameters: Frozen[Text, Json] = Field(default_factory=FrozenDict)


# OpenAI, Anthropic and Gemini all take these names.
_TOOL_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$"


def _check_json(spec: VariableSpec) -> VariableSpec:
    _check_types({"": spec})
    return spec


def _check_types(specs: Mapping[str, VariableSpec]) -> Mapping[str, VariableSpec]:
    """Refuse the types that only inputs have."""
    for path, spec in all_specs(specs, ()):
        if spec.type in INPUT_TYPES:
            context = {"type": spec.type, "at": (*(name for name in path if name), "type")}
            raise PydanticCustomError(
                "wrong_value", "type {type} is for variables of prompts; a model writes JSON", context
            )
    return specs


class Output(FrozenModel):
    """The answer that callers may rely on.

    Attributes:
        name: The name of the schema at the provider.
        description: A description that the model reads.
        spec: The schema of the answer, with the keys of a variable.

    Examples:
        >>> output = Output(name="triage", spec=VariableSpec(type="string", enum=("billing", "bug")))
        >>> output.spec.enum
        ('billing', 'bug')
    """

    name: str = Field(pattern=SPEAKER_PATTERN)
    description: Text | None = None
    spec: Annotated[VariableSpec, AfterValidator(_check_json)] = Field(alias="schema")


class Tool(FrozenModel):
    """A tool that the model may call.

    Attributes:
        name: The name, as every provider takes it.
        description: A description that the model reads.
        parameters: The parameters by name, each with the keys of a variable.

    Examples:
        >>> tool = Tool(name="find_account", description="Find an account.", parameters={"id": {"type": "string"}})
        >>> tool.parameters["id"].required
        True
    """

    name: str = Field(pattern=_TOOL_PATTERN)
    description: Text | None = None
    parameters: Annotated[Frozen[Annotated[Text, Field(min_length=1)], VariableSpec], AfterValidator(_check_types)] = (
        Field(default_factory=FrozenDict)
    )


def _describe(schema: dict[str, Any], model: type[FrozenModel]) -> None:
    describe_model(schema, model)
    schema |= {
        "title": "Prompt",
        "if": {"properties": {"format": {"const": "chat"}}, "required": ["format"]},
        "then": {"required": ["messages"], "not": {"required": ["template"]}},
        "else": {"required": ["template"], "not": {"required": ["messages"]}},
    }


class Prompt(FrozenModel):
    """A prompt: its signature, its text and its metadata.

    A prompt cannot be changed, nor can the mappings and lists in it; `clone` makes a changed copy. Two prompts are
    equal if they mean the same: a field that is not set equals its default, and values are compared as JSON.

    A dump holds the fields that were set, so validating it gives an equal prompt, and a prompt can be the body of a
    request or a response. The JSON Schema is that of the file.

    Attributes:
        id: The path of the file in the prompt directory, without ``.yaml``.
        version: MAJOR.MINOR.PATCH.
        format: ``chat`` has messages, the others have a template.
        description: A description for readers.
        tags: Words to find the prompt by.
        variables: The signature: the spec of each variable by name.
        template: The template; a chat prompt has messages instead.
        chat_template: The messages of a chat prompt; other formats have a template instead.
        output: The answer that callers may rely on.
        tools: The tools that the model may call.
        model: The model that the prompt is written for.
        metadata: Anything else, as JSON.
        examples: Values that the prompt must render with.

    Examples:
        >>> prompt = Prompt.model_validate({
        ...     "id": "greeting",
        ...     "version": "1.0.0",
        ...     "format": "text",
        ...     "variables": {"name": {"type": "string"}},
        ...     "template": "Hello {{name}}!",
        ... })
        >>> prompt.template.variables
        ('name',)
        >>> Prompt.model_validate_json(prompt.model_dump_json()) == prompt
        True
        >>> str(prompt.clone(version="1.1.0").version)
        '1.1.0'
    """

    # FastAPI warns of models that are built on first use.
    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra=_describe, defer_build=False)

    id: Annotated[str, AfterValidator(_check_id)]
    version: SemanticVersion
    format: PromptFormat = Field(strict=False)
    description: Text | None = None
    tags: tuple[Annotated[str, AfterValidator(_check_tag)], ...] = Field(default=(), strict=False)
    variables: Frozen[VariableName, VariableSpec] = Field(default_factory=FrozenDict)
    template: TemplateField | None = None
    chat_template: ChatField | None = Field(default=None, alias="messages", validation_alias="messages")
    output: Output | None = None
    tools: tuple[Tool, ...] = Field(default=(), strict=False)
    model: ModelSettings | None = None
    metadata: Frozen[Text, Json] = Field(default_factory=FrozenDict)
    examples: tuple[Example, ...] = Field(default=(), strict=False)

    @classmethod
    def load(cls, data: Mapping[str, object]) -> Self:
        """Build a prompt from the data of its file.

        Args:
            data: The data, with the keys that files have: ``messages``, ``minLength``.

        Returns:
            The prompt.

        Raises:
            PromptFormatError: The data is not a valid prompt; the error holds every problem with its path.

        Examples:
            >>> prompt = Prompt.load({"id": "greeting", "version": "1.0.0", "format": "text", "template": "Hello!"})
            >>> prompt.template.content
            'Hello!'
        """
        return cls._validate_data(data, by_name=False)

    @classmethod
    def _validate_data(cls, data: Mapping[str, object], *, by_name: bool) -> Self:
        """Check data; files use only the aliases of fields, Python their names too."""
        try:
            return cls.model_validate(data, by_alias=True, by_name=by_name)
        except ValidationError as error:
            problems = problems_of(error, data, allowed_keys)
            message = problems[0].message if len(problems) == 1 else f"{len(problems)} problems"
            prompt_id = str(data.get("id") or "") if is_object(data) else ""
            raise PromptFormatError(message, problems=problems, prompt_id=prompt_id) from None

    @cached_property
    def variable_set(self) -> frozenset[str]:
        """The names of the declared variables."""
        return frozenset(self.variables)

    @cached_property
    def declared_names(self) -> frozenset[str]:
        """The declared names at every depth."""
        return declared_names(self.variables)

    @property
    def is_chat(self) -> bool:
        """Whether the prompt is a list of messages."""
        return self.format is PromptFormat.CHAT

    @property
    def templates(self) -> Mapping[tuple[str | int, ...], str]:
        """The text of every template by its path in the prompt's data, in order."""
        if self.chat_template is not None:
            return {("messages", *path): text for path, text in self.chat_template.templates.items()}
        return {} if self.template is None else {("template",): self.template.content}

    def each_at(self, path: DataPath) -> str | None:
        """Return the variable whose items a template renders with; None if it renders once.

        Args:
            path: The path of the template in the prompt's data.

        Returns:
            The name of the variable.
        """
        return None if self.chat_template is None else self.chat_template.each_at(path[1:])

    @property
    def uses_parts(self) -> bool:
        """Whether there are parts, histories, `Each`, or messages that are optional or end the stable prefix."""
        return self.chat_template is not None and any(
            not isinstance(one, Message) or not isinstance(one.content, str) or one.cache or one.optional
            for one in self.chat_template.entries
        )

    def clone(self, **changes: Any) -> Self:  # noqa: ANN401 - validation checks the types
        """Return a copy with some fields changed, checked like any prompt.

        Args:
            changes: New values by field, None to remove one; ``messages`` and ``chat_template`` are the same field.

        Returns:
            The copy, of the same type.

        Raises:
            PromptFormatError: The copy would not be a valid prompt.

        Examples:
            >>> prompt = Prompt.load({"id": "greeting", "version": "1.0.0", "format": "text", "template": "Hello!"})
            >>> prompt.clone(tags=["short"]).tags
            ('short',)
        """
        fields = {name: getattr(self, name) for name in self.model_fields_set}
        if "messages" in changes:
            fields.pop("chat_template", None)
        fields.update(changes)
        return self._validate_data({name: value for name, value in fields.items() if value is not None}, by_name=True)

    def to_data(self) -> dict[str, Any]:
        """Return the data of its file: the fields that were set, by alias, in the order of the model.

        Returns:
            Plain dictionaries and lists, which the caller may change.

        Examples:
            >>> prompt = Prompt.load({"id": "greeting", "version": "1.0.0", "format": "text", "template": "Hello!"})
            >>> prompt.to_data()
            {'id': 'greeting', 'version': '1.0.0', 'format': 'text', 'template': 'Hello!'}
        """
        return self.model_dump(mode="json", by_alias=True)

    def __hash__(self) -> int:
        """Hash by id and version: the other fields hold mappings, which cannot be hashed."""
        return hash((self.id, self.version))

    @model_validator(mode="after")
    def _check_format(self) -> Self:
        if self.template is not None and self.chat_template is not None:
            raise PydanticCustomError(
                "template_and_messages", "a prompt has either a template or messages, not both", {"at": ("messages",)}
            )
        key, content = ("messages", self.chat_template) if self.is_chat else ("template", self.template)
        if content is None:
            context = {"format": str(self.format), "key": key, "at": ("format",)}
            raise PydanticCustomError("format_mismatch", "format {format} needs {key}", context)
        _check_names([one.name for one in self.examples], "examples")
        _check_names([one.name for one in self.tools], "tools")
        for placement in () if self.chat_template is None else self.chat_template.placements:
            self._check_placement(placement)
        return self

    def _check_placement(self, placement: Placement) -> None:
        """Refuse a part, a history or `Each` whose variable is not declared, or of another type."""
        path, name, kind, each = placement
        items = None if each is None else self.variables[each].items
        properties = (items and items.properties) or {}
        spec = properties.get(name) or self.variables.get(name)
        if spec is None:
            problem = f"{name!r} is not declared"
            help_ = suggest(name, [*properties, *self.variables], f"declare it under 'variables' with type {kind}")
        elif spec.type == kind:
            return
        else:
            problem, help_ = f"{name!r} is {with_article(spec.type)}, not {with_article(kind)}", ""
        context = {"problem": problem, "help": help_, "at": ("messages", *path)}
        raise PydanticCustomError("wrong_placement", "{problem}", context)


def _check_names(names: Sequence[str], field: str) -> None:
    for n, name in enumerate(names):
        if name in names[:n]:
            context = {"field": field, "name": repr(name), "at": (field, n, "name")}
            raise PydanticCustomError("duplicate_name", "duplicate name {name} in {field}", context)


def allowed_keys(path: DataPath) -> tuple[str, ...]:
    """Return the keys that a prompt's file may hold beside the last segment of a path."""
    match path:
        case ("variables", _, *_) | ("output", "schema", *_) | ("tools", _, "parameters", _, *_):
            model: type[FrozenModel] = VariableSpec
        case ("messages", *_, "content", int(), _) | ("examples", _, "expect", "equals", _, "content", int(), _):
            return (*_keys(TextPart), *_keys(ImagePart), *_keys(FilePart))
        case ("messages", int(), _):
            return (*_keys(Message), *_keys(History), *_keys(Each))
        case ("messages", *_) | ("examples", _, "expect", "equals", *_):
            model = Message
        case ("output", *_):
            model = Output
        case ("tools", *_):
            model = Tool
        case ("examples", _, "expect", *_):
            model = Expectation
        case ("examples", *_):
            model = Example
        case ("model", *_):
            model = ModelSettings
        case _:
            model = Prompt
    return _keys(model)


def _keys(model: type[FrozenModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


if TYPE_CHECKING:

    class ChatPrompt(Prompt):
        """The type of a prompt with messages, for `is_chat_prompt`."""

        chat_template: ChatPromptTemplate


def is_chat_prompt(prompt: Prompt) -> "TypeGuard[ChatPrompt]":
    """Return whether a prompt is a list of messages; type checkers then know its `chat_template`.

    Args:
        prompt: The prompt.

    Returns:
        Whether it has messages instead of one template.

    Examples:
        >>> prompt = Prompt.load({
        ...     "id": "triage",
        ...     "version": "1.0.0",
        ...     "format": "chat",
        ...     "messages": [{"role": "user", "content": "Sort {{ticket}}"}],
        ... })
        >>> if is_chat_prompt(prompt):
        ...     print(prompt.chat_template.messages[0].content)
        Sort {{ticket}}
    """
    return prompt.chat_template is not None


def prompt_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a prompt's file; that of the model is the same without the dialect.

    ``validate`` checks the rest: that templates can be parsed, that variables are declared.
    """
    return {"$schema": DIALECT, **Prompt.model_json_schema()}


def output_schema(output: Output) -> dict[str, Any]:
    """Return the JSON Schema of a prompt's answer as a document of its own."""
    description = {} if output.description is None else {"description": output.description}
    return {"$schema": DIALECT, "title": output.name, **description, **json_schema(output.spec)}


class IncludeTree(NamedTuple):
    """A prompt with its partials, the unit that change detection compares; trees with a common partial share it."""

    prompt: Prompt
    # By the name in the template, as ``shared/tone@1.2.0``. A name without a partial has a fallback block.
    partials: "Mapping[str, IncludeTree]" = MappingProxyType({})
    is_handlebars: bool = True  # texts of another language are compared unparsed

    @property
    def text(self) -> str:
        """The text of the template; empty for a chat."""
        return "" if self.prompt.template is None else self.prompt.template.content


def as_tree(prompt: Prompt | IncludeTree) -> IncludeTree:
    """Return a prompt as a tree, without partials if it is not a tree yet."""
    return prompt if isinstance(prompt, IncludeTree) else IncludeTree(prompt)


def same_content(old: IncludeTree, new: IncludeTree) -> bool:
    """Return whether two trees have the same signatures and texts at every depth; no template is parsed."""
    visited: set[tuple[int, int]] = set()
    pending = [(old, new)]
    while pending:
        before, after = pending.pop()
        if before is after or (id(before), id(after)) in visited:
            continue
        visited.add((id(before), id(after)))
        if (
            before.partials.keys() != after.partials.keys()
            or before.prompt.templates != after.prompt.templates
            or before.prompt.variables != after.prompt.variables
        ):
            return False
        pending += [(partial, after.partials[name]) for name, partial in before.partials.items()]
    return True
