"""Facts about the APIs of providers: their parameters, and the schema words that they take.

Each fact holds for a provider and a version of its API, never for a single model. The names of parameters are checked
against the types of the vendors' packages by the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from collections.abc import Mapping


class Shared(NamedTuple):
    """A parameter that several providers have.

    Attributes:
        spellings: Its names at the providers.
        types: The JSON types of its value.
    """

    spellings: tuple[str, ...]
    types: tuple[str, ...]


class Place(NamedTuple):
    """The place of a shared parameter in the body of a request.

    Attributes:
        path: The keys that lead to it.
        values: The values that the API takes; empty for all of the type.
    """

    path: tuple[str, ...]
    values: tuple[str, ...] = ()


class Fact(NamedTuple):
    """A parameter that an API refuses, deprecates or requires.

    Attributes:
        parameter: The parameter.
        reason: The fact, without the API that the sentence begins with.
        help: The one thing to do.
        since: The version of the API.
        source: The document or type that says so.
        date: The date of the source.
    """

    parameter: str
    reason: str
    help: str
    since: str
    source: str
    date: str


class SchemaWords(NamedTuple):
    """The part of JSON Schema that the strict mode of an API takes.

    Attributes:
        refused: The words of our schemas that it does not take.
        least_items: The greatest ``minItems`` that it takes; None for any.
        all_required: Whether all properties are required; optional ones become nullable.
        closed: Whether objects forbid other properties, so that an object without properties is always empty.
        needs_items: Whether arrays need ``items``.
        root_object: Whether an output must be an object.
        source: The document or code that says so.
        date: The date of the source.
    """

    refused: frozenset[str]
    least_items: int | None
    all_required: bool
    closed: bool
    needs_items: bool
    root_object: bool
    source: str
    date: str


class Images(NamedTuple):
    """The types of images that an API takes as data.

    Attributes:
        types: The media types.
        source: The document or type that says so.
        date: The date of the source.
    """

    types: tuple[str, ...]
    source: str
    date: str


class Api(NamedTuple):
    """An API of a provider.

    Attributes:
        name: The name of the output format.
        provider: The provider.
        title: The name for users.
        version: The version of the API.
        source: The types that its parameters were read from.
        date: The date of these types.
        places: The places of shared parameters, by the first spelling.
        own: The other parameters, which are passed on as they are, and where they go.
        built: The keys that are made from the prompt, and the field that they are made from.
        words: The schema words that it takes.
        images: The types of images that it takes as data.
        refused: Parameters that earlier versions took.
        deprecated: Parameters with a newer name.
        required: Parameters that every request needs.
        own_object: The object that holds parameters which the table does not name.
    """

    name: str
    provider: str
    title: str
    version: str
    source: str
    date: str
    places: Mapping[str, Place]
    own: Mapping[str, tuple[str, ...]]
    built: Mapping[str, str]
    words: SchemaWords
    images: Images
    refused: tuple[Fact, ...] = ()
    deprecated: tuple[Fact, ...] = ()
    required: tuple[Fact, ...] = ()
    own_object: tuple[str, ...] = ()

    def place(self, parameter: str) -> Place | None:
        """Return the place of a parameter in any spelling; None if the API does not have it."""
        if (shared := shared_name(parameter)) in self.places:
            return self.places[shared]
        path = self.own.get(parameter) or self.own.get(to_camel(parameter))
        return None if path is None else Place(path)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters, as it spells them."""
        return (*(place.path[-1] for place in self.places.values()), *self.own)


SHARED: Mapping[str, Shared] = {
    "max_tokens": Shared(("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"), ("integer",)),
    "temperature": Shared(("temperature",), ("integer", "number")),
    "top_p": Shared(("top_p", "topP"), ("integer", "number")),
    "top_k": Shared(("top_k", "topK"), ("integer", "number")),
    "stop": Shared(("stop", "stop_sequences", "stopSequences"), ("string", "array")),
    "seed": Shared(("seed",), ("integer",)),
    "frequency_penalty": Shared(("frequency_penalty", "frequencyPenalty"), ("integer", "number")),
    "presence_penalty": Shared(("presence_penalty", "presencePenalty"), ("integer", "number")),
    "n": Shared(("n", "candidate_count", "candidateCount"), ("integer",)),
    "reasoning_effort": Shared(("reasoning_effort",), ("string",)),
    "verbosity": Shared(("verbosity",), ("string",)),
    "response_format": Shared(("response_format",), ("object",)),
}
"""The parameters that several providers have, by the first spelling."""

