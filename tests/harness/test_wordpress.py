"""Looking at WordPress: under the name that it wants, its REST API, its dashboard, and where its content is."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from harness.access import ConnectionRefused
from harness.errors import AccessRefused, CheckFailed, KitError, LeftToPerson, TimedOut, UnexpectedAnswer
from harness.judging.wordpress import judge_answers, judge_dashboard, judge_installed
from harness.kit import Kit
from harness.observing import wordpress
from harness.wordpress import WordPress
from harness.wordpress_login import LOGIN, open_dashboard
from tests.harness.wordpress_site import (
    FORM,
    MYSQL,
    NETWORK,
    WORDPRESS,
    Server,
    Site,
    answer,
    kit,
    model,
)

TUNNEL = "localhost:8080"
"""What a site is called that was installed through a tunnel."""
CLOSED = {"code": "rest_cannot_access", "message": "Only authenticated users can access the REST API."}


def site(made: Site) -> WordPress:
    """Return the client of a site."""
    http: Any = made
    return WordPress(http, WORDPRESS, NETWORK)


def seen(**different: Any) -> Kit:
    """Return a kit whose site is made so."""
    return kit(Server(Site(**different)))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at once for what may come a moment later."""
    monkeypatch.setattr(wordpress, "PAUSE", 0.0)


@pytest.mark.parametrize("home", ["", TUNNEL, WORDPRESS, "10.103.1.19:8001", "blog.example.org"])
def test_it_is_asked_under_the_name_that_it_wants(home: str) -> None:
    """A site that was installed through a tunnel redirects to it: its unit is asked under that name from then on."""
    made = Site(home=home)
    looked = kit(Server(made))

    assert judge_answers(wordpress.visited(looked)).holds
    assert judge_installed(wordpress.visited(looked), wordpress.index(looked)).holds
    port = home.partition(":")[2]
    under = f"{WORDPRESS}:{port}" if port else WORDPRESS
    assert made.asked[-1] == ("GET /?rest_route=/&_fields=name,url,home,namespaces", under)


def test_a_redirect_to_another_name() -> None:
    """Older ones and plugins lead to the name itself."""
    made = Site(home=TUNNEL, pages={"/": answer(301, headers={"Location": f"http://{TUNNEL}/"})})
    looked = kit(Server(made))
    with pytest.raises(UnexpectedAnswer, match="in circles"):
        wordpress.visited(looked)

    assert made.asked[1] == ("GET /", TUNNEL)


def test_it_is_asked_once() -> None:
    """Checks share what the front page and the REST API answered."""
    made = Site()
    looked = kit(Server(made))
    for _ in range(2):
        wordpress.visited(looked)
        wordpress.index(looked)

    assert len(made.asked) == 2


@pytest.mark.parametrize("to", ["http://172.16.0.99/", "http://172.16.0.99:8080/"])
def test_visitors_are_sent_where_nobody_answers(to: str) -> None:
    """The address that its machine had before it was deployed again."""
    looked = seen(pages={"/": answer(301, headers={"Location": to})})

    assert wordpress.visited(looked).sent_away == to
    with pytest.raises(CheckFailed, match=r"WordPress \(wordpress/0\) does not answer"):
        wordpress.index(looked)


def test_nobody_answers() -> None:
    """A web server that is stopped is a fact about the kit; one that hangs is not."""
    made = Site(pages={"/": ConnectionRefused(WORDPRESS, 80)})

    assert "connection refused" in wordpress.visited(kit(Server(made))).refused
    assert len(made.asked) == 1
    with pytest.raises(TimedOut):
        wordpress.visited(seen(pages={"/": TimedOut("silent")}))


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("http://172.16.0.12/", "redirects in circles"),
        ("https://blog.example.org/", "has no certificate for that name"),
        ("http://user:pw@172.16.0.12/", "nobody can open"),
        ("javascript:alert(1)", "nobody can open"),
        ("http://a\r\nX: y/", "nobody can open"),
        ("http://[::1/", "nobody can open"),
        ("http://172.16.0.12\u2100/", "nobody can open"),
        ("//", "redirects in circles"),
    ],
)
def test_redirects_that_lead_nowhere(to: str, said: str) -> None:
    """Nothing can be said of WordPress then."""
    with pytest.raises(UnexpectedAnswer, match=said):
        wordpress.visited(seen(pages={"/": answer(301, headers={"Location": to})}))


