"""PC4: characters that nobody sees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.finding import Edit, Fix, Severity
from prompt_cli.domain.json_values import is_array, is_object
from prompt_cli.rules.rule import Match, Rule, prompt_file
from prompt_cli.rules.secrets import SECRET_FORMATS, SHORTEST, entropy, is_placeholder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath
    from prompt_cli.rules.rule import Check
    from prompt_cli.rules.subject import Subject


# Unicode 15, property Bidi_Control, less the three marks, which are harmless and used in prose.
_BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
# Default_Ignorable_Code_Point, less the two above; what belongs where it stands is sorted out by `joiners`.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e0fff]"
)
_FLAG = "\U0001f3f4"
"""The black flag, which tags make the flag of a part of a country."""
_END_OF_TAGS = "\U000e007f"


def _found(pattern: re.Pattern[str], what: str) -> Check:
    def check(subject: Subject) -> Iterator[Match]:
        for start, end in _stretches(subject.text, pattern):
            import unicodedata  # few prompts have such characters

            first, count = subject.text[start], end - start
            name = unicodedata.name(first, "no name")
            named = f"U+{ord(first):04X} {name}" if count == 1 else f"{count} of them, from U+{ord(first):04X} {name}"
            hint = 'remove it, or write it as "\\u..." in double quotes, where everybody sees it'
            region = subject.lines.region(start, end)
            fix = Fix("remove it" if count == 1 else "remove them", (Edit(region, ""),))
            yield Match(f"{what}: {named}", help=hint, region=region, fix=fix)

    return check


def _stretches(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield where such characters follow each other and do not belong."""
    if text.isascii():
        return
    start = end = -1
    for match in pattern.finditer(text):
        if _belongs(text, *match.span()):
            continue
        if match.start() != end:
            if end > start:
                yield start, end
            start = match.start()
        end = match.end()
    if end > start:
        yield start, end


def _belongs(text: str, start: int, end: int) -> bool:
    if _TAGS.match(text, start):
        flag = text[start - 1 : start] == _FLAG and text[end - 1] == _END_OF_TAGS
        return flag and end - start in range(4, 8)
    from prompt_cli.rules.unicode import belongs  # as above

    return belongs(text, start)


CHARACTER_RULES = (
    Rule(
        "PC403",
        "bidirectional-control",
        "Such characters show a text in another order than a model reads it: a reviewer approves what is not there. "
        "Text in Hebrew or Arabic needs none of them.",
        prompt_file("template: Never \u202eyap\u202c without asking.\n"),
        prompt_file("template: Never pay without asking. לעולם לא.\n"),
        _found(_BIDIRECTIONAL, "a control character changes the order of the text"),
        fixable="safe",
    ),
    Rule(
        "PC404",
        "invisible-character",
        "A character without width hides from a reviewer and not from a model; it splits words, carries hidden text, "
        "and makes two names look equal that are not.",
        prompt_file("template: Hel\u200blo!\n"),
        prompt_file("template: Hello! \U0001f469\u200d\U0001f4bb \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\n"),
        _found(_INVISIBLE, "a character that nobody sees"),
        Severity.WARNING,
        fixable="safe",
    ),
    Rule(
        "PC405",
        "tag-characters",
        "Unicode's tag characters spell a text that no screen shows and every model reads.",
        prompt_file("template: Hello!\U000e0048\U000e0069\n"),
        prompt_file("template: Hello! \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f\n"),
        _found(_TAGS, "hidden text in tag characters"),
        fixable="safe",
    ),
)


def _confusable(subject: Subject) -> Iterator[Match]:
    if _all_plain(str(path[-1]) for path, _ in subject.specs):
        return
    for path, specs in _named(subject.prompt.variables if subject.prompt else {}, ("variables",)):
        if not _all_plain(specs):
            yield from _alike(path, specs)


def _alike(path: DataPath, specs: Collection[str]) -> Iterator[Match]:
    from prompt_cli.rules.unicode import foreign_letters, skeleton  # most names are plain

    seen: dict[str, str] = {}
    for name in specs:
        other = seen.setdefault(skeleton(name), name)
        if foreign := foreign_letters(name):
            points = ", ".join(f"U+{ord(sign):04X}" for sign in foreign)
            message = f"the name {name!r} mixes alphabets that look alike ({points})"
            yield Match(message, (*path, name), "type it again in one alphabet", key=True)
        elif other != name and not foreign_letters(other):
            message = f"the name {name!r} looks like {other!r} and is another"
            yield Match(message, (*path, name), "rename one of them", key=True)


def _all_plain(names: Iterable[str]) -> bool:
    """Tell whether names consist of letters and digits that look like no others among them, as nearly all do."""
    together = "".join(names)
    return together.isascii() and not any(sign in together for sign in "01I")


