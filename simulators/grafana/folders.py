"""Folders of dashboards over the API."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.grafana.answers import Refused, not_simulated, read_object, text_of
from simulators.grafana.datasources import UID
from simulators.grafana.records import Folder, JsonObject
from simulators.grafana.times import moment_text

if TYPE_CHECKING:
    from starlette.requests import Request

    from simulators.grafana.service import Service


def routes(service: Service) -> list[Route]:
    """Return what can be asked about folders."""
    folders = _Folders(service)
    behind = service.behind_login
    return [
        Route("/api/folders", behind(folders.all), methods=["GET"]),
        Route("/api/folders", behind(folders.add), methods=["POST"]),
        Route("/api/folders/{uid}", behind(folders.get), methods=["GET"]),
        Route("/api/folders/{uid}", behind(folders.remove), methods=["DELETE"]),
    ]


def slug_of(title: str) -> str:
    """Return a title as it stands in addresses: `My board!` is `my-board`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "-"


def folder_hit(folder: Folder) -> JsonObject:
    """Return a folder as a search finds it."""
    slug = slug_of(folder.title)
    return {
        "id": folder.id,
        "uid": folder.uid,
        "title": folder.title,
        "uri": f"db/{slug}",
        "url": folder_url(folder),
        "slug": "",
        "type": "dash-folder",
        "tags": [],
        "isStarred": False,
        "sortMeta": 0,
    }


def folder_url(folder: Folder) -> str:
    """Return the path of a folder's page."""
    return f"/dashboards/f/{folder.uid}/{slug_of(folder.title)}"


@dataclass(frozen=True, slots=True)
class _Folders:
    service: Service

    async def all(self, request: Request) -> Response:
        folders = self.service.store.folders.values()
        return JSONResponse([{"id": each.id, "uid": each.uid, "title": each.title} for each in folders])

    async def add(self, request: Request) -> Response:
        body = await read_object(request)
        store, now = self.service.store, self.service.now()
        title, uid = text_of(body, "title").strip(), text_of(body, "uid")
        if text_of(body, "parentUid"):
            raise not_simulated("folders in folders")
        if not title:
            raise Refused(400, "folder title cannot be empty")
        if uid and not UID.fullmatch(uid):
            raise Refused(400, "invalid uid for folder provided")
        if uid in store.folders:
            raise Refused(409, "a folder/dashboard with the same uid already exists")
        folder = Folder(store.new_id("dashboard"), uid or store.new_uid(), title, now, now)
        store.folders[folder.uid] = folder
        store.save()
        return JSONResponse(self._shown(request, folder))

    def _asked(self, request: Request) -> Folder:
        found = self.service.store.folders.get(request.path_params["uid"])
        if found is None:
            raise Refused(404, "folder not found", status="not-found")
        return found

    async def get(self, request: Request) -> Response:
        return JSONResponse(self._shown(request, self._asked(request)))

    async def remove(self, request: Request) -> Response:
        """Remove a folder with the dashboards in it, as Grafana does."""
        found = self._asked(request)
        store = self.service.store
        del store.folders[found.uid]
        store.dashboards = {uid: each for uid, each in store.dashboards.items() if each.folder_uid != found.uid}
        store.save()
        return JSONResponse({"id": found.id, "message": "Folder deleted", "title": found.title})

    def _shown(self, request: Request, folder: Folder) -> JsonObject:
        user = self.service.user(request)
        rights = dict.fromkeys(("canSave", "canEdit", "canAdmin", "canDelete"), True)
        return {
            "id": folder.id,
            "uid": folder.uid,
            "title": folder.title,
            "url": folder_url(folder),
            "hasAcl": False,
            **rights,
            "createdBy": user.login,
            "created": moment_text(folder.created),
            "updatedBy": user.login,
            "updated": moment_text(folder.updated),
            "version": folder.version,
        }
