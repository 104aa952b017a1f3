"""What NGINX knows and nobody plays here is refused when the configuration is loaded, never made up."""

from __future__ import annotations

import pytest

from simulators.embedded.call import NotSimulatedError
from simulators.nginx.reading.reader import DEEPEST, MOST_FILES
from tests.nginx.stand import Kit, configured, server

PLACE = "in /etc/nginx/sites-enabled/default:"
TOO_DEEP = f"more than {DEEPEST} includes and blocks inside each other"
REFUSED = [
    ("server { if ($host = a) { return 403; } }", f'directive "if" {PLACE}1'),
    ("server { listen 443 ssl; }", f'parameter "ssl" {PLACE}1'),
    ("server { listen 80 http2; }", f'parameter "http2" {PLACE}1'),
    ("server { listen unix:/run/x.sock; }", f'address "unix:/run/x.sock" {PLACE}1'),
    ("server { listen 8000-8010; }", f'ports "8000-8010" {PLACE}1'),
    ("server { listen [::]:80 ipv6only=off; }", f'parameter "ipv6only=off" {PLACE}1'),
    ("server { autoindex on; }", f'directive "autoindex" {PLACE}1'),
    ("server {\n auth_basic secret; }", f'directive "auth_basic" {PLACE}2'),
    ("geo $x { default 0; }", f'directive "geo" {PLACE}1'),
    ("split_clients $uri $x { 50% a; * b; }", f'directive "split_clients" {PLACE}1'),
    ("limit_req_zone $uri zone=a:1m rate=1r/s;", f'directive "limit_req_zone" {PLACE}1'),
    ("server { location / { fastcgi_pass 127.0.0.1:9000; } }", f'directive "fastcgi_pass" {PLACE}1'),
    ("server { location / { stub_status; } }", f'directive "stub_status" {PLACE}1'),
    ("server { sub_filter a b; }", f'directive "sub_filter" {PLACE}1'),
    ("server { post_action /x; }", f'directive "post_action" {PLACE}1'),
    ("server { proxy_cache_use_stale error; }", f'directive "proxy_cache_use_stale" {PLACE}1'),
    ("server { resolver 172.16.0.3; }", f'directive "resolver" {PLACE}1'),
    ("upstream a { hash $uri consistent; server 172.16.0.12; }", f'parameter "consistent" {PLACE}1'),
    ("upstream a { random two; server 172.16.0.12; }", f'parameter "two" {PLACE}1'),
    ("upstream a { server [::1]:80; }", f'address "[::1]:80" {PLACE}1'),
    ("upstream a { server unix:/x; }", f'address "unix:/x" {PLACE}1'),
    ("map $uri $x { hostnames; default 1; }", f'"hostnames" in a map {PLACE}1'),
    (r"server { location ~ (*UTF8)x { } }", f'the regular expression "(*UTF8)x" {PLACE}1'),
    ("server { proxy_redirect ~^a b; }", f'the regular expression "~^a" {PLACE}1'),
    ("server { return 200 $request_body; }", "variable $request_body"),
    ("server { include fastcgi_params; }", f"the package's file /etc/nginx/fastcgi_params {PLACE}1"),
    (
        "server { " + "location / { " * 40 + "}" * 41,
        f"more than {DEEPEST} includes and blocks inside each other {PLACE}1",
    ),
    ("include sites-enabled/default;", "more than 32 includes and blocks inside each other"),
    ("include conf.d/*.conf;" * (MOST_FILES + 1), f"more than {MOST_FILES} files"),
]


@pytest.mark.parametrize(("site", "what"), REFUSED)
def test_refused(site: str, what: str) -> None:
    """The refusal names the directive, or what it is about, and its place."""
    with pytest.raises(NotSimulatedError) as caught:
        configured(site, {"/etc/nginx/conf.d/empty.conf": ""})

    assert str(caught.value).startswith(f"not simulated: nginx: {what}")


@pytest.mark.parametrize(
    "site",
    [
        "gzip_types text/css; keepalive_timeout 65; client_body_timeout 10s; send_timeout 5; server { sendfile off; }",
        "server { access_log off; error_log /var/log/nginx/x.log warn; log_not_found off; }",
        "log_format mine '$remote_user [$time_local] $request_time'; server { access_log /var/log/nginx/a.log mine; }",
        "ssl_session_cache shared:a:1m; ssl_ciphers HIGH; server { ssl_protocols TLSv1.2; }",
        "server { listen 80 backlog=1 reuseport so_keepalive=on; listen [::]:80 ipv6only=on; }",
        "server { fastcgi_read_timeout 10; autoindex off; auth_basic off; proxy_buffering off; proxy_buffers 8 4k; }",
        "upstream a { keepalive 16; keepalive_timeout 60s; server 172.16.0.12 max_conns=4; }",
        "tcp_nodelay on; variables_hash_max_size 2048; server_names_hash_bucket_size 64; server { tcp_nopush off; }",
    ],
)
def test_accepted_without_effect(site: str) -> None:
    """What cannot be seen from inside a kit is accepted."""
    assert configured(site).report().endswith("test is successful")


def test_real_files_are_never_read() -> None:
    """An include outside of /etc/nginx names a file of the host, not of this machine."""
    with pytest.raises(Exception, match=r'open\(\) "/etc/hostname" failed \(2: No such file or directory\)'):
        configured("include /etc/hostname;")


def test_bytes_that_are_no_text() -> None:
    """A configuration in another alphabet works, and can be printed."""
    site = server('location / { return 200 "x"; }', "").encode() + b"# \xe9\n"
    kit = Kit(more={"/etc/nginx/sites-available/default": site})

    assert kit.get("/").body == "x"
    assert kit.configuration.dump().endswith("# \N{REPLACEMENT CHARACTER}\n\n")


def test_text_that_doubles() -> None:
    """Variables cannot be made to fill the memory."""
    doubling = 'set $a "0123456789";' + 'set $a "$a$a";' * 40
    kit = Kit(server(f"location / {{ {doubling} return 200 $a; }}"))

    with pytest.raises(NotSimulatedError, match="a text of more than 1048576 characters"):
        kit.get("/")


def test_line_break_in_a_header() -> None:
    """An answer that would be cut in two is not simulated."""
    kit = Kit(server("location / { return 301 http://x$uri; }"))

    with pytest.raises(NotSimulatedError, match="a line break in the header location"):
        kit.get("/%0d%0aSet-Cookie:%20a=b")
