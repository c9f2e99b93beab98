"""Confusable letters, and invisible characters that scripts and emoji need.

Sources: Unicode Technical Standard 39 (confusables, its table for Cyrillic and Greek), Unicode 17's emoji-data.txt and
Unicode Technical Standard 51 (emoji sequences), Unicode Standard Annex 29 (rule GB11) and The Unicode Standard, chapter
23 (joiners, variation selectors, zero width space).
"""

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


def _class_of(ranges: str) -> str:
    """Return the inside of a character class from ranges in hexadecimal."""
    return "".join("-".join(chr(int(end, 16)) for end in one.split("-")) for one in ranges.split())


# Property Extended_Pictographic.
_PICTOGRAPHS = (
    "a9 ae 203c 2049 2122 2139 2194-2199 21a9-21aa 231a-231b 2328 23cf 23e9-23f3 23f8-23fa 24c2 25aa-25ab 25b6 "
    "25c0 25fb-25fe 2600-2604 260e 2611 2614-2615 2618 261d 2620 2622-2623 2626 262a 262e-262f 2638-263a 2640 "
    "2642 2648-2653 265f-2660 2663 2665-2666 2668 267b 267e-267f 2692-2697 2699 269b-269c 26a0-26a1 26a7 "
    "26aa-26ab 26b0-26b1 26bd-26be 26c4-26c5 26c8 26ce-26cf 26d1 26d3-26d4 26e9-26ea 26f0-26f5 26f7-26fa 26fd "
    "2702 2705 2708-270d 270f 2712 2714 2716 271d 2721 2728 2733-2734 2744 2747 274c 274e 2753-2755 2757 "
    "2763-2764 2795-2797 27a1 27b0 27bf 2934-2935 2b05-2b07 2b1b-2b1c 2b50 2b55 3030 303d 3297 3299 1f004 "
    "1f02c-1f02f 1f094-1f09f 1f0af-1f0b0 1f0c0 1f0cf-1f0d0 1f0f6-1f0ff 1f170-1f171 1f17e-1f17f 1f18e 1f191-1f19a "
    "1f1ae-1f1e5 1f201-1f20f 1f21a 1f22f 1f232-1f23a 1f23c-1f23f 1f249-1f25f 1f266-1f321 1f324-1f393 1f396-1f397 "
    "1f399-1f39b 1f39e-1f3f0 1f3f3-1f3f5 1f3f7-1f3fa 1f400-1f4fd 1f4ff-1f53d 1f549-1f54e 1f550-1f567 1f56f-1f570 "
    "1f573-1f57a 1f587 1f58a-1f58d 1f590 1f595-1f596 1f5a4-1f5a5 1f5a8 1f5b1-1f5b2 1f5bc 1f5c2-1f5c4 1f5d1-1f5d3 "
    "1f5dc-1f5de 1f5e1 1f5e3 1f5e8 1f5ef 1f5f3 1f5fa-1f64f 1f680-1f6c5 1f6cb-1f6d2 1f6d5-1f6e5 1f6e9 1f6eb-1f6f0 "
    "1f6f3-1f6ff 1f7da-1f7ff 1f80c-1f80f 1f848-1f84f 1f85a-1f85f 1f888-1f88f 1f8ae-1f8af 1f8bc-1f8bf 1f8c2-1f8cf "
    "1f8d9-1f8ff 1f90c-1f93a 1f93c-1f945 1f947-1f9ff 1fa58-1fa5f 1fa6e-1faff 1fc00-1fffd"
)
# Scripts whose letters join or stack: Arabic to Mandaic, Indic to Sinhala, Tibetan and Myanmar, Khmer and Mongolian,
# Limbu to Lepcha, Syloti Nagri to Javanese, Meetei Mayek, Arabic's presentation forms, and those beyond the BMP.
_JOINING_SCRIPTS = (
    "600-8ff 900-dff f00-109f 1700-18af 1900-194f 1a20-1aaf 1b00-1c4f a800-a95f a980-a9ff aa60-aa7f aae0-aaff "
    "abc0-abff fb50-fdff fe70-fefc 10a00-10a5f 10ac0-10aff 10b80-10baf 10d00-10d3f 10f30-10fdf 11000-11aaf 11c00-11daf "
    "1e900-1e95f"
)
# Scripts without spaces, where a zero width space ends a word: Thai, Lao, Tibetan, Myanmar, Khmer and others.
_SPACELESS_SCRIPTS = "e00-fff 1000-109f 1780-17ff 1950-19ff 1a20-1aaf 1b00-1b7f a980-a9ff aa60-aadf"
_PICTOGRAPH = re.compile(f"[{_class_of(_PICTOGRAPHS)}]")
_JOINING = re.compile(f"[{_class_of(_JOINING_SCRIPTS)}]")
_SPACELESS = re.compile(f"[{_class_of(_SPACELESS_SCRIPTS)}]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_HANGUL = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]")
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_EMOJI_EXTENSION = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f\u20e3\U000e0020-\U000e007f]")
_FLAG = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""The tags of the flag of a region, as in UTS 51: a code of ISO 3166-2 without its hyphen, and the cancel tag."""
_BLACK_FLAG = "\U0001f3f4"
_KEYCAPS = frozenset("#*0123456789")
_DIRECTION_MARKS = frozenset("\u200e\u200f\u061c")
_DIRECTION_DISTANCE = 100
_ZERO_WIDTH_SPACE, _NON_JOINER, _JOINER, _GRAPHEME_JOINER = "\u200b", "\u200c", "\u200d", "\u034f"


def has_function(text: str, at: int) -> bool:
    """Return whether an invisible character has a function at its position in a text.

    >>> has_function("\U0001f9d9\u200d\u2642", 1), has_function("a\u200db", 1)
    (True, False)
    """
    character, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if character in _DIRECTION_MARKS:
        return bool(_RIGHT_TO_LEFT.search(text, max(0, at - _DIRECTION_DISTANCE), at + _DIRECTION_DISTANCE))
    if _VARIATION_SELECTORS.match(character):
        return _selects_variant(before)
    if character == _JOINER and _PICTOGRAPH.match(after) and _joins_pictograph(text, at):
        return True
    if character in {_NON_JOINER, _JOINER}:
        return bool(_JOINING.match(before) or _JOINING.match(after))
    if character == _ZERO_WIDTH_SPACE:
        return bool(_SPACELESS.match(before) or _SPACELESS.match(after))
    if character == _GRAPHEME_JOINER:
        return is_mark(before) or is_mark(after)
    if character in "\u115f\u1160":
        return bool(_HANGUL.match(before) or _HANGUL.match(after))
    return "\u180b" <= character <= "\u180f" and bool(_JOINING.match(before))


def is_flag(text: str, start: int, end: int) -> bool:
    """Return whether tag characters spell the flag of a region."""
    return text[start - 1 : start] == _BLACK_FLAG and bool(_FLAG.fullmatch(text, start, end))


def is_mark(character: str) -> bool:
    """Return whether a character combines with the one before it."""
    return bool(character) and unicodedata.category(character)[0] == "M"


def _selects_variant(before: str) -> bool:
    """Return whether a variation selector after a character selects a variant; of a run of selectors only the first.

    A run of them can carry hidden bytes. Letters with two cases have no variants; enclosing marks (U+20DD) do.
    """
    if before in _KEYCAPS or before <= "\x7f":
        return before in _KEYCAPS
    is_symbol = unicodedata.category(before) in {"Me", "Lo", "No"} or unicodedata.category(before)[0] in "SP"
    return is_symbol or bool(_PICTOGRAPH.match(before))


def _joins_pictograph(text: str, at: int) -> bool:
    """Return whether a joiner follows a pictograph and its modifiers."""
    while at and (_EMOJI_EXTENSION.match(text, at - 1) or is_mark(text[at - 1])):
        at -= 1
    return bool(at and _PICTOGRAPH.match(text, at - 1))