def test_another_port() -> None:
    """The one that the unit opened, when it did not open the usual one."""
    made = Site(port=8080, home=f"{WORDPRESS}:8080")
    looked = kit(Server(made), model(**{"open-ports": ["8080/tcp"]}))
    wordpress.visited(looked)

    assert made.asked[0] == ("GET /", f"{WORDPRESS}:8080")


def test_a_unit_without_an_address() -> None:
    """There is nowhere to look."""
    told = model(**{"public-address": "10.1.1.1"})
    told["machines"]["1"]["ip-addresses"] = ["fd00::1"]

    with pytest.raises(CheckFailed, match=r"No unit of 'wordpress' has an address in 172\.16\.0\.0/20"):
        wordpress.visited(kit(Server(Site()), told))


def test_it_leads_to_its_installation() -> None:
    """That is not followed: no form is opened, and no page that another visitor might be filling in."""
    made = Site(installed=False)
    looked = kit(Server(made))
    finding = judge_installed(wordpress.visited(looked), wordpress.index(looked))

    assert finding.rationale == "WordPress (wordpress/0) is not installed: it leads to /wp-admin/install.php."
    assert not any("install.php" in asked for asked, _ in made.asked)


def test_a_pretty_rest_api() -> None:
    """A security plugin may take the plain address away."""
    made = Site(pages={"/wp-json/": answer(200, {"namespaces": ["wp/v2"]})})
    made.pages["/"] = answer(200, "<html>a page</html>")
    found = site(made).index()

    assert (found.asked, found.namespaces) == ("/wp-json/", ("wp/v2",))


def test_what_php_complains_of() -> None:
    """Notices in front of an answer are passed over."""
    made = Site(pages={"/": answer(200, '<br />\n<b>Notice</b>: [x] in y\n{"namespaces": ["wp/v2"]}')})

    assert site(made).index().namespaces == ("wp/v2",)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_rest_api_that_is_closed(status: int) -> None:
    """A plugin keeps it from visitors: whether WordPress is well cannot be told."""
    made = Site(pages={"/": answer(200, "<a href='/wp-content/x'>"), "/wp-json/": answer(status, CLOSED)})
    made.pages["/"] = answer(status, CLOSED)

    with pytest.raises(AccessRefused, match=r"kept from visitors: .* rest_cannot_access"):
        wordpress.index(kit(Server(made)))


def test_a_rest_api_that_asks_for_patience() -> None:
    """During an update, or when too many asked."""
    made = Site()
    looked = kit(Server(made))
    wordpress.visited(looked)
    made.pages = {"/": answer(503, "Briefly unavailable"), "/wp-json/": answer(503)}

    with pytest.raises(UnexpectedAnswer, match="come again later"):
        wordpress.index(looked)


@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, "\n" * 1_000_000, "\n [" * 1_000, '{"namespaces": 5}', "{", '{"namespaces": ["wp/v2"]', "null"],
)
def test_answers_that_are_no_index(body: str) -> None:
    """Nonsense is no REST API."""
    found = site(Site(pages={"/": answer(200, body)})).index()

    assert found.namespaces is None
    assert len(found.said) <= 200


# The proof


@pytest.mark.parametrize("home", ["", TUNNEL])
def test_content_in_the_related_database(home: str) -> None:
    """What is written there appears, and nothing is left."""
    server = Server(Site(home=home))
    found = wordpress.proof(kit(server))

    assert found.server == f"mysql/0 ({MYSQL})"
    assert [(each.database, each.table, each.shown) for each in found.tried] == [("wordpress", "wp_posts", True)]
    assert server.posts == server.site.posts == {}
    assert "DELETE FROM `wordpress`.`wp_postmeta` WHERE post_id = 7;" in server.statements[-1]


def test_no_question_is_asked_twice() -> None:
    """A cache would give the answer from before."""
    made = Site()
    wordpress.proof(kit(Server(made)))
    asked = [question for question, _ in made.asked if "/wp/v2/posts" in question]

    assert len(asked) == len(set(asked)) == 3


@pytest.mark.parametrize(
    ("post", "shown"),
    [
        ({"slug": "kitcheck-a", "title": "x"}, True),
        ({"slug": "x", "title": {"rendered": "Novo: kitcheck-a"}}, True),
        ({"slug": "x", "title": {"rendered": "y"}}, False),
        ({"slug": 5, "title": [5]}, False),
        ("kitcheck-a", False),
    ],
)
def test_how_posts_are_known(post: Any, shown: bool) -> None:
    """By slug, or by a title that a plugin may have adorned."""
    made = Site(pages={"/wp/v2/posts": answer(200, [post])})

    assert site(made).shows(7, "kitcheck-a", 0) is shown


