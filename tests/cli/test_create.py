from __future__ import annotations

import json
from itertools import product

import pytest

from tests.support import Project

IN_PROCESS = True

# Each in two parts, so that secret scanners do not report this file.
_KEY, _PASSWORD = "AKIA" + "QYLPMN5HHHFPZAM2", "k3J9xQ2m" + "V7pLw8Rt"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["--template", "Hello {{name}}!"],
            "id: new\nversion: 1.0.0\nformat: text\nvariables:\n  name: {type: string}\ntemplate: |-\n  Hello {{name}}!\n",
        ),
        (["--template", "Hello!"], "id: new\nversion: 1.0.0\nformat: text\ntemplate: |-\n  Hello!\n"),
        (
            ["--template", "Hi", "--description", "Says hi: really.", "--tag", "a", "-t", "b"],
            'id: new\nversion: 1.0.0\nformat: text\ndescription: "Says hi: really."\ntags: [a, b]\ntemplate: |-\n  Hi\n',
        ),
        (
            ["--format", "chat", "--template", "I am {{name}}."],
            "id: new\nversion: 1.0.0\nformat: chat\nvariables:\n  name: {type: string}\nmessages:\n"
            "  - role: user\n    content: |-\n      I am {{name}}.\n",
        ),
        (
            ["--template", "x", "--var", "n:integer=3", "--var", "s=a=b", "--var", "l:array", "--var", "b:boolean=no"],
            'id: new\nversion: 1.0.0\nformat: text\nvariables:\n  "n": {type: integer, default: 3}\n'
            "  s: {type: string, default: a=b}\n  l: {type: array}\n  b: {type: boolean, default: false}\n"
            "template: |-\n  x\n",
        ),
        (
            ["--template", "{{#each items}}{{title}}{{#if done}}!{{/if}}{{/each}}{{user.name}}"],
            "id: new\nversion: 1.0.0\nformat: text\nvariables:\n"
            "  items:\n    type: array\n"
            "    items: {type: object, properties: {title: {type: string}, done: {type: boolean}}}\n"
            "  user: {type: object, properties: {name: {type: string}}}\n"
            "template: |-\n  {{#each items}}{{title}}{{#if done}}!{{/if}}{{/each}}{{user.name}}\n",
        ),
    ],
)
def test_the_file_that_is_made(repository: Project, arguments: list[str], expected: str) -> None:
    result = repository.run("create", "new", *arguments)
    assert (result.status, result.out) == (0, "prompts/new.yaml\n"), result.err
    assert repository.read("prompts/new.yaml").decode() == expected
    assert repository.run("show", "new", "--json").status == 0


@pytest.mark.parametrize(
    "text", ["one\ntwo\n", "no newline", "  indented\n", "\n\n", "a\r\nb\r\n", "[/INST] {x} é 😀\n"]
)
@pytest.mark.parametrize("how", [["-"], ["--from-file", "-"], ["--from-file", "draft.txt"]])
def test_template_from_a_file_is_copied_to_the_byte(repository: Project, how: list[str], text: str) -> None:
    repository.write("draft.txt", text)
    result = repository.run("create", "new", *how, stdin=text.encode())
    assert result.status == 0, result.err
    assert repository.run("render", "new").stdout == text.encode()


def test_variables_of_partials_are_declared(repository: Project) -> None:
    repository.prompt(
        "tone", "variables: {tone: {type: string}, x: {type: string, default: y}}\ntemplate: '{{tone}}{{x}}'\n"
    )
    assert repository.run("create", "new", "--template", "{{> tone}}").status == 0
    assert b"variables:\n  tone: {type: string}\ntemplate" in repository.read("prompts/new.yaml")
    assert repository.run("validate", "new").status == 0
    handed = repository.run("create", "handed", "--template", "{{> tone tone='kind'}}")
    assert handed.status == 0
    assert b"variables" not in repository.read("prompts/handed.yaml")
    missing = repository.run("create", "missing", "--template", "{{> none}}")
    assert missing.status == 0
    assert "warning: the partial 'none' cannot be included yet" in missing.err


