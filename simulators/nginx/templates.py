"""Texts with variables in them, as they are written in a configuration, and which variables NGINX has."""

from __future__ import annotations

import re
from dataclasses import dataclass


def words(text: str) -> frozenset[str]:
    """Return the words of a text: a long list of names reads better as one."""
    return frozenset(text.split())


PREFIXES = ("arg_", "cookie_", "http_", "upstream_http_")
"""Families of variables: what follows is the name of an argument, a cookie or a header."""
PLAYED = words(
    "args content_length content_type document_root document_uri host hostname https is_args nginx_version "
    "proxy_add_x_forwarded_for proxy_host proxy_port query_string realpath_root remote_addr remote_port request "
    "request_filename request_id request_method request_uri scheme server_addr server_name server_port "
    "server_protocol status time_iso8601 time_local msec upstream_addr upstream_cache_status upstream_status "
    "uri"
)
"""Variables that have a value here; NGINX forbids to set them."""
KNOWN = PLAYED | words(
    "ancient_browser binary_remote_addr body_bytes_sent bytes_sent connection connection_requests connection_time "
    "connections_active connections_reading connections_waiting connections_writing date_gmt date_local "
    "fastcgi_path_info fastcgi_script_name gzip_ratio http2 invalid_referer limit_conn_status limit_rate "
    "limit_req_status memcached_key modern_browser msie pid pipe proxy_internal_body_length "
    "proxy_internal_chunked proxy_protocol_addr proxy_protocol_port proxy_protocol_server_addr "
    "proxy_protocol_server_port realip_remote_addr realip_remote_port remote_user request_body request_body_file "
    "request_completion request_length request_time secure_link secure_link_expires slice_range ssl_alpn_protocol "
    "ssl_cipher ssl_ciphers ssl_client_cert ssl_client_escaped_cert ssl_client_fingerprint ssl_client_i_dn "
    "ssl_client_i_dn_legacy ssl_client_raw_cert ssl_client_s_dn ssl_client_s_dn_legacy ssl_client_serial "
    "ssl_client_v_end ssl_client_v_remain ssl_client_v_start ssl_client_verify ssl_curve ssl_curves ssl_early_data "
    "ssl_protocol ssl_server_name ssl_session_id ssl_session_reused tcpinfo_rcv_space tcpinfo_rtt tcpinfo_rttvar "
    "tcpinfo_snd_cwnd uid_got uid_reset uid_set upstream_bytes_received upstream_bytes_sent upstream_connect_time "
    "upstream_first_byte_time upstream_header_time upstream_response_length upstream_response_time"
)
"""Every variable of Debian 12's nginx."""
KNOWN_PREFIXES = (*PREFIXES, "sent_http_", "sent_trailer_", "upstream_cookie_", "upstream_trailer_")

_MARK = re.compile(r"\$(?:\{(?P<braced>\w*)(?P<closed>\}?)|(?P<capture>[1-9])|(?P<name>\w*))", re.ASCII)


class TemplateError(Exception):
    """A `$` that names nothing; the text is NGINX' reason."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A place in a text where a variable's value goes."""

    name: str
    """In small letters: NGINX takes any."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text and its variables, in order."""

    parts: tuple[str | Variable, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The variables' names, captures of regular expressions (`1` to `9`) left out."""
        return tuple(part.name for part in self.parts if isinstance(part, Variable) and not part.name.isdecimal())

    @property
    def varies(self) -> bool:
        """Whether it has variables at all."""
        return any(isinstance(part, Variable) for part in self.parts)


def template(text: str) -> Template:
    """Return a text cut at its variables. Raises TemplateError."""
    if "$" not in text:
        return Template((text,) if text else ())
    parts: list[str | Variable] = []
    at = 0
    for found in _MARK.finditer(text):
        if found.start() > at:
            parts.append(text[at : found.start()])
        at = found.end()
        if found["braced"] is not None and not found["closed"]:
            raise TemplateError(f'the closing bracket in "{found["braced"]}" variable is missing')
        name = found["capture"] or found["braced"] or found["name"]
        if not name:
            raise TemplateError("invalid variable name")
        parts.append(Variable(name.lower()))
    if at < len(text):
        parts.append(text[at:])
    return Template(tuple(parts))
