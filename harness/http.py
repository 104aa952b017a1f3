"""HTTP into the kit in requests' vocabulary: one connection per request, bounded in seconds and bytes, recorded."""

from __future__ import annotations

import io
import re
import ssl
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

import certifi
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from harness.errors import KitError, TimedOut, UnexpectedAnswer
from harness.patience import Patience
from harness.tunnel import KitSocket, plain

if TYPE_CHECKING:
    from harness.evidence import EvidenceLog

TIMEOUT = 10.0
"""Seconds for one request and its whole answer."""
LIMIT = 1_048_576
"""Bytes of one answer: as sent, and again after decompression."""
RECORDED_HEADERS = ("Server", "Content-Type", "Content-Length", "Location", "Retry-After")
RECORDED_BODY = 4_096
"""Bytes of an answer's body that become evidence."""
CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
"""Others are read as UTF-8: a stranger may not choose among all of Python's codecs."""

Opener = Callable[[str, int, float, int], KitSocket]


class Reaches(Protocol):
    """What HTTP needs of the access to a kit."""

    names: dict[str, str]

    @property
    def log(self) -> EvidenceLog:
        """Where evidence goes now."""
        ...

    def open(self, address: str, port: int, *, timeout: float, limit: int) -> KitSocket:
        """Open TCP to an address inside the kit."""
        ...

    def exchange(
        self,
        address: str,
        port: int,
        request: bytes,
        *,
        timeout: float,
        limit: int,
        whole: Callable[[bytes | bytearray], bool],
    ) -> bytes:
        """Send bytes to an address inside the kit and return the answer."""
        ...


class _OneExchange:
    """What http.client takes for a socket: collects the request, and sends it when the answer is asked for."""

    def __init__(self, exchange: Callable[[bytes], bytes]) -> None:
        self._exchange = exchange
        self._request = bytearray()

    def settimeout(self, _seconds: object) -> None:
        """Change nothing: the whole exchange has its deadline."""

    def sendall(self, data: bytes) -> None:
        """Keep what is to be sent."""
        self._request += data

    def makefile(self, _mode: str) -> io.BytesIO:
        """Return the whole answer. Raises KitError."""
        return io.BytesIO(self._exchange(bytes(self._request)))

    def close(self) -> None:
        """Do nothing: the exchange is over."""


class _Plain(HTTPConnection):
    """urllib3's connection without a socket: one request and one answer go through the tunnel as they are."""

    exchange: Callable[[bytes], bytes]

    def _new_conn(self) -> Any:
        return _OneExchange(self.exchange)


class _Secure(HTTPSConnection):
    """The same with TLS on top."""

    opener: Opener
    limit: int
    opened: KitSocket | None = None

    def _new_conn(self) -> KitSocket:
        self.opened = self.opener(self.host.strip("[]"), self.port or 443, cast(float, self.timeout), self.limit)
        return self.opened


class KitAdapter(HTTPAdapter):
    """Lets a requests session speak with the inside of a kit."""

    def __init__(self, access: Reaches, *, limit: int, record: bool, patience: Patience) -> None:
        super().__init__()
        self._access = access
        self._patience = patience
        self._limit = limit
        self._record = record

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Return the whole answer. `timeout` (seconds, one number) is for the whole exchange. Raises KitError."""
        url = _without_login(request.url or "")
        host = urlsplit(url).hostname or ""
        source = self._access.names.get(host, host)
        asked = f"{request.method} {url}"
        try:
            response = self._patience.ask(
                urlsplit(url).netloc,
                float(timeout or TIMEOUT),
                lambda seconds: self._exchange(request, url, seconds, verify),
            )
        except KitError as failure:
            if self._record:
                self._access.log.record("http", source, f"{asked} -> {type(failure).__name__}", str(failure))
            raise
        if self._record:
            summary = f"{asked} -> {response.status_code} {plain(response.reason or '', 60)}"
            self._access.log.record("http", source, summary, _shown(response, self._access.log))
        return response

    def _exchange(
        self, request: requests.PreparedRequest, url: str, timeout: float, verify: bool | str
    ) -> requests.Response:
        connection = self._connection(url, timeout, verify)
        try:
            # `Connection: close` is the truth: every request has a connection of its own.
            headers = {"Connection": "close", **(request.headers or {})}
            connection.request(
                request.method or "GET",
                self.request_url(request, None),
                body=cast(Any, request.body),
                headers=headers,
                chunked=not (request.body is None or "Content-Length" in headers),
                preload_content=False,
                decode_content=False,
            )
            raw = connection.getresponse()
            body = self._read(raw, url)
        except KitError:
            raise
        except (OSError, HTTPException, urllib3.exceptions.HTTPError, ValueError) as error:
            raise _failure(_socket_of(connection), error, url, timeout) from None
        finally:
            connection.close()
        opened = _socket_of(connection)
        if opened is not None and opened.failure is not None:
            raise opened.failure
        response = self.build_response(request, raw)
        # requests has no public way to hand over a body that is read already.
        response._content = body  # pyright: ignore[reportPrivateUsage] # noqa: SLF001
        response._content_consumed = True  # pyright: ignore[reportAttributeAccessIssue] # noqa: SLF001
        response.encoding = _charset(response.headers.get("Content-Type", ""))
        return response

    def _connection(self, url: str, timeout: float, verify: bool | str) -> _Plain | _Secure:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https":
            port = parts.port or 80
            plain = _Plain(host, port, timeout=timeout)
            plain.exchange = lambda request: self._access.exchange(
                host, port, request, timeout=timeout, limit=self._limit, whole=is_whole
            )
            return plain
        if verify is False:
            secure = _Secure(host, parts.port or 443, timeout=timeout, cert_reqs=ssl.CERT_NONE, assert_hostname=False)
        else:
            authorities = verify if isinstance(verify, str) else certifi.where()
            secure = _Secure(
                host, parts.port or 443, timeout=timeout, cert_reqs=ssl.CERT_REQUIRED, ca_certs=authorities
            )
        secure.opener = lambda host, port, seconds, limit: self._access.open(host, port, timeout=seconds, limit=limit)
        secure.limit = self._limit
        return secure

    def _read(self, raw: urllib3.BaseHTTPResponse, url: str) -> bytes:
        body = bytearray()
        while piece := raw.read(65_536, decode_content=True):
            body += piece
            if len(body) > self._limit:
                raise UnexpectedAnswer(
                    f"{url} sent more than {self._limit} bytes",
                    help="this is far more than a correct answer has: open the address in a browser",
                )
        return bytes(body)


def is_whole(answer: bytes | bytearray) -> bool:
    """Return whether an answer of HTTP/1.1 is complete by what its headers say; one that does not say ends with the
    connection."""
    head, blank, body = answer.partition(b"\r\n\r\n")
    if not blank or re.match(rb"HTTP/1\.\d 1\d\d", head):
        return False
    if re.search(rb"\r\ntransfer-encoding:[^\r]*chunked", head, re.IGNORECASE):
        return body.endswith(b"0\r\n\r\n")
    length = re.search(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*(?:\r|$)", head, re.IGNORECASE)
    return length is not None and len(body) >= int(length[1])


def _socket_of(connection: _Plain | _Secure) -> KitSocket | None:
    return connection.opened if isinstance(connection, _Secure) else None


class KitSession(requests.Session):
    """A requests session whose every request goes into the kit; nothing of the local user's settings applies."""

    def __init__(self, adapter: KitAdapter, timeout: float) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 5
        self.headers["User-Agent"] = "kitcheck"
        self.headers["Accept-Encoding"] = "identity"
        self._timeout = timeout
        self.adapters.clear()
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Return the answer, redirects followed when asked for. Raises KitError."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        try:
            return super().send(request, **kwargs)
        except (requests.RequestException, ValueError) as error:  # endless redirects, or one to a nonsensical address
            where = _without_login(request.url or "")
            raise UnexpectedAnswer(
                f"{where} redirects to where nobody can follow: {plain(str(error))}",
                help="look at its Location header: `curl -i` from main",
            ) from None


