"""The entry point, of the ``prompt-cli`` command and of ``python -I -m prompt_cli``."""

import gc
import os
import sys


def answer(arguments: list[str]) -> int:
    """Run the command line, and return its status.

    ``--version`` alone is answered before Typer is imported: scripts ask for it, and nothing else is needed.
    """
    if arguments in (["--version"], ["-V"]):
        from prompt_cli import __version__  # needed on this path alone

        return _print(f"prompt-cli {__version__}\n")
    gc.disable()  # what is imported is not let go: looking for what is takes a twentieth of a start
    # Pydantic would search every installed distribution for plugins when it builds its first model.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from prompt_cli.cli.main import run  # imports Typer

    return run(arguments)


def main() -> None:
    """Run the command line and exit with its status."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _open_missing()
    status = answer(sys.argv[1:])
    status = _print("") or status
    if _nothing_is_left():
        sys.stderr.flush()
        os._exit(status)  # taking the interpreter apart takes a tenth of a run, and would be all that is done
    sys.exit(status)


def _print(text: str) -> int:
    """Write text, and all that is buffered, to standard output; return 3, and say why, where it takes no more."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        sys.stderr.write(f"error: standard output could not be written: {error.strerror}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered would be tried again
        return 3
    return 0


def _nothing_is_left() -> bool:
    """Return whether Python's own way to end has nothing to wait for and nothing to put away.

    That would be threads, and semaphores with names, which processes have where they are not forked.
    """
    threading = sys.modules.get("threading")
    return (
        threading is None or threading.active_count() == 1
    ) and "multiprocessing.resource_tracker" not in sys.modules


def _open_missing() -> None:
    """Give a process that was started without all standard streams such as lead nowhere.

    Whatever is opened next would get their numbers, and what is printed would end in it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _LAST:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - it takes no keyword
    os.close(descriptor)
    sys.stdin, sys.stdout, sys.stderr = (
        stream or os.fdopen(number, mode)
        for number, (stream, mode) in enumerate(((sys.stdin, "r"), (sys.stdout, "w"), (sys.stderr, "w")))
    )


_LAST = 2
"""The number of the last standard stream."""


if __name__ == "__main__":
    main()