_BY_SPELLING = {spelling: name for name, shared in SHARED.items() for spelling in shared.spellings}
_EFFORTS = ("low", "medium", "high", "xhigh", "max")


def shared_name(parameter: str) -> str:
    """Return the first spelling of a shared parameter; any other name as it is."""
    return _BY_SPELLING.get(parameter, parameter)


def _places(**paths: str | tuple[str, ...] | Place) -> dict[str, Place]:
    return {
        name: path if isinstance(path, Place) else Place((path,) if isinstance(path, str) else path)
        for name, path in paths.items()
    }


def _in_generation_config(names: str) -> dict[str, tuple[str, ...]]:
    return {name: ("generationConfig", name) for name in names.split()}


def _at_top(names: str) -> dict[str, tuple[str, ...]]:
    return {name: (name,) for name in names.split()}


_OPENAI_WORDS = SchemaWords(
    refused=frozenset({"minLength", "maxLength", "default"}),
    least_items=None,
    all_required=True,
    closed=True,
    needs_items=True,
    root_object=True,
    source="https://developers.openai.com/api/docs/guides/structured-outputs, supported schemas",
    date="2026-11-28",
)
_OPENAI_IMAGES = Images(
    ("image/png", "image/jpeg", "image/webp", "image/gif"),
    "https://developers.openai.com/api/docs/guides/images-vision",
    "2026-11-28",
)
_OPENAI_EFFORTS = ("none", "minimal", *_EFFORTS)
_RETENTION = Fact(
    "prompt_cache_retention",
    "deprecates prompt_cache_retention",
    "write prompt_cache_options: {ttl: 30m}",
    "v1",
    "openai 3.57.0, types/chat/completion_create_params.py and types/responses/response_create_params.py",
    "2026-11-28",
)

OPENAI_CHAT = Api(
    name="openai-chat",
    provider="openai",
    title="OpenAI's Chat Completions API",
    version="v1",
    source="openai 3.57.0, types/chat/completion_create_params.py",
    date="2026-11-28",
    places=_places(
        max_tokens="max_completion_tokens",
        temperature="temperature",
        top_p="top_p",
        stop="stop",
        seed="seed",
        frequency_penalty="frequency_penalty",
        presence_penalty="presence_penalty",
        n="n",
        reasoning_effort=Place(("reasoning_effort",), _OPENAI_EFFORTS),
        verbosity=Place(("verbosity",), ("low", "medium", "high")),
        response_format="response_format",
    ),
    own=_at_top(
        "audio logit_bias logprobs metadata modalities moderation parallel_tool_calls prediction prompt_cache_key "
        "prompt_cache_options prompt_cache_retention safety_identifier service_tier store stream stream_options "
        "tool_choice top_logprobs user web_search_options"
    ),
    built={
        "model": "model.name",
        "messages": "messages",
        "tools": "tools",
        "functions": "tools",
        "function_call": "tools",
    },
    words=_OPENAI_WORDS,
    images=_OPENAI_IMAGES,
    deprecated=(
        Fact(
            "max_tokens",
            "deprecates max_tokens, and reasoning models refuse it",
            "write max_completion_tokens",
            "v1",
            "openai 3.57.0, types/chat/completion_create_params.py",
            "2026-11-28",
        ),
        _RETENTION,
    ),
)

OPENAI_RESPONSES = Api(
    name="openai-responses",
    provider="openai",
    title="OpenAI's Responses API",
    version="v1",
    source="openai 3.57.0, types/responses/response_create_params.py",
    date="2026-11-28",
    places=_places(
        max_tokens="max_output_tokens",
        temperature="temperature",
        top_p="top_p",
        reasoning_effort=Place(("reasoning", "effort"), _OPENAI_EFFORTS),
        verbosity=Place(("text", "verbosity"), ("low", "medium", "high")),
        response_format=("text", "format"),
    ),
    own=_at_top(
        "background context_management conversation include max_tool_calls metadata moderation parallel_tool_calls "
        "previous_response_id prompt_cache_key prompt_cache_options prompt_cache_retention reasoning "
        "safety_identifier service_tier store stream stream_options text tool_choice top_logprobs truncation user"
    ),
    built={"model": "model.name", "input": "messages", "instructions": "messages", "tools": "tools"},
    words=_OPENAI_WORDS,
    images=_OPENAI_IMAGES,
    deprecated=(_RETENTION,),
)

