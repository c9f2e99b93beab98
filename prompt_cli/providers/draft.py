"""A rendered prompt on its way into the body of a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_cli.domain.message import FileContent, ImageContent, Message, Origin, Part, RenderedPart, Role, TextPart
from prompt_cli.domain.output import Output, json_schema, object_schema
from prompt_cli.errors import RequestError
from prompt_cli.problems import DataPath, Problem
from prompt_cli.providers.facts import Api, apis_of, provider_name
from prompt_cli.providers.schemas import output_problems, parameter_problems, strict_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prompt_cli.domain.json_values import JsonValue
    from prompt_cli.domain.media import Media
    from prompt_cli.domain.prompt import Prompt

INSTRUCTION_ROLES = frozenset({Role.SYSTEM, Role.DEVELOPER})
"""The roles whose messages providers take as instructions."""


def without_none(**fields: object) -> dict[str, Any]:
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def stop_list(value: str | list[str]) -> list[str]:
    """Return stop sequences as a list."""
    return [value] if isinstance(value, str) else value


class Piece(NamedTuple):
    """A part of a rendered message.

    Attributes:
        path: The path of the part in the prompt's data.
        content: A text, an image or a file.
        cache: Whether the stable prefix ends after it.
    """

    path: DataPath
    content: str | ImageContent | FileContent
    cache: bool

    @property
    def is_blank(self) -> bool:
        """Whether the part is a text of spaces alone."""
        return isinstance(self.content, str) and not self.content.strip()


@dataclass(frozen=True, slots=True)
class Draft:
    """A rendered prompt, and the problems that an API has with it.

    Attributes:
        api: The API.
        prompt: The prompt.
        messages: Its rendered messages.
        origins: The place in the prompt's data that each message comes from.
        model_name: The name of a model instead of the prompt's.
        parameters: Parameters besides the prompt's; the same one replaces the prompt's.
        problems: The problems, in the order of the body.
    """

    api: Api
    prompt: Prompt
    messages: Sequence[Message]
    origins: Sequence[Origin]
    model_name: str | None
    parameters: Mapping[str, JsonValue]
    problems: list[Problem] = field(default_factory=list)

    @property
    def has_facts(self) -> bool:
        """Whether the table has facts about the provider; it has none about local servers, which speak its format."""
        model = self.prompt.model
        return model is None or model.provider is None or bool(apis_of(model.provider))

    def refuse(self, path: DataPath, reason: str, help_: str) -> None:
        """Add a problem of the API with something, by the sentence after its name."""
        self.add_problem(path, f"{self.api.title} {reason}", help_)

    def add_problem(self, path: DataPath, message: str, help_: str) -> None:
        """Add a problem."""
        self.problems.append(Problem(message, "not_taken", path, help_))

    def check(self) -> None:
        """Check that the API takes everything.

        Raises:
            RequestError: It does not; the error holds the problems.
        """
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
            help_ = "add model.name to the prompt, or pass a model with the request"
            self.refuse(("model", "name"), "needs the name of a model", help_)
            return ""
        if apis_of(settings.provider) and provider_name(settings.provider) != api.provider:
            message = f"the model {settings.name!r} belongs to {settings.provider}, not to {api.provider}"
            self.add_problem(("model", "provider"), message, f"pass a model of {api.provider} with --model")
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
        """Return the numbers of the messages before the first turn, which instruct, and of all others.

        A prompt without turns is a problem.
        """
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
        types = self.api.images.types
        if media.media_type is not None and media.media_type not in types:
            reason = f"takes no images of type {media.media_type}"
            self.refuse(piece.path, reason, f"convert it to one of {', '.join(types)}")

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

    def tools(self) -> Iterator[tuple[str, str | None, dict[str, Any]]]:
        """Yield the name, the description and the strict schema of the parameters of each tool."""
        for n, tool in enumerate(self.prompt.tools):
            schema = object_schema(tool.parameters)
            self.problems.extend(parameter_problems(schema, self.api, n))
            yield tool.name, tool.description, strict_schema(schema, self.api)


def _content(part: Part | RenderedPart) -> str | ImageContent | FileContent:
    if isinstance(part, TextPart):
        return part.text
    if isinstance(part, ImageContent | FileContent):
        return part
    raise TypeError("the message is not rendered")
