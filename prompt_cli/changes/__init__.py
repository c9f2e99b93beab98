"""Changes between two versions of a prompt, and the level that each needs."""
