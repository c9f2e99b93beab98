"""PC0: files that cannot be read as YAML, and ignore comments."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, partial
from operator import attrgetter

from prompt_cli.domain.finding import Edit, Fix, Severity
from prompt_cli.errors import PromptFormatError
from prompt_cli.problems import DataPath
from prompt_cli.rules.rule import Match, Rule, Subject, problem_check, prompt_file
from prompt_cli.yaml.nodes import Mapping, Node, Scalar, Sequence
from prompt_cli.yaml.positions import content_start
from prompt_cli.yaml.source import YamlSource
from prompt_cli.yaml.text import line_break

_LINE_BREAK = re.compile("[\x85\u2028\u2029]")
_INDENT = re.compile(r"(?:\r\n?|\n)( +)(?=[^\s])")


def _check_elsewhere(_subject: Subject) -> Iterator[Match]:
    """Yield nothing: the checker reports PC001, and `selection` PC010 and PC011 after all other rules."""
    return iter(())


def _find_line_breaks(subject: Subject) -> Iterator[Match]:
    """Yield the raw line breaks, each with the fix of all, as the file is invalid until the last one is gone."""
    matches = [*problem_check("line_break")(subject)]
    fix = _fix_line_breaks(subject) if matches else None
    return (one._replace(fix=fix) for one in matches)


def _fix_line_breaks(subject: Subject) -> Fix | None:
    text = subject.text
    try:
        # One space for one character leaves every position as it is.
        source = YamlSource.parse(_LINE_BREAK.sub(" ", text).encode())
    except (PromptFormatError, UnicodeEncodeError):
        return None
    nodes = [one for one in source.leaves if isinstance(one, Scalar)]
    replacement = cache(partial(_replacement, text))
    edits: list[Edit] = []
    for one in _LINE_BREAK.finditer(text):
        n = bisect_right(nodes, one.start(), key=attrgetter("start")) - 1
        new = replacement(nodes[n], one[0]) if n >= 0 and one.start() < nodes[n].raw_end else " "
        edits.append(Edit(subject.lines.region(*one.span()), new))
    return Fix("replace the raw line breaks of the file by plain ones", tuple(edits))


def _replacement(text: str, node: Scalar, character: str) -> str:
    """Return an escape within double quotes, a plain line break in a block scalar, else a space."""
    if node.style == '"':
        return f"\\u{ord(character):04x}"
    if node.style not in {"|", ">"}:
        return " "
    indents = [len(one) for one in _INDENT.findall(text, node.start, node.raw_end)]
    return line_break(text) + " " * min(indents) if indents else " "


_COMMENT = re.compile(r"(?P<space>[ \t]*)(?P<comment>#[^\r\n]*)")
_DIRECTIVE = re.compile(r"#\s*prompt-cli\b")
_PROSE_KEYS = frozenset({"template", "content", "text", "description"})
_VALUE_KEYS = frozenset({"default", "enum", "examples"})
_SENTENCE_ENDS = tuple(".!?:;\u2026\u3002\uff01\uff1f")  # with those of Chinese and Japanese


def _find_cut_texts(subject: Subject) -> Iterator[Match]:
    source = subject.resolved.loaded.source
    if source is None or " #" not in source.text:
        return
    for path, node in _plain_texts(source.root, ()):
        match = _COMMENT.match(source.text, node.end)
        if match is None or _DIRECTIVE.match(match["comment"]) or not (keys := {*path} & (_PROSE_KEYS | _VALUE_KEYS)):
            continue
        text, comment = node.text, match["comment"].rstrip()
        is_word = comment[1:2].strip() != ""  # "#7" rather than "# seven"
        if not is_word and (len(match["space"]) != 1 or not keys & _PROSE_KEYS):
            continue  # a comment as people write them
        if is_word and len(match["space"]) > 1 and "{{" not in comment:
            continue
        is_sentence = not text.endswith(_SENTENCE_ENDS) and comment.endswith(_SENTENCE_ENDS)
        start, end = match.start("comment"), match.start("comment") + len(comment)
        fix = None
        if is_word or is_sentence or "{{" in comment:
            place = content_start(source.text, node) if text else start
            quoted = _quoted(source.text[place:end])
            fix = Fix("put the text in quotes", (Edit(source.lines.region(place, end), quoted),))
        message = f"' #' begins a comment: {'the text ends before it' if text else 'there is no text'}"
        hint = "put the text in quotes or in a block (|)"
        if fix is None:
            hint += "; put two spaces before the # of a comment"
        yield Match(message, path, hint, region=source.lines.region(start, end), fix=fix)


def _plain_texts(node: Node, path: DataPath) -> Iterator[tuple[DataPath, Scalar]]:
    """Yield the plain scalars that are text or empty, outside flow collections, with their paths."""
    match node:
        case Mapping(flow=False):
            for key, (_, value) in node.entries.items():
                yield from _plain_texts(value, (*path, key))
        case Sequence(flow=False):
            for n, item in enumerate(node.items):
                yield from _plain_texts(item, (*path, n))
        case Scalar(style="") if isinstance(node.data, str) or not node.text:
            yield path, node


def _quoted(raw: str) -> str:
    """Return a plain scalar in quotes; lines fold the same in both styles."""
    if "'" in raw and '"' not in raw and "\\" not in raw:
        return f'"{raw}"'
    return "'" + raw.replace("'", "''") + "'"


_GOOD = prompt_file("template: Hello!\n")
_REQUIRED_KEYS = "id: example\nversion: 1.0.0\nformat: text\n"

FILE_RULES = (
    Rule(
        "PC001",
        "unreadable-file",
        "A file that cannot be read cannot be checked. The exit status is 3, even if this rule is ignored.",
        {"example": "# chmod 000 prompts/example.yaml\n" + _REQUIRED_KEYS + "template: Hello!\n"},
        _GOOD,
        _check_elsewhere,
    ),
    Rule(
        "PC002",
        "not-utf8",
        "Prompts are UTF-8. Other encodings must be guessed, and tools guess differently.",
        {"example": _REQUIRED_KEYS + "template: caf\udce9\n"},
        prompt_file("template: café\n"),
        problem_check("not_utf8"),
    ),
    Rule(
        "PC003",
        "file-too-large",
        "Prompts over 1 MiB are almost certainly a mistake.",
        prompt_file(f"template: {'x' * 2**20}\n"),
        _GOOD,
        problem_check("too_large"),
    ),
    Rule(
        "PC004",
        "invalid-yaml",
        "Prompts are YAML 1.2 files; invalid YAML cannot be loaded.",
        prompt_file('template: "Hello\n'),
        prompt_file('template: "Hello"\n'),
        problem_check("yaml_syntax", "control_character", "nesting", "empty", "not_mapping", "key_type", "long_number"),
    ),
    Rule(
        "PC005",
        "duplicate-key",
        "YAML readers silently drop one of two equal keys, and disagree on which.",
        prompt_file("template: Hello!\ntemplate: Hi!\n"),
        _GOOD,
        problem_check("duplicate_key"),
    ),
    Rule(
        "PC006",
        "unknown-tag",
        "Tags beyond YAML's core types build objects instead of data.",
        prompt_file("template: !shout Hello!\n"),
        _GOOD,
        problem_check("unknown_tag", "long_tag", "tag_mismatch"),
    ),
    Rule(
        "PC007",
        "multiple-documents",
        "A file holds one prompt. Its path is the prompt's id, so a second document has no id.",
        prompt_file("template: Hello!\n---\nid: other\n"),
        _GOOD,
        problem_check("several_documents"),
    ),
    Rule(
        "PC008",
        "invalid-alias",
        "An alias must refer to an earlier anchor, and nested aliases are limited: a few lines of them can fill the"
        " memory.",
        prompt_file(
            "metadata:\n  a: &a [x, x, x, x, x, x, x, x, x, x]\n"
            + "".join(
                f"  {name}: &{name} [{', '.join([f'*{below}'] * 10)}]\n"
                for below, name in zip("abcd", "bcde", strict=True)
            )
            + "template: Hello!\n"
        ),
        prompt_file("metadata:\n  a: &a [x, x]\n  b: *a\ntemplate: Hello!\n"),
        problem_check("alias_bound", "recursive_alias", "undefined_alias"),
    ),
    Rule(
        "PC009",
        "merge-key",
        "YAML 1.2 has no merge keys, so readers disagree about the result.",
        prompt_file("metadata:\n  base: &base {a: 1}\n  more: {<<: *base}\ntemplate: Hello!\n"),
        prompt_file("metadata:\n  base: {a: 1}\n  more: {a: 1}\ntemplate: Hello!\n"),
        problem_check("merge_key"),
    ),
    Rule(
        "PC010",
        "unused-ignore",
        "An ignore comment that suppresses nothing is usually a leftover or names the wrong rule. It would hide the"
        " next finding on its line.",
        prompt_file("template: Hello!  # prompt-cli: ignore PC302 -- the caller counts on it\n"),
        prompt_file(
            "variables: {name: {type: string}}  # prompt-cli: ignore PC302 -- the caller counts on it\n"
            "template: Hello!\n"
        ),
        _check_elsewhere,
        Severity.WARNING,
    ),
    Rule(
        "PC011",
        "malformed-ignore",
        "A malformed ignore comment, or one with an unknown code, suppresses nothing.",
        prompt_file("template: Hello!  # prompt-cli: ignore PC3O2\n"),
        prompt_file("template: Hello!  # what prompt-cli reads\n"),
        _check_elsewhere,
    ),
    Rule(
        "PC012",
        "raw-line-break",
        "YAML 1.1 and YAML 1.2 read U+0085, U+2028 and U+2029 differently: as line breaks or as text.",
        prompt_file("template: |\n  Hello\u2028there!\n"),
        prompt_file('template: "Hello\\u2028there!"\n'),
        _find_line_breaks,
        fixable="safe",
    ),
    Rule(
        "PC013",
        "text-cut-by-comment",
        "Unquoted text ends at ' #', where a YAML comment begins, so the rest of the line never reaches the model.",
        prompt_file("template: Summarise ticket #7 and quote it.\n"),
        prompt_file("template: 'Summarise ticket #7 and quote it.'\n"),
        _find_cut_texts,
        Severity.WARNING,
        fixable="safe",
        restores=True,
    ),
)
