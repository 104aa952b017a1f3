"""A kit with WordPress and MySQL in this process: built, seen by several witnesses, disturbed, set back."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from simulators.catalogue.checkpoint_5 import FAULTS, MISTAKES, VARIATIONS
from simulators.embedded import maas
from simulators.embedded.kit import EmbeddedKit, start
from simulators.embedded.process import ROOT
from simulators.embedded.shell import reboot
from simulators.plan import Plan
from tests.embedded.juju_kits import Typed, from_outside, typed

BUILT = Plan.at("checkpoint-5")
TOKEN = "kitcheck-0123456789"
INSERT = f"""\
INSERT INTO `wordpress`.`wp_posts` (post_author, post_date, post_date_gmt, post_content, post_title, post_excerpt,
  post_status, post_name, to_ping, pinged, post_content_filtered, post_type)
VALUES (1, '2001-01-01 12:00:00', '2001-01-01 12:00:00', '', '{TOKEN}', '', 'publish', '{TOKEN}', '', '', '', 'post');
SELECT LAST_INSERT_ID();
"""
POSTS = f"/?rest_route=/wp/v2/posts&slug={TOKEN}&_fields=id,title"
LOADED = """
import sys
from simulators.embedded.kit import start
from simulators.plan import Plan
of_wordpress = ("simulators.mysql", "simulators.wordpress", "simulators.embedded.mysql_host")
with start(Plan.at("{stage}")):
    print(*(name for name in sys.modules if name.startswith(of_wordpress)))
"""


@pytest.fixture(scope="module")
def played() -> Iterator[EmbeddedKit]:
    """Play a kit at checkpoint 5."""
    with start(BUILT) as kit:
        yield kit


@pytest.fixture
def built(played: EmbeddedKit) -> EmbeddedKit:
    """Return the kit as it was built."""
    played.reset(BUILT)
    return played


def machine_with(kit: EmbeddedKit, unit: str) -> str:
    """Return the host name of the machine that has a service."""
    [found] = [name for name, host in kit.machines.items() if unit in host.units]
    return found


def address(kit: EmbeddedKit) -> str:
    """Return the address of WordPress' machine."""
    return kit.machines[machine_with(kit, "nginx")].address


def page(kit: EmbeddedKit, path: str, *, on: str = "main") -> tuple[int, str]:
    """Return status and body of what WordPress answers on a host."""
    done = typed(kit, f"curl -s -w '%{{http_code}}' 'http://{address(kit)}{path}'", on=on)
    return int(done.out[-3:]), done.out[:-3]


def sql(kit: EmbeddedKit, text: str, *, user: str = "") -> Typed:
    """Return how statements end that are given to the client on MySQL's machine, as the harness does."""
    command = "sudo -n -H mysql --batch --skip-column-names"
    return typed(kit, command, on=machine_with(kit, "mariadb"), user=user, stdin=text.encode())


def service(kit: EmbeddedKit, verb: str, name: str, *, of: str = "") -> None:
    """Start or stop a service on its machine."""
    done = typed(kit, f"sudo systemctl {verb} {name}", on=machine_with(kit, of or name))
    assert (done.status, done.err) == (0, "")


# What is built


def test_two_machines_of_the_old_series(built: EmbeddedKit) -> None:
    """Both applications are active on machines with Ubuntu 18.04, and no hook asked for what nobody plays."""
    status = typed(built, "juju status -m main:default --format=json").json

    assert {name: each["application-status"]["current"] for name, each in status["applications"].items()} == {
        "mysql": "active",
        "wordpress": "active",
    }
    for unit in ("mariadb", "nginx"):
        assert "18.04" in typed(built, "lsb_release -ds", on=machine_with(built, unit)).out
    assert [host.refused for host in (built.main, *built.machines.values()) if host.refused] == []


def test_the_site_and_its_api_from_main(built: EmbeddedKit) -> None:
    """The front page has the title that the group gave, and the API says the same."""
    status, body = page(built, "/")
    assert status == 200
    assert f"<title>{BUILT.blog.title}</title>" in body
    for path in ("/?rest_route=/", "/wp-json/"):
        status, body = page(built, path)
        assert (status, json.loads(body)["name"]) == (200, BUILT.blog.title)


