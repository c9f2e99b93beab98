"""Letters that look like others (Unicode Technical Standard 39, its table for Cyrillic and Greek)."""

from __future__ import annotations

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
