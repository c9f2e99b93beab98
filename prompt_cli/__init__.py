"""Prompts as code: YAML prompts in git, checked, rendered and versioned."""

__version__ = "0.1.0"
