"""The entry point, of the ``prompt-cli`` command and of ``python -m prompt_cli``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its status.

    ``--version`` alone is answered before Typer is imported: scripts ask for it, and nothing else is needed.
    """
    if sys.argv[1:] in (["--version"], ["-V"]):
        from prompt_cli import __version__  # needed on this path alone

        sys.stdout.write(f"prompt-cli {__version__}\n")
        return
    from prompt_cli.cli.main import run  # imports Typer

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
