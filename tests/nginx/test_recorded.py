"""Sites and requests with what nginx 1.22.1 of Debian 12 answered: ours must answer the same.

Each `recorded/NAME.conf` is a site, each line of `recorded/NAME.json` a request and the answer that was recorded from
the real program with one worker, with upstream servers that answer as `Told` does. NGINX' own pages are recorded by
their title. Headers that differ from one moment to the next, or tell about dates of files, were left out.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.nginx.stand import PROXY, Answer, Kit

FOLDER = Path(__file__).with_name("recorded")
FILES = {
    "/var/www/html/a.html": "<a>",
    "/var/www/html/sub/index.html": "<sub>",
    "/var/www/html/empty/x.txt": "x",
    "/srv/f.txt": "srv",
    "/srv/d/index.html": "d",
}
NAMES = sorted(path.stem for path in FOLDER.glob("*.conf"))


def seen(answer: Answer) -> dict[str, Any] | None:
    """Return an answer in the form of the record; None for a connection that was closed without one."""
    if not answer.status:
        return None
    headers = dict(answer.headers)
    body: Any = answer.body
    title = re.search(r"<title>(.*?)</title>", body)
    if title and "<center>nginx" in body:
        body = f"page: {title[1]}"
        headers.pop("content-length")
    elif not body and headers.get("content-type") == "text/html" and answer.status >= 300:
        headers.pop("content-length", None)
    elif body[:1] == "{":
        body = json.loads(body)
    return {"status": answer.status, "headers": headers, "body": body, "complete": answer.complete}


@pytest.mark.parametrize("name", NAMES)
def test_same_as_nginx(name: str) -> None:
    """Request after request, status, headers and body are those of the real program."""
    kit = Kit((FOLDER / f"{name}.conf").read_text(encoding="utf-8"), FILES)
    for line in json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")):
        if "wait" in line:
            kit.clock.now += line["wait"]
            continue
        method, target = line["ask"].split(" ", 1)
        answer = kit.ask(
            method,
            target,
            headers=line.get("headers"),
            host=line.get("host", "kit"),
            body=line.get("body", "").encode() or b"x" * line.get("size", 0),
            to=(line.get("ip", PROXY), line.get("port", 80)),
            version=line.get("version", "1.1"),
        )

        assert (line["ask"], line["answer"]) == (line["ask"], seen(answer))


def test_records_are_there() -> None:
    """There are sites, and every site has its requests."""
    assert len(NAMES) >= 10
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == NAMES
