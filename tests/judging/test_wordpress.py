"""What is said of WordPress: whether it answers, is installed, keeps its content where it should, and opens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.judging.wordpress import (
    Tried,
    Visited,
    is_wordpress,
    judge_answers,
    judge_content,
    judge_dashboard,
    judge_installed,
)
from harness.wordpress import Index, Page
from harness.wordpress_login import Opened

URL = "http://172.16.0.12/"
SERVER = "mysql/0 (172.16.0.13)"
BLOG = Page(200, '<link href="/wp-content/themes/kit/style.css">', "nginx/1.14.0", URL)
INDEX = Index("/?rest_route=/", 200, ("oembed/1.0", "wp/v2"))
NO_INDEX = Index("/?rest_route=/", 404, None, said="Not Found")
DEAD = "<h1>Error establishing a database connection</h1>"


def visited(status: int = 200, body: str = "", url: str = URL, index: Index | None = None) -> Visited:
    """Return what came of a visit that ended with this page."""
    return Visited("wordpress/0", URL, Page(status, body, "nginx", url), index=index)


@pytest.mark.parametrize(
    "page",
    [
        Page(200, '<meta name="generator" content="WordPress 6.4.3" />', "", URL),
        Page(200, "<script src='http://localhost:8080/wp-includes/js/jquery.js'>", "", URL),
        Page(200, "", "", URL, links='<http://172.16.0.12/index.php?rest_route=/>; rel="https://api.w.org/"'),
        Page(404, '<link rel="EditURI" href="http://172.16.0.12/xmlrpc.php?rsd" />', "", URL),
        Page(302, "", "", f"{URL}wp-admin/install.php"),
        Page(503, "<p>Em breve</p><img src='/wp-content/uploads/a.png'>", "", URL),
    ],
)
def test_pages_of_wordpress(page: Page) -> None:
    """Themes and languages differ; what pages lead to does not."""
    assert is_wordpress(page)
    assert judge_answers(Visited("wordpress/0", URL, page)).holds


@pytest.mark.parametrize("index", [INDEX, Index("/wp-json/", 401, None, refused="rest_not_logged_in")])
def test_a_theme_that_hides_wordpress(index: Index) -> None:
    """Then its REST API shows it, even a closed one."""
    assert judge_answers(visited(body="<html>Nosso kit</html>", index=index)).holds


@pytest.mark.parametrize(
    ("seen", "said", "advised"),
    [
        (
            Visited("wordpress/0", URL, None, "connection refused"),
            f"Nobody answers at {URL}, the address of wordpress/0: connection refused.",
            "ss -tlnp",
        ),
        (
            Visited("wordpress/0", URL, None, sent_away="http://172.16.0.99/"),
            "WordPress (wordpress/0) sends visitors to http://172.16.0.99/, where nobody answers.",
            "siteurl",
        ),
        (
            visited(body="<html><head><title>Welcome to nginx!</title>", index=NO_INDEX),
            f"What answers at {URL} is not WordPress: it is the web server's own page 'Welcome to nginx!'.",
            "related with MySQL",
        ),
        (
            visited(body="<title>Apache2 Ubuntu Default Page: It works</title>"),
            "own page 'Apache2 Ubuntu Default Page: It works'",
            "related",
        ),
        (visited(body="<title>Grafana</title>", index=NO_INDEX), "is not WordPress: 200 from nginx", "sites-enabled"),
        (visited(404, "nope", index=NO_INDEX), "is not WordPress: 404 from nginx: nope", "sites-enabled"),
        (visited(500, DEAD), "wordpress/0) cannot reach its database: 'Error establishing a database", "systemctl"),
        (visited(500, "<h1>Erro ao estabelecer uma conexão com o banco"), "cannot reach its database", "systemctl"),
        (visited(302, url=f"{URL}wp-admin/setup-config.php"), "has no configuration, and so no database", "relate"),
        (
            visited(404, "Neither <b>/etc/wordpress/config-172.16.0.12.php</b> nor <b>x</b> could be found."),
            "has no configuration",
            "relate",
        ),
        (visited(502, "<h1>502 Bad Gateway</h1>"), "answers 502: PHP does not run behind it", "php"),
        (visited(503, "Briefly unavailable for scheduled maintenance."), "is in maintenance", ".maintenance"),
        (visited(500, "<a href='/wp-login.php'> critical error"), "WordPress (wordpress/0) answers 500.", "php"),
    ],
)
def test_what_is_no_wordpress(seen: Visited, said: str, advised: str) -> None:
    """Each trouble has its sentence and its advice."""
    finding = judge_answers(seen)

    assert not finding.holds
    assert said in finding.rationale
    assert advised in finding.help


def test_a_page_that_talks_of_databases() -> None:
    """A post about errors is no error."""
    assert judge_answers(visited(body=f"/wp-content/ {DEAD}")).holds


def test_installed() -> None:
    """The evidence says under which name it was asked."""
    moved = replace(BLOG, url="http://localhost:8080/", moved=("http://localhost:8080/",))
    finding = judge_installed(Visited("wordpress/0", URL, moved), INDEX)

    assert finding.holds
    assert "by way of http://localhost:8080/" in finding.observed
    assert "namespaces oembed/1.0, wp/v2" in finding.observed


@pytest.mark.parametrize(
    ("url", "index", "said", "advised"),
    [
        (f"{URL}wp-admin/install.php", INDEX, "is not installed: it leads to /wp-admin/install.php", "browser"),
        (URL, replace(NO_INDEX, installing="/wp-admin/install.php"), "is not installed", "browser"),
        (URL, replace(NO_INDEX, installing="/wp-admin/setup-config.php"), "leads to /wp-admin/setup", "relate"),
        (URL, NO_INDEX, "does not work: /?rest_route=/ answers 404, 'Not Found'.", "log"),
        (URL, replace(INDEX, namespaces=("oembed/1.0",)), "has no wp/v2, only oembed/1.0", "4.7"),
        (URL, replace(INDEX, namespaces=()), "has no wp/v2, only nothing", "4.7"),
    ],
)
def test_not_installed(url: str, index: Index, said: str, advised: str) -> None:
    """The installation page, and a REST API that is not there."""
    finding = judge_installed(Visited("wordpress/0", URL, replace(BLOG, url=url)), index)

    assert not finding.holds
    assert said in finding.rationale
    assert advised in finding.help


def test_content() -> None:
    """One place that WordPress shows is enough."""
    finding = judge_content(SERVER, [Tried("old", "wp_posts", False), Tried("wordpress", "kit_posts", True)])

    assert finding.holds
    assert finding.observed.endswith("kit_posts of 'wordpress': shown; the post was removed again")


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        ([], f"is not on {SERVER}: no database there has tables of WordPress."),
        (
            [Tried("wordpress", "wp_posts", False), Tried("old", "wp_posts", False)],
            f"is not on {SERVER}: it does not show a post that was written into 'wordpress' (wp_posts) and 'old'",
        ),
    ],
)
def test_content_elsewhere(tried: list[Tried], said: str) -> None:
    """The host on which it is not is named."""
    finding = judge_content(SERVER, tried)

    assert not finding.holds
    assert said in finding.rationale
    assert "DB_HOST" in finding.help


@pytest.mark.parametrize("body", ['<body class="wp-admin no-js index-php">', "<div id='wpadminbar'>"])
def test_dashboard(body: str) -> None:
    """Every page of it has WordPress' bar, in every language; secrets of its address are not shown."""
    finding = judge_dashboard(Opened("cloud", Page(200, body, "", f"{URL}wp-admin/?_wpnonce=abc123"), 302))

    assert finding.holds
    assert finding.observed == "http://172.16.0.12/wp-admin/ answers 200"


@pytest.mark.parametrize(
    ("opened", "said"),
    [
        (Opened("cloud", None, 500), "answers 500 to a login"),
        (Opened("cloud", Page(500, "", "", f"{URL}wp-admin/"), 302), "let 'cloud' in, and its dashboard answers 500"),
        (Opened("cloud", Page(200, "<div id='wpadminbar'>", "", URL), 302), "its dashboard answers 200"),
    ],
)
def test_no_dashboard(opened: Opened, said: str) -> None:
    """Errors, and the front page instead of it."""
    finding = judge_dashboard(opened)

    assert not finding.holds
    assert said in finding.rationale