def test_content_elsewhere() -> None:
    """WordPress uses another database: what is written into the related one does not appear, and is removed."""
    server = Server(Site(), shared=False)
    server.site.posts = {7: "another post of that number"}
    found = wordpress.proof(kit(server))

    assert [each.shown for each in found.tried] == [False]
    assert server.posts == {}
    assert server.site.posts == {7: "another post of that number"}


def test_a_post_that_comes_late() -> None:
    """Whatever keeps old answers has them for a moment."""
    server = Server(Site())
    turns = iter([answer(200, []), answer(404, {"code": "rest_post_invalid_id"})])
    server.site.pages["/wp/v2/posts"] = lambda: next(turns, None)
    server.site.pages["/wp/v2/posts/7"] = server.site.pages["/wp/v2/posts"]

    assert [each.shown for each in wordpress.proof(kit(server)).tried] == [True]


def test_an_empty_database() -> None:
    """No tables of WordPress: nothing is written."""
    server = Server(Site(), tables=[("wordpress", "posts_of_mine"), ("other", "wp_posts"), ("x", "wp_options")])

    assert wordpress.proof(kit(server)).tried == ()
    assert len(server.statements) == 1


def test_where_content_may_be() -> None:
    """The database of the application's name first, any prefix, and no name that could do harm."""
    tables = [
        *(("aaa", f"x_{each}") for each in ("posts", "options")),
        *(("blog", f"kit_2_{each}") for each in ("posts", "options")),
        *(("blog", f"kit_{each}") for each in ("posts", "options", "postmeta")),
        *(("blog", each) for each in ("posts", "options")),
        *(("b`; DROP", f"wp_{each}") for each in ("posts", "options")),
    ]
    server: Any = Server(Site(), tables=tables)
    found = wordpress.blogs(wordpress.Mysql(server, MYSQL, "mysql/0"), "blog")

    assert [(b.database, b.prefix) for b in found] == [
        ("blog", ""),
        ("blog", "kit_"),
        ("blog", "kit_2_"),
        ("aaa", "x_"),
    ]
    assert [b.has_notes for b in found] == [False, True, False, False]


def test_several_places_are_tried() -> None:
    """Tables that were left behind prove nothing."""
    tables = [("old", "wp_posts"), ("old", "wp_options"), ("wordpress", "wp_posts"), ("wordpress", "wp_options")]
    server = Server(Site(), tables=tables)

    def not_the_first(_command: str, sql: str) -> None:
        server.shared = "`old`" in sql

    server.refuse = not_the_first
    found = wordpress.proof(kit(server))

    assert [(each.database, each.shown) for each in found.tried] == [("wordpress", False), ("old", True)]


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), TimedOut("silent"), AccessRefused("closed")])
def test_the_post_is_removed_however_it_ends(failure: BaseException) -> None:
    """Also when somebody loses patience."""

    def fail() -> None:
        raise failure

    server = Server(Site(pages={"/wp/v2/posts": fail}))
    with pytest.raises(type(failure)):
        wordpress.proof(kit(server))

    assert server.posts == {}


def test_a_post_that_was_written_although_nobody_said_so() -> None:
    """It is removed by its title."""
    server = Server(Site())

    def lose(_command: str, sql: str) -> None:
        if sql.startswith("INSERT"):
            server.posts[7] = sql.split("'kitcheck")[1]
            raise TimedOut("silent")

    server.refuse = lose
    with pytest.raises(TimedOut):
        wordpress.proof(kit(server))

    assert server.statements[-1].strip().startswith("DELETE FROM `wordpress`.`wp_posts` WHERE post_name = 'kitcheck-")


def test_a_post_that_stays() -> None:
    """Whoever is graded is told what to delete."""
    server = Server(Site(), refuse=lambda _command, sql: (1, "ERROR 1142 (42000): no") if "DELETE" in sql else None)

    with pytest.raises(UnexpectedAnswer, match="refused a question"):
        wordpress.proof(kit(server))


def test_a_copy_of_the_database() -> None:
    """A post that is shown after it was removed is in no way a proof."""
    server = Server(Site())
    made = server.site

    def keep(_command: str, sql: str) -> None:
        if "DELETE" in sql:
            server.shared = False

    server.refuse = keep
    with pytest.raises(UnexpectedAnswer, match="still shows a post that is no longer in 'wordpress'"):
        wordpress.proof(kit(server))
    assert len(made.posts) == 1


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (answer(401, CLOSED), AccessRefused),
        (answer(404, {"code": "rest_no_route"}), AccessRefused),
        (answer(500, "oops"), UnexpectedAnswer),
        (answer(200, "<html>"), UnexpectedAnswer),
        (answer(404, "no such page"), UnexpectedAnswer),
    ],
)
def test_posts_that_cannot_be_asked_for(told: Any, kind: type[KitError]) -> None:
    """Then nothing is known."""
    with pytest.raises(kind):
        wordpress.proof(kit(Server(Site(pages={"/wp/v2/posts": told}))))


