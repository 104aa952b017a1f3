"""Plays one embedded kit in a process of its own: `python -m simulators.embedded --at checkpoint-3 --mistake sticky`.

Prints one line of JSON as soon as the kit's port is open; whoever connects waits until it is built. Of the kits that
follow (`--then`), one is built at once, and one more for each byte on the standard input. It ends when its standard
input does, so that no kit outlives the program that wanted it, or by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import queue
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

from harness import quick_dataclasses
from harness.errors import KitError, UsageError

quick_dataclasses.write_methods_later()

from simulators.lab_network import DEFAULT_NETWORK  # noqa: E402 - its dataclasses are made in the quick way
from simulators.plan import ALL_STAGES, STAGES, Plan  # noqa: E402 - the same

if TYPE_CHECKING:
    from types import FrameType

    from simulators.embedded.kit import Build, EmbeddedKit
    from simulators.embedded.session import Shells

UNUSABLE, FAILED = 4, 1
BARE = "bare"
AT_ONCE = 2
"""Kits that are built without being told to: the first, and the one that is asked next."""
LOOKS_SECONDS = 0.5
"""Seconds between two looks at what cannot wake us: a kit that ended by itself, and Ctrl-C on Windows."""


Told = queue.SimpleQueue[bool]
"""What whoever wanted the kits says: True for one kit more, False for the end. A signal's handler may put something
there at any time."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def plan_from(chosen: argparse.Namespace) -> Plan:
    """Return what is to be played. Raises UsageError."""
    plan = Plan.at(None if chosen.at == BARE else chosen.at)
    if not chosen.mistake:
        return plan
    from simulators.mistakes import planned  # the whole catalogue: nothing for whoever wants none of it

    return planned(chosen.mistake, plan)


def plans_from(chosen: argparse.Namespace) -> list[Plan]:
    """Return what is to be played, one after the other. Raises UsageError."""
    return [plan_from(chosen), *(Plan.at(each) for each in chosen.then)]


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the arguments. Raises UsageError."""
    parser = _Parser(prog="python -m simulators.embedded", description="Play one kit until the standard input ends.")
    parser.add_argument("--name", default="kit", help="the kit's name (default: %(default)s)")
    parser.add_argument("--network", default=DEFAULT_NETWORK, help="its network (default: %(default)s)")
    parser.add_argument("--at", default=STAGES[-1], choices=(BARE, *ALL_STAGES), help="what is built")
    parser.add_argument("--then", default=[], action="append", choices=ALL_STAGES, help="one more kit, after the first")
    parser.add_argument("--mistake", action="append", default=[], metavar="ID", help="of the catalogue; repeatable")
    parser.add_argument("--register", action="store_true", help="let `kitcheck kits` list it")
    parser.add_argument("--dashboard", action="store_true", help="let MAAS answer on a port of its own")
    return parser.parse_args(arguments)


def play(chosen: argparse.Namespace, plans: list[Plan], told: Told, shells: Shells | None, build: Build | None) -> None:
    """Play until it is told to end. Raises UsageError, KitError."""
    gc.disable()  # until everything is loaded: see `warming`
    try:
        from simulators.embedded import warming
        from simulators.embedded.kit import EmbeddedKit

        with contextlib.ExitStack() as playing:
            kits: list[EmbeddedKit] = []
            for plan in plans:
                if len(kits) >= AT_ONCE and not _one_more(told, kits):
                    return
                kit = EmbeddedKit(
                    plan, name=chosen.name, network=chosen.network, register=chosen.register, dashboard=chosen.dashboard
                )
                kits.append(playing.enter_context(kit))
                ready = {
                    "kit": kit.name,
                    "kit_yaml": str(kit.kit_yaml),
                    "ssh_port": kit.ssh_port,
                    "dashboard_port": kit.dashboard_port,
                }
                print(json.dumps(ready), flush=True)
                if kit is not kits[0]:
                    gc.disable()
                    warming.prepare(plan)
                kit.play(shells=shells, build=build)
                warm = warming.begin(plan)
                if plan is not plans[-1]:
                    warm.join()  # who visits the first kit is served first
            while _one_more(told, kits):
                pass
    finally:
        gc.enable()


def _one_more(told: Told, kits: list[EmbeddedKit]) -> bool:
    """Wait until one kit more is wanted, or until the end, which a kit that ends by itself is as well."""
    while not any(kit.closed.is_set() for kit in kits):
        with contextlib.suppress(queue.Empty):
            return told.get(timeout=LOOKS_SECONDS)
    return False


def main(arguments: list[str] | None = None, *, shells: Shells | None = None, build: Build | None = None) -> int:
    """Play a kit; return the exit status. `shells` and `build` are as for `simulators.embedded.kit.start`."""
    told: Told = queue.SimpleQueue()

    def until_input_ends() -> None:
        while said := os.read(0, 4_096):  # not sys.stdin: its lock could not be had when we end
            for _ in said:
                told.put(True)
        told.put(False)

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        told.put(False)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)
    threading.Thread(target=until_input_ends, name="standard input", daemon=True).start()
    try:
        chosen = parse(arguments)
        play(chosen, plans_from(chosen), told, shells, build)
    except UsageError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except KitError as error:
        print(f"{error}; {error.help}" if error.help else error, file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is closed. To take every module down as well takes a tenth of a second, for which somebody waits.
    os._exit(status)
