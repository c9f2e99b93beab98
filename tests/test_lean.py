"""What the command line makes lean says what it says otherwise."""

from __future__ import annotations

import subprocess
import sys

import pytest

LEAN = "from prompt_cli.cli.lean import make_lean_classes; make_lean_classes();"
PROMPT = "{'id': 'a', 'version': '1', 'format': 'chat', 'messages': [{'role': 'x'}], 'variables': {'a': {'type': 'b'}}}"


def said(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "program",
    [
        "import json; from prompt_cli import Prompt; print(json.dumps(Prompt.model_json_schema()))",
        f"from prompt_cli.domain.prompt import Prompt\ntry: Prompt.load({PROMPT})\nexcept Exception as error: print(error, error.problems)",
        "import pydantic\nfrom typing_extensions import TypedDict\nclass A(TypedDict, total=False): b: int\nprint(A.__optional_keys__, pydantic.TypeAdapter(A).validate_python({'b': 1}))",
        "import pydantic\nfrom typing import TypedDict\nclass A(TypedDict): b: int\nprint(A.__required_keys__)",
        "import pydantic\nfrom dataclasses import dataclass\n@dataclass(frozen=True)\nclass A:\n  b: int\nprint(A(1), A(1) == A(1), hash(A(1)))",
        "from pydantic_core import core_schema as c; print(c.__loader__, c.__spec__.loader, c.CoreConfig(title='a'), type(c.CoreConfig()))",
        "import annotated_types as a; print(a.Gt(1).gt, a.Interval(gt=1, lt=2).lt, list(a.Interval(gt=1))[0].gt)",
    ],
)
def test_what_is_lean_behaves_the_same(program: str) -> None:
    # An address in memory differs from run to run.
    lean, plain = (said(text).split(" at 0x")[0] for text in (f"{LEAN}\n{program}", program))
    assert lean == plain != ""


def test_classes_are_lean() -> None:
    program = (
        "import pydantic, annotated_types\nfrom pydantic_core import core_schema\n"
        "print(hasattr(core_schema.CoreConfig, '__total__'), 'gt=' in repr(annotated_types.Gt(1)))"
    )
    assert (said(f"{LEAN}\n{program}"), said(program)) == ("False False\n", "True True\n")


def test_what_is_imported_already_stays() -> None:
    program = f"import pydantic, sys; before = list(sys.meta_path); {LEAN} print(sys.meta_path == before)"
    assert said(program) == "True\n"
