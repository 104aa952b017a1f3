"""Reads what a request carries: multipart, urlencoded or nothing, never more than the limit."""

from __future__ import annotations

from urllib.parse import parse_qsl

import anyio
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, create_form_parser
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
    count = 0

    def counted() -> None:
        nonlocal count
        count += 1
        if count > PARAMETERS_LIMIT:
            raise FormParserError("too many parts")

    def on_field(part: Field) -> None:
        counted()
        values.setdefault(_decode(part.field_name), []).append(_decode(part.value))

    def on_file(part: File) -> None:
        counted()
        with part.file_object as content:
            content.seek(0)
            files[_decode(part.field_name)] = content.read()

    if not body:
        return values, files
    try:
        parser = create_form_parser(
            {"Content-Type": content_type.encode("latin-1", "replace")},
            on_field,
            on_file,
            config={"MAX_MEMORY_FILE_SIZE": BODY_LIMIT + 1},
        )
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError):
        raise Refusal(400, "Malformed multipart body.", BARE_TEXT) from None
    return values, files


def _decode(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")
