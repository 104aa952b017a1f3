"""The proxy's directives: where requests are passed to, with which headers, and which answers are kept."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.nginx.model import Caching, Passing, Proxying
from simulators.nginx.reading import upstreams, values
from simulators.nginx.reading.addresses import BadAddressError, Place, parse
from simulators.nginx.reading.handlers import many, once, one_of, plain
from simulators.nginx.reading.level import Directive, Level
from simulators.nginx.reading.locations import written
from simulators.nginx.reading.reader import Handler, Reading
from simulators.nginx.templates import Template, words

PORTS = {"http": 80, "https": 443}
NEXT_ON = words(
    "error timeout invalid_header http_500 http_502 http_503 http_504 http_403 http_404 http_429 non_idempotent off"
)
HIDDEN = words(
    "date server x-pad x-accel-expires x-accel-redirect x-accel-limit-rate x-accel-buffering x-accel-charset"
)
"""Headers of an upstream's answer that NGINX does not pass on unless told to (its documentation of
`proxy_hide_header`)."""
IGNORED = words(
    "X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset Expires Cache-Control "
    "Set-Cookie Vary"
)
USUAL_STATUSES = (200, 301, 302)
"""Those that `proxy_cache_valid` means when it names none."""
NO_URI = (
    '"proxy_pass" cannot have URI part in location given by regular expression, or inside named location, '
    'or inside "if" statement, or inside "limit_except" block'
)


def _proxy_pass(reading: Reading, level: Level, directive: Directive) -> None:
    if level.own("proxy_pass"):
        raise directive.misused("is duplicate")
    level.directives["proxy_pass"] = [directive]
    url = directive.args[0]
    if reading.template(url, directive).varies:
        return
    place = _place(directive)
    if place.family != "ipv4":
        raise directive.refusal(f'address "{url}"')
    upstreams.passed_to(reading, place, directive)
    if place.uri and level.opened is not None:
        modifier, name = written(level.opened)
        if modifier.startswith("~") or name.startswith("@"):
            raise directive.fault(NO_URI)


def _place(directive: Directive) -> Place:
    """Return the address that proxy_pass names. Raises Fault."""
    scheme, separator, rest = directive.args[0].partition("://")
    if not separator or scheme.lower() not in PORTS:
        raise directive.fault("invalid URL prefix")
    try:
        return parse(rest, PORTS[scheme.lower()], with_uri=True)
    except BadAddressError as error:
        raise directive.fault(f'{error} in upstream "{rest}"') from None


def passing(reading: Reading, level: Level) -> Passing | None:
    """Return where a location's requests are passed to; what is around a location is not inherited."""
    found = level.own("proxy_pass")
    if not found:
        return None
    directive = found[0]
    url = reading.template(directive.args[0], directive)
    if url.varies:
        return Passing("", None, "", 0, "", url)
    place = _place(directive)
    scheme = directive.args[0].partition("://")[0].lower()
    group = upstreams.passed_to(reading, place, directive)
    host = place.host if place.port == PORTS[scheme] or not place.has_port else f"{place.host}:{place.port}"
    return Passing(scheme, group.upstream(), host, place.port, place.uri, url)


# Its settings


def _next(_reading: Reading, level: Level, directive: Directive) -> None:
    if level.own(directive.name):
        raise directive.misused("is duplicate")
    for word in directive.args:
        if word not in NEXT_ON:
            raise directive.fault(f'invalid value "{word}"')
    level.directives[directive.name] = [directive]


def _header(reading: Reading, directive: Directive) -> None:
    reading.template(directive.args[1], directive)


def _redirect(reading: Reading, level: Level, directive: Directive) -> None:
    first = directive.args[0]
    if first in ("off", "default") and len(directive.args) == 1:
        if first == "default" and level.own("proxy_pass") and "$" in level.own("proxy_pass")[0].args[0]:
            raise directive.fault('"proxy_redirect default" cannot be used with "proxy_pass" directive with variables')
    elif len(directive.args) == 1:
        raise directive.fault(f'invalid parameter "{first}"')
    else:
        if first.startswith("~"):
            raise directive.refusal(f'the regular expression "{first}"')
        for word in directive.args:
            reading.template(word, directive)
    level.directives.setdefault("proxy_redirect", []).append(directive)


def _cache(reading: Reading, directive: Directive) -> None:
    if reading.template(directive.args[0], directive).varies:
        raise directive.refusal()


def _valid(_reading: Reading, directive: Directive) -> None:
    *codes, time = directive.args
    if values.seconds(time, whole=True) is None:
        raise directive.fault(f'invalid time value "{time}"')
    for code in codes:
        if code != "any":
            number = values.number(code)
            if number is None or not 100 <= number <= 599:
                raise directive.fault(f'invalid status "{code}"')


