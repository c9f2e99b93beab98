"""The README, and the snippets of the documentation for CI, helpers and settings."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from ruamel.yaml import YAML

from prompt_cli import __version__
from prompt_cli.handlebars import HELPERS
from tests.documents import ROOT, blocks
from tests.support import COMMAND

if TYPE_CHECKING:
    from tests.support import Project

BLOCKS_AND_OLD = {"if", "unless", "each", "with", "lookup", "log"}
PRE_COMMIT = ".pre-commit-config.yaml"
CI = {block.title: block.text for block in blocks("docs/ci.md", "yaml")}


def snippet(title: str) -> Any:
    """Return the data of a file that the page on CI shows."""
    return YAML(typ="safe").load(CI[title])


def loaded(name: str) -> Any:
    return YAML(typ="safe").load(ROOT / name)


@pytest.fixture
def unraised(repository: Project) -> Project:
    """A branch that changed a prompt without a bump, and `origin/main`, where it began."""
    repository.prompt("good")
    repository.commit()
    repository.git("update-ref", "refs/remotes/origin/main", "main")
    repository.git("checkout", "-q", "-b", "topic")
    repository.prompt("good", "template: Hi!\n")
    repository.commit()
    return repository


def run_script(project: Project, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = {"PATH": f"{COMMAND.parent}:{project.environment['PATH']}"}
    return subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script],
        cwd=project.root,
        env=project.environment | paths | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_pre_commit_snippet_of_the_page_is_complete(repository: Project) -> None:
    (repo,) = snippet(PRE_COMMIT)["repos"]
    assert repo["rev"] == f"v{__version__}"
    assert [hook["id"] for hook in repo["hooks"]] == [hook["id"] for hook in loaded(".pre-commit-hooks.yaml")]
    repository.write(PRE_COMMIT, CI[PRE_COMMIT])
    check = [str(COMMAND.with_name("pre-commit")), "validate-config", PRE_COMMIT]
    environment = repository.environment | {"PRE_COMMIT_HOME": str(repository.root.parent)}
    done = subprocess.run(check, cwd=repository.root, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_github_snippet_of_the_page_is_complete() -> None:
    (steps,) = (job["steps"] for job in snippet(".github/workflows/prompts.yml")["jobs"].values())
    checkout, own = steps
    (repo,) = snippet(PRE_COMMIT)["repos"]
    assert own["uses"] == f"OWNER/prompt-cli@{repo['rev']}"
    assert own["with"].keys() <= loaded("action.yml")["inputs"].keys()
    assert checkout["with"]["fetch-depth"] == 0


def test_gitlab_snippet_of_the_page_runs(unraised: Project) -> None:
    (job,) = snippet(".gitlab-ci.yml").values()
    install, check = job["script"]
    assert install == "python -I -m pip install prompt-cli"
    base = unraised.git("rev-parse", "main")
    done = run_script(unraised, check, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert done.returncode == 1, done.stderr
    report = ET.parse(unraised.root / job["artifacts"]["reports"]["junit"])  # noqa: S314 - our own output
    assert [one.get("name", "").split()[0] for one in report.iter("testcase")] == ["PC501"]


def test_shell_blocks_of_the_page_run(unraised: Project) -> None:
    (block,) = blocks("docs/ci.md", "sh")
    failed = run_script(unraised, block.text)
    assert (failed.returncode, "PC501" in failed.stdout) == (1, True)
    unraised.prompt("good", "template: Hi!\n", "1.0.1")
    passed = run_script(unraised, block.text)
    assert passed.returncode == 0, passed.stderr
    assert "<code>good</code>" in (unraised.root / "prompts.md").read_text()


def test_every_helper_is_documented() -> None:
    page = (ROOT / "docs" / "templates.md").read_text()
    for helper in HELPERS.values():
        takes = ", ".join(one.name for one in helper.takes)
        row = f"| `{helper.signature}` | {takes} | {helper.gives.name} | {helper.summary} |"
        assert (f"`{helper.name}`" if helper.name in BLOCKS_AND_OLD else row) in page


def test_a_file_goes_into_a_variable_as_it_is() -> None:
    done = subprocess.run(
        [str(COMMAND), "render", "code/commit-message", "--var-file", "diff=-"],
        cwd=ROOT,
        input=b"+ one line\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"+ one line\n" in done.stdout


def test_settings_of_the_page_are_settings(repository: Project) -> None:
    settings, several = blocks("docs/checks.md", "toml")
    repository.write("pyproject.toml", settings.text)
    repository.write("team/prompt-cli.toml", several.text)
    repository.write("team/search/prompts/x.yaml", "id: x\nversion: 1.0.0\nformat: text\ntemplate: Hello!\n")
    assert repository.run("render", "x", cwd="team").out == "Hello!"
    repository.write("assets/prompts/x.yaml", "id: x\nversion: 1.0.0\nformat: text\ntemplate: Hello!\n")
    assert repository.run("render", "x", cwd="assets").out == "Hello!"


def test_ci_runs_the_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    (pattern,) = re.findall(r"grep -m 1 -E '(.*)' README.md", script)
    readme = (ROOT / "README.md").read_text()
    found = [line for line in readme.splitlines() if re.search(pattern, line)]
    assert found == ["python3 -I -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/python -m pytest"]


def test_the_address_to_replace_occurs_once() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    assert sum(page.read_text().count("your-org") for page in pages) == 1
