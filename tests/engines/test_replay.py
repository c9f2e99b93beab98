"""Replay: prompts without parts render to the bytes that they rendered to before there were parts."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli import InMemoryStorage, PromptManager, PromptManagerError, PromptRegistry
from tests.rules.corpus import corpus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support import Golden

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "prompts"


async def replay(files: Mapping[str, bytes]) -> dict[str, str]:
    """Render every example of every valid prompt, as text and as messages, and return a digest of each."""
    manager = PromptManager(PromptRegistry(InMemoryStorage(files)))
    digests: dict[str, str] = {}
    for prompt_id in sorted(files):
        try:
            prompt = await manager.get(prompt_id)
        except PromptManagerError:
            continue  # the corpus has flaws
        for example in () if getattr(prompt, "uses_parts", False) else prompt.examples:
            try:
                text = await manager.render(prompt_id, example.variables)
                messages = [one.to_json() for one in await manager.render_messages(prompt_id, example.variables)]
            except PromptManagerError:
                continue
            digest = hashlib.sha256(json.dumps([text, messages]).encode()).hexdigest()
            digests[f"{prompt_id}: {example.name}"] = digest[:16]
    return digests


async def test_the_shipped_prompts_and_the_corpus_render_to_the_same_bytes(golden: Golden) -> None:
    shipped = {
        path.relative_to(SHIPPED).with_suffix("").as_posix(): path.read_bytes() for path in SHIPPED.rglob("*.yaml")
    }
    digests = {**await replay(shipped), **await replay(corpus(seed=17, count=60).files)}
    assert len(digests) > 60
    golden.check(HERE / "golden" / "replay.json", json.dumps(digests, indent=2) + "\n")
