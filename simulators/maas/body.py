"""Reads what a request carries: multipart, urlencoded or nothing, never more than the limit."""

from __future__ import annotations

import binascii
from urllib.parse import parse_qsl

import anyio
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from simulators.maas.refusals import BARE_TEXT, Refusal

BODY_LIMIT = 10 * 1024 * 1024
"""Bytes."""
BODY_SECONDS = 60.0
PARAMETERS_LIMIT = 2_000
"""Parameters of one request."""


async def read_body(request: Request) -> bytes:
    """Return the body. Refuses with 413 beyond the limit and with 408 when it does not come."""
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and len(announced) < 19 and int(announced) > BODY_LIMIT:
        raise too_large()
    parts: list[bytes] = []
    size = 0
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > BODY_LIMIT:
                    raise too_large()
                parts.append(part)
    except TimeoutError:
        raise Refusal(408, "The request's body did not come.", BARE_TEXT) from None
    except ClientDisconnect:
        raise Refusal(400, "The request's body ended early.", BARE_TEXT) from None
    return b"".join(parts)


def too_large() -> Refusal:
    """413: more than anybody needs to send to MAAS."""
    return Refusal(413, f"The request's body is larger than {BODY_LIMIT} bytes.", BARE_TEXT)


def parse_query(query: str) -> dict[str, list[str]]:
    """Return the parameters of a query or of an urlencoded body."""
    values: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=PARAMETERS_LIMIT, errors="replace")
    except ValueError:
        raise Refusal(400, "Too many parameters.", BARE_TEXT) from None
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def parse_body(content_type: str, body: bytes) -> tuple[dict[str, list[str]], dict[str, bytes]]:
    """Return a body's parameters and its files.

    Parts that a client encoded in base64 are decoded (python-libmaas and the maas command send such). Refuses with 400
    what is malformed, and with 500 other content types, as MAAS 3.5 does.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if not body and kind != "multipart/form-data":
        return {}, {}
    if kind == "application/x-www-form-urlencoded":
        return parse_query(body.decode(errors="replace")), {}
    if kind == "multipart/form-data":
        return _parse_multipart(content_type, body)
    if kind == "":
        return {}, {}
    # MAAS 3.5 fails with 500 when it is sent JSON.
    sentence = f"Cannot read a body of type {kind[:60]}: send multipart/form-data or application/x-www-form-urlencoded."
    raise Refusal(500, sentence, BARE_TEXT)


def _parse_multipart(content_type: str, body: bytes) -> tuple[dict[str, list[str]], dict[str, bytes]]:
    values: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    _, options = parse_options_header(content_type.encode("latin-1", "replace"))
    boundary = options.get(b"boundary", b"")
    if not body:
        return values, files
    if not boundary or len(boundary) > 200:
        raise _malformed()
    delimiter = b"\r\n--" + boundary
    # Splitting by hand: an empty message of python-libmaas has a part without headers, parts of the maas command are
    # in base64 with line ends, and Ansible's last boundary has no line end; parsers at hand take one or another.
    preamble, *parts = (b"\r\n" + body).split(delimiter, PARAMETERS_LIMIT + 1)
    if preamble.strip() or not parts or not parts[-1].startswith(b"--"):
        raise _malformed()
    for part in parts[:-1]:
        headers, separator, content = part.partition(b"\r\n\r\n")
        if not headers.strip() and not content:
            continue
        fields = _headers(headers)
        _, disposition = parse_options_header(fields.get(b"content-disposition", b""))
        name = disposition.get(b"name")
        if not separator or name is None:
            raise _malformed()
        content = _decoded(content, fields.get(b"content-transfer-encoding", b""))
        if b"filename" in disposition:
            files[_text(name)] = content
        else:
            values.setdefault(_text(name), []).append(_text(content))
    return values, files


def _headers(lines: bytes) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for line in lines.split(b"\r\n"):
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    return fields


def _decoded(content: bytes, encoding: bytes) -> bytes:
    if encoding.lower() != b"base64":
        return content
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:
        raise _malformed() from None


def _malformed() -> Refusal:
    return Refusal(400, "Malformed multipart body.", BARE_TEXT)


def _text(value: bytes) -> str:
    return value.decode(errors="replace")
