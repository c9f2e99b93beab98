"""The pytest plugin: prompt files as tests, in runs of pytest of their own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from prompt_cli import InMemoryStorage, PromptManager, PromptRegistry, SyncPromptManager
from prompt_cli.cli.main import run as run_command

if TYPE_CHECKING:
    from collections.abc import Mapping

GREETING = """\
id: greeting
version: 1.0.0
format: text
tags: [polite]
variables: {name: {type: string}}
template: Hello {{name}}!
examples:
  - {name: a name, variables: {name: Ada}, expect: {contains: [Ada]}}
"""
NOTE = "id: deep/build/note\nversion: 1.0.0\nformat: text\ntemplate: Note.\n"


@pytest.fixture(scope="module", autouse=True)
def _imports() -> None:
    """Import the modules of the plugin once: each run drops the modules that it imported."""
    import_module("prompt_cli.prompt_tests")
    storage = InMemoryStorage({"greeting": GREETING})
    with SyncPromptManager(PromptManager(PromptRegistry(storage))) as manager:
        assert manager.validate().passed


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A suite with two prompts and an ordinary test."""
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(test_ordinary="def test_ordinary(): pass\n")
    write(pytester, {"greeting.yaml": GREETING, "deep/build/note.yaml": NOTE})
    return pytester


def write(suite: pytest.Pytester, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = suite.path / "prompts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return suite.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest", *arguments)


COLLECTED: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    ((), ("test_ordinary.py::test_ordinary",)),
    (
        ("--prompts", "prompts"),
        (
            "prompts/deep/build/note.yaml::valid",
            "prompts/greeting.yaml::valid",
            "prompts/greeting.yaml::example[[]a name[]]",
            "test_ordinary.py::test_ordinary",
        ),
    ),
    (
        ("--prompts", "prompts", "test_ordinary.py"),
        (
            "test_ordinary.py::test_ordinary",
            "prompts/deep/build/note.yaml::valid",
            "prompts/greeting.yaml::valid",
            "prompts/greeting.yaml::example[[]a name[]]",
        ),
    ),
    (("--prompts", "prompts", "prompts/deep"), ("prompts/deep/build/note.yaml::valid",)),
    (("--prompts", "prompts", "prompts/greeting.yaml::valid"), ("prompts/greeting.yaml::valid",)),
    (("--prompts", "prompts", "-k", "polite and example"), ("prompts/greeting.yaml::example[[]a name[]]",)),
    (("--prompts", "prompts", "-k", "polite and valid"), ("prompts/greeting.yaml::valid",)),
    (("--prompts", "prompts", "-m", "not prompt"), ("test_ordinary.py::test_ordinary",)),
    (
        ("--prompts", "prompts", "--ignore=prompts/deep", "-m", "prompt", "-k", "valid"),
        ("prompts/greeting.yaml::valid",),
    ),
    (("-o", "prompts=prompts", "test_ordinary.py"), ("test_ordinary.py::test_ordinary",)),
    (("-o", "prompts=prompts", "-m", "prompt", "-k", "note"), ("prompts/deep/build/note.yaml::valid",)),
]


@pytest.mark.parametrize(("arguments", "expected"), COLLECTED)
def test_collected_tests(suite: pytest.Pytester, arguments: tuple[str, ...], expected: tuple[str, ...]) -> None:
    result = run(suite, "--collect-only", "-q", "--strict-markers", *arguments)
    found = [line for line in result.outlines if "::" in line]
    assert sorted(found) == sorted(line.replace("[[]", "[").replace("[]]", "]") for line in expected)


def test_valid_prompts_pass(suite: pytest.Pytester) -> None:
    run(suite, "--prompts", "prompts").assert_outcomes(passed=4)


