"""Files that clients keep in MAAS."""

from __future__ import annotations

import base64
from urllib.parse import quote

from simulators.maas.answer import DELETED, Answer
from simulators.maas.call import Call
from simulators.maas.models import StoredFile
from simulators.maas.refusals import Refusal, not_found
from simulators.maas.table import PREFIX, Handler

files = Handler("FilesHandler", "files/", "The caller's files.")
file_handler = Handler("FileHandler", "files/{filename}/", "One of the caller's files.")

BINARY = "application/octet-stream"
TOTAL_LIMIT = 16 * 1024 * 1024
"""Bytes of base64 that all files together may take."""


def _document(stored: StoredFile) -> dict[str, object]:
    return {
        "filename": stored.filename,
        "anon_resource_uri": f"{PREFIX}files/?op=get_by_key&key={stored.key}",
        "resource_uri": f"{PREFIX}files/{quote(stored.filename)}/",
    }


def _content(stored: StoredFile) -> Answer:
    return Answer(body=base64.b64decode(stored.content), content_type=BINARY)


def _find(call: Call, filename: str) -> StoredFile:
    stored = call.region.files.get((call.user.username, filename))
    if stored is None:
        raise not_found("FileStorage")
    return stored


@files.on("GET")
def read_all(call: Call) -> object:
    """List files; `prefix` filters."""
    prefix = call.params.text("prefix")
    mine = [stored for (owner, _), stored in call.region.files.items() if owner == call.user.username]
    chosen = [stored for stored in mine if stored.filename.startswith(prefix)]
    return [_document(stored) for stored in sorted(chosen, key=lambda stored: stored.filename)]


@files.on("POST")
def create(call: Call) -> object:
    """Keep a file: filename, and its content as the part `file`. Replaces one of the same name."""
    region, params = call.region, call.params
    if not params.text("filename"):
        raise Refusal(400, "Filename not supplied")
    if "file" in call.files:
        content = call.files["file"]
    elif "file" in params:
        content = params.text("file").encode()
    else:
        raise Refusal(400, "File not supplied")
    name = params.text("filename")[:255]
    encoded = base64.b64encode(content).decode()
    others = sum(len(stored.content) for key, stored in region.files.items() if key != (call.user.username, name))
    if others + len(encoded) > TOTAL_LIMIT:
        raise Refusal(413, f"This simulator keeps {TOTAL_LIMIT} bytes of files at most.")
    stored = StoredFile(name, call.user.username, region.letters(36, "0123456789abcdef"), encoded)
    region.files[call.user.username, name] = stored
    region.changed()
    return Answer(201, b"", "text/plain")


@files.on("GET", "get")
def get(call: Call) -> object:
    """Return the content of a file (`filename`)."""
    return _content(_find(call, call.params.required("filename")))


@files.on("GET", "get_by_key", anonymous=True)
def get_by_key(call: Call) -> object:
    """Return the content of the file with a secret key (`key`); open to whoever knows it."""
    key = call.params.required("key")
    stored = next((stored for stored in call.region.files.values() if stored.key == key), None)
    if stored is None:
        raise not_found("FileStorage")
    return _content(stored)


@files.on("DELETE")
def delete_named(call: Call) -> object:
    """Remove a file (`filename`)."""
    stored = _find(call, call.params.required("filename"))
    del call.region.files[stored.owner, stored.filename]
    call.region.changed()
    return DELETED


@file_handler.on("GET")
def read(call: Call) -> object:
    """Read about a file, its content in base64."""
    stored = _find(call, call.path["filename"])
    return {**_document(stored), "content": stored.content}


@file_handler.on("DELETE")
def delete(call: Call) -> object:
    """Remove a file."""
    stored = _find(call, call.path["filename"])
    del call.region.files[stored.owner, stored.filename]
    call.region.changed()
    return DELETED
