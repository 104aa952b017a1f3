"""DEBUG's page for an error, without source code and variables, which make Django's own take a tenth of a second."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

from simulators.embedded.django_site.site import asked
from simulators.embedded.django_site.texts import POSTGRESQL

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
  <meta http-equiv="content-type" content="text/html; charset=utf-8">
  <meta name="robots" content="NONE,NOARCHIVE">
  <title>{kind} at {path}</title>
</head>
<body>
<div id="summary">
  <h1>{kind} at {path}</h1>
  <pre class="exception_value">{message}</pre>
  <table class="meta">
    <tr><th>Request Method:</th><td>{method}</td></tr>
    <tr><th>Request URL:</th><td>{url}</td></tr>
    <tr><th>Exception Type:</th><td>{kind}</td></tr>
  </table>
</div>
<p>DEBUG is True in settings.py: that is why this page says what went wrong.</p>
</body>
</html>
"""


class ShortReporter(ExceptionReporter):
    """Says what happened and where."""

    def get_traceback_html(self) -> SafeString:
        """Return the page."""
        return format_html(PAGE, **self._facts())

    def get_traceback_text(self) -> SafeString:
        """Return the same for programs."""
        # It is sent as plain text: nothing in it is marked up.
        return SafeString("{kind} at {path}\n{message}\n\nRequest Method: {method}\n".format(**self._facts()))

    def _facts(self) -> dict[str, Any]:
        kind = "" if self.exc_type is None else self.exc_type.__name__
        message = str(self.exc_value)
        if message.startswith("no such table: ") and asked().database_settings().engine == POSTGRESQL:
            # SQLite only plays the inside of PostgreSQL, which says it in this way.
            kind, message = "ProgrammingError", f'relation "{message.removeprefix("no such table: ")}" does not exist'
        request = self.request
        if request is None:
            return {"kind": kind, "path": "", "message": message, "method": "", "url": ""}
        url = request.build_absolute_uri()
        return {"kind": kind, "path": request.path_info, "message": message, "method": request.method, "url": url}
