"""An NGINX without bytes: reads a host's real configuration, and answers as an ASGI application for each socket."""

from simulators.nginx.errors import ConfigurationError
from simulators.nginx.loading import load
from simulators.nginx.model import Configuration
from simulators.nginx.packaged import packaged
from simulators.nginx.serving.server import Nginx

__all__ = ["Configuration", "ConfigurationError", "Nginx", "load", "packaged"]
