"""WordPress as an ASGI application: what PHP does with each request for one of its programs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from simulators.mysql import MysqlError
from simulators.wordpress import configuration, front, installing, login, pages, site
from simulators.wordpress.asked import Asked, NotSimulated, Said, redirect

if TYPE_CHECKING:
    from simulators.wordpress.surroundings import Surroundings

BODY_LIMIT = 8 * 1024 * 1024
"""Bytes of a request: PHP's `post_max_size`."""
SCRIPTS = ("index.php", "wp-login.php", "xmlrpc.php", "wp-cron.php", "wp-admin/index.php", "wp-admin/install.php")
"""Programs that are simulated; a few more of `wp-admin` send those away who have not logged in."""
NO_SUCH_DATABASE = (1044, 1049)


def create_app(around: Surroundings) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """Return the application of one machine: it reads the configuration and asks the database at each request.

    The scope's `path` is the program that answers; `request_uri`, where it is there, what was asked for.
    """

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more and len(body) <= BODY_LIMIT:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        said = await answer(Asked.of(scope, body), around)
        headers, content = said.encoded()
        await send({"type": "http.response.start", "status": said.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})

    return app


async def answer(asked: Asked, around: Surroundings) -> Said:
    """Return the answer to a request."""
    try:
        known = configuration.load(around.read, asked.host)
    except configuration.MissingConfigurationError as error:
        return pages.no_configuration(str(error))
    except configuration.UnreadableConfigurationError as error:
        return pages.unplayed(str(error))
    try:
        found = site.of(asked, known, around)
    except MysqlError as error:
        return pages.no_database(known.database) if error.number in NO_SUCH_DATABASE else pages.dead_database()
    try:
        return await _answer(found, asked)
    except NotSimulated as refusal:
        return pages.unplayed(str(refusal))
    except MysqlError as error:
        return pages.failed(f"WordPress database error: {error}")
    finally:
        found.session.close()


async def _answer(found: site.Site, asked: Asked) -> Said:
    script = asked.script
    if script == "/wp-admin/install.php":
        return await installing.answer(found, asked)
    if not found.installed:
        constants = found.configuration.constants
        url = (constants.get("WP_SITEURL") or f"http://{asked.host}").rstrip("/")
        return redirect(f"{url}/wp-admin/install.php")
    if script == "/index.php":
        return await front.answer(found, asked)
    if script == "/wp-login.php":
        return login.login(found, asked)
    if script.startswith("/wp-admin/"):
        return login.dashboard(found, asked)
    if script == "/wp-cron.php":
        return Said(200)
    if script == "/xmlrpc.php" and asked.method != "POST":
        text = "XML-RPC server accepts POST requests only."
        return Said(405, text, "text/plain; charset=UTF-8", (("Allow", "POST"),))
    raise NotSimulated(f"{script} of WordPress")
