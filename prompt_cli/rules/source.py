"""PC0: the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prompt_cli.rules.rule import Match, Rule, problems_of, prompt_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.rules.subject import Subject

_GOOD = prompt_file("template: Hello!\n")
_TEXT = "id: example\nversion: 1.0.0\nformat: text\n"


def _before_the_others(_subject: Subject) -> Iterator[Match]:
    """Find nothing: whoever reads the files says which could not be read, and no rule can look at those."""
    return iter(())


class _TooLarge(Mapping[str, str]):
    """An example of a mebibyte, made for those alone who look at it."""

    def __getitem__(self, prompt_id: str) -> str:
        return {"example": f"{_TEXT}template: {'x' * 2**20}\n"}[prompt_id]

    def __iter__(self) -> Iterator[str]:
        return iter(("example",))

    def __len__(self) -> int:
        return 1


SOURCE_RULES = (
    Rule(
        "PC001",
        "unreadable",
        "A prompt that whoever checks it may not read, or whose disk fails, is not known to be good. The check ends "
        "with the status 3 whatever is ignored.",
        {"example": "# chmod 000 prompts/example.yaml\n" + _TEXT + "template: Hello!\n"},
        _GOOD,
        _before_the_others,
    ),
    Rule(
        "PC002",
        "not-utf8",
        "Prompts are UTF-8: any other encoding is guessed differently by every tool that reads it.",
        {"example": _TEXT + "template: caf\udce9\n"},
        prompt_file("template: café\n"),
        problems_of("not_utf8"),
    ),
    Rule(
        "PC003",
        "too-large",
        "A prompt of more than 1 MiB is no prompt a model reads, and slows down everybody who checks it.",
        _TooLarge(),
        _GOOD,
        problems_of("too_large"),
    ),
    Rule(
        "PC004",
        "yaml-syntax",
        "A file that cannot be read as YAML 1.2 is no prompt.",
        prompt_file('template: "Hello\n'),
        prompt_file('template: "Hello"\n'),
        problems_of(
            "yaml_syntax",
            "control_character",
            "nesting",
            "empty",
            "not_mapping",
            "key_type",
            "long_number",
        ),
    ),
    Rule(
        "PC005",
        "duplicate-key",
        "Of two equal keys most readers silently keep one, and which one differs from reader to reader.",
        prompt_file("template: Hello!\ntemplate: Hi!\n"),
        _GOOD,
        problems_of("duplicate_key"),
    ),
    Rule(
        "PC006",
        "unknown-tag",
        "A tag beyond YAML's core types asks the reader to build something that is no data.",
        prompt_file("template: !shout Hello!\n"),
        _GOOD,
        problems_of("unknown_tag", "tag_mismatch"),
    ),
    Rule(
        "PC007",
        "several-documents",
        "One prompt a file: its path is its id, so a second document could never be addressed.",
        prompt_file("template: Hello!\n---\nid: other\n"),
        _GOOD,
        problems_of("several_documents"),
    ),
    Rule(
        "PC008",
        "alias-bound",
        "An alias stands for a value that was named before it. Aliases of aliases grow exponentially: a few lines can "
        "fill any memory.",
        prompt_file(
            "metadata:\n  a: &a [x, x, x, x, x, x, x, x, x, x]\n"
            + "".join(
                f"  {name}: &{name} [{', '.join([f'*{below}'] * 10)}]\n"
                for below, name in zip("abcd", "bcde", strict=True)
            )
            + "template: Hello!\n"
        ),
        prompt_file("metadata:\n  a: &a [x, x]\n  b: *a\ntemplate: Hello!\n"),
        problems_of("alias_bound", "recursive_alias", "undefined_alias"),
    ),
    Rule(
        "PC009",
        "merge-key",
        "Merge keys are not in YAML 1.2; readers that know them and readers that do not see different prompts.",
        prompt_file("metadata:\n  base: &base {a: 1}\n  more: {<<: *base}\ntemplate: Hello!\n"),
        prompt_file("metadata:\n  base: {a: 1}\n  more: {a: 1}\ntemplate: Hello!\n"),
        problems_of("merge_key"),
    ),
)
