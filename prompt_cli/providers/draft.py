"""A rendered prompt on its way into the body of a request: its messages, its parameters and its JSON Schemas."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import JsonValue, json_type, plain_json
from prompt_cli.domain.media import Media
from prompt_cli.domain.message import FileContent, ImageContent, Message, Origin, Part, RenderedPart, Role, TextPart
from prompt_cli.domain.prompt import Output, Prompt
from prompt_cli.domain.variables import json_schema, object_schema
from prompt_cli.errors import RequestError
from prompt_cli.problems import DataPath, Problem
from prompt_cli.providers.facts import SHARED, Api, Place, apis_of, provider_name, shared_name

PARAMETERS = ("model", "parameters")
"""The path of the parameters in a prompt's data."""

INSTRUCTION_ROLES = frozenset({Role.SYSTEM, Role.DEVELOPER})
"""The roles whose messages providers take as instructions."""


def without_none(**fields: object) -> dict[str, Any]:
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def stop_list(value: str | list[str]) -> list[str]:
    """Return stop sequences as a list."""
    return [value] if isinstance(value, str) else value


class Piece(NamedTuple):
    """A part of a rendered message, with its path in the prompt's data."""

    path: DataPath
    content: str | ImageContent | FileContent
    cache: bool

    @property
    def is_blank(self) -> bool:
        """Whether the part is a text of spaces alone."""
        return isinstance(self.content, str) and not self.content.strip()


