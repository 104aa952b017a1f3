"""The images that machines can be deployed with."""

from __future__ import annotations

from simulators.maas.call import Call
from simulators.maas.outcome import KERNELS
from simulators.maas.refusals import not_found
from simulators.maas.table import PREFIX, Handler

boot_resources = Handler("BootResourcesHandler", "boot-resources/", "All images.")
boot_resource = Handler("BootResourceHandler", "boot-resources/{id}/", "One image.")


def _documents(call: Call) -> list[dict[str, object]]:
    return [
        {
            "id": number,
            "type": "Synced",
            "name": f"ubuntu/{series}",
            "architecture": f"amd64/ga-{KERNELS.get(series, series)}",
            "resource_uri": f"{PREFIX}boot-resources/{number}/",
            "last_deployed": None,
            "subarches": "generic",
            "kflavor": "generic",
            "platform": "generic",
            "supported_platforms": "generic",
            "title": f"{KERNELS.get(series, series)} LTS",
        }
        for number, series in enumerate(call.region.inventory.series, 1)
    ]


@boot_resources.on("GET")
def read_all(call: Call) -> object:
    """List images; `type` filters: synced, uploaded, all."""
    wanted = call.params.text("type", "all").lower()
    return [] if wanted == "uploaded" else _documents(call)


@boot_resources.on("GET", "is_importing")
def is_importing(call: Call) -> object:
    """Say whether images are being imported: never, they are there."""
    return False


@boot_resource.on("GET")
def read(call: Call) -> object:
    """Read an image."""
    document = next((one for one in _documents(call) if str(one["id"]) == call.path["id"]), None)
    if document is None:
        raise not_found("BootResource")
    return {**document, "sets": {}}


boot_resources.leaves_out("POST", None, "import", "stop_import")
boot_resource.leaves_out("DELETE", None)