# The dashboard


def entered(made: Site, password: str = "s3cret-of-ours", user: str = "cloud") -> Kit:
    """Return a kit whose kit.yaml has a login."""
    return kit(Server(made), wordpress_user=user, wordpress_password=SecretStr(password))


@pytest.mark.parametrize("home", ["", TUNNEL])
def test_the_dashboard_opens(home: str) -> None:
    """As with a browser, in any language; the session is ended, and nothing of it is evidence."""
    made = Site(home=home)
    looked = entered(made)
    opened = wordpress.dashboard(looked)

    assert judge_dashboard(opened).holds
    assert made.sent == {
        "log": "cloud",
        "pwd": "s3cret-of-ours",
        "wp-submit": "Log In",
        "testcookie": "1",
        "redirect_to": f"http://{WORDPRESS}{':8080' if home else ''}/wp-admin/",
    }
    assert made.sessions == 0
    assert made.recorded[-4:] == [False] * 4
    assert looked.log.redact("s3cret-of-ours") == "[hidden]"
    evidence = str(looked.log.take())
    assert "s3cret" not in evidence
    assert "wordpress_logged_in" not in evidence
    assert "abc123" not in evidence


@pytest.mark.parametrize("home", ["172.16.0.99", "172.16.0.99:8080"])
def test_a_login_form_that_leads_away(home: str) -> None:
    """WordPress was installed when its machine had another address: a browser gets no further than the form."""
    made = Site(home=home)
    finding = judge_dashboard(wordpress.dashboard(entered(made)))

    assert finding.rationale == f"WordPress' login leads to http://{home}/wp-login.php, where nobody answers."
    assert made.sent == {}


def test_a_wrong_password() -> None:
    """Ours was refused: that says nothing about the kit."""
    with pytest.raises(AccessRefused, match="our credentials were refused"):
        wordpress.dashboard(entered(Site(), "wrong"))


@pytest.mark.parametrize("names", [{}, {"wordpress_user": "cloud"}, {"wordpress_password": SecretStr("x" * 8)}])
def test_without_a_login(names: Any) -> None:
    """A person grades it, and is told what would let us do it."""
    with pytest.raises(LeftToPerson, match="no login to WordPress") as said:
        wordpress.dashboard(kit(Server(Site()), **names))
    assert "juju.wordpress_user" in said.value.help


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ({LOGIN: answer(404, "no such page")}, "has no login form at /wp-login.php: it answers 404"),
        ({LOGIN: answer(429, "too many")}, "it answers 429"),
        ({"/wp-admin/": answer(302, headers={"Location": "/wp-login.php?reauth=1"})}, "which is not its dashboard"),
        ({"/wp-admin/": answer(403, "Sorry, you are not allowed to access this page.")}, "which is not its dashboard"),
    ],
)
def test_a_dashboard_that_cannot_be_judged(pages: dict[str, Any], said: str) -> None:
    """Plugins may want more than a password."""
    with pytest.raises(UnexpectedAnswer, match=said):
        wordpress.dashboard(entered(Site(pages=pages)))


def test_a_login_that_wants_more() -> None:
    """A second factor is neither in nor out."""
    turns = iter(
        (answer(200, FORM.replace("@home@", WORDPRESS)), answer(200, "<form>the code that we sent you</form>"))
    )

    with pytest.raises(UnexpectedAnswer, match="neither lets in nor refuses"):
        wordpress.dashboard(entered(Site(pages={LOGIN: lambda: next(turns)})))


@pytest.mark.parametrize("broken", [LOGIN, "/wp-admin/"])
def test_a_dashboard_that_breaks(broken: str) -> None:
    """An error of PHP is the kit's."""
    finding = judge_dashboard(wordpress.dashboard(entered(Site(pages={broken: answer(500, "critical error")}))))

    assert not finding.holds
    assert "answers 500" in finding.rationale


def test_only_the_login_forms_own_fields_are_sent() -> None:
    """A search form of the theme has fields too."""
    made = Site()
    open_dashboard(site(made), "cloud", "s3cret-of-ours")

    assert "other" not in made.sent
