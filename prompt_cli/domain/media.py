"""Images and files, as values of variables."""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from typing import Final

from pydantic import Field

from prompt_cli.domain.base import FrozenModel, Text
from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import FrozenDict, JsonValue, is_object, is_text, json_type, with_article

MAX_MEDIA_BYTES: Final = 20 * 1024 * 1024  # the maximum size of an image or a file; providers take less
# The expressions are compiled on first use: few prompts take images or files.
_URL = r"(?i)(?:https?|gs|s3)://[^\s\"'<>\\]+"
_MEDIA_TYPE = r"(?i)[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*"
_DATA_URL = r"(?i)data:([^,;]*)((?:;[^,;]*)*),"
_KEYS = ("url", "data", "media_type", "name")
_MAX_NAME = 255
# Source: https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


class Media(FrozenModel):
    """An image or a file: a URL, or data with its media type.

    Attributes:
        url: Its address; None if there is data.
        data: Its bytes in Base64; None if there is a URL.
        media_type: Its type: ``image/png``; None if unknown, as of a URL.
        name: The name of the file, if it has one.

    Examples:
        >>> photo = Media.parse("data:image/gif;base64,R0lGODlh", "image")
        >>> photo.media_type, photo.url
        ('image/gif', None)
        >>> photo
        Media(url=None, media_type='image/gif', name=None)
    """

    url: Text | None = None
    data: Text | None = Field(default=None, repr=False)  # large, and private
    media_type: Text | None = None
    name: Text | None = None

    @classmethod
    def parse(cls, value: JsonValue, kind: str) -> "Media":
        """Read the value of a variable.

        Args:
            value: A URL, a data URL, or an object with ``url`` or ``data``, ``media_type`` and ``name``.
            kind: The type of the variable, ``image`` or ``file``.

        Returns:
            The image or file.

        Raises:
            ValueError: The value is neither; the message never shows it.
        """
        media = _parse_text(value) if isinstance(value, str) else _parse_object(value)
        if media.data is not None:
            _check_data(media.data)
        if kind == "image" and media.media_type is not None and not media.media_type.startswith("image/"):
            raise ValueError("must be an image, not another media type")
        return media

    def to_json(self) -> dict[str, str]:
        """Return the value that `parse` reads, as an object.

        Returns:
            The fields that are set, in a dictionary that the caller may change.
        """
        return {name: value for name, value in self if value is not None}


class MediaFacts(FrozenDict[str, object]):
    """An image or a file as a template sees it: everything but its data."""

    __slots__ = ("media",)

    def __init__(self, media: Media) -> None:
        super().__init__({key: value for key, value in media.to_json().items() if key != "data"})
        self.media: Media = media

    def __reduce__(self) -> tuple[type, tuple[Media]]:  # type: ignore[override] # made of something else
        return MediaFacts, (self.media,)


def media_value(content: bytes, name: str, kind: str) -> JsonValue:
    """Return the value of a variable of type ``image`` or ``file`` from the bytes of a file and its name, if any."""
    if len(content) > MAX_MEDIA_BYTES:
        raise ValueError(_TOO_LARGE)
    media_type = _type_by_signature(content)
    if media_type is None and kind == "image":
        raise ValueError("must be an image: PNG, JPEG, GIF or WebP")
    data = b2a_base64(content, newline=False).decode()
    named = {"name": name} if name else {}
    return {"data": data, "media_type": media_type or _type_of_file(content), **named}


def _type_by_signature(content: bytes) -> str | None:
    if content.startswith(b"RIFF") and content[8:14] == b"WEBPVP":  # the size of the file is between
        return "image/webp"
    return next((media_type for signature, media_type in _SIGNATURES if content.startswith(signature)), None)


def _type_of_file(content: bytes) -> str:
    try:
        content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "application/octet-stream" if b"\0" in content else "text/plain"


_TOO_LARGE = f"must be at most {MAX_MEDIA_BYTES // 1024**2} MiB"


def _parse_text(value: str) -> Media:
    if match := re.match(_DATA_URL, value):
        media_type, parameters = match.groups()
        if not parameters.lower().endswith(";base64"):
            raise ValueError("must be a data URL in Base64: data:TYPE;base64,...")
        return Media.model_construct(data=value[match.end() :], media_type=_check_type(media_type))
    if not is_text(value) or not re.fullmatch(_URL, value):
        raise ValueError("must be a URL, a data URL or {data, media_type}")
    return Media.model_construct(url=value)


def _parse_object(value: JsonValue) -> Media:
    if not is_object(value):
        raise ValueError(f"must be a URL, a data URL or {{data, media_type}}, not {with_article(json_type(value))}")
    for key, text in value.items():
        if key not in _KEYS:
            hint = suggest(str(key), _KEYS)
            message = f"must have the keys url or data, media_type and name, not {key!r}"
            raise ValueError(f"{message}; {hint}" if hint else message)
        if not is_text(text):
            raise ValueError(f"must have a string as its {key!r}")
    fields: dict[str, str] = {key: str(text) for key, text in value.items()}
    if len(fields.get("name", "")) > _MAX_NAME:
        raise ValueError(f"must have a name of at most {_MAX_NAME} characters")
    if ("url" in fields) == ("data" in fields):
        raise ValueError("must have either a url or data")
    if "url" in fields:
        fields = {**_parse_text(fields.pop("url")).to_json(), **fields}
    elif "media_type" not in fields:
        raise ValueError("must have a media_type beside its data, such as image/png")
    if "media_type" in fields:
        fields["media_type"] = _check_type(fields["media_type"])
    return Media.model_construct(set(fields), **fields)


def _check_type(media_type: str) -> str:
    if not re.fullmatch(_MEDIA_TYPE, media_type):
        raise ValueError("must have a media type such as image/png")
    return media_type.lower()


def _check_data(data: str) -> None:
    if len(data) > MAX_MEDIA_BYTES * 4 // 3 + 4:
        raise ValueError(_TOO_LARGE)
    try:
        decoded = a2b_base64(data, strict_mode=True)
    except (Base64Error, ValueError):
        raise ValueError("must have data in Base64, without line breaks") from None
    if not decoded:
        raise ValueError("must not be empty")
