"""HTML of pages that are not the site's own: setting up, logging in, errors. Everything from outside is escaped."""

from __future__ import annotations

from html import escape

from simulators.wordpress.asked import Said

STYLE = (
    "body{background:#f0f0f1;color:#3c434a;font:14px/1.5 sans-serif;margin:2em auto;max-width:46em;padding:0 1em}"
    "main,.box{background:#fff;border:1px solid #c3c4c7;padding:1.2em 1.6em}label{display:inline-block;min-width:11em}"
    "input{font:inherit;margin:.3em 0;padding:.2em .4em}.button-primary{background:#2271b1;border:0;color:#fff;"
    "padding:.4em 1em}.error{border-left:4px solid #d63638;background:#fff;margin:1em 0;padding:.6em 1em}"
    ".bar{background:#1d2327;color:#fff;padding:.5em 1em}.bar a{color:#fff;margin-right:1em}"
)
ARROW = "&lsaquo;"


def document(title: str, body: str, *, attributes: str = "", head: str = "") -> str:
    """Return a whole page; `title` is text, `body` and `head` are HTML."""
    return (
        '<!DOCTYPE html>\n<html lang="en-US">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n{head}'
        f"<style>{STYLE}</style>\n</head>\n<body{attributes}>\n{body}\n</body>\n</html>\n"
    )


def dead_database() -> Said:
    """Return what WordPress answers when its database does not let it in."""
    body = "<main><h1>Error establishing a database connection</h1></main>"
    return Said(500, document("Database Error", body, attributes=' id="error-page"'))


def no_database(name: str) -> Said:
    """Return what WordPress answers when its server has no such database, or it may not use it."""
    body = (
        "<main><h1>Cannot select database</h1>"
        f"<p>The database server answers, and <code>{escape(name)}</code> cannot be used there.</p></main>"
    )
    return Said(500, document("WordPress &rsaquo; Error", body, attributes=' id="error-page"'))


def no_configuration(paths: str) -> Said:
    """Return what Debian's package answers when it is not set up."""
    return Said(404, f"Neither of {escape(paths)} could be found: WordPress is not set up.\n")


def unplayed(what: str) -> Said:
    """Return the refusal of what nobody plays."""
    return Said(501, f"not simulated: {what}\n", kind="text/plain; charset=UTF-8")


def failed(message: str, status: int = 500) -> Said:
    """Return an error page with a text."""
    body = f'<main><p class="error">{escape(message)}</p></main>'
    return Said(status, document("WordPress &rsaquo; Error", body, attributes=' id="error-page"'))


def field(label: str, name: str, value: str = "", *, kind: str = "text", id: str = "") -> str:
    """Return one field of a form with its label; its id is its name unless one is given."""
    place = id or name
    return (
        f'<p><label for="{place}">{escape(label)}</label> '
        f'<input type="{kind}" name="{name}" id="{place}" value="{escape(value)}"></p>'
    )