@dataclass(frozen=True, slots=True)
class Draft:
    """A rendered prompt, and the problems that an API has with it."""

    api: Api
    prompt: Prompt
    messages: Sequence[Message]
    origins: Sequence[Origin]  # the place in the prompt's data that each message comes from
    model_name: str | None  # instead of the prompt's
    parameters: Mapping[str, JsonValue]  # which replace the same ones of the prompt
    problems: list[Problem] = field(default_factory=list)  # in the order of the body

    @property
    def has_facts(self) -> bool:
        """Whether the table has facts about the provider; local servers, which speak its format, have none."""
        model = self.prompt.model
        return model is None or model.provider is None or bool(apis_of(model.provider))

    @property
    def all_parameters(self) -> dict[str, tuple[JsonValue, DataPath]]:
        """The values of parameters with their paths in the prompt's data; one from outside has an empty path."""
        own = self.prompt.model.parameters if self.prompt.model else {}
        replaced = {shared_name(name) for name in self.parameters}
        return {
            **{name: (value, (*PARAMETERS, name)) for name, value in own.items() if shared_name(name) not in replaced},
            **{name: (value, ()) for name, value in self.parameters.items()},
        }

    def refuse(self, path: DataPath, reason: str, help_: str) -> None:
        """Add a problem of the API with something, by the sentence after its name."""
        self.problems.append(_problem(self.api, path, reason, help_))

    def add_problem(self, path: DataPath, message: str, help_: str) -> None:
        """Add a problem."""
        self.problems.append(Problem(message, "not_taken", path, help_))

    def check(self) -> None:
        """Raise an error with the problems if the API does not take everything."""
        if not self.problems:
            return
        first, count = self.problems[0], len(self.problems)
        message = first.message if count == 1 else f"{self.api.title} does not accept {count} parts of this prompt"
        raise RequestError(
            message,
            problems=tuple(self.problems),
            prompt_id=self.prompt.id,
            version=str(self.prompt.version),
            help=first.help if count == 1 else "",
        )

    def origin(self, number: int) -> DataPath:
        """Return the path in the prompt's data that a message comes from."""
        return self.origins[number].path

    def pieces(self, number: int) -> list[Piece]:
        """Return the parts of a message; a text is one part."""
        message, path = self.messages[number], (*self.origin(number), "content")
        if isinstance(message.content, str):
            return [Piece(path, message.content, message.cache)]
        numbers = self.origins[number].parts or range(len(message.content))
        pieces = [
            Piece((*path, n), _content(part), part.cache) for n, part in zip(numbers, message.content, strict=True)
        ]
        return [*pieces[:-1], pieces[-1]._replace(cache=pieces[-1].cache or message.cache)]

    def model(self) -> str:
        """Return the name of the model; one of another provider is a problem."""
        settings, api = self.prompt.model, self.api
        if self.model_name is not None:
            return self.model_name
        if settings is None or settings.name is None:
            help_ = "add model.name to the prompt, or pass a model"
            self.refuse(("model", "name"), "needs the name of a model", help_)
            return ""
        if apis_of(settings.provider) and provider_name(settings.provider) != api.provider:
            message = f"the model {settings.name!r} belongs to {settings.provider}, not to {api.provider}"
            self.add_problem(("model", "provider"), message, f"pass a model of {api.provider}")
        return settings.name

    def refuse_name(self, number: int) -> None:
        """Refuse the name of a message, if it has one."""
        if self.messages[number].name is not None:
            self.refuse((*self.origin(number), "name"), "takes no names of speakers", "remove it")

    def instructions(self, numbers: Sequence[int]) -> Iterator[Piece]:
        """Yield the parts of messages that instruct; they have texts alone, and no names."""
        for n in numbers:
            self.refuse_name(n)
            yield from self.texts(n)

    def texts(self, number: int) -> Iterator[Piece]:
        """Yield the parts of a message that are texts; others are problems."""
        for piece in self.pieces(number):
            if isinstance(piece.content, str):
                yield piece
            else:
                kind = "images" if isinstance(piece.content, ImageContent) else "files"
                reason = f"takes no {kind} in {self.messages[number].role} messages"
                self.refuse(piece.path, reason, "move it to a user message")

    def split_system(self) -> tuple[list[int], list[int]]:
        """Return the numbers of the messages before the first turn, which must exist, and of all others."""
        numbers = range(len(self.messages))
        first = next((n for n in numbers if self.messages[n].role not in INSTRUCTION_ROLES), len(numbers))
        if first == len(numbers):
            self.refuse(self.origin(0), "needs a message besides those of the system", "add a user message")
        return list(numbers[:first]), list(numbers[first:])

    def refuse_blank(self, piece: Piece) -> None:
        """Refuse a text of spaces alone."""
        if piece.is_blank:
            help_ = "mark the message or part with `optional: true`, or make it never empty"
            self.refuse(piece.path, "rejects empty text", help_)

    def refuse_detail(self, piece: Piece, image: ImageContent) -> None:
        """Refuse the level of detail of an image, if it has one."""
        if image.detail not in {None, "auto"}:
            self.refuse((*piece.path, "detail"), "takes no level of detail", "remove detail")

    def check_image(self, piece: Piece, media: Media) -> None:
        """Refuse an image of a type that the API does not take."""
        if media.media_type is not None and media.media_type not in self.api.images:
            reason = f"takes no images of type {media.media_type}"
            self.refuse(piece.path, reason, f"convert it to one of {', '.join(self.api.images)}")

    def data_url(self, piece: Piece, media: Media) -> str:
        """Return the address of media, or its data as an address."""
        if media.url is not None:
            self.require_web(piece, media.url)
            return media.url
        return f"data:{media.media_type};base64,{media.data}"

    def require_web(self, piece: Piece, url: str) -> None:
        """Refuse an address that is not on the web."""
        if not url.lower().startswith(("https://", "http://")):
            self.refuse(piece.path, "reads only files on the web", "pass an https:// address or the data")

    def output_schema(self, output: Output) -> dict[str, Any]:
        """Return the strict schema of the output."""
        schema = json_schema(output.spec)
        self.problems.extend(output_problems(schema, self.api))
        return strict_schema(schema, self.api)

    def titled_schema(self, output: Output) -> dict[str, Any]:
        """Return the strict schema of an output with its name and description, for APIs that have no other place."""
        schema = self.output_schema(output)
        description = "\n\n".join(text for text in (output.description, schema.get("description")) if text)
        others = {key: value for key, value in schema.items() if key != "description"}
        return {"title": output.name, **({"description": description} if description else {}), **others}

    def tools(self, key: str, **fields: object) -> list[dict[str, Any]]:
        """Return the tools, with more fields, and the strict schema of their parameters under a key."""
        tools: list[dict[str, Any]] = []
        for n, tool in enumerate(self.prompt.tools):
            schema = object_schema(tool.parameters)
            self.problems.extend(parameter_problems(schema, self.api, n))
            named = without_none(name=tool.name, description=tool.description, **fields)
            tools.append({**named, key: strict_schema(schema, self.api)})
        return tools

    def write_parameters(self, body: dict[str, Any], convert: Mapping[str, Callable[[Any], Any]]) -> None:
        """Write the parameters of a request into its body, under the names of the API.

        The functions in `convert` convert the value of a shared parameter, by its name; their None is a problem.
        """
        parameters = self.all_parameters
        for name, (value, path) in parameters.items():
            place = self._place(name, path)
            if place is None:
                continue
            shared, plain = shared_name(name), plain_json(value)
            if self.has_facts and shared in self.api.places:
                if expected := _mismatch(shared, place, plain):
                    self.add_problem(path, f"{place.path[-1]} must be {expected}", "correct the value")
                    continue
                plain = convert[shared](plain) if shared in convert else plain
            if plain is None:
                self.refuse(path, f"does not take this {name}", "remove it")
            elif not _put(body, place.path, plain):
                self.add_problem(path, f"{name} is set twice in the request", "remove one of the two")
        self.problems.extend(missing_parameters(self.api, parameters))

    def _place(self, name: str, path: DataPath) -> Place | None:
        api = self.api
        if name in api.built:
            help_ = f"remove it, and use {api.built[name]} of the prompt"
            self.add_problem(path, f"{name} is made from the prompt", help_)
            return None
        if not self.has_facts:
            return Place(api.own.get(name, (*api.own_object, name)))
        if (place := api.place(name)) is None:
            self.problems.append(refusal(api, name, path))
        return place


