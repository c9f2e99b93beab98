"""One prompt that cannot be checked, here or on the base: the others are checked all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support import Project

IN_PROCESS = True

FILE = "prompts/bad.yaml"


def breaking(content: str) -> Callable[[Project], object]:
    return lambda project: project.write(FILE, content)


def link(project: Project) -> None:
    (project.root / FILE).unlink()
    (project.root / FILE).symlink_to("good.yaml")


SYNTAX = breaking("id: [")
PARTIAL = breaking("id: bad\nversion: 1.0.0\nformat: text\ntemplate: '{{> gone}}'\n")
LARGE = breaking("x" * (17 << 20))


@pytest.mark.parametrize(
    ("on_the_base", "here"),
    [(SYNTAX, None), (PARTIAL, None), (link, None), (None, SYNTAX), (None, PARTIAL), (None, LARGE), (SYNTAX, PARTIAL)],
)
@pytest.mark.parametrize("staged", [False, True])
def test_rest_is_checked(
    repository: Project,
    on_the_base: Callable[[Project], object] | None,
    here: Callable[[Project], object] | None,
    *,
    staged: bool,
) -> None:
    for name in ("bad", "good"):
        repository.prompt(name)
    repository.commit()
    if on_the_base:
        on_the_base(repository)
        repository.commit()
    (repository.root / FILE).unlink()
    repository.prompt("bad", "template: Changed.\n")
    if here:
        here(repository)
    repository.prompt("good", "template: Changed.\n")
    if staged:
        repository.git("add", "-A")
    against = ["--staged"] if staged else ["--against", "HEAD"]
    checked = repository.run("validate", *against, "--json")
    # A prompt broken here is a finding, so the status may be 1; one broken on the base is not.
    assert checked.status == (3 if here is None or (staged and here is LARGE) else 1), checked
    assert ("PC501", "prompts/good.yaml") in {(one["code"], one["path"]) for one in checked.json["findings"]}
    compared = repository.run("diff", *against, "--json")
    assert compared.status == 3
    assert {one["id"]: one["verdict"] for one in compared.json["prompts"]} == {"bad": "unjudged", "good": "too-low"}
    for words in ([], ["--against", "HEAD"]):
        bumped = repository.run("bump", "--all", *words, "--dry-run", "--json")
        if (on_the_base is link and words) or (on_the_base is PARTIAL and not words):
            assert bumped.status == 0  # a link is not a prompt; the commit that set the version was not broken
            continue
        assert bumped.status == 3
        assert "error: could not check bad: " in bumped.err
        assert [one.partition(":")[0] for one in bumped.json["unchecked"]] == ["bad"]
        assert [(one["id"], one["to"]) for one in bumped.json["prompts"]] == [("good", "1.0.1")]


def test_comparable_prompts_are_bumped_and_committed(repository: Project) -> None:
    for name in ("bad", "good"):
        repository.prompt(name)
    repository.commit()
    SYNTAX(repository)
    repository.prompt("good", "template: Changed.\n")
    result = repository.run("bump", "--all", "--commit")
    assert result.status == 3
    assert result.out.startswith("good: 1.0.0 -> 1.0.1 (commit ")
    assert repository.git("show", "--format=", "--name-only") == "prompts/good.yaml"
    assert (repository.root / FILE).read_text() == "id: ["


def test_a_merge_conflict_is_one_prompts(repository: Project) -> None:
    for name in ("bad", "good"):
        repository.prompt(name)
    repository.commit()
    repository.git("branch", "other")
    repository.prompt("bad", "template: Ours.\n")
    repository.commit()
    repository.git("checkout", "-q", "other")
    repository.prompt("bad", "template: Theirs.\n")
    repository.commit()
    with pytest.raises(Exception, match="merge"):
        repository.git("merge", "-q", "main")
    repository.prompt("good", "template: Changed.\n")
    repository.git("add", "prompts/good.yaml")
    result = repository.run("validate", "--staged")
    assert result.status == 3
    assert "prompts/good.yaml:2:10: error PC501" in result.out
    assert "could not check prompts/bad.yaml: prompt 'bad' has an unresolved merge conflict" in result.err
    assert repository.run("diff", "--staged", "--stat").out.splitlines()[1:3] == [
        "bad     could not compare: prompt 'bad' has an unresolved merge conflict",
        "good    patch: needs a patch bump; version is still 1.0.0",
    ]
