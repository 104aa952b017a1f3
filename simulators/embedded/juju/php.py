"""PHP on a host of the kit: PHP-FPM's service, and an NGINX that hands it the requests of `fastcgi_pass`.

NGINX's simulator passes requests on over HTTP only. To it, `fastcgi_pass` to PHP-FPM's socket is written as a
`proxy_pass` to an address that nothing else has, and what answers there is PHP-FPM, while it runs.
"""

from __future__ import annotations

import errno
import re
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from simulators.embedded.host import Files
from simulators.embedded.juju.services import UNIT_FILE, Daemon, Served
from simulators.embedded.network import ANY, LOOPBACK
from simulators.embedded.nginx_host import PROCESSORS, Service
from simulators.nginx.loading import load
from simulators.nginx.packaged import EMPTY_FOLDERS, packaged

if TYPE_CHECKING:
    from simulators.embedded.host import Host, Unit
    from simulators.embedded.network import App
    from simulators.nginx.model import Configuration

UNIT = "php8.2-fpm"
SOCKETS = ("/run/php/php8.2-fpm.sock", "/run/php/php-fpm.sock")
"""Debian 12: the second is a link to the first, for whichever version is installed."""
BEHIND = ("127.82.0.1", 9000)
"""Stands for the socket in what the simulator of NGINX reads."""
ASKED_FOR = b"x-request-uri"
"""Header that carries what was asked for from there: FastCGI's REQUEST_URI."""
_PASS = re.compile(rf"\bfastcgi_pass\s+unix:({'|'.join(map(re.escape, SOCKETS))});")
PASSED = (
    f"proxy_pass http://{BEHIND[0]}:{BEHIND[1]}; proxy_redirect off; proxy_set_header Host $http_host; "
    f"proxy_set_header {ASKED_FOR.decode()} $request_uri;"
)
FASTCGI_FILES = {
    "/etc/nginx/fastcgi_params": "# What PHP is told of a request.\nfastcgi_param  REQUEST_URI  $request_uri;\n",
    "/etc/nginx/fastcgi.conf": "# What PHP is told of a request.\nfastcgi_param  REQUEST_URI  $request_uri;\n",
    "/etc/nginx/snippets/fastcgi-php.conf": "try_files $uri =404;\nfastcgi_index index.php;\ninclude fastcgi.conf;\n",
}
_SERVICES: WeakKeyDictionary[Host, ref[PhpFpm]] = WeakKeyDictionary()
"""References that keep nothing alive: it is the host's units that hold its service."""


class PhpFpm(Daemon):
    """The service of one host, which runs the programs below /usr/share/wordpress."""

    def __init__(self, host: Host) -> None:
        argv = ("/usr/sbin/php-fpm8.2", "--nodaemonize", "--fpm-config", "/etc/php/8.2/fpm/php-fpm.conf")
        title = "The PHP 8.2 FastCGI Process Manager"
        super().__init__(host, UNIT, *argv, title=title, user="root", serve=Served)
        self._app = cache(partial(_application, host))

    @property
    def app(self) -> App:
        """What answers at its socket. Raises ConnectionRefusedError while it does not run."""
        if not self.running:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        return self._app()


def php_fpm(host: Host) -> Daemon:
    """Put the package `php-fpm` on a host, and return its service."""
    daemon = PhpFpm(host)
    host.files.make_folder("/run/php")
    host.files.link(SOCKETS[1], SOCKETS[0])
    host.files.make_folder("/etc/php/8.2/fpm")
    _SERVICES[host] = ref(daemon)
    return daemon


def _application(host: Host) -> App:
    from simulators.embedded.juju.wordpress_files import application

    return _with_request_uri(application(host))


def nginx(host: Host) -> tuple[Unit, str]:
    """Put the package `nginx` on a host, and return its unit with the unit's file."""
    from simulators.embedded.host import Unit

    texts, links = packaged()
    for path, text in {**texts, **FASTCGI_FILES}.items():
        if not host.files.is_file(path):
            host.files.write(path, text)
    for path, target in links.items():
        host.files.link(path, target)
    for path in EMPTY_FOLDERS:
        host.files.make_folder(path)
    service = _NginxWithPhp(host)
    host.commands["nginx"] = service.command
    command = "/usr/sbin/nginx -g 'daemon on; master_process on;'"
    text = UNIT_FILE.format(title="A web server and reverse proxy", user="root", command=command)
    return Unit("nginx", service.start, service.stop, order=30), text


class _NginxWithPhp(Service):
    """NGINX that knows the way to PHP-FPM."""

    def _load(self) -> Configuration:
        host = self._host
        files = _Translated(host.files)
        found = load(files, resolve=host.resolve, processors=PROCESSORS, addresses=(host.address, LOOPBACK, ANY))
        # `nginx -T` shows what was written
        return replace(
            found, files={path: host.files.read(path).decode(errors="surrogateescape") for path in found.files}
        )

    def _connect(self, address: str, port: int) -> App:
        if (address, port) != BEHIND:
            return super()._connect(address, port)
        known = _SERVICES.get(self._host)
        service = known() if known else None
        if service is None:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", SOCKETS[0])
        return service.app


class _Translated(Files):
    """A host's files, in which `fastcgi_pass` to PHP-FPM's socket is written as the simulator understands it."""

    def __init__(self, files: Files) -> None:
        super().__init__()
        self._contents = files._contents  # noqa: SLF001 -- the same files
        self._folders = files._folders  # noqa: SLF001
        self._links = files._links  # noqa: SLF001

    def read(self, path: str) -> bytes:
        text = super().read(path)
        if b"fastcgi_pass" not in text:
            return text
        return _PASS.sub(PASSED, text.decode(errors="surrogateescape")).encode(errors="surrogateescape")


def _with_request_uri(serve: App) -> App:
    async def from_nginx(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = scope["headers"]
        asked = next((value.decode("latin-1") for name, value in headers if name == ASKED_FOR), None)
        rest = [(name, value) for name, value in headers if name != ASKED_FOR]
        await serve({**scope, "headers": rest, **({"request_uri": asked} if asked else {})}, receive, send)

    return from_nginx
