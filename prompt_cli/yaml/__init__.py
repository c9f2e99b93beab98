"""Read and edit YAML: text to nodes with positions, and data back to text."""
