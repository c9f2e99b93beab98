"""What whoever asked for a revision should be told of how it was read."""

from __future__ import annotations


def other_name(prompt_id: str, wanted: str) -> str:
    """Say how to name the branch or tag that is called like a version."""
    return f"the branch or tag of that name is {prompt_id}@ref:{wanted}"


def read_as_version(prompt_id: str, wanted: str) -> str:
    """Say that a text was read as a version, though a branch or a tag has that name as well."""
    return f"{wanted} was read as a version; {other_name(prompt_id, wanted)}"
