"""Targets: one grammar in all commands; and paths in all that is printed, relative to the current directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import InProcess

if TYPE_CHECKING:
    from pathlib import Path

IN_PROCESS = True


@pytest.fixture
def service(tmp_path: Path) -> InProcess:
    """Make a repository with prompts in svc/prompts: one, team/two and team/three."""
    project = InProcess(tmp_path / "me@work")
    for name in ("one", "team/two", "team/three"):
        project.write(
            f"svc/prompts/{name}.yaml",
            f"id: {name}\nversion: 1.0.0\nformat: text\n"
            f"output: {{name: a, description: {name}, schema: {{type: string}}}}\ntemplate: {name}\n",
        )
    project.git("init", "-q", "-b", "main")
    project.commit()
    return project


TEAM = ["team/three", "team/two"]
NAMES = [
    (".", ["one", *TEAM]),
    ("..", ["one", *TEAM]),
    ("prompts", ["one", *TEAM]),
    ("prompts/team", TEAM),
    ("team", TEAM),
    ("team/", TEAM),
    ("team/t*", TEAM),
    ("prompts/*/t*.yaml", TEAM),
    ("*two", ["team/two"]),
    ("prompts/team/two.yaml", ["team/two"]),
    ("{top}/svc/prompts/team/two.yaml", ["team/two"]),
    ("{top}/svc/prompts/team", TEAM),
    ("team/two", ["team/two"]),
]


@pytest.mark.parametrize(("target", "ids"), NAMES)
def test_commands_on_many_prompts_take_every_target(service: InProcess, target: str, ids: list[str]) -> None:
    target = target.format(top=service.root)
    listed = service.run("list", "--json", target, cwd="svc")
    assert [one["id"] for one in listed.json["prompts"]] == ids, listed.err
    assert service.run("validate", target, cwd="svc").err.startswith(f"{len(ids)} prompt")
    bumped = service.run("bump", "--dry-run", "--json", target, "minor", cwd="svc").json
    assert sorted(one["id"] for one in bumped["prompts"]) == ids
    for path in service.root.rglob("*.yaml"):
        path.write_bytes(path.read_bytes() + b"description: x\n")
    for options in (["--against", "HEAD"], []) if len(ids) > 1 else (["--against", "HEAD"],):
        compared = service.run("diff", target, *options, "--json", cwd="svc").json
        assert [one["id"] for one in compared["prompts"]] == ids
    assert service.run("validate", "--against", "HEAD", target, cwd="svc").err.startswith(f"{len(ids)} prompt")


@pytest.mark.parametrize(("target", "ids"), NAMES)
def test_commands_on_one_prompt_take_targets_of_one_prompt(service: InProcess, target: str, ids: list[str]) -> None:
    target = target.format(top=service.root)
    for command in ("show", "render", "versions", "schema"):
        result = service.run(command, target, cwd="svc")
        if target == "team":  # an id, which may have been deleted
            assert (result.status, f"unknown prompt '{target}'" in result.err or not result.err) in {
                (3, True),
                (0, True),
            }
        elif len(ids) == 1:
            assert (result.status, "two" in result.out or "1.0.0" in result.out) == (0, True), result.err
        else:
            assert (result.status, f"names {len(ids)} prompts" in result.err) == (2, True)


def test_a_revision_after_a_path(service: InProcess) -> None:
    service.write(
        "svc/prompts/one.yaml", service.read("svc/prompts/one.yaml").replace(b"template: one", b"template: new")
    )
    absolute = f"{service.root}/svc/prompts/one.yaml"
    for target in ("prompts/one.yaml", absolute, "prompts/o*", "./prompts/../prompts/one.yaml"):
        assert service.run("render", target, cwd="svc").out == "new"
        assert service.run("render", f"{target}@HEAD", cwd="svc").out == "one"
        assert service.run("show", f"{target}@1.0.0", cwd="svc").out.endswith("template: one\n")
    compared = service.run("diff", f"{absolute}@HEAD", "--no-pager", cwd="svc").out
    assert "- one\n+ new\n" in compared
    for command in ("versions", "bump", "list", "validate"):
        refused = service.run(command, "prompts/one.yaml@HEAD", cwd="svc")
        assert (refused.status, refused.out, "leave out @HEAD" in refused.err) == (2, "", True), command


def test_a_deleted_file_names_its_prompt(service: InProcess) -> None:
    (service.root / "svc/prompts/one.yaml").unlink()
    assert service.run("show", "prompts/one.yaml@1.0.0", cwd="svc").status == 0
    assert service.run("versions", "prompts/one.yaml", cwd="svc").out.count("1.0.0") == 1


@pytest.mark.parametrize(
    ("target", "error", "advice"),
    [
        ("{top}/other.yaml", "is not in the prompt directory", "--directory"),
        ("../other.yaml", "is not in the prompt directory", "--directory"),
        ("svc/prompts/one.yaml", "unknown prompt", "did you mean 'one'?"),
        ("prompts/one", "unknown prompt", "did you mean 'one'?"),
        ("one.yaml", "unknown prompt", "did you mean 'one'?"),
    ],
)
def test_a_target_that_names_nothing(service: InProcess, target: str, error: str, advice: str) -> None:
    service.write("other.yaml", "id: other\n")
    for command in ("list", "validate", "show", "render", "versions", "bump"):
        result = service.run(command, target.format(top=service.root), cwd="svc")
        assert (result.status, result.out) == (3, ""), command
        assert error in result.err, command
        assert advice in result.err, command
    assert service.run("mv", target.format(top=service.root), "new", cwd="svc").status == 3
    moved = service.run("mv", "one", "../outside.yaml", cwd="svc")
    assert (moved.status, "is not in the prompt directory" in moved.err) == (3, True)


@pytest.mark.parametrize(
    ("cwd", "shown"),
    [(".", "svc/prompts/new.yaml"), ("svc", "prompts/new.yaml"), ("svc/prompts/team", "../new.yaml")],
)
def test_printed_paths_lead_to_the_file(service: InProcess, cwd: str, shown: str) -> None:
    directory = [] if cwd != "." else ["--directory", "svc/prompts"]
    created = service.run("create", "new", "--template", "Hi", *directory, cwd=cwd)
    assert created.out == f"{shown}\n"
    path = service.root / cwd / shown
    path.write_text("id: new\nversion: 1.0.0\nformat: text\ntemplate: '{{x'\n")
    assert service.run("validate", *directory, cwd=cwd).out.startswith(f"{shown}:4:")
    again = service.run("validate", shown, "--output-format", "concise", *directory, cwd=cwd)
    assert again.out.startswith(f"{shown}:4:"), "a cached report too"
    assert service.run("render", shown, *directory, cwd=cwd).err.startswith(f"{shown}:4:")
    for output_format in ("github", "json", "sarif", "junit"):  # read elsewhere
        assert (
            "svc/prompts/new.yaml" in service.run("validate", "--output-format", output_format, *directory, cwd=cwd).out
        )
    path.write_text("id: new\nversion: 1.0.0\nformat: text\ntemplate: Hi\n")
    renamed = service.run("mv", shown, shown.replace("new", "newer"), *directory, cwd=cwd)
    assert renamed.out == shown.replace("new", "newer") + "\n", renamed.err


def test_an_absolute_path_from_a_directory_without_prompts(service: InProcess) -> None:
    (service.root.parent / "elsewhere").mkdir()
    outside = InProcess(service.root.parent / "elsewhere")
    path = service.root / "svc/prompts/one.yaml"
    for command in ("validate", "show", "render", "versions", "list", "diff"):
        assert outside.run(command, str(path)).status == 0, command


def test_two_places_are_as_good(tmp_path: Path) -> None:
    project = InProcess(tmp_path / "project")
    project.write("apps/web/x", "")
    project.git("init", "-q", "-b", "main")
    for arguments in (["init"], ["create", "a", "--template", "Hi"]):
        refused = project.run(*arguments, cwd="apps/web")
        assert (refused.status, refused.out) == (2, "")
        assert "--directory prompts or --directory ../../prompts" in refused.err
    assert not list(project.root.rglob("prompts"))
    assert project.run("init", "--directory", "prompts", cwd="apps/web").out == "prompts/greeting.yaml\n"
    assert project.run("create", "a", "--template", "Hi", cwd="apps/web/prompts").out == "a.yaml\n"


@pytest.fixture
def services(tmp_path: Path) -> InProcess:
    """Make a repository with two prompt directories, of which one has settings."""
    project = InProcess(tmp_path / "project")
    for name in ("a", "b"):
        project.write(f"svc/{name}/prompts/p.yaml", f"id: p\nversion: 1.0.0\nformat: text\ntemplate: {name}\n")
    project.write("svc/b/prompt-cli.toml", 'ignore = ["PC301"]\ntag-format = "b/{id}@{version}"\n')
    project.git("init", "-q", "-b", "main")
    project.commit()
    return project


def test_files_of_several_directories_are_checked_in_one_run(services: InProcess) -> None:
    paths = ["svc/a/prompts/p.yaml", "svc/b/prompts/p.yaml"]
    for options in ([], [], ["--staged"], ["--against", "HEAD"]):
        result = services.run("validate", *paths, *options)
        assert (result.status, result.out) == (0, ""), result.err
    for path in paths:
        services.write(path, services.read(path).replace(b"template: ", b"template: '{{x}}' #"))
    result = services.run("validate", *paths, "--output-format", "concise")
    assert (result.status, result.out.count("\n"), result.err.count("checked")) == (1, 1, 1)
    assert result.out.startswith("svc/a/prompts/p.yaml:4:")
    assert result.err.startswith("2 prompts checked: 1 error"), "each by its own settings"
    services.write("svc/a/prompt-cli.toml", 'ignore = ["PC3", "PC5"]\n')
    services.git("add", "-A")
    for options in (["--against", "HEAD"], ["--against", "HEAD", "--staged"]):
        result = services.run("validate", *paths, "--json", *options)
        found = sorted(f"{one['path'][4]} {one['code']}" for one in result.json["findings"])
        assert (result.status, found) == (1, ["a PC301", "a PC501", "b PC501"]), "each by the settings of the base"


def test_the_nearest_directory_above_a_file_is_its_own(services: InProcess) -> None:
    services.write("prompts/p.yaml", "id: p\nversion: 1.0.0\nformat: text\ntemplate: top\n")
    for target, text in (
        ("p", "top"),
        ("prompts/p.yaml", "top"),
        ("svc/a/prompts/p.yaml", "a"),
        ("svc/b/prompts/p.yaml@HEAD", "b"),
    ):
        assert services.run("render", target).out == text
        assert services.run("render", target, "--directory", "prompts").out == (text if text == "top" else "")
    assert services.run("render", f"{services.root}/svc/a/prompts/p.yaml", cwd="svc/b").out == "a"


def test_a_file_in_no_prompt_directory_is_an_error_beside_others(services: InProcess) -> None:
    services.write("other.yaml", "id: other\n")
    for paths in (["svc/a/prompts/p.yaml", "other.yaml"], ["other.yaml", "svc/a/prompts/p.yaml"]):
        result = services.run("validate", *paths)
        assert (result.status, "other.yaml is not in the prompt directory" in result.err) == (3, True)
        staged = services.run("validate", "--staged", *paths)
        assert (staged.status, "skipped, not prompts below svc/a/prompts: 1" in staged.err) == (0, True)


def test_tags_of_several_directories(services: InProcess) -> None:
    for name in ("a", "b"):
        path = f"svc/{name}/prompts/p.yaml"
        services.write(path, services.read(path).replace(b"template: ", b"template: new "))
        assert services.run("bump", "p", "--tag", cwd=f"svc/{name}").status == 0
    assert services.git("tag").split() == ["b/p@1.0.1", "p@1.0.1"]