class Http:
    """HTTP to any address inside the kit.

    Raises `ConnectionRefused` where nothing listens and `HostUnreachable` where the machine is off (facts about the
    kit, from `harness.access`); `TimedOut`, `UnexpectedAnswer` (too long, or not HTTP) and the other KitErrors when
    nothing can be said. Any status code is an answer, not an error.
    """

    def __init__(self, access: Reaches) -> None:
        self._access = access
        self._patience = Patience()

    def session(self, *, timeout: float = TIMEOUT, limit: int = LIMIT, record: bool = True) -> KitSession:
        """Return a requests session with cookies of its own; `timeout` is each request's unless it says another."""
        adapter = KitAdapter(self._access, limit=limit, record=record, patience=self._patience)
        return KitSession(adapter, timeout)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Any = None,
        params: Any = None,
        files: Any = None,
        json: Any = None,
        auth: Any = None,
        timeout: float = TIMEOUT,
        limit: int = LIMIT,
        allow_redirects: bool = False,
        record: bool = True,
    ) -> requests.Response:
        """Make one request, and return the whole answer. `timeout` in seconds, `limit` in bytes. Raises KitError."""
        with self.session(timeout=timeout, limit=limit, record=record) as session:
            return session.request(
                method,
                url,
                headers=headers,
                data=data,
                params=params,
                files=files,
                json=json,
                auth=auth,
                allow_redirects=allow_redirects,
            )

    def get(self, url: str, **options: Any) -> requests.Response:
        """Make a GET request: see `request`."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> requests.Response:
        """Make a POST request: see `request`."""
        return self.request("POST", url, **options)


def _failure(opened: KitSocket | None, error: Exception, url: str, timeout: float) -> KitError:
    """Return why an exchange broke: what the way says, else what the answer looked like."""
    if opened is not None and opened.failure is not None:
        return opened.failure
    if isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError):
        return TimedOut(f"{url} had not answered after {timeout:g} s", help="is the service hanging? Look at its log")
    return UnexpectedAnswer(
        f"{url} did not answer as HTTP does: {plain(str(error)) or type(error).__name__}",
        help="is it another service on that port, or one that crashes on every request? Look at its log",
    )


def _charset(content_type: str) -> str:
    found = re.search(r"charset=\"?([\w-]{1,20})", content_type, re.IGNORECASE)
    charset = found.group(1).lower() if found else "utf-8"
    return charset if charset in CHARSETS else "utf-8"


def _shown(response: requests.Response, log: EvidenceLog) -> str:
    lines = [f"{name}: {plain(response.headers[name])}" for name in RECORDED_HEADERS if name in response.headers]
    content = response.content
    # of a secret across the limit nothing may stay either
    begin = log.redact(content[: 2 * RECORDED_BODY].decode(response.encoding or "utf-8", "replace"))
    body = begin[:RECORDED_BODY]
    if len(content) > RECORDED_BODY:
        body += f"\n[{len(content) - RECORDED_BODY} more bytes]"
    return "\n".join([*lines, "", body])


def _without_login(url: str) -> str:
    """Return a URL without user and password, which have no place in messages."""
    return re.sub(r"(?<=//)[^/@]*@", "", url, count=1)