def _named(specs: Mapping[str, VariableSpec], path: DataPath) -> Iterator[tuple[DataPath, Mapping[str, VariableSpec]]]:
    """Yield every set of names with its path in the prompt's data; YAML is 64 deep at most."""
    if specs:
        yield path, specs
    for name, spec in specs.items():
        inner, at = spec, (*path, name)
        while inner.items is not None:
            inner, at = inner.items, (*at, "items")
        yield from _named(inner.properties or {}, (*at, "properties"))


_NAMED_BODY = "variables: {%s: {type: string}}\ntemplate: Hello {{%s}}!\n"

NAME_RULES = (
    Rule(
        "PC406",
        "confusable-name",
        "Two names that look alike and are not the same let one value stand where everybody reads the other.",
        prompt_file(_NAMED_BODY % ("n\u0430me", "n\u0430me")),
        prompt_file(_NAMED_BODY % ("имя", "имя")),
        _confusable,
    ),
)

_STANDS_FOR = r"(?i)<[^<>]*>|\[[^\[\]]*\]|\*+|x+|(?:test|secret|password|token|none|n/a|unknown|hidden)"


def _sensitive(subject: Subject) -> Iterator[Match]:
    prompt = subject.prompt
    if prompt is None or not any(spec.sensitive for _, spec in subject.specs):
        return
    for n, example in enumerate(prompt.examples):
        for path in _given(prompt.variables, example.variables, ("examples", n, "variables")):
            message = f"example {example.name!r} gives a sensitive variable a value"
            yield Match(message, path, "write what nobody can take for a real one: <password>")
    for path in _defaults(prompt.variables, ("variables",)):
        yield Match("a sensitive variable has a default", path, "remove it: whoever needs the value gives it")


def _given(specs: Mapping[str, VariableSpec], values: Mapping[str, object], path: DataPath) -> Iterator[DataPath]:
    for name, spec in specs.items():
        if name in values:
            yield from _values(spec, values[name], (*path, name))


def _values(spec: VariableSpec, value: object, path: DataPath) -> Iterator[DataPath]:
    if spec.sensitive:
        if not _tells_nothing(value):
            yield path
    elif spec.items is not None and is_array(value):
        for n, item in enumerate(value):
            yield from _values(spec.items, item, (*path, n))
    elif is_object(value):
        yield from _given(spec.properties or {}, value, path)


def _defaults(specs: Mapping[str, VariableSpec], path: DataPath) -> Iterator[DataPath]:
    for name, spec in specs.items():
        if spec.has_default:
            yield from _values(spec, spec.default, (*path, name, "default"))
        inner, at = spec, (*path, name)
        while inner.items is not None:
            inner, at = inner.items, (*at, "items")
        yield from _defaults(inner.properties or {}, (*at, "properties"))


def _tells_nothing(value: object) -> bool:
    """Tell whether a value gives nothing away: nothing at all, a placeholder, or prose, which somebody made up."""
    if isinstance(value, str):
        text = value.strip()
        made_up = len(text) > _SHORT and is_placeholder(text)
        return not text or bool(re.fullmatch(_STANDS_FOR, text)) or made_up or _is_prose(text)
    if is_array(value):
        return all(map(_tells_nothing, value))
    if is_object(value):
        return all(map(_tells_nothing, value.values()))
    return value is None or isinstance(value, bool) or value == 0


def _is_prose(text: str) -> bool:
    letters, digits = (sum(map(test, text)) for test in (str.isalpha, str.isdigit))
    return len(text.split()) >= _SENTENCE and letters > digits


_SENTENCE = 4
"""So many words are no name, no number and no password, but an example of something longer."""
_SHORT = 5
_BODY = "variables: {pin: {type: string, sensitive: true}}\ntemplate: The pin is {{pin}}.\nexamples:\n- name: one\n"

SENSITIVE_RULES = (
    Rule(
        "PC407",
        "sensitive-value",
        "A variable is called sensitive because its values are nobody's business; one that stands in the file is read "
        "by everybody who can read the repository.",
        prompt_file(_BODY + "  variables: {pin: 81-44-07}\n"),
        prompt_file(_BODY + "  variables: {pin: <pin>}\n"),
        _sensitive,
        Severity.WARNING,
        hides=True,
    ),
)

_NAMED_SO = (
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key)"
    r"[\"']?[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}[\"'`]?([^\s\"'`,;<>{}()\[\]]{10,200})"
)
_NAMES = ("passw", "passphrase", "pwd", "secret", "token", "key")
"""Of what `_NAMED_SO` asks for, parts that are looked for much faster: one is in each name."""
# Those that most prompts never meet are compiled when they are used: that takes longer than to check such a prompt.
_BORNE = r"(?ia)Authorization[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?:Bearer|Basic|Token)[ \t]{1,4}([\w.~+/-]{16,400})"
_ASSIGNED = f"(?ia){_NAMED_SO}"
_ASSIGNED_IN_SMALL = re.compile(_NAMED_SO, re.ASCII)  # five times as fast as the one above
_KELVIN = "\u212a"  # the one character beyond ASCII whose small letter is of ASCII
_IN_ADDRESS = r"://[^\s:/@\"'<>{}]{1,64}:([^\s:/@\"'<>{}]{6,100})@"
_LOOKED_UP = r"(?i)[$%/~@]|https?:|[\w.]*env\b|[A-Za-z_]+(?:\.[A-Za-z_]+)+$"
# Words and short numbers with marks between them are names: get_token_v2, settings.API_KEY_2, docs/setup-v2.md.
_NAME = r"(?a)(?:[A-Za-z]{2,}\d{0,3}|[Vv]?\d{1,4})(?:[._/-](?:[A-Za-z]{2,}\d{0,3}|[Vv]?\d{1,4}))+$"
_LEAST_ENTROPY = 3.0

