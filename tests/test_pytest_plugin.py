"""The pytest plugin, as users run it: pytest on a directory of prompts."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

# pytester forgets the modules that a run imports; those that are there before stay, which saves half a second a run.
import prompt_cli.checking.validation
import prompt_cli.cli.error_text
import prompt_cli.manager
import prompt_cli.reporting.findings_text
import prompt_cli.storage.directory
import prompt_cli.sync  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = "id: {id}\nversion: 1.0.0\nformat: text\n"
GREETING = """\
tags: [welcome]
variables: {name: {type: string}}
template: Hello {{name}}!
examples:
  - {name: Ada, variables: {name: Ada}, expect: {equals: Hello Ada!}}
  - {name: one piece of news, variables: {name: Grace}}
"""
SENSITIVE = """\
variables: {token: {type: string, sensitive: true, max_length: 9}}
template: Use {{token}}.
examples: [{name: ask, variables: {token: %s}, expect: {contains: [%s], equals: %s}}]
"""
NEWS = "prompts/greeting.yaml::one piece of news"
IDS = ["prompts/greeting.yaml::valid", "prompts/greeting.yaml::Ada", NEWS]


@pytest.fixture
def write(pytester: pytest.Pytester) -> Callable[..., None]:
    def write(prompt_id: str, body: str = GREETING) -> None:
        path = pytester.path / f"prompts/{prompt_id}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD.format(id=prompt_id) + body)

    return write


STRICT = ("-Werror", "--strict-markers", "-oasyncio_default_fixture_loop_scope=function")


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(*STRICT, "-pno:cacheprovider", *arguments)


def passed(result: pytest.RunResult) -> list[str]:
    return [line.split(" PASSED")[0] for line in result.outlines if " PASSED" in line]


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_each_prompt_and_each_example_is_a_test(
    pytester: pytest.Pytester, write: Callable[..., None], mode: str
) -> None:
    write("greeting")
    write("build/deep/note", "template: A note.\n")  # pytest passes over directories of this name
    result = run(pytester, "--prompts", "prompts", "-v", f"--import-mode={mode}")
    assert passed(result) == ["prompts/build/deep/note.yaml::valid", *IDS]
    assert result.ret == 0


@pytest.mark.parametrize("arguments", [[], ["."], ["prompts"], ["prompts/greeting.yaml"]])
def test_nothing_is_collected_unless_it_is_asked_for(
    pytester: pytest.Pytester, write: Callable[..., None], arguments: list[str]
) -> None:
    write("greeting", "broken: [")
    pytester.makepyfile("def test_own(): pass")
    assert run(pytester, *arguments).parseoutcomes() in ({"passed": 1}, {})


def test_a_run_that_does_not_ask_imports_nothing_of_the_package(pytester: pytest.Pytester) -> None:
    program = (
        "import sys, pytest; pytest.main(['-q', '-p', 'no:cacheprovider']); "
        "print('modules', *sorted(name for name in sys.modules if name.startswith(('prompt_cli', 'pydantic', 'ruamel'))))"
    )
    pytester.makepyfile("def test_own(): pass")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "modules prompt_cli prompt_cli.errors prompt_cli.pytest_plugin"


@pytest.mark.parametrize(
    ("arguments", "tests"),
    [
        ([], ["own", *IDS]),
        (["test_own.py"], ["own"]),
        ([NEWS], [NEWS]),
        (["prompts"], IDS),
        (["-m", "prompt"], IDS),
        (["-m", "not prompt"], ["own"]),
        (["-k", "welcome and Ada"], ["prompts/greeting.yaml::Ada"]),
        (["-k", "greeting and valid"], ["prompts/greeting.yaml::valid"]),
        (["--prompts", "prompts", "test_own.py"], ["own", *IDS]),
        (["--prompts", "prompts", NEWS], [NEWS]),
    ],
    ids=" ".join,
)
def test_a_setting_and_paths_select(
    pytester: pytest.Pytester, write: Callable[..., None], arguments: list[str], tests: list[str]
) -> None:
    write("greeting")
    pytester.makepyfile(test_own="def test_own(): pass")
    pytester.makeini("[pytest]\nprompts = prompts\n")
    found = passed(run(pytester, "-v", *arguments))
    assert sorted(found) == sorted(one.replace("own", "test_own.py::test_own") for one in tests)


@pytest.mark.parametrize(
    ("body", "failed", "lines"),
    [
        pytest.param(
            "template: Hello {{name}}!\n",
            "valid",
            ["prompts/x.yaml:4:*: error PC301 *", "  4 | template: Hello {{name}}!", "  help: *"],
            id="finding",
        ),
        pytest.param(
            GREETING.replace("equals: Hello Ada!", "equals: Hi!"),
            "Ada",
            ["prompts/x.yaml:8:*: error PC603 example 'Ada': line 1 *differs: expected 'Hi!', rendered 'Hello Ada!'"],
            id="expectation",
        ),
        pytest.param(
            GREETING.replace("name: Grace", "nome: Grace"),
            "one piece of news",
            ["prompts/x.yaml:9:*: error PC601 example 'one piece of news': *"],
            id="value",
        ),
        pytest.param("template: [\n", "valid", ["prompts/x.yaml:5:1: error PC001 *"], id="yaml"),
        pytest.param("template: '{{> gone}}'\n", "valid", ["prompts/x.yaml:4:*: error PC2* *gone*"], id="partial"),
        pytest.param("template: '{{#if'\n", "valid", ["prompts/x.yaml:4:*: error PC201 *"], id="template"),
    ],
)
def test_a_failure_reads_as_the_command_writes_it(
    pytester: pytest.Pytester, write: Callable[..., None], body: str, failed: str, lines: list[str]
) -> None:
    write("x", body)
    write("greeting")
    result = run(pytester, "--prompts", "prompts")
    result.stdout.fnmatch_lines(lines)
    assert f"FAILED prompts/x.yaml::{failed}" in result.outlines
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_plugin*")


def test_an_example_fails_if_a_partial_does_not_exist(pytester: pytest.Pytester, write: Callable[..., None]) -> None:
    write("x", "template: '{{> gone}}'\nexamples: [{name: one}]\n")
    result = run(pytester, "--prompts", "prompts")
    result.stdout.fnmatch_lines(["prompts/x.yaml:4:*: error: *gone*"])
    assert result.parseoutcomes() == {"failed": 2}


@pytest.mark.parametrize(("settings", "outcome"), [("", "passed"), ('fail-on = "warning"\n', "failed")])
def test_settings_decide_what_fails(
    pytester: pytest.Pytester, write: Callable[..., None], settings: str, outcome: str
) -> None:
    write("x", "variables: {tone: {type: string}}\ntemplate: ab\n")
    (pytester.path / "prompt-cli.toml").write_text(settings)
    result = run(pytester, "--prompts", "prompts", "-rP")
    assert result.parseoutcomes() == {outcome: 1}
    result.stdout.fnmatch_lines(["prompts/x.yaml:4:*: warning PC302 *"])


@pytest.mark.parametrize(
    ("settings", "files", "message"),
    [
        ("", {}, "there is no prompt directory"),
        ("", {"prompts/readme.md": "x"}, "there are no prompts in"),
        ("selekt = []", {"prompts/x.yaml": "x"}, "there is no setting 'selekt'"),
        ('select = ["PC999"]', {"prompts/x.yaml": "x"}, "there is no rule 'PC999'"),
        ('select = ["\\u001b[31m"]', {"prompts/x.yaml": "x"}, r"there is no rule '\\x1b"),
    ],
)
@pytest.mark.parametrize("workers", [[], ["-n1"]], ids=["alone", "xdist"])
def test_prompts_that_cannot_be_tested_end_the_session(
    pytester: pytest.Pytester, settings: str, files: dict[str, str], message: str, workers: list[str]
) -> None:
    (pytester.path / "prompt-cli.toml").write_text(settings)
    for path, content in files.items():
        (pytester.path / path).parent.mkdir(exist_ok=True)
        (pytester.path / path).write_text(content)
    result = run(pytester, "--prompts", "prompts", *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in result.stderr.str()
    assert "Traceback" not in result.stderr.str()


def test_files_that_are_no_prompts_fail(pytester: pytest.Pytester, write: Callable[..., None]) -> None:
    write("greeting")
    directory = pytester.path / "prompts"
    (directory / "New.yml").write_text("x")
    (directory / "\x1b[31mred.yaml").write_text("x")
    (directory / "link.yaml").symlink_to("nowhere")
    (directory / "folder.yaml").mkdir()
    result = run(pytester, "--prompts", "prompts", "-v")
    assert result.parseoutcomes() == {"passed": 3, "failed": 4}
    result.stdout.fnmatch_lines(["prompts/New.yml:1:1: error PC104 this is no prompt: *"])
    assert "\x1b" not in result.stdout.str()


def test_a_file_that_cannot_be_read_fails(pytester: pytest.Pytester, write: Callable[..., None]) -> None:
    write("greeting")
    (pytester.path / "prompts/link.yaml").symlink_to("loop.yaml")
    (pytester.path / "prompts/big.yaml").write_bytes(b"#" * (64 << 20) + b"#")
    result = run(pytester, "--prompts", "prompts", "-k", "big or greeting")
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(["*could not check prompts/big.yaml: *"])


def test_what_the_settings_hide_is_not_passed_as_checked(pytester: pytest.Pytester, write: Callable[..., None]) -> None:
    write("x", "template: [\n")
    (pytester.path / "prompt-cli.toml").write_text('select = ["PC3"]')
    result = run(pytester, "--prompts", "prompts")
    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.fnmatch_lines(["could not check prompts/x.yaml: *"])


def test_names_of_examples_cannot_disturb_the_report(pytester: pytest.Pytester, write: Callable[..., None]) -> None:
    names = [r"\e[31mred", r"a\nb", "valid", "a::b", "x" * 5000, r"\u202eback"]
    write("x", "template: Hi\nexamples:\n" + "".join(f'  - {{name: "{one}"}}\n' for one in names))
    result = run(pytester, "--prompts", "prompts", "-v")
    tests = [one.removeprefix("prompts/x.yaml::") for one in passed(result)]
    assert tests == ["valid", r"\x1b[31mred", r"a\nb", "valid (2)", "a:b", "x" * 100, r"\u202eback"]


@pytest.mark.parametrize(
    "values",
    [("s3cr3t", "no", "no"), ("s3cr3t", "s3cr3t-too", "s3cr3t"), ("s3cr3t-and-long", "a", "b"), ("[s3cr3t]", "a", "b")],
)
def test_sensitive_values_are_never_shown(
    pytester: pytest.Pytester, write: Callable[..., None], values: tuple[str, str, str]
) -> None:
    write("x", SENSITIVE % values)
    result = run(pytester, "--prompts", "prompts", "-rA", "-l", "-vv")
    assert result.parseoutcomes()["failed"] >= 1
    assert "PC60" in result.stdout.str()
    assert "s3cr3t" not in result.stdout.str() + result.stderr.str()


def test_prompts_beside_tests_of_their_package_and_outside_of_the_root(
    pytester: pytest.Pytester, write: Callable[..., None]
) -> None:
    write("greeting")
    (pytester.path / "prompts/test_own.py").write_text("def test_own(): pass\n")
    (pytester.path / "prompts/__init__.py").write_text("")
    (pytester.path / "app").mkdir()
    arguments = ("--prompts", "prompts", "--rootdir", "app", "-v", "prompts")
    assert run(pytester, *arguments).parseoutcomes() == {"passed": 4}


FIXTURES = """
    import pytest

    def test_sync(prompts_sync):
        assert prompts_sync.render("greeting", {"name": "Ada"}) == "Hello Ada!"

    @pytest.mark.asyncio
    async def test_async(prompts):
        assert await prompts.render("greeting", {"name": "Ada"}) == "Hello Ada!"
"""


@pytest.mark.parametrize("arguments", [[], ["--prompts", "prompts", "-m", "not prompt"]], ids=["found", "named"])
def test_fixtures_are_managers_of_the_project(
    pytester: pytest.Pytester, write: Callable[..., None], arguments: list[str]
) -> None:
    write("greeting")
    pytester.makepyfile(FIXTURES)
    assert run(pytester, *arguments).parseoutcomes().get("passed") == 2


def test_workers_and_last_failures(pytester: pytest.Pytester, write: Callable[..., None]) -> None:
    write("greeting", GREETING.replace("equals: Hello Ada!", "equals: Hi!"))
    result = pytester.runpytest_inprocess(*STRICT, "--prompts", "prompts", "-n2")
    assert result.parseoutcomes() == {"passed": 2, "failed": 1}
    result.stdout.fnmatch_lines(["prompts/greeting.yaml:8:*: error PC603 *"])
    assert pytester.runpytest_inprocess(*STRICT, "--prompts", "prompts", "--lf").parseoutcomes()["failed"] == 1
    assert "passed" not in pytester.runpytest_inprocess(*STRICT, "--prompts", "prompts", "--lf").parseoutcomes()
