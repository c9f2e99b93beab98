"""Confusable letters and invisible characters (Unicode Technical Standard 39, its table for Cyrillic and Greek)."""

from __future__ import annotations

import re
import unicodedata

_LOOKALIKES = str.maketrans(
    {
        **dict(zip("аеорсухіјѕһԁԛԝԍ", "aeopcyxijshdqwg", strict=True)),
        **dict(zip("АВЕЅІЈКМНОРСТУХѴԌ", "ABESlJKMHOPCTYXVG", strict=True)),
        **dict(zip("ονιραυγ", "ovipauy", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHlKMNOPTYX", strict=True)),
        **dict(zip("01I", "Oll", strict=True)),
    }
)
_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK"})


def skeleton(name: str) -> str:
    r"""Return the skeleton of a name; names with equal skeletons look alike.

    >>> skeleton("\u0430dmin") == skeleton("admin")
    True
    """
    return unicodedata.normalize("NFKC", name).translate(_LOOKALIKES)


def foreign_letters(name: str) -> str:
    """Return the letters outside the main alphabet of a name that mixes Latin, Cyrillic and Greek; else ""."""
    if name.isascii():
        return ""
    alphabets = {letter: alphabet for letter in name if (alphabet := _alphabet(letter)) in _ALPHABETS}
    uses = [alphabets[letter] for letter in name if letter in alphabets]
    if len(set(uses)) < 2:  # noqa: PLR2004 - one alphabet is not a mix
        return ""
    main = max(sorted(set(uses), reverse=True), key=uses.count)
    return "".join(dict.fromkeys(letter for letter in name if alphabets.get(letter, main) != main))


def _alphabet(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


_NON_JOINER, _JOINER = "\u200c", "\u200d"
_DIRECTION_MARKS = "\u200e\u200f\u061c"
_DIRECTION_DISTANCE = 100
# Scripts whose letters change shape beside each other: Arabic to Mandaic, Indic to Sinhala, Myanmar, Khmer, Mongolian.
_SHAPING = re.compile("[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\ua840-\ua97f\ufb50-\ufdff\ufe70-\ufefc]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_KEYCAPS = frozenset("#*0123456789")
_EMOJI_MODIFIERS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")


def belongs(text: str, at: int) -> bool:
    """Return whether an invisible character has a function at its position."""
    character, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if character in _DIRECTION_MARKS:
        return bool(_RIGHT_TO_LEFT.search(text, max(0, at - _DIRECTION_DISTANCE), at + _DIRECTION_DISTANCE))
    if _VARIATION_SELECTORS.match(character):
        # One selector a symbol: a run of them can carry hidden bytes.
        return before in _KEYCAPS or (before > "\x7f" and unicodedata.category(before)[0] in "SLP")
    if character == _JOINER and _is_emoji(before) and _is_emoji(after):
        return True
    is_joining = character in {_NON_JOINER, _JOINER} or "\u180b" <= character <= "\u180f"
    return is_joining and bool(_SHAPING.match(before))


def _is_emoji(character: str) -> bool:
    return bool(character) and (unicodedata.category(character) == "So" or bool(_EMOJI_MODIFIERS.match(character)))
