"""The engine protocol, the engines behind it, and prompts bound to one."""

from __future__ import annotations
