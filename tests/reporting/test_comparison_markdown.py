from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt  # a dependency of rich; reads Markdown as GitHub does

from prompt_cli.changes.comparison import Side
from prompt_cli.domain.change import Change, ChangeKind
from prompt_cli.domain.version import Level
from prompt_cli.reporting.comparison_markdown import LIMIT, comparisons_markdown
from prompt_cli.reporting.markdown import code, code_block, html_code, html_text, inline
from prompt_cli.reporting.terminal import UNSAFE, one_line, visible
from tests.reporting.comparisons import TEXT_CHANGED, VARIABLE_REMOVED, broken, change, compared, prompt

if TYPE_CHECKING:
    from markdown_it.token import Token

NOTHING = "\u200b"
WRITTEN = st.text(st.sampled_from("ab `*_[]<>()&|~!#$@:\\/-\n\r\t\x1b\u202e\"'é"), max_size=40)
REFERENCES = re.compile(r"[@#:]\S|\b(GH-|www\.)\w", re.IGNORECASE)


def parsed(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)


def inner(markdown: str) -> list[Token]:
    """Return the content of the only table cell that holds a text."""
    tokens = parsed(f"| a |\n| --- |\n| {markdown} |\n\nafter\n")
    cells = [tokens[n + 1] for n, token in enumerate(tokens) if token.type in {"th_open", "td_open"}]
    assert len(cells) == 2
    assert [token.content for token in tokens if token.type == "inline"][-1] == "after"
    return cells[1].children or []


@given(WRITTEN)
def test_inline_text_stays_text(text: str) -> None:
    children = inner(inline(text))
    assert {token.type for token in children} <= {"text", "text_special"}
    assert "".join(token.content for token in children).replace(NOTHING, "") == one_line(text).strip()


@given(WRITTEN)
def test_code_stays_code(text: str) -> None:
    children = parsed(f"- a {code(text)} b\n")[3].children or []
    assert "".join(token.content for token in children if token.type == "code_inline") == one_line(text)
    assert {token.type for token in children} <= {"text", "code_inline"}


@given(WRITTEN | st.text(st.sampled_from("`~\n a"), max_size=30))
def test_a_block_of_code_ends_where_it_should(text: str) -> None:
    fence, *after = parsed(f"{code_block(text, 'diff')}\nafter\n")
    assert (fence.type, fence.info, fence.content) == ("fence", "diff", visible(text).removesuffix("\n") + "\n")
    assert [token.type for token in after] == ["paragraph_open", "inline", "paragraph_close"]


@pytest.mark.parametrize(
    "text", ["@me", "a@b.c", "#12", "o/r#1", "GH-7", "gh-7", "https://github.com", "www.x.y", ":x:"]
)
def test_nothing_becomes_a_link_or_tells_anybody(text: str) -> None:
    shown = "".join(token.content for token in inner(inline(text)))
    assert shown != text
    assert shown.replace(NOTHING, "") == text
    assert not REFERENCES.search(shown.replace(NOTHING, " "))
    assert html_text(text).replace("&#8203;", "") == text


def test_html() -> None:
    assert html_code("</code><b>\n") == "<code>&lt;/code&gt;&lt;b&gt;\\n</code>"
    assert html_text("</summary>'@x\n") == "&lt;/summary&gt;&#x27;@&#8203;x\\n"


