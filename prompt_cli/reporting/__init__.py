"""Results to text: pure functions to `str`, one module a format."""
