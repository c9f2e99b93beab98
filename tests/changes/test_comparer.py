"""The search for includers: `git grep` finds every prompt that the scan of its bytes finds."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from prompt_cli.changes.comparer import UNKNOWN_NAME, includer_pattern, scan_partial_names

if TYPE_CHECKING:
    from tests.support import Project

WANTED = ("a/b", "tone")
PARTS = st.sampled_from(
    [*"{>#~()|= \t\r\n\f\0\"'[]@a-_/.é\\xu", "{{", "}}", "{{> ", "{{>", "@1.0.0", "@partial-block", "/b", *WANTED]
)


def is_mentioned(content: bytes) -> bool:
    return not scan_partial_names(content).isdisjoint({*WANTED, UNKNOWN_NAME})


def is_matched(content: bytes) -> bool:
    pattern = re.compile(includer_pattern(WANTED).encode())
    return any(pattern.search(line) for line in content.split(b"\n"))


@given(st.lists(PARTS, max_size=14).map(lambda parts: "".join(parts).encode()))
@example(b"{{>\n  tone}}")
@example(b"{{\n>tone}}")
@example(b'"\\\n"')
@example(b"{{> tone\r\n}}")
@example(b"{{> [tone]}}")
@example(b"{{> tone")
def test_mentioned_partials_are_found(content: bytes) -> None:
    assert is_matched(content) or not is_mentioned(content)


def test_other_text_is_mostly_not_a_mention() -> None:
    plain = b"id: x\ntemplate: '{{> a/b/c}} {{> \"tone@1.0.0\"}} {{#if tone}}tone{{/if}} {{> (lookup . 1)}} a/b'\n"
    assert not is_matched(plain)
    assert not is_mentioned(plain)


def test_git_reads_the_pattern_as_we_do(repository: Project) -> None:
    contents = [
        "{{> tone}}",
        "{{> tones}}",
        "{{>\n tone}}",
        "{{#>\ttone }}",
        "{{> 'a/b'}}",
        "{{> x@1.0.0}}",
        'a: "\\x41"',
    ]
    contents += ["{{> é}}", "\0 {{> tone}}", "{{> tone\r\n}}", "{{> (tone)}}", "{{~> @partial-block ~}}", "\\\n"]
    for n, content in enumerate(contents):
        repository.write(f"f{n}", content)
    repository.git("add", "-A")
    done = subprocess.run(
        ["git", "grep", "--cached", "-P", "-a", "-l", "-e", includer_pattern(WANTED)],
        cwd=repository.root,
        env={**repository.environment, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(done.stdout.split()) == sorted(f"f{n}" for n, one in enumerate(contents) if is_matched(one.encode()))
