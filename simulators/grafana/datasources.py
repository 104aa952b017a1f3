"""Data sources over the API: listed, made, changed and removed. Secrets go in and never come out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.grafana.answers import Refused, flag_of, object_of, read_object, text_of
from simulators.grafana.records import ORGANISATION, DataSource, JsonObject

if TYPE_CHECKING:
    from starlette.requests import Request

    from simulators.grafana.service import Service

TYPE_NAMES = {"prometheus": "Prometheus"}
UID = re.compile(r"[a-zA-Z0-9\-_]{1,40}")
"""Grafana 9 to 11: what a uid may look like."""
NAME_TAKEN = "data source with the same name already exists"
UID_TAKEN = "data source with the same uid already exists"
NOT_FOUND = "Data source not found"


def routes(service: Service) -> list[Route]:
    """Return what can be asked about data sources, but for their health and what passes through them."""
    sources = _DataSources(service)
    behind = service.behind_login
    by_uid, by_id, by_name = "/api/datasources/uid/{uid}", "/api/datasources/{id:int}", "/api/datasources/name/{name}"
    found: list[Route] = [
        Route("/api/datasources", behind(sources.all), methods=["GET"]),
        Route("/api/datasources", behind(sources.add), methods=["POST"]),
        Route("/api/datasources/id/{name}", behind(sources.id_of), methods=["GET"]),
    ]
    for path in (by_uid, by_id, by_name):
        found.append(Route(path, behind(sources.get), methods=["GET"]))
        found.append(Route(path, behind(sources.remove), methods=["DELETE"]))
    found += [Route(path, behind(sources.change), methods=["PUT"]) for path in (by_uid, by_id)]
    return found


def asked_source(service: Service, request: Request) -> DataSource | None:
    """Return the data source that a path names by uid, id or name."""
    store, given = service.store, request.path_params
    if "uid" in given:
        return store.source_by_uid(given["uid"])
    if "id" in given:
        return store.data_sources.get(int(given["id"]))
    return store.source_by_name(given["name"])


def shown(source: DataSource) -> JsonObject:
    """Return a data source as answers show it: the names of its secrets, not the secrets."""
    return {
        "id": source.id,
        "uid": source.uid,
        "orgId": ORGANISATION,
        "name": source.name,
        "type": source.type,
        "typeLogoUrl": f"public/app/plugins/datasource/{source.type}/img/{source.type}_logo.svg",
        "access": source.access,
        "url": source.url,
        "user": source.user,
        "database": source.database,
        "basicAuth": source.basic_auth,
        "basicAuthUser": source.basic_auth_user,
        "withCredentials": source.with_credentials,
        "isDefault": source.is_default,
        "jsonData": source.json_data,
        "secureJsonFields": dict.fromkeys(source.secure, True),
        "version": source.version,
        "readOnly": source.read_only,
        "apiVersion": "",
    }


def listed(source: DataSource) -> JsonObject:
    """Return a data source as the list shows it."""
    whole = shown(source)
    left_out = ("basicAuthUser", "withCredentials", "secureJsonFields", "version", "apiVersion")
    item = {key: value for key, value in whole.items() if key not in left_out}
    return item | {"typeName": TYPE_NAMES.get(source.type, source.type)}


@dataclass(frozen=True, slots=True)
class _DataSources:
    service: Service

    def _asked(self, request: Request) -> DataSource:
        source = asked_source(self.service, request)
        if source is None:
            raise Refused(404, NOT_FOUND)
        return source

    async def all(self, request: Request) -> Response:
        ordered = sorted(self.service.store.data_sources.values(), key=lambda source: source.name)
        return JSONResponse([listed(source) for source in ordered])

    async def get(self, request: Request) -> Response:
        source = self._asked(request)
        rights = {"datasources:read": True, "datasources:write": True, "datasources:delete": True}
        return JSONResponse({**shown(source), "accessControl": rights})

    async def id_of(self, request: Request) -> Response:
        return JSONResponse({"id": self._asked(request).id})

    async def add(self, request: Request) -> Response:
        values = await read_object(request)
        store = self.service.store
        source = _from_body(DataSource(0, text_of(values, "uid"), "", ""), values)
        if store.source_by_name(source.name):
            raise Refused(409, NAME_TAKEN)
        if source.uid and store.source_by_uid(source.uid):
            raise Refused(409, UID_TAKEN)
        source.id = store.new_id("data source")
        source.uid = source.uid or store.new_uid()
        self._keep(source)
        return self._told("Datasource added", source)

    async def change(self, request: Request) -> Response:
        before = self._asked(request)
        values = await read_object(request)
        if before.read_only:
            raise Refused(403, "Cannot update read-only data source")
        store = self.service.store
        source = _from_body(replace(before), values)
        source.uid = text_of(values, "uid") or before.uid
        given = values.get("version")
        if isinstance(given, int) and given not in {0, before.version}:
            raise Refused(409, "Datasource has already been updated by someone else. Please reload and try again")
        same_name, same_uid = store.source_by_name(source.name), store.source_by_uid(source.uid)
        if same_name and same_name.id != source.id:
            raise Refused(409, f"Failed to update datasource: {NAME_TAKEN}")
        if same_uid and same_uid.id != source.id:
            raise Refused(409, f"Failed to update datasource: {UID_TAKEN}")
        source.version = before.version + 1
        self._keep(source)
        return self._told("Datasource updated", source)

    async def remove(self, request: Request) -> Response:
        source = self._asked(request)
        if source.read_only:
            raise Refused(403, "Cannot delete read-only data source")
        del self.service.store.data_sources[source.id]
        self.service.store.save()
        gone: JsonObject = {"message": "Data source deleted"}
        return JSONResponse(gone if "id" in request.path_params else gone | {"id": source.id})

    def _keep(self, source: DataSource) -> None:
        store = self.service.store
        if source.is_default:
            for other in store.data_sources.values():
                other.is_default = False
        store.data_sources[source.id] = source
        store.save()

    def _told(self, message: str, source: DataSource) -> Response:
        return JSONResponse({"datasource": shown(source), "id": source.id, "message": message, "name": source.name})


def _from_body(source: DataSource, values: JsonObject) -> DataSource:
    """Return a data source as a body describes it. What the body leaves out becomes empty, as in Grafana."""
    name, kind, access = (text_of(values, key) for key in ("name", "type", "access"))
    if not name or not kind or not access:
        raise Refused(400, "bad request data")
    if access not in {"proxy", "direct"}:
        raise Refused(400, "bad request data")
    if source.uid and not UID.fullmatch(source.uid):
        raise Refused(400, "invalid format of UID")
    secrets = object_of(values, "secureJsonData")
    if not all(isinstance(secret, str) for secret in secrets.values()):
        raise Refused(400, "bad request data")
    source.name, source.type, source.access = name, kind, access
    source.url = _checked_url(text_of(values, "url"))
    source.user, source.database = text_of(values, "user"), text_of(values, "database")
    source.basic_auth, source.basic_auth_user = flag_of(values, "basicAuth"), text_of(values, "basicAuthUser")
    source.with_credentials, source.is_default = flag_of(values, "withCredentials"), flag_of(values, "isDefault")
    source.json_data = object_of(values, "jsonData")
    # Secrets that a body does not name stay as they are: nobody can read them to send them again.
    source.secure = {key: value for key, value in {**source.secure, **cast("dict[str, str]", secrets)}.items() if value}
    return source


def _checked_url(url: str) -> str:
    """Return a data source's address. Raises Refused (400) when nothing can be asked there."""
    try:
        parts = urlsplit(url if "://" in url or not url else f"http://{url}")
        _ = parts.port
    except ValueError:
        raise Refused(400, "Validation error, invalid URL") from None
    if url and not parts.hostname:
        raise Refused(400, "Validation error, invalid URL")
    return url