def test_a_comment() -> None:
    found = compared(prompt("Hello  you\n"), prompt("Hello you\n", "1.3.0"), VARIABLE_REMOVED, TEXT_CHANGED)
    added = compared(None, prompt("Hi", variables={"a": {"type": "string"}}))._replace(id="new")
    same = compared(prompt(), prompt())
    assert comparisons_markdown([found, same, added, broken()._replace(id="b")]) == dedent(
        """\
        ### 3 prompts changed: 1 breaking, 1 added, 1 not compared; 1 version is too low

        | prompt | version | level | verdict |
        | --- | --- | --- | --- |
        | support/triage | 1.2.0 → 1.3.0 | major | ⚠️ breaking: needs a major bump; version says minor (1.2.0 -> 1.3.0) |
        | new | 1.2.0 |  | ✅ added (1.2.0) |
        | b | 1.2.0 |  | ❓ could not compare: line 1: the list is not closed |

        <details><summary><code>support/triage</code> HEAD → working tree</summary>

        **Signature**

        - major: `variables.customer` the variable was removed (`{"type": "string"}`)

        **Text**

        - patch: `template` the text changed

        template (whitespace only)

        ```diff
        @@ -1 +1 @@
        -Hello  you
        +Hello you
        ```

        </details>

        <details><summary><code>new</code> HEAD → working tree</summary>

        **Signature**

        - `variables.a: string`

        template, added

        ```diff
        @@ -0,0 +1 @@
        +Hi
        ```

        </details>

        <details><summary><code>b</code> HEAD → working tree</summary>

        file

        ```diff
        @@ -1,4 +1 @@
        -id: support/triage
        -version: 1.2.0
        -format: text
        -('template',): 'Hello!\\n'
        +id: [
        ```

        </details>
        """
    )


def test_nothing_changed() -> None:
    assert comparisons_markdown([compared(prompt(), prompt())]) == "### no prompt changed\n"


HOSTILE = "</summary></details> | a @me #1 ```` [x](javascript:1) <img src=x> \x1b[2J \u202e \\| `"


def test_untrusted_text_stays_text() -> None:
    found = Change(ChangeKind.MODEL_CHANGED, Level.MINOR, ("metadata", f"{HOSTILE}\n\n# x"), HOSTILE, "\n", HOSTILE)
    one = compared(prompt(f"a\n{HOSTILE}\n```\n"), prompt(f"b\n{HOSTILE}\n````\n", "1.2.1"), found, TEXT_CHANGED)
    one = one._replace(id=f"{HOSTILE}\n\n# heading", old=Side(f"{HOSTILE}\n\n# x", "a", b""))
    two = one._replace(problem=f"{HOSTILE}\n\n# x")
    document = comparisons_markdown([one, two])
    assert not UNSAFE & set(document)
    tokens = parsed(document)
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h3"]
    assert len([token for token in tokens if token.type == "tr_open"]) == 3
    blocks = [token.content for token in tokens if token.type == "html_block"]
    assert [block.split(">")[0] for block in blocks] == ["<details", "</details", "<details", "</details"]
    assert all(
        set(re.findall(r"</?[a-z]+", block)) <= {"<details", "<summary", "<code", "</code", "</summary", "</details"}
        for block in blocks
    )
    children = [child for token in tokens for child in token.children or []]
    assert not {"link_open", "image", "html_inline", "em_open"} & {child.type for child in children}
    assert len([token for token in tokens if token.type == "fence"]) == 2


def test_comment_fits_githubs_limit() -> None:
    text = [f"line {n} 😀\n" for n in range(3_000)]
    large = compared(prompt("".join(text)), prompt("".join(f"new {line}" for line in text)), TEXT_CHANGED)
    some = compared(prompt("".join(text[:400])), prompt("".join(f"new {line}" for line in text[:400])), TEXT_CHANGED)
    document = comparisons_markdown([large, *[some] * 6, large])
    assert len(document.encode("utf-16-le")) // 2 <= LIMIT
    assert document.count("The text is too long to be shown here.") == 3
    assert document.count("<details>") == document.count("</details>") == 8
    assert document.count("```") == 2 * 5


def test_prompts_that_do_not_fit_are_counted() -> None:
    found = compared(
        prompt(), prompt(), *[change(ChangeKind.MODEL_CHANGED, f"model.{n}", n, 2, "x") for n in range(60)]
    )
    document = comparisons_markdown([found._replace(id=f"prompt-{n:04}") for n in range(900)])
    assert len(document) <= LIMIT
    rows, details = document.count("\n| prompt-"), document.count("<details>")
    assert 100 < rows < 900
    assert 0 < details < 900
    assert document.count("</details>") == details == document.count("And 10 more.")
    assert f"\n{900 - rows} prompts are not in the table: a comment on GitHub holds 65,536 characters.\n" in document
    assert f"\n{900 - details} prompts are without details: a comment" in document
