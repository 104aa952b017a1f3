"""Looks for what Juju's client on main still knows after a clean-up, where there still is a client."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from harness.fields import parse, record
from harness.juju import command
from harness.juju.optional import part

if TYPE_CHECKING:
    from harness.access import Access
    from harness.juju.client_files import Controller
    from harness.kit import Kit

NOTHING = re.compile(r"no controllers? registered", re.IGNORECASE)
"""Juju 2.9 and 3.6: what `juju controllers` says, with exit status 1, when it knows none."""


@dataclass(frozen=True, slots=True)
class Known:
    """The controllers that the client on main knows."""

    listed: tuple[str, ...] | None
    """Names that `juju controllers` shows; None: Juju is not installed."""
    kept: tuple[str, ...]
    """Names in its files, which stay when Juju is removed."""


def known_controllers(kit: Kit) -> Known:
    """Return what the client knows, asked anew each time. Raises KitError when it cannot be told."""
    asks: dict[str, Callable[[], object]] = {
        "listed": lambda: _listed(kit.access),
        "files": lambda: command.client_files(kit.access),
    }
    told = kit.for_each(asks, lambda what: asks[what]())
    files = cast("dict[str, Controller]", told["files"])
    return Known(cast("tuple[str, ...] | None", told["listed"]), tuple(sorted(files)))


def _listed(access: Access) -> tuple[str, ...] | None:
    arguments = ("controllers", "--format=json")
    told = command.run(access, *arguments)
    if told.exit_status == command.NOT_FOUND:
        return None
    if told.exit_status != 0:
        if NOTHING.search(told.error_text):
            return ()
        raise command.refusal(told, arguments)
    where = "the output of `juju controllers`"
    return tuple(sorted(part(record(parse(told.stdout, where), where), "controllers", where)))
