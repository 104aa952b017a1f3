"""How NGINX answers requests: which server and location, from which file or upstream server, with which headers."""

from simulators.nginx.serving.server import Nginx

__all__ = ["Nginx"]
