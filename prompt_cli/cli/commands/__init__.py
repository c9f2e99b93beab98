"""The commands, one module each, with imports that cost time inside the functions that need them."""
