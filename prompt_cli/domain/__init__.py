"""The prompt model: pure, synchronous, without I/O.

The modules are imported one by one, where they are needed: `identifiers`, `semver` and `revision` cost nothing,
`prompt` and `variables` bring Pydantic.
"""
