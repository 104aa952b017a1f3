"""How plans are changed: the vocabulary in which the catalogue's entries say what is different."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulators.acts import Act
from simulators.entry import Change
from simulators.plan import SERVER, Django, Postgresql


def postgresql(changed: Postgresql, *, restarted: bool = True) -> Change:
    """Return the change to another PostgreSQL; `restarted`: whether Django was started afterwards."""
    return lambda plan: replace(plan, postgresql=changed, restarted=restarted)


def first(change: Callable[[Django], Django]) -> Change:
    """Return the change of the first Django server."""
    return lambda plan: replace(plan, first=change(plan.first))


def second(change: Callable[[Django], Django]) -> Change:
    """Return the change of the second Django server."""
    return lambda plan: replace(plan, second=change(plan.second))


def both(change: Callable[[Django], Django]) -> Change:
    """Return the change of both Django servers."""
    return lambda plan: replace(plan, first=change(plan.first), second=change(plan.second))


def messages(of_first: str, of_second: str) -> Change:
    """Return the change of what the Django servers say at the group's path."""
    return lambda plan: replace(
        plan, first=replace(plan.first, message=of_first), second=replace(plan.second, message=of_second)
    )


def nginx(site: str, **more: str) -> Change:
    """Return the change to another site of NGINX, and further files; `__` in a name is a slash."""
    files = {"sites-available/default": site, **{name.replace("__", "/"): text for name, text in more.items()}}
    return lambda plan: replace(plan, nginx=replace(plan.nginx, files=files))


def upstream(lines: str) -> str:
    """Return the lab's site with other lines inside its upstream."""
    return f"upstream backend {{\n{lines}}}\n\n{SERVER}"


def juju(**different: Any) -> Change:
    """Return the change of what Juju deploys."""
    return lambda plan: replace(plan, juju=replace(plan.juju, **different))


def then(*acts: Act) -> Change:
    """Return the change that does something to the finished kit of the second half."""
    return lambda plan: replace(plan, then=(*plan.then, *acts))


def says(**said: object) -> Change:
    """Return the change that writes something else into kit.yaml; `__` in a name is a dot, None leaves a key out."""
    return lambda plan: replace(
        plan, kit_yaml={**plan.kit_yaml, **{name.replace("__", "."): value for name, value in said.items()}}
    )
