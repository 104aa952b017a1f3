"""`juju version`."""

from __future__ import annotations

from simulators.juju.cli.call import Call


async def version(call: Call) -> None:
    """Print the client's version, as `3.6.8-genericlinux-amd64`."""
    kind = "ubuntu" if call.old else "genericlinux"
    whole = f"{call.version}-{kind}-amd64"
    form = call.format("smart")
    if call.on("all"):
        call.show(
            {"version": whole, "git-commit": "0" * 40, "git-tree-state": "archive", "compiler": "gc"},
            "yaml" if form == "smart" else form,
        )
    elif form == "json":
        call.show(whole, form)
    else:
        call.print(f"{whole}\n")