HIDDEN = "s3cret-value"
FAILURES: list[tuple[dict[str, str | bytes], dict[str, int], tuple[str, ...]]] = [
    (
        {"greeting.yaml": GREETING.replace("contains: [Ada]", "equals: Hello Bob!")},
        {"passed": 3, "failed": 1},
        (
            "prompts/greeting.yaml:8:*: line 1 of the rendered text differs: expected 'Hello Bob!', rendered 'Hello Ada!'",
        ),
    ),
    (
        {"greeting.yaml": GREETING.replace("variables: {name: Ada}", "variables: {}")},
        {"passed": 3, "failed": 1},
        ("prompts/greeting.yaml:8: error: name is missing (a string)",),
    ),
    (
        {"greeting.yaml": GREETING.replace("{{name}}", "{{nmae}}")},
        {"passed": 2, "failed": 2},
        ("prompts/greeting.yaml:6:*: error PC301 *'nmae'*", "  6 | template: Hello {{nmae}}!"),
    ),
    (
        {"bad.yaml": "id: bad\nversion: 1.0.0\nformat: [\n"},
        {"passed": 4, "failed": 1},
        ("prompts/bad.yaml:4:1: error PC*",),
    ),
    ({"bad.yaml": b"\xff\xfe\x00"}, {"passed": 4, "failed": 1}, ("prompts/bad.yaml:1:1: error PC*",)),
    ({"other.yml": NOTE}, {"passed": 4, "failed": 1}, ("prompts/other.yml:1:1: error PC104 *",)),
    (
        {
            "../prompt-cli.toml": 'ignore = ["PC2"]',
            "a.yaml": "id: a\nversion: 1.0.0\nformat: text\ntemplate: '{{'\n",
        },
        {"passed": 4, "failed": 1},
        ("could not be checked: prompts/a.yaml: *",),
    ),
    (
        {
            "greeting.yaml": GREETING.replace("{type: string}", "{type: string, enum: [x], sensitive: true}").replace(
                "Ada", HIDDEN
            )
        },
        {"passed": 3, "failed": 1},
        ("prompts/greeting.yaml:8: error: *",),
    ),
    (
        {"greeting.yaml": GREETING.replace("a name", '"\\e[31m"').replace("[Ada]", '["\\e]0;x\\a"]')},
        {"passed": 3, "failed": 1},
        ("*is not in the rendered text*",),
    ),
]


@pytest.mark.parametrize(("files", "outcomes", "lines"), FAILURES)
def test_invalid_prompts_fail_with_the_commands_message(
    suite: pytest.Pytester, files: dict[str, str | bytes], outcomes: dict[str, int], lines: tuple[str, ...]
) -> None:
    write(suite, files)
    result = run(suite, "--prompts", "prompts", "-q")
    result.assert_outcomes(**outcomes)
    result.stdout.fnmatch_lines(lines)
    output = result.stdout.str()
    assert "Traceback" not in output
    assert "prompt_tests.py" not in output
    assert "\x1b" not in output
    assert HIDDEN not in output


def test_warnings_fail_if_the_settings_say_so(suite: pytest.Pytester) -> None:
    write(
        suite,
        {"greeting.yaml": GREETING.replace("variables: {name:", "variables: {x: {type: string, default: x}, name:", 1)},
    )
    write(suite, {"../prompt-cli.toml": 'severity = {PC302 = "warning"}\n'})
    run(suite, "--prompts", "prompts", "-m", "prompt").assert_outcomes(passed=3, deselected=1)
    write(suite, {"../prompt-cli.toml": 'severity = {PC302 = "warning"}\nfail-on = "warning"\n'})
    run(suite, "--prompts", "prompts", "-m", "prompt").assert_outcomes(passed=2, failed=1, deselected=1)


