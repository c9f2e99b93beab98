"""The prompt model: pure, synchronous, without I/O.

Import its modules one by one: `ids`, `version` and `revision` are cheap, `prompt` and `variables` import Pydantic.
"""
