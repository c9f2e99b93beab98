"""Speed of compiling and rendering templates, beside Jinja2 and other Handlebars for Python if they are installed.

    python tests/benchmarks/bench_handlebars.py [ROUNDS]

Every engine does the same job on the same text and data, in turn with ours, and the medians are compared: `1/10` means
that ours takes a tenth. Jinja2, pybars3, pydantic-handlebars, pyhandlebars, dotprompt-handlebars and
dotpromptz-handlebars are left out where they are missing.
"""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_cli.handlebars import PROMPT_HELPERS, PROMPT_OPTIONS, CompiledTemplate, HandlebarsSyntaxError, parse
from prompt_cli.handlebars import compile as compile_template

if TYPE_CHECKING:
    from collections.abc import Callable

    Render = Callable[[dict[str, Any]], object]

PARAGRAPH = """Hello {{name}}, you are {{role}} at {{company}}.
{{#each tickets}}
- {{subject}}{{#if urgent}} (urgent){{/if}}
{{/each}}
Some plain text follows here, as prompts have it, with no tag at all.
"""
LOOPS = {
    "fields": "{{#each tickets}}- {{subject}} by {{author}}{{#if urgent}} (urgent){{/if}}\n{{/each}}",
    "index": "{{#each tickets}}{{@index}}. {{subject}}: {{count}}\n{{/each}}",
    "list": "{{#each names}}{{this}}, {{/each}}",
}
JINJA = (
    ("{{#each names}}{{this}}", "{% for t in names %}{{ t }}"),
    ("{{#each tickets}}", "{% for t in tickets %}"),
    ("{{/each}}", "{% endfor %}"),
    ("{{#if urgent}}", "{% if t.urgent %}"),
    ("{{/if}}", "{% endif %}"),
    ("{{@index}}", "{{ loop.index0 }}"),
    *((f"{{{{{key}}}}}", f"{{{{ t.{key} }}}}") for key in ("subject", "author", "count")),
)
FRAGMENTS = (
    "{{~",
    " ",
    "\n",
    "\\",
    "{{!--",
    "[",
    '"',
    "{{a}}",
    "{{#a}}",
    "{{[",
    '{{"',
    "\\{{",
    "{{!a}}\n",
    "{{{{a}}}}",
)
SIZES = {"200 B": 1, "2.5 KB": 13, "20 KB": 104}


class Engine(NamedTuple):
    """Something that compiles a template to what renders it; `setup` imports it and makes the function that does."""

    name: str
    setup: Callable[[], Callable[[str], Render]]


def _jinja2() -> Callable[[str], Render]:
    environment = importlib.import_module("jinja2").Environment(keep_trailing_newline=True)
    return lambda source: environment.from_string(source).render


def _pybars3() -> Callable[[str], Render]:
    module = importlib.import_module("pybars")
    return lambda source: module.Compiler().compile(source)


def _pydantic_handlebars() -> Callable[[str], Render]:
    module = importlib.import_module("pydantic_handlebars")
    return lambda source: module.compile(source).render


def _pyhandlebars() -> Callable[[str], Render]:
    module = importlib.import_module("pyhandlebars")
    return lambda source: module.Template(source).format


def _dotprompt_handlebars() -> Callable[[str], Render]:
    module = importlib.import_module("handlebarrz._native")

    def compile_source(source: str) -> Render:
        template = module.HandlebarrzTemplate()
        template.register_template("bench", source)
        return lambda data: template.render("bench", json.dumps(data))

    return compile_source


def _dotpromptz_handlebars() -> Callable[[str], Render]:
    module = importlib.import_module("dotpromptz_handlebars")
    return lambda source: module.Handlebars().compile(source)


RIVALS = (
    Engine("Jinja2", _jinja2),
    Engine("pybars3", _pybars3),
    Engine("pydantic-handlebars", _pydantic_handlebars),
    Engine("pyhandlebars", _pyhandlebars),
    Engine("dotprompt-handlebars", _dotprompt_handlebars),
    Engine("dotpromptz-handlebars", _dotpromptz_handlebars),
)