def test_created_prompt_validates_and_renders(repository: Project) -> None:
    repository.prompt("tags", "variables: {tags: {type: array, items: {type: string}}}\ntemplate: '{{join tags}}'\n")
    made = {
        'Tags: {{join tags ", "}}': ({"tags": ["a", "b"]}, "Tags: a, b"),
        "{{bullets items}}": ({"items": ["a"]}, "- a"),
        "{{#if (gt score 3)}}high{{/if}}": ({"score": 5}, "high"),
        "First: {{items.[0].title}}": ({"items": [{"title": "x"}]}, "First: x"),
        "{{#people}}{{name}} {{/people}}": ({"people": [{"name": "Ada"}]}, "Ada "),
        "{{date}}{{#if note}} {{note}}{{/if}}{{#if urgent}}!{{/if}}": ({"date": "today", "urgent": True}, "today!"),
        "{{#each rows}}{{> tags tags=labels}};{{/each}}": ({"rows": [{"labels": ["a", "b"]}]}, "a, b;"),
    }
    for n, (template, (values, expected)) in enumerate(made.items()):
        assert repository.run("create", f"p{n}", "--template", template).status == 0
        rendered = repository.run("render", f"p{n}", "--vars", "-", stdin=json.dumps(values).encode())
        assert (rendered.status, rendered.out) == (0, expected), rendered.err
    validated = repository.run("validate", "--strict")
    assert validated.status == 0, validated.out


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["taken", "--template", "x"], 3, "already exists"),
        (["taken", "--edit"], 3, "already exists"),
        (["A", "--template", "x"], 2, "try 'a'"),
        (["new", "--template", "{{#if x}}"], 1, "template:1:1: error:"),
        (["new", "--template", 'a\n{"b": {{x}}}'], 1, "template:2:"),
        (["new", "--template", "x", "--tag", "a b"], 1, "tags[0]: a tag is one word"),
        (["new", "--template", "x", "--var", "c:foo"], 1, "variables.c.type: 'type' must be one of"),
        (["new", "--template", "x", "--var", "a b"], 1, "is not a valid variable name"),
        (["new", "--template", "x", "--var", "n:integer=x"], 2, "n must be an integer"),
        (["new", "--from-file", "none.txt"], 3, "none.txt could not be read"),
        (["new", "--from-file", "latin1.txt"], 1, "latin1.txt is not UTF-8"),
        (["new", "--edit"], 1, "no text was entered"),
        (["new", "--template", ""], 1, "the template is empty; nothing was created"),
        (["new", "-"], 1, "the template is empty; nothing was created"),
        (["new", "--template", "{{ user.name | upper }}"], 1, "add --literal"),
        (["new", "--template", f"key {_KEY}"], 1, "an AWS access key id (PC401)"),
        (["new", "--template", f"password={_PASSWORD}"], 1, "(PC402)"),
        (["new", "--template", f"key {_KEY}", "--edit"], 1, "pass --force"),
        (["new", "--template", f"key {_KEY} {{{{> taken}}}}"], 1, "(PC401)"),
        (["new", "--template", f"key {_KEY} {{{{> none}}}}"], 1, "(PC401)"),
    ],
)
def test_refused_create_leaves_no_file(repository: Project, arguments: list[str], status: int, words: str) -> None:
    repository.prompt("taken", "template: mine\n")
    repository.write("latin1.txt", b"caf\xe9")
    before = repository.read("prompts/taken.yaml")
    result = repository.run("create", *arguments)
    assert (result.status, result.out) == (status, ""), result.err
    assert words in result.err
    assert _KEY not in result.err
    assert "kept in" not in result.err  # nobody wrote anything
    assert repository.read("prompts/taken.yaml") == before
    assert sorted(path.name for path in (repository.root / "prompts").iterdir()) == ["taken.yaml"]


@pytest.mark.parametrize("arguments", [["create", "x", "--template", "x"], ["mv", "y", "x"]])
def test_a_prompt_that_a_sparse_checkout_hides_is_not_overwritten(repository: Project, arguments: list[str]) -> None:
    repository.prompt("x")
    repository.prompt("y")
    repository.commit()
    repository.git("sparse-checkout", "set", "--no-cone", "/prompts/y.yaml")
    result = repository.run(*arguments)
    assert (result.status, result.out) == (3, "")
    assert "prompt 'x' already exists\n  help: nothing was written; git has its file" in result.err
    assert "`git sparse-checkout add`" in result.err
    assert repository.git("status", "--porcelain") == ""
    repository.git("sparse-checkout", "disable")
    assert repository.git("status", "--porcelain") == ""


