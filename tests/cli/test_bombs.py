"""Small files that would take hours or gigabytes, and numbers that few programs can read."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True
MEGABYTES = 200
MEASURE = """
import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CPU, (15, 15))
done = subprocess.run(sys.argv[1:], capture_output=True)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.stdout.buffer.write(done.stdout)
"""
HUGE = "9" * 310
HEX = "0x" + "f" * 400


def checked(repository: Project, *targets: str) -> tuple[int, int, str]:
    """The status of `validate`, the megabytes it took, and its findings."""
    command = [sys.executable, "-m", "prompt_cli", "validate", "--no-cache", "--output-format", "concise", *targets]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        cwd=repository.root,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    first, _, findings = done.stdout.partition("\n")
    status, megabytes = map(int, first.split())
    return status, megabytes, findings


def aliased(template: str, size: int, times: int) -> str:
    """A prompt whose example is a text many times, by aliases."""
    items = ", ".join(["*a"] * times)
    return (
        f"variables: {{a: {{type: array}}}}\nmetadata:\n  a: &a {'y' * size}\n"
        f"examples:\n  - name: e\n    variables: {{a: [{items}]}}\ntemplate: '{template}'\n"
    )


NESTED = "{{#each @root.a}}" * 3 + "%s" + "{{/each}}" * 3
DEFAULTS = (
    "{type: array, default: [{}, {}, {}, {}, {}, {}, {}, {}, {}, {}], items: {type: object, properties: {x: %s}}}"
)
MANY = ", ".join(f"c{n}" for n in range(20_000))
SOME = MANY.partition(", c2000,")[0]


def own(type_: str, value: str, times: int) -> str:
    """A prompt whose example is a list of one value many times, by aliases, of a type with an own check."""
    items = ", ".join(["*a"] * times)
    return (
        f"variables: {{a: {{type: array, items: {type_}}}}}\nmetadata: {{a: &a {value}}}\n"
        f"examples: [{{name: e, variables: {{a: [{items}]}}}}]\ntemplate: '{{{{length a}}}}'\n"
    )


def _defaults(levels: int) -> str:
    spec = "{type: string, default: x}"
    for _ in range(levels):
        spec = DEFAULTS % spec
    return spec


BOMBS = {
    "join": (aliased("{{join a}}", 900_000, 9000), "PC602"),
    "json": (aliased("{{length (json a)}}", 900_000, 9000), "PC602"),
    "bullets": (aliased("{{bullets a}}", 900_000, 9000), "PC602"),
    "numbered": (aliased("{{numbered a}}", 900_000, 9000), "PC602"),
    "printed": (aliased("{{a}}", 900_000, 9000), "PC602"),
    "each": (aliased("{{#each a}}{{this}}{{/each}}", 900_000, 9000), "PC602"),
    "upper": (aliased("{{#each a}}{{#if (eq (upper this) 1)}}{{/if}}{{/each}}", 900_000, 9000), "PC602"),
    "many at once": (aliased("{{#if (or" + " (json a)" * 30 + ")}}x{{/if}}", 90_000, 99), "PC602"),
    "nested": (aliased(NESTED % "{{#if (eq (json @root.a) 1)}}{{/if}}", 9000, 99), "PC602"),
    "nested without helpers": (aliased(NESTED % "{{#if this}}{{/if}}" * 20, 90, 99), "PC602"),
    "many examples": (
        "variables: {a: {type: string}}\nmetadata: {a: &a " + "y" * 100_000 + "}\n"
        "examples:\n"
        + "".join(f"  - {{name: e{n}, variables: {{a: *a}}}}\n" for n in range(2000))
        + "template: '"
        + "{{a}}" * 50
        + "'\n",
        "PC602",
    ),
    "defaults in defaults": (f"variables: {{a: {_defaults(9)}}}\ntemplate: '{{{{length a}}}}'\n", "PC"),
    "choices": (
        f"variables: {{a: {{type: array, items: {{type: string, enum: [{MANY}]}}}}}}\n"
        f"examples: [{{name: e, variables: {{a: [{MANY}, other]}}}}]\ntemplate: '{{{{length a}}}}'\n",
        "PC601",
    ),
    "no choices": (
        f"variables: {{a: {{type: array, items: {{type: string, enum: [{MANY}]}}}}}}\n"
        f"examples: [{{name: e, variables: {{a: [{MANY.replace('c', 'd')}]}}}}]\ntemplate: '{{{{length a}}}}'\n",
        "PC601",
    ),
    "unknown names": (
        "variables: {" + ", ".join(f"some_variable_{n}: {{type: string, default: x}}" for n in range(3000)) + "}\n"
        "template: '" + "".join(f"{{{{any_variable_{n}}}}}" for n in range(3000)) + "'\n",
        "PC301",
    ),
    "defaults of many variables": (
        "variables: {" + ", ".join(f"a{n}: {_defaults(4)}" for n in range(100)) + "}\ntemplate: Hello!\n",
        "PC303",
    ),
    "one text beyond ASCII": (own("{type: string}", "é" * 100_000, 2000), "PC601"),
    "one object": (
        own("{type: object, properties: {x: {type: string, default: x}}}", f"{{{SOME.replace(',', ': 1,')}: 1}}", 600),
        "PC008",
    ),
    "one list": (own("{type: array, items: {type: string}}", f"[{SOME}]", 600), "PC008"),
    "tags": ("template: '" + "{{a}}" * 60_000 + "'\n", "PC201"),
    "arguments": ("template: '{{length" + " a" * 100_000 + "}}'\n", "PC201"),
    "a long tag": ("template: x\nmetadata: {a: !!" + "a" * 20_000 + " 1}\n", "PC0"),
    "a long path": ("template: '{{" + "a." * 100_000 + "b}}'\n", "PC301"),
    "a long pin": ("template: '{{> x@" + "a" * 300_000 + "}}'\n", "PC2"),
}


def file_of(name: str) -> str:
    return name.lower().replace(" ", "-")


@pytest.mark.parametrize("part", range(3))
def test_a_bomb_is_a_finding_with_a_place(repository: Project, part: int) -> None:
    bombs = dict(list(BOMBS.items())[part::3])
    for name, (content, _) in bombs.items():
        repository.prompt(file_of(name), content)
    status, megabytes, findings = checked(repository)
    assert status == 1
    for name, (_, code) in bombs.items():
        path = f"prompts/{file_of(name)}.yaml:"
        assert any(line.startswith(path) and code in line for line in findings.splitlines()), name
    assert max(map(len, findings.splitlines())) < 1000
    assert megabytes < MEGABYTES


WORK = {
    "a longer tag": ("template: x\nmetadata: {a: !!" + "a" * 1_040_000 + " 1}\n", "PC006"),
    "tag directives": (
        "".join(f"%TAG !a{n}! tag:x,2000:\n" for n in range(35_000)) + "---\nid: x\n",
        "PC004",
    ),
    "signs of anchors and comments": (
        "variables: {a: {type: string}}\ntemplate: |\n  " + "&#" * 400_000 + "\n",
        "PC302",
    ),
    "choices and comparisons": (
        f"variables: {{a: {{type: string, enum: [{MANY}]}}}}\n"
        "template: |\n  " + "".join(f"{{{{#if (eq a 'c{n}')}}}}x{{{{/if}}}}" for n in range(6000)) + "\n",
        "PC211",
    ),
    "a long condition": ("template: '{{#if " + "a." * 20_000 + "b}}{{c}}{{/if}}'\n", "PC301"),
    "a long context": ("template: '{{#with " + "a." * 20_000 + "b}}" + "{{c}}" * 9000 + "{{/with}}'\n", "PC301"),
    "a long list": ("template: '{{#each " + "a." * 20_000 + "b}}" + "{{c}}" * 9000 + "{{/each}}'\n", "PC301"),
    "names of parameters": (
        "variables: {a: {type: array, default: []}}\ntemplate: '{{#each a as |"
        + " ".join(f"c{n}" for n in range(9000))
        + "|}}"
        + "{{d}}" * 9000
        + "{{/each}}{{e}}'\n",
        "PC301",
    ),
    "inline partials": (
        "variables: {a: {type: string}}\ntemplate: \"{{#*inline 'p'}}"
        + "{{b}}" * 300
        + "{{/inline}}"
        + "{{> p b=a}}" * 300
        + '"\n',
        "PC201",
    ),
    "raw line breaks": ("template: |\n  " + "a\u2028" * 20_000 + "\n", "PC012"),
    "raw line breaks of many texts": ("metadata: [" + "'a\u2028', " * 9000 + "]\ntemplate: x\n", "PC012"),
    "messages of examples": (
        "id: x\nversion: 1.0.0\nformat: chat\n"
        "examples: ["
        + ", ".join(f"{{name: e{n}}}" for n in range(2000))
        + "]\nmessages: ["
        + "{role: user, content: a}, " * 2000
        + "]\n",
        "PC602",
    ),
    "names of many examples": (
        "variables: {"
        + ", ".join(f"some_variable_with_a_name_{n}: {{type: string, default: x}}" for n in range(200))
        + "}\n"
        "examples: ["
        + ", ".join(f"{{name: e{n}, variables: {{any_variable_with_a_name: 1}}}}" for n in range(5000))
        + "]\n"
        "template: x\n",
        "PC601",
    ),
    "ignored codes": (
        "template: x\n" + "".join(f"# prompt-cli: ignore some-rule-{n}\n" for n in range(20_000)),
        "PC011",
    ),
}
"""Prompts whose work would grow with the square of a length, to more than 15 seconds or 200 MB."""


@pytest.mark.parametrize("name", WORK)
def test_work_does_not_grow_with_the_square_of_a_length(repository: Project, name: str) -> None:
    content, code = WORK[name]
    if content.startswith(("id:", "%")):
        repository.write("prompts/x.yaml", content)
    else:
        repository.prompt("x", content)
    status, megabytes, findings = checked(repository)
    assert status in {0, 1}
    assert f": {code} " in findings
    assert megabytes < MEGABYTES


def test_partials_that_include_one_another_often_are_a_finding(repository: Project) -> None:
    lists = "variables: {" + ", ".join(f"{name}: {{type: array, default: []}}" for name in "abc") + "}\n"
    for n in range(12):
        body = "".join(f"{{{{#each {name}}}}}{{{{> p{n + 1}}}}}{{{{/each}}}}" for name in "abc")
        repository.prompt(f"p{n}", f"{lists}template: '{body}'\n")
    repository.prompt("p12", f"{lists}template: '{{{{a}}}}{{{{b}}}}{{{{c}}}}'\n")
    status, megabytes, findings = checked(repository, "p0")
    assert status == 1
    assert any(line.startswith("prompts/p0.yaml:5:") and "PC207" in line for line in findings.splitlines())
    assert megabytes < MEGABYTES


def test_many_findings_of_a_rule_end_with_one_that_fixes_the_rest(repository: Project) -> None:
    path = repository.prompt("x", "template: '" + "a\u200b" * 3000 + "'\n")
    _, _, findings = checked(repository)
    assert findings.count(": PC404") == 1001
    assert repository.run("validate", "--no-cache", "--fix").status == 0
    assert path.read_text("utf-8").endswith("a" * 3000 + "'\n")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("template: x\nmetadata: {" + "a: 1, " * 3000 + "}\n", "PC005"),
        ("template: '" + "{{a}}" * 3000 + "'\n", "PC301"),
        ("template: x\n" + "".join(f"key{n}: 1\n" for n in range(3000)), "PC102"),
    ],
)
def test_many_findings_without_a_fix_end_too(repository: Project, body: str, code: str) -> None:
    repository.prompt("x", body)
    _, _, findings = checked(repository)
    assert findings.count(f": {code} ") == 1001
    assert f"and more of {code} below: a file shows 1,000" in findings
    assert len(repository.run("render", "x").err.splitlines()) < 5000


def test_an_error_about_many_values_ends(repository: Project) -> None:
    repository.prompt("x")
    repository.write("values.json", json.dumps({f"a{n}": "\n" * 99 for n in range(3000)}))
    done = repository.run("render", "x", "--vars", "values.json")
    assert (done.status, len(done.err.splitlines())) == (1, 1002)
    assert done.err.endswith("\n  and 2,000 more\n")


def test_an_honest_prompt_of_some_size_stays_below(repository: Project) -> None:
    row = "{name: a row of a table, tags: [one, two], note: " + "text " * 20 + "}"
    repository.prompt(
        "x",
        "variables: {rows: {type: array, items: {type: object, properties: "
        "{name: {type: string}, tags: {type: array}, note: {type: string}}}}}\n"
        f"examples:\n  - {{name: e, variables: {{rows: [{', '.join([row] * 1000)}]}}}}\n"
        "template: '{{#each rows}}{{#if (eq name \"x\")}}!{{/if}}{{upper name}}: {{join tags}} {{indent note}}{{/each}}'\n",
    )
    assert repository.run("validate", "--no-cache").status == 0


@pytest.mark.parametrize(
    "number", [HUGE, f"-{HUGE}", "9" * 5000, HEX, "0o" + "7" * 400, "1e309", "-1e400", f"{HUGE}.5"]
)
@pytest.mark.parametrize(
    "place",
    [
        "variables: {{n: {{type: number, minimum: {}}}}}",
        "variables: {{n: {{type: number, default: {}}}}}",
        "variables: {{n: {{type: number, enum: [{}]}}}}",
        "variables: {{n: {{type: string, maxLength: {}}}}}",
        "metadata: {{deep: [{{n: {}}}]}}",
        "examples: [{{name: e, variables: {{n: {}}}}}]",
    ],
)
def test_a_number_out_of_range_in_a_file_is_a_finding(repository: Project, place: str, number: str) -> None:
    line = place.format(number)
    repository.prompt("x", f"{line}\ntemplate: Hello!\n")
    repository.prompt("good", "template: Hello!\n")
    done = repository.run("validate", "--no-cache", "--output-format", "concise")
    assert done.status == 1
    assert f"prompts/x.yaml:4:{line.index(number) + 1}: PC004" in done.out
    assert "good" in repository.run("list").out
    assert repository.run("render", "x").status == 1


@pytest.mark.parametrize("kind", ["integer", "number"])
@pytest.mark.parametrize("number", [HUGE, f"-{HUGE}", "9" * 5000])
def test_a_number_out_of_range_as_a_value_is_an_error(repository: Project, kind: str, number: str) -> None:
    repository.prompt(
        "x", f"variables: {{n: {{type: {kind}}}, l: {{type: array, default: []}}}}\ntemplate: '{{{{n}}}}'\n"
    )
    for arguments in (("--var", f"n={number}"), ("--var", "n=1", "--var", f'l=[{{"a": {number}}}]')):
        done = repository.run("render", "x", *arguments)
        assert done.status == 1
        assert "1.8e308" in done.err
    for name, content in (
        ("values.json", json.dumps({"s": f"{number}\n"})[:-1] + f',\n "n": {number}}}'),
        ("values.yaml", f"a: 1\nn: {number}\n"),
    ):
        repository.write(name, content)
        done = repository.run("render", "x", "--vars", name)
        assert done.status == 1
        assert f"{name}:2:" in done.err


INTERRUPT = """
import os, signal, sys
from prompt_cli.cli.main import run
calls = 0
def stop(frame, event, argument):
    global calls
    calls += "prompt_cli.handlebars" in str(frame.f_globals.get("__name__"))
    if calls == 50_000:  # few other prompts take as many
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has those it runs in the background ignore it
sys.setprofile(stop)
sys.exit(run(sys.argv[1:]))
"""


def test_an_interruption_ends_a_long_render_at_once(repository: Project) -> None:
    repository.prompt("x", aliased(NESTED % "{{#if (eq this 1)}}{{/if}}", 9, 500))
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPT, "render", "x", "--example", "e"],
        cwd=repository.root,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
