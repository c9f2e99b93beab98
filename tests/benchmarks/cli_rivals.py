"""Rivals: other programs that do the same job; the name of each says what it leaves out.

`pip install -e '.[bench]'` installs them. They read the same prompts, in their own format if they have one.
"""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.cli_repositories import (
    PROMPT_ID,
    Repositories,
    commit_all,
    import_commits,
    new_repository,
    write_files,
)
from tests.benchmarks.git_history import BUSY
from tests.benchmarks.processes import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TEMPLATE = """\
You answer for {{company}} in a {{tone}} tone.
From {{customer}}:
{{#each tickets}}
- {{subject}}{{#if urgent}} (urgent){{/if}}
{{/each}}
"""
JINJA = """\
You answer for {{company}} in a {{tone}} tone.
From {{customer}}:
{% for ticket in tickets %}
- {{ticket.subject}}{% if ticket.urgent %} (urgent){% endif %}
{% endfor %}
"""
DATA = {
    "customer": "Ada",
    "company": "Acme",
    "tone": "friendly",
    "tickets": [{"subject": "Login fails", "urgent": True}],
}
FLAT = "From {{customer}}: answer for {{company}} in a {{tone}} tone.\n"
"""The template of programs without loops."""

_SCRIPT = "import json, sys; source = open(sys.argv[1]).read(); data = json.load(open(sys.argv[2])); "
ENGINES = {
    "prompt_cli": (
        "our engine",
        "from prompt_cli.handlebars import PROMPT_HELPERS, compile; "
        "text = compile(source, helpers=PROMPT_HELPERS).render(data)",
    ),
    "jinja2": ("Jinja2", "from jinja2 import Environment; text = Environment().from_string(source).render(data)"),
    "pybars": ("pybars3", "import pybars; text = pybars.Compiler().compile(source)(data)"),
    "pydantic_handlebars": (
        "pydantic-handlebars",
        "import pydantic_handlebars as h; text = h.compile(source).render(data)",
    ),
    "pyhandlebars": ("pyhandlebars", "import pyhandlebars as h; text = h.Template(source).format(data)"),
    "handlebarrz": (
        "dotprompt-handlebars",
        "from handlebarrz._native import HandlebarrzTemplate; template = HandlebarrzTemplate(); "
        "template.register_template('bench', source); text = template.render('bench', json.dumps(data))",
    ),
    "dotpromptz_handlebars": (
        "dotpromptz-handlebars",
        "import dotpromptz_handlebars as h; text = h.Handlebars().compile(source)(data)",
    ),
}
"""The name of each template engine, and the code that renders a template with it, by module."""


class Rival(NamedTuple):
    """A command of another program.

    Attributes:
        key: The key of the job that it is compared with.
        name: Its name in the table.
        command: The command.
        cwd: Its directory.
    """

    key: str
    name: str
    command: tuple[str, ...]
    cwd: Path

    @property
    def row(self) -> str:
        """The name of its row."""
        return f"{self.key} {self.name}"


