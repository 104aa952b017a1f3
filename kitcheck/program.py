"""Starts the program: what takes long and can be begun at once is begun before the program itself is loaded."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program and return its exit status."""
    from kitcheck import head_start

    try:
        head_start.begin(sys.argv[1:])
        from kitcheck import telling

        return telling.run(_run)
    finally:
        head_start.close()


def _run() -> int:
    from kitcheck import head_start

    if sys.argv[1:] == [head_start.DEMO]:
        # Nothing is left to be parsed, and to load Typer takes a twentieth of the demonstration.
        from kitcheck import demo

        return demo.demo()
    from kitcheck import cli

    return cli.called()
