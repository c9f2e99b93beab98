"""The synchronous Python API, for scripts, notebooks and frameworks without an event loop."""
