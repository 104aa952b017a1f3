"""`python -m simulators.juju`: a controller, as a service of the machine that MAAS deployed for it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path


def main() -> None:
    """Read the arguments and serve until told to stop."""
    parser = ArgumentParser(prog="simulators.juju", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="with bootstrap.json; the state is kept there")
    parser.add_argument("--port", type=int, default=17070)
    arguments = parser.parse_args()

    from simulators.juju.machine.service import serve

    serve(arguments.folder, arguments.port)


if __name__ == "__main__":
    main()