def ours(source: str) -> CompiledTemplate:
    """A template of ours, as prompts have it."""
    return compile_template(source, helpers=PROMPT_HELPERS, options=PROMPT_OPTIONS)


def jinja(source: str) -> str:
    """The same template for Jinja2."""
    for old, new in JINJA:
        source = source.replace(old, new)
    return source


def context(items: int) -> dict[str, Any]:
    """Data with so many items."""
    tickets = [
        {"subject": f"Login fails {index}", "author": "Ada", "urgent": index % 2 == 0, "count": index}
        for index in range(items)
    ]
    return {
        "name": "Ada",
        "role": "admin",
        "company": "Acme",
        "tickets": tickets,
        "names": [f"n{i}" for i in range(items)],
    }


def compare(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The medians of both in seconds, taken in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for job, taken in zip((first, second), times, strict=True):
            start = time.process_time()
            job()
            taken.append(time.process_time() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def say(line: str) -> None:
    """Print a line of the result at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def report(what: str, engine: str, mine: float, theirs: float) -> None:
    """Print one comparison."""
    times = f"ours {mine * 1e6:8.0f} us, theirs {theirs * 1e6:8.0f} us"
    share = f" = 1/{theirs / mine:.1f}" if theirs > mine else ""
    say(f"{what:24} {engine:22} {times}, ratio {mine / theirs:.2f}{share}")


def bench_compile(engine: Engine, rounds: int, size: str) -> None:
    """Compile a template of some size beside a rival."""
    their_compile = engine.setup()
    source = PARAGRAPH * SIZES[size]
    translated = jinja(source) if engine.name == "Jinja2" else source
    times = compare(lambda: ours(source).program, lambda: their_compile(translated), max(rounds // SIZES[size], 7))
    report(f"compile {size}", engine.name, *times)


def bench_render(engine: Engine, rounds: int, loop: str, items: int) -> None:
    """Render a loop beside a rival."""
    source, data = LOOPS[loop], context(items)
    mine, theirs = ours(source).render, engine.setup()(jinja(source) if engine.name == "Jinja2" else source)
    try:
        times = compare(lambda: mine(data), lambda: theirs(data), rounds)
    except Exception as error:  # noqa: BLE001 - a failure of a rival is reported
        say(f"render {loop}, {items}: {engine.name} fails with {type(error).__name__}")
        return
    report(f"render {loop}, {items}", engine.name, *times)


def bench_engine(engine: Engine, rounds: int) -> None:
    """Compile and render beside one rival."""
    try:
        engine.setup()
    except ImportError:
        say(f"{engine.name} is not installed")
        return
    for size in SIZES:
        bench_compile(engine, rounds, size)
    for loop in LOOPS:
        for items in (10, 200):
            bench_render(engine, rounds, loop, items)


def bench_fragments() -> None:
    """Parse a megabyte of every fragment beside a megabyte of text: parsing is linear."""
    start = time.process_time()
    parse("text " * 200_000)
    text = time.process_time() - start
    say(f"parse 1 MB of text {text * 1e3:.1f} ms")
    for fragment in FRAGMENTS:
        source = fragment * (1_000_000 // len(fragment))
        start = time.process_time()
        try:
            parse(source)
            outcome = "parsed"
        except HandlebarsSyntaxError as error:
            outcome = f"error at {error.span.line}:{error.span.column}"
        taken = time.process_time() - start
        say(f"parse 1 MB of {fragment!r:12} {taken * 1e3:8.1f} ms = {taken / text:7.1f} times text, {outcome}")


def bench_import(rounds: int) -> None:
    """The time it takes to import the package, beside Jinja2, in processes of their own."""
    for name in ("prompt_cli.handlebars", "jinja2"):
        script = f"import time; start = time.process_time(); import {name}; print(time.process_time() - start)"
        times = []
        for _ in range(rounds):
            result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
            times.append(float(result.stdout or "nan"))
        say(f"import {name:22} {statistics.median(times) * 1e3:6.1f} ms")


def main() -> None:
    """Run everything."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    bench_import(max(rounds // 20, 5))
    for engine in RIVALS:
        bench_engine(engine, rounds)
    bench_fragments()


if __name__ == "__main__":
    main()