_SAMPLING = tuple(
    Fact(
        name,
        f"refuses {name} since API version 2026-10-21, even with the default value",
        "remove it, or name a provider that takes it in model.provider",
        "2026-10-21",
        "https://platform.claude.com/docs/en/api/versioning; no longer in anthropic 2.14.0",
        "2026-10-21",
    )
    for name in ("temperature", "top_p", "top_k")
)

ANTHROPIC = Api(
    name="anthropic",
    provider="anthropic",
    title="Anthropic's Messages API",
    version="2026-10-21",
    source="anthropic 2.14.0, types/message_create_params.py",
    date="2026-11-28",
    places=_places(
        max_tokens="max_tokens",
        stop="stop_sequences",
        reasoning_effort=Place(("output_config", "effort"), _EFFORTS),
    ),
    own=_at_top(
        "cache_control container diagnostics inference_geo metadata output_config service_tier speed stream thinking "
        "tool_choice"
    ),
    built={"model": "model.name", "system": "messages", "messages": "messages", "tools": "tools"},
    words=SchemaWords(
        refused=frozenset({"minimum", "maximum", "minLength", "maxLength", "maxItems"}),
        least_items=1,
        all_required=False,
        closed=True,
        needs_items=False,
        root_object=False,
        source="anthropic 2.14.0, lib/_parse/_transform.py",
        date="2026-11-28",
    ),
    images=Images(
        ("image/jpeg", "image/png", "image/gif", "image/webp"),
        "anthropic 2.14.0, types/base64_image_source_param.py",
        "2026-11-28",
    ),
    refused=(
        *_SAMPLING,
        Fact(
            "response_format",
            "has no response_format",
            "declare the output of the prompt",
            "2023-06-01",
            "anthropic 2.14.0, types/output_config_param.py",
            "2026-11-28",
        ),
    ),
    required=(
        Fact(
            "max_tokens",
            "requires max_tokens",
            "add max_tokens under model.parameters",
            "2023-06-01",
            "anthropic 2.14.0, types/message_create_params.py",
            "2026-11-28",
        ),
    ),
)

GEMINI = Api(
    name="gemini",
    provider="google",
    title="the Gemini API",
    version="v1beta",
    source="google-genai 3.6.1, types.py and models.py",
    date="2026-11-28",
    places=_places(
        max_tokens=("generationConfig", "maxOutputTokens"),
        temperature=("generationConfig", "temperature"),
        top_p=("generationConfig", "topP"),
        top_k=("generationConfig", "topK"),
        stop=("generationConfig", "stopSequences"),
        seed=("generationConfig", "seed"),
        frequency_penalty=("generationConfig", "frequencyPenalty"),
        presence_penalty=("generationConfig", "presencePenalty"),
        n=("generationConfig", "candidateCount"),
        response_format=("generationConfig", "responseMimeType"),
    ),
    own=_at_top("cachedContent labels safetySettings serviceTier store toolConfig")
    | _in_generation_config(
        "audioTimestamp audioTranscriptionConfig enableAffectiveDialog enableEnhancedCivicAnswers logprobs "
        "mediaResolution modelSelectionConfig responseFormat responseJsonSchema responseLogprobs responseMimeType "
        "responseModalities responseSchema routingConfig speechConfig thinkingConfig translationConfig"
    ),
    built={"contents": "messages", "systemInstruction": "messages", "tools": "tools", "model": "model.name"},
    words=SchemaWords(
        refused=frozenset({"minLength", "maxLength", "pattern", "default"}),
        least_items=None,
        all_required=False,
        closed=False,
        needs_items=False,
        root_object=False,
        source="google-genai 3.6.1, types.py, response_json_schema",
        date="2026-11-28",
    ),
    images=Images(
        ("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"),
        "https://ai.google.dev/gemini-api/docs/image-understanding",
        "2026-11-28",
    ),
    own_object=("generationConfig",),
)

APIS: Mapping[str, Api] = {api.name: api for api in (OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC, GEMINI)}
"""The APIs by the name of the output format."""

_PROVIDERS = {"gemini": "google"}


def provider_name(provider: str | None) -> str | None:
    """Return the name of a provider in this table; other names as they are, None for None."""
    return None if provider is None else _PROVIDERS.get(provider.lower(), provider.lower())


def apis_of(provider: str | None) -> tuple[Api, ...]:
    """Return the APIs of a provider; none if the table has no facts about it."""
    name = provider_name(provider)
    return tuple(api for api in APIS.values() if api.provider == name)
