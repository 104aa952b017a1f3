"""Pages that we draw ourselves for a picture: the table of machines, a terminal, the frame with a page's address."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.machines import Machine
from harness.printable import printable

if TYPE_CHECKING:
    from jinja2 import Environment

TERMINAL_LIMIT = 20_000
"""Characters of a terminal's text."""
LINES_LIMIT = 90
WIDEST = 200
"""Letters in a line of the terminal."""
_COLOURS = {
    "bright_green": ("active", "started", "idle"),
    "bright_red": ("error", "blocked", "down", "lost"),
    "bright_yellow": ("waiting", "maintenance", "pending", "executing", "allocating"),
}


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined
    )


def machines(found: Sequence[Machine], *, kit: str, url: str, at: str) -> str:
    """Return a page with the kit's machines as MAAS' API tells them; it says that it is no picture of the dashboard."""
    rows = [
        {
            "name": printable(machine.hostname, limit=60),
            "id": machine.system_id,
            "addresses": ", ".join(machine.ip_addresses),
            "macs": ", ".join(printable(each, limit=30) for each in machine.mac_addresses[:4]),
            "status": printable(machine.status_name, limit=40),
            "power": machine.power_state.value,
            "owner": printable(machine.owner or "", limit=40),
            "tags": printable(", ".join(machine.tag_names[:8]), limit=60),
        }
        for machine in sorted(found, key=lambda each: each.hostname.lower())[:60]
    ]
    return _templates().get_template("machines.html").render(kit=kit, url=url, at=at, rows=rows)


def terminal(command: str, output: str, *, kit: str, at: str) -> str:
    """Return a page that shows a command on main and what it printed, as a terminal does."""
    import io

    from rich.console import Console
    from rich.text import Text

    lines = printable(output, limit=TERMINAL_LIMIT).expandtabs().split("\n")
    if len(lines) > LINES_LIMIT:
        lines = [*lines[:LINES_LIMIT], f"[{len(lines) - LINES_LIMIT} more lines]"]
    body = Text("\n".join(lines).rstrip())
    for colour, words in _COLOURS.items():
        for word in words:
            body.highlight_regex(rf"(?<=\s){word}(?=\s)", colour)
    body.highlight_regex(
        r"(?m)^(?:Model|App|Unit|Machine|Offer|SAAS|Integration provider|Relation provider)\b.*$", "bold"
    )
    console = Console(record=True, file=io.StringIO(), width=WIDEST, force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("cloud@main", "bright_green"), f":~$ {printable(command, limit=200)}"), soft_wrap=True)
    console.print(body, soft_wrap=True)
    drawn = console.export_html(inline_styles=True, code_format="{code}")
    from markupsafe import Markup

    # Rich has escaped the text
    return _templates().get_template("terminal.html").render(code=Markup(drawn), kit=kit, at=at)  # noqa: S704


def framed(png: bytes, *, address: str, source: str, kit: str, at: str) -> str:
    """Return a page that shows a picture of a page with its address above it, as a browser's window does."""
    picture = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
    return (
        _templates()
        .get_template("framed.html")
        .render(picture=picture, address=printable(address, limit=150), source=source, kit=kit, at=at)
    )
