"""Dashboards over the API: saved, read, searched and removed."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.grafana.answers import Refused, flag_of, object_of, read_object, text_of
from simulators.grafana.datasources import UID
from simulators.grafana.folders import folder_hit, folder_url, slug_of
from simulators.grafana.records import Dashboard, Folder, JsonObject
from simulators.grafana.times import moment_text

if TYPE_CHECKING:
    from starlette.requests import Request

    from simulators.grafana.service import Service

NOT_FOUND = "Dashboard not found"
LIMIT = 1_000
"""Hits of a search, unless it says otherwise (Grafana 9 to 11), and at most 5 000."""


def routes(service: Service) -> list[Route]:
    """Return dashboards and search."""
    dashboards = _Dashboards(service)
    behind = service.behind_login
    return [
        Route("/api/dashboards/db", behind(dashboards.save), methods=["POST"]),
        Route("/api/dashboards/uid/{uid}", behind(dashboards.get), methods=["GET"]),
        Route("/api/dashboards/uid/{uid}", behind(dashboards.remove), methods=["DELETE"]),
        Route("/api/search", behind(dashboards.search), methods=["GET"]),
    ]


def save_dashboard(service: Service, model: JsonObject, *, folder_uid: str = "", overwrite: bool = False) -> Dashboard:
    """Keep a dashboard's model, as a new one or over the one of its uid or id. Raises Refused (400, 404, 412)."""
    store, now = service.store, service.now()
    title, uid = text_of(model, "title").strip(), text_of(model, "uid")
    if not title:
        raise Refused(400, "Dashboard title cannot be empty", status="empty-name")
    if len(uid) > 40:
        raise Refused(400, "uid too long, max 40 characters")
    if uid and not UID.fullmatch(uid):
        raise Refused(400, "uid contains illegal characters")
    if folder_uid and folder_uid not in store.folders:
        raise Refused(400, "folder not found")
    number, given = model.get("id"), model.get("version")
    before = store.dashboards.get(uid)
    if isinstance(number, int) and number:
        of_id = next((each for each in store.dashboards.values() if each.id == number), None)
        if of_id is None:
            raise Refused(404, NOT_FOUND, status="not-found")
        if before is not None and before is not of_id and not overwrite:
            raise Refused(400, "A dashboard with the same uid already exists")
        before = before or of_id
    if before is not None and not overwrite and given != before.version:
        raise Refused(412, "The dashboard has been changed by someone else", status="version-mismatch")
    kept = copy.deepcopy(model)
    if before is None:
        new_uid = uid or store.new_uid()
        dashboard = Dashboard(store.new_id("dashboard"), new_uid, title, slug_of(title), kept, now, now, 1, folder_uid)
    else:
        del store.dashboards[before.uid]
        new_uid, version = uid or before.uid, before.version + 1
        dashboard = Dashboard(before.id, new_uid, title, slug_of(title), kept, before.created, now, version, folder_uid)
    dashboard.model |= {"id": dashboard.id, "uid": dashboard.uid, "version": dashboard.version, "title": title}
    store.dashboards[dashboard.uid] = dashboard
    store.save()
    return dashboard


@dataclass(frozen=True, slots=True)
class _Dashboards:
    service: Service

    async def save(self, request: Request) -> Response:
        body = await read_object(request)
        if "dashboard" not in body:
            raise Refused(400, "bad request data")
        folder_uid = text_of(body, "folderUid")
        number = body.get("folderId")
        if not folder_uid and isinstance(number, int) and number > 0:
            found = next((each for each in self.service.store.folders.values() if each.id == number), None)
            if found is None:
                raise Refused(400, "folder not found")
            folder_uid = found.uid
        saved = save_dashboard(
            self.service, object_of(body, "dashboard"), folder_uid=folder_uid, overwrite=flag_of(body, "overwrite")
        )
        return JSONResponse(
            {
                "folderUid": saved.folder_uid,
                "id": saved.id,
                "slug": saved.slug,
                "status": "success",
                "uid": saved.uid,
                "url": saved.url,
                "version": saved.version,
            }
        )

    def _asked(self, request: Request) -> Dashboard:
        found = self.service.store.dashboards.get(request.path_params["uid"])
        if found is None:
            raise Refused(404, NOT_FOUND)
        return found

    async def get(self, request: Request) -> Response:
        found = self._asked(request)
        user = self.service.user(request)
        folder = self.service.store.folders.get(found.folder_uid)
        meta: JsonObject = {
            "type": "db",
            "canSave": True,
            "canEdit": True,
            "canAdmin": True,
            "canStar": True,
            "canDelete": True,
            "slug": found.slug,
            "url": found.url,
            "expires": "0001-01-01T00:00:00Z",
            "created": moment_text(found.created),
            "updated": moment_text(found.updated),
            "updatedBy": user.login,
            "createdBy": user.login,
            "version": found.version,
            "hasAcl": False,
            "isFolder": False,
            "folderId": folder.id if folder else 0,
            "folderUid": folder.uid if folder else "",
            "folderTitle": folder.title if folder else "General",
            "folderUrl": folder_url(folder) if folder else "",
            "provisioned": False,
            "provisionedExternalId": "",
        }
        return JSONResponse({"meta": meta, "dashboard": found.model})

    async def remove(self, request: Request) -> Response:
        found = self._asked(request)
        del self.service.store.dashboards[found.uid]
        self.service.store.save()
        return JSONResponse({"message": f"Dashboard {found.title} deleted", "title": found.title, "uid": found.uid})

    async def search(self, request: Request) -> Response:
        asked = request.query_params
        kinds, tags = asked.getlist("type"), set(asked.getlist("tag"))
        text = asked.get("query", "").lower()
        store = self.service.store
        hits: list[JsonObject] = []
        if "dash-folder" in kinds or not (kinds or tags):
            hits += [folder_hit(folder) for folder in store.folders.values() if text in folder.title.lower()]
        if "dash-db" in kinds or not kinds:
            hits += [
                _hit(found, store.folders.get(found.folder_uid))
                for found in store.dashboards.values()
                if text in found.title.lower() and tags <= set(_tags(found))
            ]
        wanted = set(asked.getlist("dashboardUIDs")) | set(asked.getlist("dashboardUID"))
        wanted = {uid for each in wanted for uid in each.split(",") if uid}
        if wanted:
            hits = [hit for hit in hits if hit["uid"] in wanted]
        hits.sort(key=lambda hit: (hit["type"] != "dash-folder", str(hit["title"]).lower()))
        limit, page = _number(asked.get("limit"), LIMIT), _number(asked.get("page"), 1)
        limit = min(limit, 5_000)
        return JSONResponse(hits[(page - 1) * limit : page * limit])


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) and int(text) else default


def _tags(dashboard: Dashboard) -> list[str]:
    tags: object = dashboard.model.get("tags")
    return [str(tag) for tag in tags] if isinstance(tags, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON


def _hit(found: Dashboard, folder: Folder | None) -> JsonObject:
    hit: JsonObject = {
        "id": found.id,
        "uid": found.uid,
        "title": found.title,
        "uri": f"db/{found.slug}",
        "url": found.url,
        "slug": "",
        "type": "dash-db",
        "tags": _tags(found),
        "isStarred": False,
        "sortMeta": 0,
    }
    if folder:
        hit |= {"folderId": folder.id, "folderUid": folder.uid, "folderTitle": folder.title}
        hit["folderUrl"] = folder_url(folder)
    return hit
