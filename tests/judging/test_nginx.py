"""Reading NGINX' configuration the way NGINX does."""

from __future__ import annotations

import pytest

from harness.judging.proxy import Backend
from harness.nginx import backends_for, split_dump

DUMP = """\
# configuration file /etc/nginx/nginx.conf:
user www-data;
events { worker_connections 768; }
http {
    include /etc/nginx/sites-enabled/*;
}

# configuration file /etc/nginx/sites-enabled/default:
upstream backend { server 172.16.0.11:8080; server 172.16.0.12:8080 weight=2; }
server {
    listen 80 default_server;
    location / { proxy_pass http://backend; }
}
"""
BACKENDS = (
    Backend("172.16.0.11", 8080, "172.16.0.11:8080"),
    Backend("172.16.0.12", 8080, "172.16.0.12:8080", ("weight=2",)),
)
STOCK = "server { listen 80 default_server; root /var/www/html; location / { try_files $uri $uri/ =404; } }"


def backends(*files: str, port: int = 80, path: str = "/tasks/") -> tuple[bool, tuple[Backend, ...]]:
    """Return what a configuration of these files does with the path."""
    return backends_for({str(n): text for n, text in enumerate(files)}, port, path)[:2]


def test_dump_is_split_by_file() -> None:
    """`nginx -T` prints each file that it read behind a line with its name."""
    assert list(split_dump(DUMP)) == ["/etc/nginx/nginx.conf", "/etc/nginx/sites-enabled/default"]
    assert backends(*split_dump(DUMP).values()) == (True, BACKENDS)


def test_include_of_the_dump_is_not_followed() -> None:
    """Its files are on another machine; ours must never be read in their place."""
    assert backends("http { include /etc/passwd; }") == (False, ())


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("upstream b { server 10.0.0.1; } server { location / { proxy_pass http://b; } }", ["10.0.0.1"]),
        (
            "upstream b { server s2:8080; } server { listen 80; location /tasks/ { proxy_pass http://b/; } }",
            ["s2:8080"],
        ),
        ("server { listen [::]:80; location / { proxy_pass http://10.0.0.1:8080; } }", ["10.0.0.1:8080"]),
        (
            "http { upstream b { server a:1; } server { location / { location /tasks { proxy_pass http://b; } } } }",
            ["a:1"],
        ),
        (
            "server { listen 80; location / { proxy_pass http://a:1; } location = /tasks/ { proxy_pass http://b:2; } }",
            ["b:2"],
        ),
        (
            "server { listen 80; location / { proxy_pass http://a:1; } location ~ ^/TASKS { proxy_pass http://b:2; } }",
            ["a:1"],
        ),
        (
            "server { location / { proxy_pass http://a:1; } location ~* ^/TASKS { proxy_pass http://b:2; } }",
            ["b:2"],
        ),
        (
            "server { location ^~ /tasks/ { proxy_pass http://a:1; } location ~ tasks { proxy_pass http://b:2; } }",
            ["a:1"],
        ),
    ],
)
def test_what_nginx_would_ask(text: str, written: list[str]) -> None:
    """Locations are chosen by NGINX' rules."""
    passes, found = backends(text)

    assert passes
    assert [backend.written for backend in found] == written


def test_default_server_wins() -> None:
    """Among several sites on one port the default one answers requests without a known name."""
    site = "server { listen 80; location / { proxy_pass http://a:1; } }"

    assert backends(site, STOCK) == (False, ())
    assert backends(site, STOCK.replace(" default_server", ""))[0]
    assert not backends(STOCK.replace(" default_server", ""), site)[0]


def test_other_port_is_not_asked() -> None:
    """A site on another port answers nothing here."""
    assert backends("server { listen 8081; location / { proxy_pass http://a:1; } }") == (False, ())
