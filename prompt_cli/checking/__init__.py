"""Checks of prompts: run the rules, fix, cache results."""
