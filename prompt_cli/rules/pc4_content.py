"""PC4: credentials, hidden characters, confusable names and sensitive values."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from prompt_cli.domain.finding import Edit, Fix, Severity
from prompt_cli.domain.json_values import is_array, is_object
from prompt_cli.domain.variables import VariableSpec
from prompt_cli.problems import DataPath
from prompt_cli.rules.rule import Check, Match, Rule, Subject, prompt_file
from prompt_cli.rules.secrets import (
    Secret,
    assignments_in,
    find_credentials,
    find_possible_credentials,
    is_placeholder,
    markers_in,
)
from prompt_cli.yaml.positions import DecodedText

_REVOKE = "revoke it (git history keeps it), then use a placeholder or a sensitive variable"


def _leaks(has_sign: Callable[[str], object], find: Callable[[str], Iterable[Secret]]) -> Check:
    """Return a check for secrets, which finds them in the decoded text.

    A file without a sign, by a fast test of its text, and without escapes has no secret.
    """

    def check(subject: Subject) -> Iterator[Match]:
        if "\\" in subject.text or has_sign(subject.text):
            for one in find(subject.decoded.text):
                region = subject.lines.region(*subject.decoded.span(one.start, one.end))
                yield Match(f"this looks like {one.kind}", help=_REVOKE, region=region)

    return check


# Unicode 15, property Bidi_Control, without the three marks, which prose uses and which are harmless.
_BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
# Property Default_Ignorable_Code_Point, without the two above.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e0fff]"
)


def without_invisible(text: str) -> str:
    """Return a text without invisible characters."""
    return text if text.isascii() else _INVISIBLE.sub("", _TAGS.sub("", _BIDIRECTIONAL.sub("", text)))


def _characters(pattern: re.Pattern[str], message: str) -> Check:
    """Return a check of runs of characters that match a pattern."""

    def check(subject: Subject) -> Iterator[Match]:
        if subject.text.isascii():
            return  # an escape is visible
        text = subject.decoded.text
        for start, end in _runs(subject.decoded, pattern):
            import unicodedata  # few prompts have such characters

            from prompt_cli.rules.unicode import is_mark

            first, count = text[start], end - start
            name = f"U+{ord(first):04X} {unicodedata.name(first, 'no name')}"
            hint = 'remove it, or write it as "\\u..." in double quotes, where it is visible'
            region = subject.lines.region(*subject.decoded.span(start, end))
            named, action = (name, "remove it") if count == 1 else (f"{count} of them, from {name}", "remove them")
            # Without the character an accent would move to another letter.
            fix = None if is_mark(text[end : end + 1]) else Fix(action, (Edit(region, ""),))
            yield Match(f"{message}: {named}", help=hint, region=region, fix=fix)

    return check


def _runs(decoded: DecodedText, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield the spans of adjacent matches, without legitimate characters and those that the file has as escapes."""
    start = end = -1
    for match in pattern.finditer(decoded.text):
        if _is_legitimate(decoded.text, *match.span()):
            continue
        for at in range(*match.span()):
            if not decoded.is_verbatim(at, at + 1):
                continue  # an escape is visible
            if at != end:
                if end > start:
                    yield start, end
                start = at
            end = at + 1
    if end > start:
        yield start, end


def _is_legitimate(text: str, start: int, end: int) -> bool:
    """Return whether invisible characters belong to a flag or an emoji, or are spelling in their script."""
    from prompt_cli.rules.unicode import has_function, is_flag  # few prompts have such characters

    return is_flag(text, start, end) if _TAGS.match(text, start) else has_function(text, start)


def _find_confusable_names(subject: Subject) -> Iterator[Match]:
    if _is_plain(str(path[-1]) for path, _ in subject.specs):
        return
    for path, names in _scopes(subject):
        if not _is_plain(names):
            yield from _compare_names(path, names)


def _compare_names(path: DataPath, names: Collection[str]) -> Iterator[Match]:
    from prompt_cli.rules.unicode import foreign_letters, skeleton  # most names are plain

    by_skeleton: dict[str, str] = {}
    for name in names:
        other = by_skeleton.setdefault(skeleton(name), name)
        if foreign := foreign_letters(name):
            points = ", ".join(f"U+{ord(letter):04X}" for letter in foreign)
            message = f"the name {name!r} mixes alphabets that look alike ({points})"
            yield Match(message, (*path, name), "retype it in one alphabet", key=True)
        elif other != name and not foreign_letters(other):
            message = f"the name {name!r} looks like {other!r} but differs"
            yield Match(message, (*path, name), "rename one of them", key=True)


def _is_plain(names: Iterable[str]) -> bool:
    """Return whether names are ASCII, without characters that resemble each other; most names are."""
    joined = "".join(names)
    return joined.isascii() and not any(one in joined for one in "01I")


def _scopes(subject: Subject) -> Iterator[tuple[DataPath, Mapping[str, VariableSpec]]]:
    """Yield the variables, and the properties of each object in them, with their paths in the data."""
    if subject.prompt is not None:
        yield ("variables",), subject.prompt.variables
    yield from (((*path, "properties"), spec.properties) for path, spec in subject.specs if spec.properties)


_PLACEHOLDER = r"(?i)<[^<>]*>|\[[^\[\]]*\]|\*+|x+|(?:test|secret|password|token|none|n/a|unknown|hidden)"
_SENTENCE_WORDS = 4  # fewer may be a name, a number or a password
_SHORT = 5  # too short to tell a placeholder by its entropy


