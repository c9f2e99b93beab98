"""The command line: parse, call the manager, print."""
