"""Facts about the APIs of providers: their parameters, and the schema words that they take.

Each fact holds for a provider and a version of its API, never for a single model; the sources are as of 2026-11-28. The
names of parameters are checked against the types of the vendors' packages by the tests.
"""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic.alias_generators import to_camel


class SharedParameter(NamedTuple):
    """A parameter that several providers have: its names there, and the JSON types of its value."""

    spellings: tuple[str, ...]
    types: tuple[str, ...]


class Place(NamedTuple):
    """The place of a shared parameter in the body of a request, and the only values that the API takes, if any."""

    path: tuple[str, ...]
    values: tuple[str, ...] = ()


class Fact(NamedTuple):
    """A parameter that an API refuses, deprecates or requires."""

    parameter: str
    reason: str  # without the API that the sentence begins with
    help: str


class SchemaWords(NamedTuple):
    """The part of JSON Schema that the strict mode of an API takes."""

    refused: frozenset[str]  # words of our schemas
    least_items: int | None = None  # the greatest minItems that it takes; None for any
    all_required: bool = False  # optional properties become nullable
    closed: bool = False  # objects forbid other properties, so one without properties is always empty
    needs_items: bool = False  # whether arrays need items
    root_object: bool = False  # whether an output must be an object


class Api(NamedTuple):
    """An API of a provider."""

    name: str  # of the output format
    provider: str
    title: str  # the name for users
    places: Mapping[str, Place]  # of shared parameters, by the first spelling
    own: Mapping[str, tuple[str, ...]]  # the other parameters, passed on as they are, and their paths
    built: Mapping[str, str]  # the keys made from the prompt, and the fields they are made from
    words: SchemaWords
    images: tuple[str, ...]  # the media types of images that it takes as data
    refused: tuple[Fact, ...] = ()  # parameters that earlier versions took
    deprecated: tuple[Fact, ...] = ()  # parameters with a newer name
    required: tuple[Fact, ...] = ()  # parameters that every request needs
    own_object: tuple[str, ...] = ()  # the object that holds parameters outside the table

    def place(self, parameter: str) -> Place | None:
        """Return the place of a parameter in any spelling; None if the API does not have it."""
        if (shared := shared_name(parameter)) in self.places:
            return self.places[shared]
        path = self.own.get(parameter) or self.own.get(to_camel(parameter))
        return None if path is None else Place(path)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters, in its spelling."""
        return (*(place.path[-1] for place in self.places.values()), *self.own)


_NUMBER = ("integer", "number")
SHARED: Mapping[str, SharedParameter] = {
    "max_tokens": SharedParameter(
        ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"), ("integer",)
    ),
    "temperature": SharedParameter(("temperature",), _NUMBER),
    "top_p": SharedParameter(("top_p", "topP"), _NUMBER),
    "top_k": SharedParameter(("top_k", "topK"), _NUMBER),
    "stop": SharedParameter(("stop", "stop_sequences", "stopSequences"), ("string", "array")),
    "seed": SharedParameter(("seed",), ("integer",)),
    "frequency_penalty": SharedParameter(("frequency_penalty", "frequencyPenalty"), _NUMBER),
    "presence_penalty": SharedParameter(("presence_penalty", "presencePenalty"), _NUMBER),
    "n": SharedParameter(("n", "candidate_count", "candidateCount"), ("integer",)),
    "reasoning_effort": SharedParameter(("reasoning_effort",), ("string",)),
    "verbosity": SharedParameter(("verbosity",), ("string",)),
    "response_format": SharedParameter(("response_format",), ("object",)),
}
"""The parameters that several providers have, by the first spelling."""
_BY_SPELLING = {spelling: name for name, shared in SHARED.items() for spelling in shared.spellings}


def shared_name(parameter: str) -> str:
    """Return the first spelling of a shared parameter; any other name as it is."""
    return _BY_SPELLING.get(parameter, parameter)


def _top_level(names: str) -> dict[str, Place]:
    """Return the places of shared parameters that an API spells as the table does."""
    return {name: Place((name,)) for name in names.split()}


def _paths(names: str, *parents: str) -> dict[str, tuple[str, ...]]:
    return {name: (*parents, name) for name in names.split()}


_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_OPENAI_EFFORTS = ("none", "minimal", *_EFFORTS)
_VERBOSITY = ("low", "medium", "high")
# Source: https://developers.openai.com/api/docs/guides/structured-outputs, supported schemas
_OPENAI_WORDS = SchemaWords(
    refused=frozenset({"minLength", "maxLength", "default"}),
    all_required=True,
    closed=True,
    needs_items=True,
    root_object=True,
)
# Source: https://developers.openai.com/api/docs/guides/images-vision
_OPENAI_IMAGES = ("image/png", "image/jpeg", "image/webp", "image/gif")
_RETENTION = Fact(
    "prompt_cache_retention", "deprecates prompt_cache_retention", "write prompt_cache_options: {ttl: 30m}"
)

# Source: openai 3.57.0 (API v1), types/chat/completion_create_params.py
OPENAI_CHAT = Api(
    name="openai-chat",
    provider="openai",
    title="OpenAI's Chat Completions API",
    places={
        "max_tokens": Place(("max_completion_tokens",)),
        **_top_level("temperature top_p stop seed frequency_penalty presence_penalty n response_format"),
        "reasoning_effort": Place(("reasoning_effort",), _OPENAI_EFFORTS),
        "verbosity": Place(("verbosity",), _VERBOSITY),
    },
    own=_paths(
        "audio logit_bias logprobs metadata modalities moderation parallel_tool_calls prediction prompt_cache_key "
        "prompt_cache_options prompt_cache_retention safety_identifier service_tier store stream stream_options "
        "tool_choice top_logprobs user web_search_options"
    ),
    built={"model": "model.name", "messages": "messages"}
    | {"tools": "tools", "functions": "tools", "function_call": "tools"},
    words=_OPENAI_WORDS,
    images=_OPENAI_IMAGES,
    deprecated=(
        Fact("max_tokens", "deprecates max_tokens, and reasoning models refuse it", "write max_completion_tokens"),
        _RETENTION,
    ),
)

# Source: openai 3.57.0 (API v1), types/responses/response_create_params.py
OPENAI_RESPONSES = Api(
    name="openai-responses",
    provider="openai",
    title="OpenAI's Responses API",
    places={
        "max_tokens": Place(("max_output_tokens",)),
        **_top_level("temperature top_p"),
        "reasoning_effort": Place(("reasoning", "effort"), _OPENAI_EFFORTS),
        "verbosity": Place(("text", "verbosity"), _VERBOSITY),
        "response_format": Place(("text", "format")),
    },
    own=_paths(
        "background context_management conversation include max_tool_calls metadata moderation parallel_tool_calls "
        "previous_response_id prompt_cache_key prompt_cache_options prompt_cache_retention reasoning "
        "safety_identifier service_tier store stream stream_options text tool_choice top_logprobs truncation user"
    ),
    built={"model": "model.name", "input": "messages", "instructions": "messages", "tools": "tools"},
    words=_OPENAI_WORDS,
    images=_OPENAI_IMAGES,
    deprecated=(_RETENTION,),
)

# Source: anthropic 2.14.0 (API version 2026-10-21), types/message_create_params.py
ANTHROPIC = Api(
    name="anthropic",
    provider="anthropic",
    title="Anthropic's Messages API",
    places={
        "max_tokens": Place(("max_tokens",)),
        "stop": Place(("stop_sequences",)),
        "reasoning_effort": Place(("output_config", "effort"), _EFFORTS),
    },
    own=_paths(
        "cache_control container diagnostics inference_geo metadata output_config service_tier speed stream thinking "
        "tool_choice"
    ),
    built={"model": "model.name", "system": "messages", "messages": "messages", "tools": "tools"},
    words=SchemaWords(  # source: anthropic 2.14.0, lib/_parse/_transform.py
        refused=frozenset({"minimum", "maximum", "minLength", "maxLength", "maxItems"}), least_items=1, closed=True
    ),
    # Source: anthropic 2.14.0, types/base64_image_source_param.py
    images=("image/jpeg", "image/png", "image/gif", "image/webp"),
    refused=(
        # Source: https://platform.claude.com/docs/en/api/versioning; no longer in anthropic 2.14.0
        *(
            Fact(
                name,
                f"refuses {name} since API version 2026-10-21, even with the default value",
                "remove it, or name a provider that takes it in model.provider",
            )
            for name in ("temperature", "top_p", "top_k")
        ),
        # Source: anthropic 2.14.0, types/output_config_param.py
        Fact("response_format", "has no response_format", "declare the output of the prompt"),
    ),
    required=(Fact("max_tokens", "requires max_tokens", "add max_tokens under model.parameters"),),
)

_GEMINI_SHARED = {
    "max_tokens": "maxOutputTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "stop": "stopSequences",
    "seed": "seed",
    "frequency_penalty": "frequencyPenalty",
    "presence_penalty": "presencePenalty",
    "n": "candidateCount",
    "response_format": "responseMimeType",
}

# Source: google-genai 3.6.1 (API v1beta), types.py and models.py
GEMINI = Api(
    name="gemini",
    provider="google",
    title="the Gemini API",
    places={name: Place(("generationConfig", own)) for name, own in _GEMINI_SHARED.items()},
    own=_paths("cachedContent labels safetySettings serviceTier store toolConfig")
    | _paths(
        "audioTimestamp audioTranscriptionConfig enableAffectiveDialog enableEnhancedCivicAnswers logprobs "
        "mediaResolution modelSelectionConfig responseFormat responseJsonSchema responseLogprobs responseMimeType "
        "responseModalities responseSchema routingConfig speechConfig thinkingConfig translationConfig",
        "generationConfig",
    ),
    built={"contents": "messages", "systemInstruction": "messages", "tools": "tools", "model": "model.name"},
    # Source: google-genai 3.6.1, types.py, response_json_schema
    words=SchemaWords(refused=frozenset({"minLength", "maxLength", "pattern", "default"})),
    # Source: https://ai.google.dev/gemini-api/docs/image-understanding
    images=("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"),
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
