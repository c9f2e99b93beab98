"""The commands, one a file.

Their annotations are no strings (`from __future__ import annotations`): Typer reads them at each start, and would have
to compile each of them twice.
"""
