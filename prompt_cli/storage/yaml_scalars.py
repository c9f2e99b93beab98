"""Single values as YAML: in one line where they fit, as a block where text asks for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.storage.yaml_schema import resolve_plain
from prompt_cli.storage.yaml_text import UNFIT

if TYPE_CHECKING:
    from prompt_cli.storage.yaml_nodes import YamlScalar

# What YAML 1.1 reads as something else than text: quoted, so that every reader sees the same.
# https://yaml.org/type/ (bool, int, float, timestamp, value, merge)
_OTHER_IN_1_1 = re.compile(
    r"(?i:y|n|yes|no|on|off)|=|<<"
    r"|[-+]?0(?:b[01_]+|x[0-9a-fA-F_]+)"
    r"|[-+]?(?:[0-9][0-9_]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?"
)
_NEVER_FIRST = frozenset(",[]{}#&*!|>'\"%@`")
_FLOW_ONLY = frozenset(",[]{}?:")  # libyaml ends or refuses plain scalars at ? and : there
_ESCAPED = re.compile(f'["\\\\\n\r\t\ufeff]|{UNFIT}')
_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Written(NamedTuple):
    """A value as YAML.

    Attributes:
        inline: What stands where the value begins: all of it, or a block's header, or nothing.
        lines: The lines below that belong to it, indented, without their breaks.
        keeps_breaks: Whether blank lines that follow would become part of it.
    """

    inline: str
    lines: tuple[str, ...] = ()
    keeps_breaks: bool = False


def inline_scalar(value: YamlScalar, *, flow: bool, style: str = "") -> str:
    """Return a value in one line.

    Args:
        value: The value.
        flow: Whether it stands in brackets or braces.
        style: The quotes to use where they can hold the text; "" for none.
    """
    match value:
        case str():
            return _inline_text(value, flow=flow, style=style)
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case float():
            return _float(value)
        case _:
            return str(value)


def literal(text: str, *, indent: int, parent: int, indicator: bool = False) -> Written | None:
    """Return a text as a literal block (YAML 1.2.2, section 8.1.2), or None where none can hold it.

    Args:
        text: The text.
        indent: The column its lines begin at, from 0.
        parent: The column of the entry it is the value of, from 0.
        indicator: Whether to write the indentation into the header though it could be detected.
    """
    return _block("|", text, text, (indent, parent), indicator=indicator)


def folded(text: str, *, indent: int, parent: int, indicator: bool = False) -> Written | None:
    """Return a text as a folded block (YAML 1.2.2, section 8.1.3), or None where none can hold it.

    Lines that begin with white space fold by rules of their own, so a text that has any is not folded.
    """
    if re.search(r"^[ \t]", text, re.MULTILINE):
        return None
    leading = len(text) - len(text.lstrip("\n"))
    body = text.rstrip("\n")
    doubled = re.sub(r"\n+", lambda match: match[0] + "\n", body[leading:])
    return _block(">", text, text[:leading] + doubled + text[len(body) :], (indent, parent), indicator=indicator)


def _block(style: str, text: str, raw: str, columns: tuple[int, int], *, indicator: bool) -> Written | None:
    if not text.strip(" \t\n") or "\r" in text or re.search(UNFIT, text):
        return None
    indent, parent = columns
    breaks = len(text) - len(text.rstrip("\n"))
    # An indentation that begins with white space of the text's own cannot be detected.
    if indicator or text.lstrip("\n")[0] in " \t":
        digit = str(indent - parent)
        if digit not in "123456789":
            return None
    else:
        digit = ""
    lines = (raw[:-1] if breaks else raw).split("\n")
    return Written(
        style + digit + ("-" if breaks == 0 else "" if breaks == 1 else "+"),
        tuple(" " * indent + line if line else "" for line in lines),
        keeps_breaks=breaks > 1,
    )


def _inline_text(text: str, *, flow: bool, style: str) -> str:
    if style == "" and _plain_fits(text, flow=flow):
        return text
    quotable = not _ESCAPED.search(text.replace('"', "").replace("\\", ""))
    if quotable and (style == "'" or (style == "" and ('"' in text or "\\" in text))):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _plain_fits(text: str, *, flow: bool) -> bool:
    """Tell whether a text can go without quotes (YAML 1.2.2, section 7.3.3), being careful rather than exact."""
    if not text or text != text.strip(" ") or _ESCAPED.search(text.replace('"', "").replace("\\", "")):
        return False
    if text[0] in _NEVER_FIRST or (text[0] in "-?:" and (flow or text[1:2] in {"", " "})):
        return False
    if ": " in text or " #" in text or text.endswith(":") or text.startswith(("---", "...")):
        return False
    if flow and not _FLOW_ONLY.isdisjoint(text):
        return False
    return isinstance(resolve_plain(text), str) and not _OTHER_IN_1_1.fullmatch(text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}")  # noqa: PLR2004 - \x has two digits


def _float(value: float) -> str:
    if value != value:  # noqa: PLR0124 - only nan differs from itself
        return ".nan"
    if value in {float("inf"), float("-inf")}:
        return ".inf" if value > 0 else "-.inf"
    mantissa, e, exponent = repr(value).partition("e")
    # YAML 1.1 reads 1e+16 as text.
    return f"{mantissa}.0e{exponent}" if e and "." not in mantissa else repr(value)
