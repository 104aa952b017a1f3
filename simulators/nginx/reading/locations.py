"""Locations, and what is answered in them: files, returned texts, changed addresses, error pages, headers."""

from __future__ import annotations

from simulators.nginx.errors import Fault
from simulators.nginx.reading import values
from simulators.nginx.reading.handlers import once, one_of, pattern, plain, templates
from simulators.nginx.reading.level import Directive, Level
from simulators.nginx.reading.reader import Handler, Reading
from simulators.nginx.templates import PLAYED

MODIFIERS = ("=", "^~", "~*", "~")
FLAGS = ("last", "break", "redirect", "permanent")
ABSOLUTE = ("http://", "https://", "$scheme")
"""How an address begins that a browser is sent to."""


def written(directive: Directive) -> tuple[str, str]:
    """Return a location's modifier (empty: a plain prefix; `@` is part of the name) and its name. Raises Fault."""
    if len(directive.args) == 2:
        modifier, name = directive.args
        if modifier not in MODIFIERS:
            raise directive.fault(f'invalid location modifier "{modifier}"')
        return modifier, name
    name = directive.args[0]
    modifier = next((each for each in MODIFIERS if name.startswith(each)), "")
    return modifier, name[len(modifier) :]


def _location(reading: Reading, level: Level, directive: Directive) -> Level:
    modifier, name = written(directive)
    if modifier.startswith("~"):
        pattern(reading, name, directive, ignores_case=modifier == "~*")
    if level.is_location and level.opened is not None:
        outer_modifier, outer = written(level.opened)
        if outer_modifier == "=":
            raise directive.fault(f'location "{name}" cannot be inside the exact location "{outer}"')
        if outer.startswith("@"):
            raise directive.fault(f'location "{name}" cannot be inside the named location "{outer}"')
        if name.startswith("@") and not modifier:
            raise directive.fault(f'named location "{name}" can be on the server level only')
        if not outer_modifier.startswith("~") and not modifier.startswith("~") and not name.startswith(outer):
            raise directive.fault(f'location "{name}" is outside location "{outer}"')
    inner = Level(("http", "location"), level, directive)
    level.inner.append(inner)
    return inner


def check_duplicates(level: Level) -> None:
    """Raise Fault for the second of two locations that are the same: NGINX looks after it has read everything."""
    seen: dict[tuple[bool, str], Directive] = {}
    for inner in level.inner:
        directive = inner.opened
        if directive is None or directive.name != "location":
            continue
        modifier, name = written(directive)
        if not modifier.startswith("~"):
            key = (modifier == "=", name)
            if key in seen:
                raise Fault(f'duplicate location "{name}" in {directive.place}')
            seen[key] = directive
        check_duplicates(inner)


# Files


def _root(reading: Reading, level: Level, directive: Directive) -> None:
    for name in ("root", "alias"):
        if level.own(name):
            raise directive.misused(
                "is duplicate" if name == directive.name else f'is duplicate, "{name}" directive was specified earlier'
            )
    if directive.name == "alias" and level.opened is not None and written(level.opened)[1].startswith("@"):
        raise directive.fault('the "alias" directive cannot be used inside the named location')
    for name in ("document_root", "realpath_root"):
        if f"${name}" in directive.args[0] or f"${{{name}}}" in directive.args[0]:
            raise directive.fault(f'the ${name} variable cannot be used in the "{directive.name}" directive')
    reading.template(directive.args[0], directive)
    level.directives[directive.name] = [directive]


def _index(reading: Reading, level: Level, directive: Directive) -> None:
    if not all(directive.args):
        raise directive.fault(f'index "" in "{directive.name}" directive is invalid')
    templates(reading, directive)
    level.directives.setdefault("index", []).append(directive)