def test_a_browser_through_a_tunnel(built: EmbeddedKit) -> None:
    """Links lead through the tunnel, the login opens the dashboard, and files of the package are there."""

    async def use(port: int) -> Any:
        def browse() -> Any:
            base = f"http://127.0.0.1:{port}"
            browser = requests.Session()
            form = browser.get(f"{base}/wp-login.php", timeout=10).text
            given = {"log": BUILT.blog.user, "pwd": BUILT.blog.password, "testcookie": "1"}
            after = browser.post(f"{base}/wp-login.php", data=given, timeout=10)
            others = [browser.get(f"{base}/{path}", timeout=10).status_code for path in ("readme.html", "wp-includes/")]
            return base, form, after.url, after.text, others

        return await asyncio.to_thread(browse)

    base, form, reached, dashboard, others = from_outside(built, f"{address(built)}:80", use)

    assert f'action="{base}/wp-login.php"' in form
    assert reached == f"{base}/wp-admin/"
    assert "<title>Dashboard &lsaquo; Our kit &#8212; WordPress</title>" in dashboard
    assert others == [200, 403]


def test_a_token_in_the_database_is_seen_through_the_api(built: EmbeddedKit) -> None:
    """What the harness inserts on MySQL's machine, WordPress shows at once, until it is removed."""
    done = sql(built, INSERT)
    assert (done.status, done.err) == (0, "")

    number = int(done.out)
    assert json.loads(page(built, POSTS)[1]) == [{"id": number, "title": {"rendered": TOKEN}}]

    sql(built, f"DELETE FROM `wordpress`.`wp_posts` WHERE post_name = '{TOKEN}' AND post_title = '{TOKEN}';")

    assert json.loads(page(built, POSTS)[1]) == []
    assert sql(built, f"SELECT COUNT(*) FROM wordpress.wp_posts WHERE post_name = '{TOKEN}'").out == "0\n"


def test_where_the_tables_are(built: EmbeddedKit) -> None:
    """The client tells it as the harness asks it, with its errors on the standard error."""
    asked = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_name LIKE '%options';"

    assert sql(built, asked) == Typed(0, "wordpress\twp_options\n", "")
    refused = sql(built, "SELECT * FROM wordpress.none;")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.endswith("\nERROR 1146 (42S02) at line 1: Table 'wordpress.none' doesn't exist\n")
    host = machine_with(built, "mariadb")
    assert typed(built, "mysql -e 'SELECT 1'", on=host).err.startswith("ERROR 1045 (28000): Access denied for user")
    assert typed(built, "mysql --version", on="main").status == 127


# What happens to it


def test_mysql_that_was_stopped(built: EmbeddedKit) -> None:
    """WordPress says that it has no database, the client that there is no server; started again, all is as before."""
    service(built, "stop", "mariadb")

    status, body = page(built, "/")
    assert status == 500
    assert "<h1>Error establishing a database connection</h1>" in body
    assert sql(built, "SELECT 1").err == (
        "ERROR 2002 (HY000): Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)\n"
    )

    service(built, "start", "mariadb")

    assert page(built, "/")[0] == 200


def test_mysql_that_listens_to_its_own_machine_only(built: EmbeddedKit) -> None:
    """Without the charm's line the packaged one counts; the client still gets in by the socket."""
    host = machine_with(built, "mariadb")
    typed(built, "sudo rm /etc/mysql/mariadb.conf.d/60-juju.cnf", on=host)
    service(built, "restart", "mysql", of="mariadb")

    assert page(built, "/")[0] == 500
    assert sql(built, "SELECT @@bind_address").out == "127.0.0.1\n"