_REVOKE = "revoke it: what was ever committed stays in the history; give a placeholder, or a variable that is sensitive"


_MARKERS = tuple(dict.fromkeys(one.marker for one in SECRET_FORMATS))
"""What the formats ask for, once each."""
_SPACED = tuple(marker for marker in _MARKERS if " " in marker)
"""Those that are more than one word."""


class Secret(NamedTuple):
    """A stretch of a text that is a credential, and of which kind."""

    start: int
    end: int
    kind: str


def credentials(text: str) -> Iterator[Secret]:
    """Yield what has the published format of a credential; of two that overlap, the first."""
    found = sorted(_formatted(text))
    end = 0
    for one in found:
        if one.start >= end:
            yield one
            end = one.end


def _formatted(text: str) -> Iterator[Secret]:
    # Most text has few words that are long enough, and markers are looked for in those much faster.
    words = " ".join([word for word in text.split() if len(word) >= SHORTEST])
    present = {marker for marker in _SPACED if marker in text}
    if words:
        present.update([marker for marker in _MARKERS if marker in words])
    for one in SECRET_FORMATS if present else ():
        if one.marker in present:
            for match in one.pattern.finditer(text):
                if not is_placeholder(match[0]):
                    yield Secret(*match.span(), one.kind)


def _credentials(subject: Subject) -> Iterator[Match]:
    for one in credentials(subject.text):
        yield Match(f"this looks like {one.kind}", help=_REVOKE, region=subject.lines.region(one.start, one.end))


def _assignments(subject: Subject) -> Iterator[Match]:
    text = subject.text
    known: list[Secret] | None = None
    for kind, (start, end) in _assigned(text):
        if not _drawn(text[start:end]):
            continue
        known = list(credentials(text)) if known is None else known
        if not any(one.start < end and start < one.end for one in known):
            yield Match(f"this looks like {kind}", help=_REVOKE, region=subject.lines.region(start, end))


def _assigned(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield what is assigned to a name like ``password``, stands before the host of an address, or heads a request."""
    if ":" not in text and "=" not in text:
        return
    small = text.lower()
    # Where every character has one small letter, what is found in those is in the same place of the text.
    alike = len(small) == len(text) and _KELVIN not in text
    if not alike or _names_one(small):
        found = _ASSIGNED_IN_SMALL.finditer(small) if alike else re.finditer(_ASSIGNED, text)
        yield from (("a secret", match.span(1)) for match in found)
    if "uthorization" in small:
        yield from (("the token of a request", match.span(1)) for match in re.finditer(_BORNE, text))
    if "@" in text:
        yield from (("a password in an address", match.span(1)) for match in re.finditer(_IN_ADDRESS, text))


def _names_one(small: str) -> bool:
    for name in _NAMES:  # noqa: SIM110 - every file comes here: any() takes thrice as long
        if name in small:
            return True
    return False


def _drawn(value: str) -> bool:
    """Tell whether a value looks drawn by a machine: letters and digits, in no order."""
    mixed = any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)
    if not mixed or re.match(_LOOKED_UP, value) or re.match(_NAME, value) or is_placeholder(value):
        return False
    return entropy(value) >= _LEAST_ENTROPY


# In two parts, that no scanner takes the examples of a scanner for a leak.
_KEY, _PASSWORD = "AKIA" + "QYLPMN5HHHFPZAM2", "k3J9xQ2m" + "V7pLw8Rt"

CREDENTIAL_RULES = (
    Rule(
        "PC401",
        "credential",
        "A credential in a prompt is sent to a provider with every request, and stays in the history of the repository "
        "for everybody who can read it.",
        prompt_file(f"template: Sign the request with {_KEY}.\n"),
        prompt_file("template: Sign the request with AKIAIOSFODNN7EXAMPLE.\n"),
        _credentials,
        hides=True,
    ),
    Rule(
        "PC402",
        "possible-credential",
        "What is assigned to a password, a secret, a token or a key, and looks drawn by a machine, is most often "
        "a real one.",
        prompt_file(f"template: 'Connect with password={_PASSWORD}'\n"),
        prompt_file("template: 'Connect with password=<your password>'\n"),
        _assignments,
        Severity.WARNING,
        hides=True,
    ),
)