@pytest.mark.parametrize(
    ("directory", "settings", "message"),
    [
        ("empty", "", "no prompts in "),
        ("nowhere", "", "nowhere is not a directory"),
        ("", "", "the name of the directory is empty"),
        ("prompts", "fail-on = 1", "'fail-on' must be error, warning or info"),
        ("prompts", 'select = ["PC999"]', "unknown rule 'PC999'"),
        ("prompts", 'select = ["\\u001b[31m"]', "unknown rule '\\x1b[31m'"),
    ],
)
@pytest.mark.parametrize("workers", ["0", "1"])
def test_prompts_that_cannot_be_tested_end_the_session(
    suite: pytest.Pytester, directory: str, settings: str, message: str, workers: str
) -> None:
    (suite.path / "empty").mkdir()
    write(suite, {"../prompt-cli.toml": settings})
    result = run(suite, "--prompts", directory, "-n", workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in result.stderr.str()
    assert "Traceback" not in result.stderr.str()


def test_a_directory_that_pytest_skips_is_an_error(suite: pytest.Pytester) -> None:
    (suite.path / "build").mkdir()
    (suite.path / "prompts").rename(suite.path / "build/texts")
    result = run(suite, "--prompts", "build/texts")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*pytest skips *build/texts*"])
    run(suite, "--prompts", "build/texts", "build/texts").assert_outcomes(passed=3)


@pytest.mark.parametrize("directory", ["prompts", "."])
def test_other_tests_in_the_directory_run_too(suite: pytest.Pytester, directory: str) -> None:
    write(suite, {"__init__.py": "", "test_beside.py": "def test_beside(): assert False\n"})
    result = run(suite, "--prompts", directory, "prompts" if directory == "prompts" else ".", "-k", "beside")
    assert result.parseoutcomes()["failed"] == 1


def test_names_of_strangers_cannot_disturb_the_report(suite: pytest.Pytester) -> None:
    names = [r"\e[31mred", r"a\nb", "a::b", "x" * 500, r"\u202eback"]
    examples = "".join(f'  - {{name: "{one}", variables: {{name: Ada}}}}\n' for one in names)
    write(suite, {"greeting.yaml": GREETING + examples, "\x1b[31mred.yaml": NOTE})
    result = run(suite, "--prompts", "prompts", "-v", "-m", "prompt")
    result.assert_outcomes(passed=8, failed=1, deselected=1)
    output = result.stdout.str()
    assert not {"\x1b", "\u202e"} & set(output)
    assert "x" * 101 not in output
    run(suite, "--prompts", "prompts", "prompts/greeting.yaml::example[a:b]").assert_outcomes(passed=1)


def test_sensitive_values_are_not_shown_in_failed_expectations(suite: pytest.Pytester) -> None:
    text = GREETING.replace("{type: string}", "{type: string, sensitive: true}")
    write(suite, {"greeting.yaml": text.replace("[Ada]", f"[{HIDDEN}]")})
    result = run(suite, "--prompts", "prompts", "-rA", "-vv")
    result.assert_outcomes(passed=3, failed=1)
    assert HIDDEN not in result.stdout.str()


def test_processes_share_the_work(suite: pytest.Pytester) -> None:
    run(suite, "--prompts", "prompts", "-n", "2").assert_outcomes(passed=4)


def test_the_fixture_is_the_manager(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_ordinary="""
        async def test_greeting(prompts):
            assert await prompts.render("greeting", {"name": "Ada"}) == "Hello Ada!"

        def test_greeting_again(prompts_sync):
            assert prompts_sync.render("greeting", {"name": "Ada"}) == "Hello Ada!"
        """
    )
    run(suite).assert_outcomes(passed=2)
    run(suite, "--prompts", "prompts", "test_ordinary.py", "-m", "not prompt").assert_outcomes(passed=2, deselected=3)


def test_nothing_is_imported_without_the_option(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_ordinary="""
        import sys
        def test_modules():
            ours = {name for name in sys.modules if name.startswith("prompt_cli")}
            assert ours == {"prompt_cli", "prompt_cli.pytest_plugin"}
        """
    )
    result = suite.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


def test_findings_in_the_baseline_and_excluded_files_do_not_fail(suite: pytest.Pytester) -> None:
    bad = "id: bad\nversion: 1.0.0\nformat: text\ntemplate: 'Hi {{nmae}}'\n"
    broken = GREETING.replace("id: greeting", "id: old").replace("contains: [Ada]", "contains: [Bob]")
    write(suite, {"bad.yaml": bad, "old.yaml": broken, "legacy/x.yaml": "id: [\n"})
    suite.path.joinpath("prompt-cli.toml").write_text('exclude = ["legacy/**"]\n')
    assert run_command(["validate", "--write-baseline"]) == 0
    run(suite, "--prompts", "prompts").assert_outcomes(passed=6, xfailed=1)
    more = "  - {name: other, variables: {name: Ada}, expect: {contains: [Eve]}}\n"
    write(suite, {"old.yaml": broken + more, "bad.yaml": bad.replace("}}", "}}{{other}}")})
    run(suite, "--prompts", "prompts").assert_outcomes(passed=5, xfailed=1, failed=2)