def test_editor_is_opened(repository: Project) -> None:
    editor = repository.write("my editor", "#!/bin/sh\nsed -i 's/Hello/Howdy/; 1i # by hand' \"$1\"\n")
    editor.chmod(0o755)
    environment = {"EDITOR": f"'{editor}'"}
    result = repository.run("create", "new", "--template", "Hello", "--edit", environment=environment)
    assert result.status == 0, result.err
    assert repository.read("prompts/new.yaml").startswith(b"# by hand\nid: new\n")
    assert repository.run("render", "new").out == "Howdy"


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("rm", "the editor 'rm' removed the draft"),
        ("vi 'x", 'cannot run the editor "vi \'x": No closing quotation'),
        ("/none", "cannot run the editor '/none': No such file"),
    ],
)
def test_an_editor_that_does_not_edit(repository: Project, editor: str, words: str) -> None:
    result = repository.run("create", "new", "--edit", environment={"EDITOR": editor})
    assert (result.status, result.out) == (3, "")
    assert result.err.startswith(f"error: {words}")


@pytest.mark.parametrize(
    ("script", "words"),
    [("exit 3", "exited with status 3"), ("echo 'id: other' > \"$1\"", "error:"), ("echo '{{#if' >> \"$1\"", "error:")],
)
def test_text_of_the_editor_is_not_lost(repository: Project, script: str, words: str) -> None:
    editor = repository.write("editor", f"#!/bin/sh\necho '# precious' >> \"$1\"\n{script}\n")
    editor.chmod(0o755)
    environment = {"EDITOR": str(editor), "TMPDIR": str(repository.root)}
    # A process reads TMPDIR once.
    result = Project(repository.root).run("create", "new", "--template", "Hello", "--edit", environment=environment)
    assert result.status in {1, 3}
    assert words in result.err
    (kept,) = repository.root.glob("prompt-cli-*.yaml")
    assert f"what you wrote is kept in {kept}" in result.err
    assert not (repository.root / "prompts/new.yaml").exists()


def test_an_editor_that_is_not_there_is_an_error(repository: Project) -> None:
    result = repository.run("create", "new", "--edit", environment={"EDITOR": "no-such-editor"})
    assert (result.status, result.out) == (3, "")
    assert "set VISUAL or EDITOR" in result.err


def test_secret_needs_force(repository: Project) -> None:
    result = repository.run("create", "new", "--template", f"key {_KEY}", "--force")
    assert result.status == 0, result.err
    assert repository.run("render", "new").out == f"key {_KEY}"


def test_a_literal_text_is_printed_to_the_byte(repository: Project) -> None:
    text = "|".join("".join(one) for one in product("\\{}'\"", repeat=4)) + "|{{{{{|\\\\\\{{{{|{{#if x}}|{{> y}}\n"
    result = repository.run("create", "new", "-", "--literal", stdin=text.encode())
    assert result.status == 0, result.err
    assert result.err == "created new 1.0.0 (variables: none)\n"
    assert repository.run("render", "new").out == text


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "sed -i 's/Write the prompt here./{{#each items}}{{title}}{{\\/each}}{{> tone}}/' \"$1\"",
            "template: |\n  {{#each items}}{{title}}{{/each}}{{> tone}}\n"
            "variables:\n  items: {type: array, items: {type: object, properties: {title: {type: string}}}}\n"
            "  tone: {type: string}\n",
        ),
        (
            "printf 'id: new\\nversion: 1.0.0\\nformat: text\\nvariables:\\n  a: {type: integer} # own\\n"
            'template: "{{a}}{{b}}"\\n\' > "$1"',
            'variables:\n  a: {type: integer} # own\n  b: {type: string}\ntemplate: "{{a}}{{b}}"\n',
        ),
    ],
)
def test_variables_of_the_edited_file_are_declared(repository: Project, script: str, expected: str) -> None:
    repository.prompt("tone", "variables: {tone: {type: string}}\ntemplate: '{{tone}}'\n")
    editor = repository.write("editor", f'#!/bin/sh\ncp "$1" shown\n{script}\n')
    editor.chmod(0o755)
    result = repository.run("create", "new", "--edit", environment={"EDITOR": str(editor)})
    assert result.status == 0, result.err
    assert b"\n#: {{name}} is a variable." in repository.read("shown")
    assert repository.read("prompts/new.yaml").decode() == "id: new\nversion: 1.0.0\nformat: text\n" + expected
    assert repository.run("validate", "new").status == 0


def test_an_emptied_file_creates_nothing(repository: Project) -> None:
    editor = repository.write("editor", '#!/bin/sh\ngrep \'^#:\' "$1" > kept; cp kept "$1"\n')
    editor.chmod(0o755)
    result = repository.run("create", "new", "--template", "Hi", "--edit", environment={"EDITOR": str(editor)})
    assert (result.status, result.out) == (1, "")
    assert "no text was entered" in result.err
