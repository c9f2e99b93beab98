"""Letters that look like others (Unicode Technical Standard 39, its table for Cyrillic and Greek)."""

from __future__ import annotations

import re
import unicodedata

_LIKE = {
    **dict(zip("аеорсухіјѕһԁԛԝԍ", "aeopcyxijshdqwg", strict=True)),
    **dict(zip("АВЕЅІЈКМНОРСТУХѴԌ", "ABESlJKMHOPCTYXVG", strict=True)),
    **dict(zip("ονιραυγ", "ovipauy", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHlKMNOPTYX", strict=True)),
    **dict(zip("01I", "Oll", strict=True)),
}
_LOOKS = str.maketrans(_LIKE)
_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK"})


def skeleton(name: str) -> str:
    r"""Return what a name looks like: two names of one skeleton cannot be told apart.

    >>> skeleton("\u0430dmin") == skeleton("admin")
    True
    """
    return unicodedata.normalize("NFKC", name).translate(_LOOKS)


def foreign_letters(name: str) -> str:
    """Return the letters of a name that are of another alphabet than most, where alphabets that look alike meet."""
    if name.isascii():
        return ""
    alphabets = {sign: alphabet for sign in name if (alphabet := _alphabet(sign)) in _ALPHABETS}
    counts = [alphabets[sign] for sign in name if sign in alphabets]
    if len(set(counts)) < 2:  # noqa: PLR2004 - one alphabet mixes with no other
        return ""
    main = max(sorted(set(counts), reverse=True), key=counts.count)
    return "".join(dict.fromkeys(sign for sign in name if alphabets.get(sign, main) != main))


def _alphabet(sign: str) -> str:
    return unicodedata.name(sign, "").partition(" ")[0]


_NON_JOINER, _JOINER = "\u200c", "\u200d"
_MARKS = "\u200e\u200f\u061c"
# Scripts whose letters change shape beside each other: Arabic to Mandaic, Indic to Sinhala, Myanmar, Khmer, Mongolian.
_SHAPING = re.compile("[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\ua840-\ua97f\ufb50-\ufdff\ufe70-\ufefc]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_NEAR = 100
_KEYCAPS = frozenset("#*0123456789")
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")


def belongs(text: str, at: int) -> bool:
    """Tell whether a character without width belongs where it stands."""
    sign, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if sign in _MARKS:
        return bool(_RIGHT_TO_LEFT.search(text, max(0, at - _NEAR), at + _NEAR))
    if _SELECTORS.match(sign):
        # One selector for one sign: a row of them carries hidden bytes.
        return before in _KEYCAPS or (before > "\x7f" and unicodedata.category(before)[0] in "SLP")
    if sign == _NON_JOINER:
        return bool(_SHAPING.match(before))
    if sign == _JOINER:
        return bool(_SHAPING.match(before)) or (_is_emoji(before) and _is_emoji(after))
    return "\u180b" <= sign <= "\u180f" and bool(_SHAPING.match(before))


def _is_emoji(sign: str) -> bool:
    return bool(sign) and (unicodedata.category(sign) == "So" or bool(_SKIN.match(sign)))