def test_a_client_on_another_machine(built: EmbeddedKit) -> None:
    """Over the network it is asked for an account and a password as anybody is."""
    host = machine_with(built, "nginx")
    server = built.machines[machine_with(built, "mariadb")].address
    built.do(lambda: built.machines[host].commands.update(mysql=_client()))
    sql(built, "CREATE USER guest IDENTIFIED BY 'g';")

    def asked(options: str) -> str:
        done = typed(built, f"mysql -N -e 'SELECT USER()' {options}", on=host)
        return done.out or done.err

    assert asked(f"-h {server} -u guest -pg") == f"guest@{built.machines[host].address}\n"
    assert asked(f"-h {server} -u guest -px").startswith("ERROR 1045 (28000)")
    assert asked(f"-h {built.main.address} -u guest").startswith("ERROR 2002 (HY000): Can't connect to server on")
    assert asked("-h nowhere -u guest") == "ERROR 2005 (HY000): Unknown server host 'nowhere' (-2)\n"


def test_php_and_nginx_that_were_stopped(built: EmbeddedKit) -> None:
    """Without PHP the web server says 502; without the web server nobody answers."""
    service(built, "stop", "php8.2-fpm")
    assert page(built, "/")[0] == 502
    service(built, "start", "php8.2-fpm")
    assert page(built, "/")[0] == 200

    service(built, "stop", "nginx")
    assert typed(built, f"curl -s http://{address(built)}/").status == 7


def test_a_site_that_is_switched_off(built: EmbeddedKit) -> None:
    """With the packaged site instead of the charm's, NGINX shows its own first page; what it reads is what is shown."""
    host = machine_with(built, "nginx")
    assert "fastcgi_pass unix:/run/php/php-fpm.sock;" in typed(built, "sudo nginx -T", on=host).out

    typed(built, "sudo rm /etc/nginx/sites-enabled/wordpress", on=host)
    typed(built, "sudo ln -s /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default", on=host)
    typed(built, "sudo nginx -s reload", on=host)

    assert "Welcome to nginx!" in page(built, "/")[1]


def test_machines_that_boot_again(built: EmbeddedKit) -> None:
    """The content is still there, and WordPress finds it."""
    sql(built, INSERT)
    for unit in ("mariadb", "nginx"):
        built.call(reboot(built.machines[machine_with(built, unit)]))

    assert len(json.loads(page(built, POSTS)[1])) == 1


def test_a_machine_that_was_released(built: EmbeddedKit) -> None:
    """Nothing is left of its database when MAAS deploys it again."""
    host = machine_with(built, "mariadb")
    maas_id = maas.machine(built.region, host).system_id
    built.do(lambda: maas.ask(built.region, "POST", f"machines/{maas_id}/", "release"))
    assert page(built, "/")[0] == 500

    built.do(lambda: maas.deploy(built.region, host))
    built.call(built.rack.driver.booted())

    assert typed(built, "mysql", on=host).status == 127
    assert page(built, "/")[0] == 500


def test_a_relation_that_is_removed(built: EmbeddedKit) -> None:
    """The user of the relation is taken away, and WordPress says that it has no database."""
    assert typed(built, "juju remove-relation wordpress mysql").status == 0

    for _ in range(50):
        if page(built, "/")[0] == 500:
            break
    assert page(built, "/")[0] == 500
    assert sql(built, "SELECT User FROM mysql.user WHERE Host = '%'").out == ""


# The kit's life


@pytest.mark.parametrize("entry", [*MISTAKES, *VARIATIONS, *FAULTS], ids=lambda entry: entry.id)
def test_everything_of_the_catalogue_can_be_built(entry: Any, played: EmbeddedKit) -> None:
    """Each mistake and each variation is a kit, and no hook asked for anything that nobody plays."""
    played.reset(entry.plan)

    assert {host.name: host.refused for host in played.machines.values() if host.refused} == {}


def test_a_kit_whose_page_was_not_filled_in() -> None:
    """It leads to the installation page, which makes the site when it is filled in."""
    with start(replace(BUILT, blog=replace(BUILT.blog, installed=False))) as kit:
        assert page(kit, "/")[0] == 302
        assert "Site Title" in page(kit, "/wp-admin/install.php")[1]


@pytest.mark.parametrize("stage", ["checkpoint-3", "checkpoint-4"])
def test_other_kits_load_nothing_of_it(stage: str) -> None:
    """Whoever plays another checkpoint does not wait for WordPress' and MySQL's modules."""
    code = LOADED.replace("{stage}", stage)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.split() == []


def _client() -> Any:
    from simulators.embedded.mysql_host import client

    return client
