"""The working tree: YAML source with positions, the prompt directory, memory, transactions."""
