"""Reads a dashboard of Grafana's second schema as one of its first, the only one that `parse_dashboard` knows.

Grafana 12 has it as a choice and Grafana 13 writes it by itself; /api/dashboards answers 406 for such a dashboard, and
names the address below /apis where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from harness.fields import record
from harness.juju.optional import part, parts, several, text, truth


def address(message: str, uid: str) -> str | None:
    """Return the path where Grafana says that a dashboard of the second schema is; None when it says none.

    Only version and namespace are taken from its words.
    """
    found = re.search(r"/apis/dashboard\.grafana\.app/(v2\w{0,20})/namespaces/([\w-]{1,80})/dashboards/", message)
    return f"/apis/dashboard.grafana.app/{found[1]}/namespaces/{found[2]}/dashboards/{uid}" if found else None


def first_schema(answer: object, uid: str, where: str) -> Mapping[str, object]:
    """Return what matters of a dashboard in the words of the first schema. Raises UnexpectedAnswer."""
    spec = part(record(answer, where), "spec", where)
    panels = [_panel(part(each, "spec", where), where) for each in parts(spec, "elements", where).values()]
    return {
        "uid": uid,
        "title": text(spec, "title", where),
        "panels": panels,
        "templating": {"list": list(_variables(spec, where))},
    }


def _panel(spec: Mapping[str, object], where: str) -> Mapping[str, object]:
    group = part(part(spec, "data", where), "spec", where)
    targets = [_target(part(record(each, where), "spec", where), where) for each in several(group, "queries", where)]
    return {
        "title": text(spec, "title", where),
        "type": "panel",
        "targets": targets,
        "libraryPanel": part(spec, "libraryPanel", where),
    }


def _target(spec: Mapping[str, object], where: str) -> Mapping[str, object]:
    """Return a query. v2alpha1 has the data source beside it; later versions within, by uid as `name`, type as `group`.

    Without a uid a data source of that type is meant.
    """
    query = part(spec, "query", where)
    beside, within = part(spec, "datasource", where), part(query, "datasource", where)
    kind = text(query, "kind", where)
    source = {
        "uid": text(within, "name", where) or text(beside, "uid", where),
        "type": text(query, "group", where) or text(beside, "type", where) or ("" if kind == "DataQuery" else kind),
    }
    asked = dict(part(query, "spec", where))
    return {**asked, "datasource": source if any(source.values()) else None, "hide": truth(spec, "hidden", where)}


def _variables(spec: Mapping[str, object], where: str) -> Iterator[Mapping[str, object]]:
    for each in several(spec, "variables", where):
        variable = record(each, where)
        kind = text(variable, "kind", where).removesuffix("Variable").lower()
        yield {**part(variable, "spec", where), "type": kind}