def _content(part: Part | RenderedPart) -> str | ImageContent | FileContent:
    if isinstance(part, TextPart):
        return part.text
    if isinstance(part, ImageContent | FileContent):
        return part
    raise TypeError("the message is not rendered")


def _mismatch(shared: str, place: Place, value: object) -> str:
    """Return the values that the API takes if this is not one of them, or an empty text."""
    types = SHARED[shared].types
    if json_type(value) in types and (not place.values or value in place.values):
        return ""
    return f"one of {', '.join(place.values)}" if place.values else f"of type {' or '.join(types)}"


def refusal(api: Api, parameter: str, path: DataPath) -> Problem:
    """Return the reason an API does not take a parameter."""
    for fact in api.refused:
        if fact.parameter == shared_name(parameter):
            return _problem(api, path, fact.reason, fact.help)
    return _problem(api, path, f"has no parameter {parameter!r}", suggest(parameter, api.parameters, "remove it"))


def missing_parameters(api: Api, parameters: Iterable[str]) -> Iterator[Problem]:
    """Yield the parameters that an API requires besides these."""
    names = set(map(shared_name, parameters))
    for fact in api.required:
        if fact.parameter not in names:
            yield _problem(api, PARAMETERS, fact.reason, fact.help)


def _put(body: dict[str, Any], path: Sequence[str], value: object) -> bool:
    """Write a value into nested dictionaries; return False if there is another already."""
    *parents, last = path
    for key in parents:
        child = body.setdefault(key, {})
        if not isinstance(child, dict):
            return False
        body = child
    current = body.get(last)
    if isinstance(value, dict) and isinstance(current, dict):
        results = [_put(current, (key,), one) for key, one in value.items()]  # a list, because each one is written
        return all(results)
    if last in body:
        return False
    body[last] = value
    return True


def strict_schema(schema: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """Return a copy of a JSON Schema for the strict mode of an API.

    Where the API requires every property, an optional one becomes nullable.
    """
    copy = _without_null(schema)
    if "items" in copy:
        copy["items"] = strict_schema(copy["items"], api)
    if "properties" in copy:
        properties = {name: strict_schema(one, api) for name, one in copy["properties"].items()}
        if api.words.all_required:
            required = copy.get("required", ())
            properties = {name: one if name in required else _nullable(one) for name, one in properties.items()}
            copy["required"] = list(properties)
        copy["properties"] = properties
    if api.words.closed and "object" in _types(schema):
        copy["additionalProperties"] = False
    return copy


def output_problems(schema: Mapping[str, Any], api: Api) -> Iterator[Problem]:
    """Yield the reasons the strict mode of an API refuses the schema of an output."""
    path = ("output", "schema")
    if api.words.root_object and schema["type"] != "object":
        yield _problem(api, (*path, "type"), "takes only an object as output", "put the value into a property")
    yield from _problems(schema, api, path, (*path, "properties"))


def parameter_problems(schema: Mapping[str, Any], api: Api, tool: int) -> Iterator[Problem]:
    """Yield the reasons the strict mode of an API refuses the parameters of a tool, by its number in the prompt."""
    path = ("tools", tool, "parameters")
    yield from _problems(schema, api, path, path)


def _problems(schema: Mapping[str, Any], api: Api, path: DataPath, properties_path: DataPath) -> Iterator[Problem]:
    words, copy, types = api.words, _without_null(schema), _types(schema)
    for word in copy:
        if word in words.refused:
            help_ = f"remove {word}, and say it in the description"
            yield _problem(api, (*path, word), f"takes no {word!r} in strict schemas", help_)
    if words.least_items is not None and copy.get("minItems", 0) > words.least_items:
        reason = "takes only a minItems of 0 or 1 in strict schemas"
        yield _problem(api, (*path, "minItems"), reason, "remove minItems, and say it in the description")
    if "items" in copy:
        yield from _problems(copy["items"], api, (*path, "items"), (*path, "items", "properties"))
    elif "array" in types and words.needs_items:
        yield _problem(api, path, "needs 'items' of an array in strict schemas", "describe the items")
    if "object" in types and "properties" not in copy and words.closed:
        reason = "takes only declared properties in strict schemas; this object has none"
        yield _problem(api, path, reason, "declare its properties")
    for name, one in copy.get("properties", {}).items():
        at = (*properties_path, name)
        yield from _problems(one, api, at, (*at, "properties"))


def _problem(api: Api, path: DataPath, reason: str, help_: str) -> Problem:
    return Problem(f"{api.title} {reason}", "not_taken", path, help_)


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the words of a schema; a word that a file sets to null has no effect."""
    return {word: value for word, value in schema.items() if value is not None or word == "default"}


def _types(schema: Mapping[str, Any]) -> list[str]:
    return schema["type"] if isinstance(schema["type"], list) else [schema["type"]]


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema["type"], list):
        return schema
    enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | {"type": [schema["type"], "null"]} | enum