def _try_files(reading: Reading, level: Level, directive: Directive) -> None:
    if level.own("try_files"):
        raise directive.misused("is duplicate")
    last = directive.args[-1]
    if last.startswith("="):
        code = values.number(last[1:])
        if code is None or code > 999:
            raise directive.fault(f'invalid code "{last}"')
    templates(reading, directive)
    level.directives["try_files"] = [directive]


# Answers


def _return(reading: Reading, level: Level, directive: Directive) -> None:
    first, *texts = directive.args
    code = values.number(first)
    if (code is None and (texts or not first.startswith(ABSOLUTE))) or (code is not None and code > 999):
        raise directive.fault(f'invalid return code "{first}"')
    for text in texts or ([first] if code is None else []):
        reading.template(text, directive)
    level.script.append(directive)


def _rewrite(reading: Reading, level: Level, directive: Directive) -> None:
    expression, replacement, *flags = directive.args
    pattern(reading, expression, directive)
    if not replacement:
        raise directive.fault("empty replacement")
    for flag in flags:
        if flag not in FLAGS:
            raise directive.fault(f'invalid parameter "{flag}"')
    reading.template(replacement, directive)
    level.script.append(directive)


def _set(reading: Reading, level: Level, directive: Directive) -> None:
    name = directive.args[0]
    if not name.startswith("$") or name == "$":
        raise directive.fault(f'invalid variable name "{name}"')
    if name[1:].lower() == "args":
        raise directive.refusal('setting "$args"')
    if name[1:].lower() in PLAYED:
        raise directive.fault(f'the duplicate "{name[1:].lower()}" variable')
    reading.template(directive.args[1], directive)
    reading.defined.add(name[1:].lower())
    level.script.append(directive)


def _break(_reading: Reading, level: Level, directive: Directive) -> None:
    level.script.append(directive)


def _error_page(reading: Reading, level: Level, directive: Directive) -> None:
    *codes, uri = directive.args
    if codes and codes[-1].startswith("="):
        changed = codes.pop()
        if not codes or (changed != "=" and values.number(changed[1:]) is None):
            raise directive.fault(f'invalid value "{changed}"')
    for written_code in codes:
        code = values.number(written_code)
        if code is None or code == 499:
            raise directive.fault(f'invalid value "{written_code}"')
        if not 300 <= code <= 599:
            raise directive.fault(f'value "{written_code}" must be between 300 and 599')
    reading.template(uri, directive)
    level.directives.setdefault("error_page", []).append(directive)


def _add_header(reading: Reading, level: Level, directive: Directive) -> None:
    if len(directive.args) == 3 and directive.args[2] != "always":
        raise directive.fault(f'invalid parameter "{directive.args[2]}"')
    reading.template(directive.args[1], directive)
    level.directives.setdefault("add_header", []).append(directive)


def _access(reading: Reading, level: Level, directive: Directive) -> None:
    network(directive)
    level.directives.setdefault("access", []).append(directive)


def network(directive: Directive) -> str:
    """Return the network that `allow` or `deny` names, in CIDR notation. Raises Fault, NotSimulatedError."""
    said = directive.args[0]
    if said == "all":
        return "0.0.0.0/0"
    if ":" in said:
        raise directive.refusal(f'address "{said}"')
    import ipaddress

    try:
        return str(ipaddress.ip_network(said, strict=False))
    except ValueError:
        raise directive.fault(f'invalid parameter "{said}"') from None


HANDLERS: dict[str, Handler] = {
    "location": _location,
    "root": _root,
    "alias": _root,
    "index": _index,
    "try_files": _try_files,
    "return": _return,
    "rewrite": _rewrite,
    "set": _set,
    "break": _break,
    "error_page": _error_page,
    "add_header": _add_header,
    "allow": _access,
    "deny": _access,
    "internal": once(),
    "client_max_body_size": once(plain(values.size_of)),
    "server_tokens": once(one_of("on", "off")),
    "absolute_redirect": once(),
    "port_in_redirect": once(),
    "server_name_in_redirect": once(),
    "satisfy": once(one_of("all")),
}