class Rivals:
    """The rivals that are installed beside a Python.

    Args:
        python: The Python; None for git alone.
        ours: Our command, which writes the schema of the files.
        repositories: The repositories of the benchmark.
    """

    def __init__(self, python: Path | None, ours: str, repositories: Repositories) -> None:
        self._python = python
        self._ours = ours
        self._repositories = repositories
        self._built = cache(self._build)

    def of(self, key: str) -> list[Rival]:
        """Return the rivals of a job."""
        rivals: dict[str, Callable[[], Iterator[Rival]]] = {
            "version": self._versions_of_programs,
            "help": self._helps,
            "render-first": self._renderers,
            "one-first": lambda: self._checkers("one-first", [f"prompts/{PROMPT_ID}.yaml"]),
            "some-first": self._bulk,
            "versions-first": self._listers,
            "oldest-first": self._oldest,
            "history-first": self._logs,
        }
        return list(rivals[key]()) if key in rivals else []

    def _program(self, name: str) -> str | None:
        path = self._python and self._python.with_name(name)
        return str(path) if path and path.exists() else None

    def _has(self, module: str) -> bool:
        if self._python is None:
            return False
        check = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        return subprocess.run([self._python, "-c", check], check=False, env=environment()).returncode == 0

    def _versions_of_programs(self) -> Iterator[Rival]:
        for name in ("yamllint", "promptops"):
            if program := self._program(name):
                yield Rival("version", f"{name} --version", (program, "--version"), self._repositories.root)

    def _helps(self) -> Iterator[Rival]:
        for name in ("promptpin", "promptops", "check-jsonschema"):
            if program := self._program(name):
                yield Rival("help", f"{name} --help", (program, "--help"), self._repositories.root)

    def _renderers(self) -> Iterator[Rival]:
        for module, (name, script) in ENGINES.items():
            if self._has(module):
                template = "template.jinja" if module == "jinja2" else "template.hbs"
                command = (str(self._python), "-c", f"{_SCRIPT}{script}; sys.stdout.write(str(text))")
                yield Rival(
                    "render-first", f"{name}, a template alone", (*command, template, "data.json"), self._texts()
                )
        if program := self._program("promptops"):
            render = (program, "render", "prompt", "prompt.yaml", "--vars-file", "data.json")
            yield Rival("render-first", "promptops render, no schema", render, self._texts())

    def _checkers(self, key: str, files: Sequence[str]) -> Iterator[Rival]:
        root = self._repositories.path("some")
        if program := self._program("yamllint"):
            rules = "{rules: {key-duplicates: enable}}"
            yield Rival(key, "yamllint, syntax alone", (program, "-d", rules, *files), root)
        if program := self._program("check-jsonschema"):
            command = (program, "--schemafile", str(self._schema()), *files)
            yield Rival(key, "check-jsonschema, the schema alone", command, root)

    def _bulk(self) -> Iterator[Rival]:
        root = self._repositories.path("some")
        yield from self._checkers(
            "some-first", sorted(str(one.relative_to(root)) for one in root.rglob("prompts/*/*.yaml"))
        )
        if program := self._program("promptpin"):
            yield Rival("some-first", "promptpin validate, no types", (program, "validate"), self._built("pin-some"))

    def _listers(self) -> Iterator[Rival]:
        if program := self._program("promptpin"):
            command = (program, "versions", "triage")
            yield Rival("versions-first", "promptpin versions, a tag each", command, self._built("pin-versions"))
        if program := self._program("promptops"):
            history = (program, "history", "triage", "--limit", "100000")
            yield Rival("versions-first", "promptops history", history, self._built("ops-versions"))

    def _oldest(self) -> Iterator[Rival]:
        if program := self._program("promptpin"):
            values = ("--var", "customer=Ada", "--var", "company=Acme", "--var", "tone=friendly")
            command = (program, "show", "triage@v1", *values)
            yield Rival("oldest-first", "promptpin show NAME@v1, a tag each", command, self._built("pin-versions"))

    def _logs(self) -> Iterator[Rival]:
        command = ("git", "log", "--full-history", "--format=%H", "--", f"prompts/{BUSY}.yaml")
        yield LOG._replace(command=command, cwd=self._repositories.path("history"))

    def _texts(self) -> Path:
        return self._built("texts")

    def _schema(self) -> Path:
        return self._built("schema") / "schema.json"

    def _build(self, name: str) -> Path:
        root = self._repositories.root / name
        sizes = self._repositories.sizes
        match name:
            case "texts":
                root.mkdir()
                prompt = json.dumps({"prompt": {"id": "triage", "description": "", "template": JINJA}})
                texts = {"template.hbs": TEMPLATE, "template.jinja": JINJA, "prompt.yaml": prompt}
                write_files(root, {**texts, "data.json": json.dumps(DATA)})
            case "schema":
                root.mkdir()
                done = subprocess.run([self._ours, "schema"], capture_output=True, check=True, env=environment())
                (root / "schema.json").write_bytes(done.stdout)
            case "pin-some":
                files = {f"prompts/p{n}.yaml": pinned(f"p{n}", n) for n in range(sizes.some)}
                write_files(new_repository(root), {"promptpin.yaml": "prompts_dir: prompts\n", **files})
                commit_all(root)
            case "pin-versions":
                commits = ({"prompts/triage.yaml": pinned("triage", n)} for n in range(sizes.versions))
                first = {"promptpin.yaml": "prompts_dir: prompts\n"}
                import_commits(new_repository(root), commits, first, "promptpin/triage@v")
            case _:
                assert name == "ops-versions"
                place = ".promptops/prompts/triage.yaml"
                commits = ({place: _operated(n)} for n in range(sizes.versions))
                import_commits(new_repository(root), commits, {".promptops/config.yaml": "{}\n"})
        return root


LOG = Rival("history-first", "git log --full-history of the path", (), Path())
"""The rival that limits `versions` of a long history."""


def pinned(name: str, n: int) -> str:
    """Return a prompt in promptpin's format."""
    text = FLAT.strip()
    return f"name: {name}\ndescription: Number {n}.\nvariables: [customer, company, tone]\ntemplate: |\n  {text} Number {n}.\n"


def _operated(n: int) -> str:
    return json.dumps({"prompt": {"id": "triage", "description": f"Number {n}.", "template": FLAT}})
