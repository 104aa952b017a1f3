"""Which directives Debian 12's nginx knows, where each may stand, and which of them change nothing that is seen here.

Names, places and numbers of arguments come from crossplane's table; what Debian's package has and has not was asked of
nginx 1.22.1-9+deb12u11 itself, name by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from simulators.nginx.reading.level import Directive, Level
from simulators.nginx.templates import words

ABSENT = words(
    "api auth_http auth_http_header auth_http_pass_client_cert auth_http_timeout auth_jwt auth_jwt_claim_set "
    "auth_jwt_header_set auth_jwt_key_file auth_jwt_key_request auth_jwt_leeway f4f f4f_buffer_size "
    "fastcgi_cache_purge geoip_city geoip_country geoip_org geoip_proxy geoip_proxy_recursive "
    "google_perftools_profiles health_check health_check_timeout hls hls_buffers hls_forward_args hls_fragment "
    "hls_mp4_buffer_size hls_mp4_max_buffer_size image_filter image_filter_buffer image_filter_interlace "
    "image_filter_jpeg_quality image_filter_sharpen image_filter_transparency image_filter_webp_quality imap_auth "
    "imap_capabilities imap_client_buffer js_access js_content js_filter js_include js_path js_preread js_set keyval "
    "keyval_zone least_time limit_zone mail match memcached_force_ranges mp4_limit_rate mp4_limit_rate_after ntlm "
    "perl perl_modules perl_require perl_set pop3_auth pop3_capabilities preread_buffer_size preread_timeout protocol "
    "proxy_buffer proxy_cache_purge proxy_download_rate proxy_pass_error_message proxy_protocol "
    "proxy_protocol_timeout proxy_requests proxy_responses proxy_ssl proxy_timeout proxy_upload_rate queue "
    "scgi_cache_purge session_log session_log_format session_log_zone smtp_auth smtp_capabilities smtp_client_buffer "
    "smtp_greeting_delay spdy_chunk_size spdy_headers_comp ssl_handshake_timeout ssl_preread starttls state status "
    "status_format status_zone sticky sticky_cookie_insert stream timeout upstream_conf uwsgi_cache_purge xclient "
    "xml_entities xslt_last_modified xslt_param xslt_string_param xslt_stylesheet xslt_types zone_sync "
    "zone_sync_buffers zone_sync_connect_retry_interval zone_sync_connect_timeout zone_sync_interval "
    "zone_sync_recv_buffer_size zone_sync_server zone_sync_ssl zone_sync_ssl_certificate "
    "zone_sync_ssl_certificate_key zone_sync_ssl_ciphers zone_sync_ssl_crl zone_sync_ssl_name "
    "zone_sync_ssl_password_file zone_sync_ssl_protocols zone_sync_ssl_server_name zone_sync_ssl_trusted_certificate "
    "zone_sync_ssl_verify zone_sync_ssl_verify_depth zone_sync_timeout"
)
"""In crossplane's table, and in packages of their own, in NGINX Plus or in older versions."""

NEWER = words(
    "auth_delay grpc_ssl_conf_command http2_pool_size http2_streams_index_size keepalive_time mp4_start_key_frame "
    "open_file_cache_events post_action proxy_cookie_flags proxy_ssl_conf_command ssi_ignore_recycled_buffers "
    "ssl_conf_command ssl_ocsp ssl_ocsp_cache ssl_ocsp_responder ssl_reject_handshake userid_flags "
    "uwsgi_ssl_conf_command uwsgi_string"
)
"""In Debian's nginx, and not in crossplane's table: nobody plays them."""

