"""The document by which clients learn the API: made from the table that routes requests."""

from __future__ import annotations

import functools
import hashlib
import json

from simulators.maas.table import PREFIX, Handler, Operation

Document = dict[str, object]


def _actions(operations: list[Operation]) -> list[Document]:
    ordered = sorted(operations, key=lambda operation: (operation.op is not None, operation.name))
    return [
        {
            "name": operation.name,
            "doc": operation.doc,
            "method": operation.method,
            "op": operation.op,
            "restful": operation.op is None,
        }
        for operation in ordered
    ]


def _handler(handler: Handler, base: str, *, anonymous: bool) -> Document | None:
    operations = list((handler.anonymous if anonymous else handler.operations).values())
    if not operations:
        return None
    # Handlers that are open to all are one and the same; others have an anonymous twin of their own name.
    twin = anonymous and handler.operations != handler.anonymous
    return {
        "name": f"Anon{handler.name}" if twin else handler.name,
        "doc": handler.doc,
        "params": handler.placeholders,
        "path": PREFIX + handler.path,
        "uri": f"{base}{PREFIX}{handler.path}",
        "actions": _actions(operations),
    }


@functools.cache
def _resources() -> list[Handler]:
    from simulators.maas.catalogue import HANDLERS

    return [handler for handler in HANDLERS if handler.path != "describe/"]


@functools.lru_cache(maxsize=64)
def describe(base: str) -> str:
    """Return the document as JSON, with absolute addresses below `base` (`http://host:5240`)."""
    resources: list[Document] = []
    flat: list[Document] = []
    for handler in _resources():
        anonymous = _handler(handler, base, anonymous=True)
        authenticated = _handler(handler, base, anonymous=False)
        resources.append({"name": handler.name, "anon": anonymous, "auth": authenticated})
        flat += [document for document in (anonymous, authenticated) if document is not None]
    document = {
        "doc": "The MAAS 2.0 API, as far as the Kitcheck simulator plays it.",
        "hash": description_hash(),
        "handlers": flat,
        "resources": resources,
    }
    return json.dumps(document, indent=4)


@functools.cache
def description_hash() -> str:
    """Return the SHA-1 of the description, whatever address it is read by; each answer carries it."""
    described = [
        [_handler(handler, "", anonymous=True), _handler(handler, "", anonymous=False)] for handler in _resources()
    ]
    return hashlib.sha1(json.dumps(described).encode(), usedforsecurity=False).hexdigest()
