"""Git as the version store: plumbing that only reads, in async processes; commits and tags through GitPython."""
