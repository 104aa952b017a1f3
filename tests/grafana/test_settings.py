"""grafana.ini, as the charm or a person writes it."""

from __future__ import annotations

import pytest

from simulators.grafana.settings import Settings, SettingsError, read_settings


def test_defaults() -> None:
    """An empty file, or one with everything commented out, is Grafana as it comes."""
    packaged = "# comment\n[server]\n;http_port = 4000\n#http_addr = 10.0.0.1\n\n[security]\n;admin_password = x\n"

    assert read_settings("", {}) == read_settings(packaged, {}) == Settings()


def test_what_is_set() -> None:
    """Sections, keys before the first one, marks inside values, quotation marks around them."""
    text = """\
app_mode = production
[server]
http_addr = 127.0.0.1
http_port = 4000
[paths]
data = /srv/grafana
[security]
admin_user = boss
admin_password = \"\"\"p#w;%1\"\"\"
[unknown]
anything = goes
"""

    assert read_settings(text, {}) == Settings("127.0.0.1", 4000, "/srv/grafana", "boss", "p#w;%1")


def test_the_environment_goes_first() -> None:
    """`GF_SECTION_KEY` before the file, and `$__env{NAME}` in it."""
    text = "[server]\nhttp_port = 4000\n[security]\nadmin_password = $__env{SECRET}\nadmin_user = ${WHO}\n"
    env = {"GF_SERVER_HTTP_PORT": "5000", "SECRET": "s", "WHO": "me"}
    found = read_settings(text, env)

    assert (found.port, found.admin_password, found.admin_user) == (5000, "s", "me")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[server]\nhttp_port = web", r"\[server\] http_port: expected a port, got 'web'"),
        ("[server]\nhttp_port = 99999", "expected a port"),
        ("[server\nhttp_port", "cannot be read"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    """The error names the key and what was seen."""
    with pytest.raises(SettingsError, match=reason):
        read_settings(text, {})
