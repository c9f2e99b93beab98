"""Rules of prompts: one module a family of codes, listed in `catalogue`."""