def _find_sensitive_values(subject: Subject) -> Iterator[Match]:
    prompt = subject.prompt
    if prompt is None or not any(spec.sensitive for _, spec in subject.specs):
        return
    for n, example in enumerate(prompt.examples):
        for path in _sensitive_paths(prompt.variables, example.variables, ("examples", n, "variables")):
            message = f"example {example.name!r} sets a sensitive variable"
            yield Match(message, path, "use an obvious placeholder, such as <password>")
    for path, specs in _scopes(subject):
        for name, spec in specs.items():
            if spec.has_default:
                for place in _sensitive_paths_in(spec, spec.default, (*path, name, "default")):
                    hint = "remove it; callers pass the value"
                    yield Match("a sensitive variable has a default", place, hint)


def _sensitive_paths(
    specs: Mapping[str, VariableSpec], values: Mapping[str, object], path: DataPath
) -> Iterator[DataPath]:
    for name, spec in specs.items():
        if name in values:
            yield from _sensitive_paths_in(spec, values[name], (*path, name))


def _sensitive_paths_in(spec: VariableSpec, value: object, path: DataPath) -> Iterator[DataPath]:
    """Yield the paths of sensitive values in the value of a variable."""
    if spec.sensitive:
        if not _is_harmless(value):
            yield path
    elif spec.items is not None and is_array(value):
        for n, item in enumerate(value):
            yield from _sensitive_paths_in(spec.items, item, (*path, n))
    elif is_object(value):
        yield from _sensitive_paths(spec.properties or {}, value, path)


def _is_harmless(value: object) -> bool:
    """Return whether a value is empty, a placeholder or prose."""
    if isinstance(value, str):
        text = value.strip()
        is_made_up = len(text) > _SHORT and is_placeholder(text)
        return not text or bool(re.fullmatch(_PLACEHOLDER, text)) or is_made_up or _is_prose(text)
    if is_array(value):
        return all(map(_is_harmless, value))
    if is_object(value):
        return all(map(_is_harmless, value.values()))
    return value is None or isinstance(value, bool) or value == 0


def _is_prose(text: str) -> bool:
    letters, digits = (sum(map(test, text)) for test in (str.isalpha, str.isdigit))
    return len(text.split()) >= _SENTENCE_WORDS and letters > digits


# Each in two parts, so that secret scanners do not report this file.
_KEY, _PASSWORD = "AKIA" + "QYLPMN5HHHFPZAM2", "k3J9xQ2m" + "V7pLw8Rt"
_NAME = "variables: {%s: {type: string}}\ntemplate: Hello {{%s}}!\n"
_PIN = "variables: {pin: {type: string, sensitive: true}}\ntemplate: The pin is {{pin}}.\nexamples:\n- name: one\n"

CONTENT_RULES = (
    Rule(
        "PC401",
        "credential",
        "A credential in a prompt is sent to the provider with every request and stays in git history.",
        prompt_file(f"template: Sign the request with {_KEY}.\n"),
        prompt_file("template: Sign the request with AKIAIOSFODNN7EXAMPLE.\n"),
        _leaks(markers_in, find_credentials),
        hides=True,
    ),
    Rule(
        "PC402",
        "possible-credential",
        "A random-looking value assigned to a password, secret, token or key is usually a real credential.",
        prompt_file(f"template: 'Connect with password={_PASSWORD}'\n"),
        prompt_file("template: 'Connect with password=<your password>'\n"),
        _leaks(assignments_in, find_possible_credentials),
        Severity.WARNING,
        hides=True,
    ),
    Rule(
        "PC403",
        "bidirectional-control",
        "Bidirectional control characters show text in another order than the model reads it. Hebrew and Arabic do "
        "not need them.",
        prompt_file("template: Never \u202eyap\u202c without asking.\n"),
        prompt_file("template: Never pay without asking. לעולם לא.\n"),
        _characters(_BIDIRECTIONAL, "a control character changes the order of the text"),
        fixable="safe",
    ),
    Rule(
        "PC404",
        "invisible-character",
        "Invisible characters reach the model but not the reviewer: they split words and carry hidden text.",
        prompt_file("template: Hel\u200blo!\n"),
        prompt_file("template: Hello! \U0001f469\u200d\U0001f4bb \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\n"),
        _characters(_INVISIBLE, "invisible character"),
        Severity.WARNING,
        fixable="safe",
    ),
    Rule(
        "PC405",
        "tag-characters",
        "Unicode tag characters carry text that models read and screens do not show.",
        prompt_file("template: Hello!\U000e0048\U000e0069\n"),
        prompt_file("template: Hello! \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f\n"),
        _characters(_TAGS, "hidden text in tag characters"),
        fixable="safe",
    ),
    Rule(
        "PC406",
        "confusable-name",
        "Names that look alike are easily mistaken for each other.",
        prompt_file(_NAME % ("n\u0430me", "n\u0430me")),
        prompt_file(_NAME % ("имя", "имя")),
        _find_confusable_names,
    ),
    Rule(
        "PC407",
        "sensitive-value",
        "Values of sensitive variables must stay out of the repository.",
        prompt_file(_PIN + "  variables: {pin: 81-44-07}\n"),
        prompt_file(_PIN + "  variables: {pin: <pin>}\n"),
        _find_sensitive_values,
        Severity.WARNING,
        hides=True,
    ),
)
