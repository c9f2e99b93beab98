"""The command line: parse options, call the library, write the result."""
