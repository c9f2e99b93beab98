"""The entry point of the ``prompt-cli`` command and of ``python -I -m prompt_cli``."""

import gc
import os
import sys


def answer(arguments: list[str]) -> int:
    """Run the command line and return its exit status.

    Scripts ask for ``--version`` often, so it is answered without importing Typer.
    """
    if arguments in (["--version"], ["-V"]):
        from prompt_cli import __version__

        return _print(f"prompt-cli {__version__}\n")
    gc.disable()  # imports create no garbage, and collecting takes 5 % of the start-up time
    # Pydantic would search every installed distribution for plugins when it builds its first model.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from prompt_cli.cli.main import run  # imports Typer

    return run(arguments)


def main() -> None:
    """Run the command line and exit with its status."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _open_missing_streams()
    status = answer(sys.argv[1:])
    status = _print("") or status
    if _can_exit_at_once():
        sys.stderr.flush()
        os._exit(status)  # skips freeing all objects, which takes 10 % of a run
    sys.exit(status)


def _print(text: str) -> int:
    """Write text and flush standard output; report a failure and return status 3 for it."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        sys.stderr.write(f"error: standard output could not be written: {error.strerror}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the buffer would be flushed again at exit
        return 3
    return 0


def _can_exit_at_once() -> bool:
    """Return whether there are neither threads to wait for nor named semaphores of multiprocessing to remove."""
    threading = sys.modules.get("threading")
    has_threads = threading is not None and threading.active_count() > 1
    return not has_threads and "multiprocessing.resource_tracker" not in sys.modules


def _open_missing_streams() -> None:
    """Open the null device for standard streams that the process was started without.

    The next file to be opened would get such a stream's number, and the output with it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - it takes no keyword
    os.close(descriptor)
    sys.stdin, sys.stdout, sys.stderr = (
        stream or os.fdopen(number, mode)
        for number, (stream, mode) in enumerate(((sys.stdin, "r"), (sys.stdout, "w"), (sys.stderr, "w")))
    )


_STDERR = 2


if __name__ == "__main__":
    main()
