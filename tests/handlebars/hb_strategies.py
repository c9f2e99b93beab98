"""Hypothesis strategies for templates, from the grammar, and for the data they are rendered with."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = ("a", "b", "c", "items", "x-y", "toString", "__proto__")
KEYS = st.sampled_from((*NAMES, "length", "this", "é", "a b"))
SPACE = st.sampled_from(("", "", "", " ", "\n", "  ", "\t", "\r\n"))
TILDE = st.sampled_from(("", "", "", "~"))
TEXT = st.lists(
    st.sampled_from(("\n", "\n  ", " ", "  \n", "\r\n", "\t", "word", "<&>", "{", "}", "\\", "\u00a0", "\n\n", "é😀")),
    max_size=3,
).map("".join)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(("", "text", "0", "<b>", "a", "two words", "line\nline\n"))
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=10
)
CONTEXTS = st.dictionaries(KEYS, VALUES, max_size=6) | VALUES

_SEGMENTS = st.sampled_from((*NAMES, "length", "[a b]", "[0]", "é"))
_DATA = st.sampled_from(("@index", "@key", "@first", "@last", "@root.a", "@../index", "@root", "@level", "@../../key"))
_LITERALS = st.sampled_from(('"text"', "'a'", '""', "1", "0", "-1.5", "true", "false", "null", "undefined"))


@st.composite
def _paths(draw: st.DrawFn) -> str:
    before = draw(st.sampled_from(("", "", "", "", "../", "./", "this.", "../../")))
    segments = draw(st.lists(_SEGMENTS, min_size=1, max_size=3))
    return before + draw(st.sampled_from((".", "/"))).join(segments)


PATHS = _paths() | _DATA | st.sampled_from(("this", ".", "..", "v", "k"))


@st.composite
def _calls(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    name = draw(st.sampled_from(("lookup", "join", "list", "object", "upper", "a")))
    arguments = draw(st.lists(inner, min_size=2 if name == "lookup" else 0, max_size=2))
    if name == "upper":
        arguments = ['"text"']
    pairs = draw(st.lists(st.tuples(st.sampled_from(NAMES), inner), max_size=2))
    return " ".join([name, *arguments, *[f"{key}={value}" for key, value in pairs]])


ARGUMENTS = st.recursive(PATHS | _LITERALS, lambda inner: _calls(inner).map(lambda call: f"({call})"), max_leaves=4)
CALLS = _calls(ARGUMENTS)
PARAMS = st.sampled_from(("", "", " as |v|", " as |v k|", " as |a|"))


@st.composite
def _mustaches(draw: st.DrawFn) -> str:
    inside = draw(PATHS | CALLS | st.sampled_from(('"a"', "[a b]")))
    before, after = draw(SPACE), draw(SPACE)
    # text before what is not escaped: adjacent numbers are added there by handlebars.js
    opening, closing = draw(st.sampled_from((("{{", "}}"), ("{{", "}}"), ("|{{{", "}}}"), ("|{{&", "}}"))))
    start, end = draw(TILDE), draw(TILDE)
    if start:
        opening = opening.replace("{{", "{{~", 1)
    if end:
        closing = "}~}}" if closing == "}}}" else "~}}"
    return f"{opening}{before}{inside}{after}{closing}"


@st.composite
def _comments(draw: st.DrawFn) -> str:
    start, end = draw(TILDE), draw(TILDE)
    if draw(st.booleans()):
        return f"{{{{{start}! a comment {end}}}}}"
    return f"{{{{{start}!-- {{{{a}}}} --{end}}}}}"


@st.composite
def _openings(draw: st.DrawFn) -> tuple[str, str, str]:
    """The inside of an opening tag: the name, arguments and block parameters."""
    name = draw(st.sampled_from(("if", "if", "unless", "each", "each", "with", "section", "twice", "inside")))
    if name == "section":
        path = draw(_paths() | st.sampled_from(NAMES))
        return path, "", draw(PARAMS) if draw(st.integers(0, 5)) == 0 else ""
    argument = "" if name == "twice" else " " + draw(ARGUMENTS)
    if name in {"if", "unless"} and draw(st.integers(0, 4)) == 0:
        argument += " includeZero=true"
    return name, argument, draw(PARAMS) if name in {"each", "with"} else ""


def _tag(draw: st.DrawFn, inside: str) -> str:
    return f"{{{{{draw(TILDE)}{inside}{draw(TILDE)}}}}}"


@st.composite
def _blocks(draw: st.DrawFn, body: st.SearchStrategy[str]) -> str:
    name, argument, params = draw(_openings())
    inverted = draw(st.integers(0, 5)) == 0
    result = _tag(draw, ("^" if inverted else "#") + name + argument + params) + draw(body)
    links = 0 if inverted else draw(st.sampled_from((0, 0, 0, 1, 2)))
    for _ in range(links):
        other, given, names = draw(_openings())
        result += _tag(draw, f"else {other}{given}{names}") + draw(body)
    if draw(st.booleans()):
        result += _tag(draw, draw(st.sampled_from(("else", "^", " else ")))) + draw(body)
    return result + _tag(draw, "/" + name)


@st.composite
def _raw_blocks(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(("if a", "a", "twice")))
    return f"{{{{{{{{{name}}}}}}}}}{draw(TEXT)}{{{{b}}}}{draw(TEXT)}{{{{{{{{/{name.split()[0]}}}}}}}}}"


@st.composite
def _partials(draw: st.DrawFn, body: st.SearchStrategy[str]) -> str:
    name = draw(st.sampled_from(("p", "p", "q", "inline", "@partial-block", '(lookup . "a")', "nope")))
    given = draw(st.sampled_from(("", "", "", " a", " this", " a=b", " items a=1 b=a", " ..")))
    kind = draw(st.integers(0, 5))
    if kind == 0 and not name.startswith("("):
        return _tag(draw, f"#> {name}{given}") + draw(body) + _tag(draw, f"/{name}")
    if kind == 1:
        return _tag(draw, '#*inline "inline"') + draw(body) + _tag(draw, "/inline")
    return _tag(draw, f"> {name}{given}")


_LEAVES = st.one_of(TEXT, TEXT, _mustaches(), _mustaches(), _comments(), _raw_blocks(), st.just("\\{{a}}"))


def _bodies(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    statements = st.one_of(_LEAVES, _blocks(inner), _blocks(inner), _partials(inner))
    return st.lists(statements, max_size=5).map("".join)


TEMPLATES = st.recursive(st.lists(_LEAVES, max_size=3).map("".join), _bodies, max_leaves=12)


@st.composite
def broken_templates(draw: st.DrawFn) -> str:
    """Templates with a character added, removed or exchanged; some are templates still."""
    template = draw(TEMPLATES)
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(template)))
        removed = draw(st.integers(0, 2))
        added = draw(
            st.sampled_from(
                (
                    "",
                    "{",
                    "}",
                    "{{",
                    "}}",
                    "#",
                    "/",
                    "~",
                    "(",
                    ")",
                    "|",
                    "=",
                    '"',
                    "[",
                    "]",
                    "else",
                    ".",
                    " ",
                    "@",
                    "^",
                    "!",
                    "as |",
                    "\\",
                    "\n",
                )
            )
        )
        template = template[:at] + added + template[at + removed :]
    return template
