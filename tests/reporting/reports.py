"""Reports for the tests of their formats."""

from __future__ import annotations

from prompt_cli.domain.finding import Edit, Finding, Fix, Report, Severity
from prompt_cli.problems import Region

HOSTILE = (
    "[/INST] [bold]x[/] \x1b[31mred\x9b1m \u202ebidi\u2066 ::error::no %0A %s {0} [a](http://evil.example) "
    "]]> <b>&amp;</b> | `code` **b** $x$ @all #1 www.evil.example a,b:c\r\n::error title=x::second\n##[error]third\t\x00"
    "\ufffe\ud800 é😀"
)

SOURCE = "id: x\nversion: 1.0.0\nformat: text\nvariables: {tone: {type: string}}\ntemplate: |\n  Hello 😀 {{nmae}}!\n"

PLAIN = Report(
    (
        Finding(
            "prompts/a b,c:d.yaml",
            Region(4, 13, 4, 17),
            Severity.WARNING,
            "PC302",
            "unused-variable",
            "variable 'tone' is never used",
        ),
        Finding(
            "prompts/a b,c:d.yaml",
            Region(6, 11, 6, 19),
            Severity.ERROR,
            "PC301",
            "undeclared-variable",
            "'nmae' is not declared",
            "did you mean 'name'?",
            Fix("write name", (Edit(Region(6, 13, 6, 17), "name"),)),
        ),
        Finding(
            "prompts/z.yaml", Region(2, 1, 4, 3), Severity.INFO, "PC603", "unmet-expectation", "50% of it: not, met"
        ),
    ),
    4,
    ("prompts/q.yaml: it cannot be read",),
    {"prompts/a b,c:d.yaml": SOURCE},
    ("prompts/a b,c:d.yaml", "prompts/good.yaml", "prompts/z.yaml"),
    2,
)

EMPTY = Report((), 2, (), {}, ("prompts/a.yaml", "prompts/b.yaml"))


def of_text(text: str) -> Report:
    """Return a report that says a text wherever it can say something."""
    finding = Finding(
        f"prompts/{text}.yaml", Region(1, 1, 1, 2), Severity.ERROR, "PC301", "undeclared-variable", text, text
    )
    return Report((finding,), 1, (text,), {finding.path: f"{text}\n{text}"}, (finding.path,))