def _tests(reading: Reading, directive: Directive) -> None:
    for word in directive.args:
        reading.template(word, directive)


def _uses(_reading: Reading, directive: Directive) -> None:
    if values.number_of(directive) != 1:
        raise directive.refusal()


def _methods(_reading: Reading, directive: Directive) -> None:
    if set(directive.args) - {"GET", "HEAD"}:
        raise directive.refusal()


def proxying(reading: Reading, level: Level) -> Proxying:
    """Return how requests are passed on in a location. Raises Fault."""
    next_on = level.last("proxy_next_upstream")
    tries = level.last("proxy_next_upstream_tries")
    redirects = level.nearest("proxy_redirect")
    hidden = {each.args[0].lower() for each in level.nearest("proxy_hide_header")}
    passed = {each.args[0].lower() for each in level.nearest("proxy_pass_header")}
    ignored = level.last("proxy_ignore_headers")
    return Proxying(
        read_timeout=values.seconds_at(level, "proxy_read_timeout", 60),
        next_on=frozenset(next_on.args if next_on else ("error", "timeout")),
        next_tries=values.number_of(tries) if tries else 0,
        next_timeout=values.seconds_at(level, "proxy_next_upstream_timeout", 0),
        set_headers=tuple(
            (each.args[0], reading.template(each.args[1], each)) for each in level.nearest("proxy_set_header")
        ),
        hidden=frozenset((hidden | HIDDEN) - passed),
        redirects=_redirects(reading, redirects),
        http_version=values.text_at(level, "proxy_http_version", "1.0"),
        intercept_errors=values.flag_at(level, "proxy_intercept_errors", default=False),
        ignored=frozenset(word.lower() for word in ignored.args) if ignored else frozenset(),
        caching=_caching(reading, level),
    )


def _redirects(reading: Reading, found: list[Directive]) -> tuple[tuple[Template, Template], ...] | None:
    if not found or any(each.args == ("default",) for each in found):
        if len(found) > 1:
            raise found[0].refusal("several proxy_redirect with a default")
        return None
    pairs = [each for each in found if len(each.args) == 2]
    return tuple((reading.template(each.args[0], each), reading.template(each.args[1], each)) for each in pairs)


def _caching(reading: Reading, level: Level) -> Caching | None:
    directive = level.last("proxy_cache")
    if directive is None or directive.args[0] == "off":
        return None
    name = directive.args[0]
    if name not in reading.caches:
        raise (reading.end or directive).fault(f'"proxy_cache" zone "{name}" is unknown')
    key = level.last("proxy_cache_key")
    return Caching(
        zone=name,
        key=reading.template(key.args[0] if key else "$scheme$proxy_host$request_uri", key or directive),
        valid=_periods(level),
        bypass=_words(reading, level, "proxy_cache_bypass"),
        skip=_words(reading, level, "proxy_no_cache"),
    )


def _periods(level: Level) -> Mapping[int, float]:
    periods: dict[int, float] = {}
    for each in level.nearest("proxy_cache_valid"):
        *codes, time = each.args
        wanted = [0 if code == "any" else int(code) for code in codes] or USUAL_STATUSES
        for status in wanted:
            periods.setdefault(status, values.seconds(time, whole=True) or 0)
    return periods


def _words(reading: Reading, level: Level, name: str) -> tuple[Template, ...]:
    return tuple(reading.template(word, each) for each in level.nearest(name) for word in each.args)


HANDLERS: dict[str, Handler] = {
    "proxy_pass": _proxy_pass,
    "proxy_next_upstream": _next,
    "proxy_next_upstream_tries": once(plain(values.number_of)),
    "proxy_next_upstream_timeout": once(plain(values.seconds_of)),
    "proxy_read_timeout": once(plain(values.seconds_of)),
    "proxy_set_header": many(_header),
    "proxy_hide_header": many(),
    "proxy_pass_header": many(),
    "proxy_redirect": _redirect,
    "proxy_http_version": once(one_of("1.0", "1.1")),
    "proxy_intercept_errors": once(),
    "proxy_ignore_headers": once(one_of(*IGNORED)),
    "proxy_cache": once(_cache),
    "proxy_cache_key": once(_tests),
    "proxy_cache_valid": many(_valid),
    "proxy_cache_bypass": many(_tests),
    "proxy_no_cache": many(_tests),
    "proxy_cache_min_uses": once(_uses),
    "proxy_cache_methods": once(_methods),
}
