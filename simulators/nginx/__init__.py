"""An NGINX without bytes: reads a host's real configuration, and answers as an ASGI application for each socket.

It behaves as nginx 1.22.1 of Debian 12, with which its answers and complaints were compared.

Covered: what `nginx -t` and `nginx -T` say; servers by address, port and name; locations; `return`, `rewrite`, `set`,
`break`; files by `root`, `alias`, `index`, `try_files`; `error_page`, `add_header`, `charset`, `allow` and `deny`;
`proxy_pass` with all that decides where a request goes and what comes back; upstream groups with weights, failures,
backups, `zone`, `ip_hash`, `least_conn`, `hash`, `random`; `proxy_cache`; `map`; workers that each go round by
themselves.

Refused with NotSimulatedError when the configuration is loaded: `if`, TLS, other protocols, limits, authentication,
`resolver`, `geo`, `split_clients` and everything else that NGINX knows and that would be seen. Accepted without effect:
logs, buffers, timeouts of the client, compression, tuning. Files have no dates, so there are no conditional requests
and no ranges; `Date` is added by whoever carries the answer.
"""

from simulators.nginx.errors import ConfigurationError
from simulators.nginx.loading import load
from simulators.nginx.model import Configuration
from simulators.nginx.packaged import packaged
from simulators.nginx.serving.server import Nginx

__all__ = ["Configuration", "ConfigurationError", "Nginx", "load", "packaged"]