WITHOUT_EFFECT = words(
    "accept_mutex accept_mutex_delay aio aio_write chunked_transfer_encoding client_body_buffer_size "
    "client_body_in_single_buffer client_body_temp_path client_body_timeout client_header_buffer_size "
    "client_header_timeout connection_pool_size debug_connection debug_points directio directio_alignment env etag "
    "gzip gzip_buffers gzip_comp_level gzip_disable gzip_http_version gzip_min_length gzip_proxied gzip_static "
    "gzip_types gzip_vary gunzip gunzip_buffers http2_chunk_size http2_idle_timeout http2_max_concurrent_streams "
    "http2_max_field_size http2_max_header_size http2_max_requests http2_recv_buffer_size http2_recv_timeout "
    "if_modified_since keepalive keepalive_disable keepalive_requests "
    "large_client_header_buffers lingering_close lingering_time lingering_timeout lock_file log_not_found "
    "log_subrequest map_hash_bucket_size map_hash_max_size max_ranges msie_padding msie_refresh multi_accept "
    "open_file_cache open_file_cache_errors open_file_cache_min_uses open_file_cache_valid open_log_file_cache "
    "output_buffers pcre_jit pid postpone_output proxy_buffer_size proxy_buffering proxy_buffers "
    "proxy_busy_buffers_size proxy_cache_lock proxy_cache_lock_age proxy_cache_lock_timeout "
    "proxy_cache_max_range_offset proxy_connect_timeout proxy_headers_hash_bucket_size proxy_headers_hash_max_size "
    "proxy_ignore_client_abort proxy_max_temp_file_size proxy_send_lowat proxy_send_timeout proxy_socket_keepalive "
    "proxy_ssl_ciphers proxy_ssl_name proxy_ssl_protocols proxy_ssl_server_name proxy_ssl_session_reuse "
    "proxy_ssl_verify proxy_ssl_verify_depth proxy_temp_file_write_size proxy_temp_path read_ahead "
    "request_pool_size reset_timedout_connection resolver_timeout rewrite_log send_lowat send_timeout sendfile "
    "sendfile_max_chunk server_names_hash_bucket_size server_names_hash_max_size ssl_buffer_size ssl_ciphers "
    "ssl_conf_command ssl_early_data ssl_ecdh_curve ssl_prefer_server_ciphers ssl_protocols ssl_session_cache "
    "ssl_session_tickets ssl_session_timeout ssl_stapling ssl_stapling_verify ssl_verify_depth "
    "subrequest_output_buffer_size tcp_nodelay tcp_nopush thread_pool timer_resolution types_hash_bucket_size "
    "types_hash_max_size uninitialized_variable_warn use user variables_hash_bucket_size variables_hash_max_size "
    "worker_aio_requests worker_cpu_affinity worker_priority worker_rlimit_core worker_rlimit_nofile "
    "worker_shutdown_timeout working_directory"
)
"""Accepted: what they change cannot be seen from inside a kit, or is only about speed, logs, TLS and bytes."""

OTHER_PROTOCOLS = ("fastcgi_", "grpc_", "memcached_", "scgi_", "uwsgi_")
"""Without their `_pass`, which nobody plays, directives of these families have no effect either."""

ONLY_OFF = words(
    "autoindex override_charset proxy_cache_background_update proxy_cache_revalidate proxy_force_ranges "
    "proxy_store random_index recursive_error_pages source_charset ssi ssl underscores_in_headers "
    "client_body_in_file_only gzip_static auth_basic auth_request expires "
    "mirror proxy_bind proxy_cache_use_stale slice userid proxy_cookie_domain proxy_cookie_path"
)
"""Accepted when they say `off`, as without them; else nobody plays them."""

ONLY_ON = words(
    "ignore_invalid_headers merge_slashes proxy_cache_convert_head proxy_pass_request_body "
    "proxy_pass_request_headers proxy_request_buffering"
)
"""Accepted when they say `on`, as without them; else nobody plays them."""

MANY = words(
    "debug_connection env gzip_types gzip_proxied gzip_disable include keepalive_disable fastcgi_param scgi_param "
    "uwsgi_param ssl_protocols ssl_session_cache ssl_conf_command thread_pool open_file_cache"
)
"""Those without effect that may stand several times in a block."""

SIZES = words(
    "client_body_buffer_size client_header_buffer_size connection_pool_size proxy_buffer_size "
    "proxy_max_temp_file_size request_pool_size sendfile_max_chunk"
)
TIMES = words(
    "client_body_timeout client_header_timeout lingering_time lingering_timeout proxy_cache_lock_age "
    "proxy_cache_lock_timeout proxy_connect_timeout proxy_send_timeout resolver_timeout send_timeout "
    "ssl_session_timeout"
)
NUMBERS = words(
    "gzip_comp_level keepalive_requests map_hash_max_size server_names_hash_max_size types_hash_max_size "
    "variables_hash_max_size worker_rlimit_nofile"
)

_FLAG = 0x200
"""Crossplane's bit for directives that say `on` or `off`."""


@cache
def _masks() -> Mapping[str, Sequence[int]]:
    import crossplane.analyzer  # pyright: ignore[reportMissingTypeStubs] -- the package has no stubs

    return crossplane.analyzer.DIRECTIVES


def is_known(name: str) -> bool:
    """Return whether Debian's nginx knows a directive."""
    return name in NEWER or (name in _masks() and name not in ABSENT)


def is_switch(name: str) -> bool:
    """Return whether a directive says `on` or `off`."""
    return any(mask & _FLAG for mask in _masks().get(name, ()))


def check(directive: Directive, ending: str, level: Level) -> None:
    """Raise Fault unless a directive is known, may stand there, ends as it should, and has a fit number of words.

    Raises NotSimulatedError when nobody knows that here.
    """
    from crossplane.analyzer import analyze  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
    from crossplane.errors import NgxParserDirectiveError  # pyright: ignore[reportMissingTypeStubs]

    if not is_known(directive.name):
        raise directive.fault(f'unknown directive "{directive.name}"')
    if directive.name in NEWER:
        raise directive.refusal()
    statement: dict[str, Any] = {"directive": directive.name, "args": list(directive.args), "line": directive.line}
    try:
        analyze(directive.file, statement, ending, level.context)
    except NgxParserDirectiveError as error:
        raise directive.fault(str(error.args[0])) from None
