"""The charm wordpress: it waits for a database, and then serves a WordPress that uses it."""

from __future__ import annotations

import re

from simulators.charms.wordpress import CONFIGURATION, DISABLE_DEFAULT, ENABLE, SECRETS, SITE
from tests.juju.worlds import Juju, juju, played, relate

OLD = "2.9.51"


def constants(j: Juju, unit: str = "wordpress/0") -> dict[str, str]:
    """Return the strings that a unit's WordPress is configured with."""
    text = j.machine(unit).files[CONFIGURATION]
    return dict(re.findall(r"^define\('(\w+)', '((?:[^'\\]|\\.)*)'\);$", text, re.MULTILINE))


async def related(j: Juju) -> dict[str, str]:
    """Deploy both, relate them, wait until they are active, and return what MySQL told."""
    j.deploy("mysql")
    j.deploy("wordpress", series="bionic")
    relation = relate(j, "wordpress", "mysql")
    await j.settled("mysql/0", "wordpress/0")
    return relation.data["mysql/0"]


@played
async def test_without_a_database() -> None:
    """It is installed, says what is missing, and serves nothing."""
    j = await juju(version=OLD)
    j.deploy("wordpress", series="bionic")
    await j.settled("wordpress/0", workload="blocked")

    machine, unit = j.machine("wordpress/0"), j.unit("wordpress/0")
    assert machine.packages == ["wordpress", "nginx", "php-fpm", "php-mysql"]
    assert (unit.workload.message, unit.ports) == ("Missing relation: db", [])
    assert SITE not in machine.files
    assert CONFIGURATION not in machine.files


@played
async def test_it_uses_the_database_that_it_is_told_of() -> None:
    """Name, user, password and host are those of the relation."""
    j = await juju(version=OLD)
    told = await related(j)

    names = {"DB_NAME": "database", "DB_USER": "user", "DB_PASSWORD": "password", "DB_HOST": "host"}
    assert {name: constants(j)[name] for name in names} == {name: told[key] for name, key in names.items()}
    unit = j.unit("wordpress/0")
    assert (unit.workload.message, unit.ports) == ("Ready", [(80, 80, "tcp")])


@played
async def test_its_address_is_that_of_the_request() -> None:
    """It works through a tunnel, whose end has another name and port."""
    j = await juju(version=OLD)
    await related(j)

    text = j.machine("wordpress/0").files[CONFIGURATION]
    assert "define('WP_HOME', 'http://' . $kit_host);" in text
    assert "define('WP_SITEURL', 'http://' . $kit_host);" in text
    assert "$_SERVER['HTTP_HOST']" in text


@played
async def test_its_site_replaces_the_web_servers_own() -> None:
    """Once, and the web server is restarted for it once."""
    j = await juju(version=OLD)
    await related(j)
    j.controller.set_config(j.model, "wordpress", {"tuning": "bare"})
    await j.until(lambda: sum("config-changed" in each.message for each in j.model.log) == 3)
    await j.settled("wordpress/0")

    commands = j.machine("wordpress/0").commands
    assert "root /usr/share/wordpress;" in j.machine("wordpress/0").files[SITE]
    assert [commands.count(each) for each in (ENABLE, DISABLE_DEFAULT, "systemctl restart nginx")] == [1, 1, 1]


@played
async def test_its_keys_stay() -> None:
    """Who is logged in stays so when the configuration is written anew; two units have keys of their own."""
    j = await juju(version=OLD)
    await related(j)
    before = constants(j)
    j.controller.set_config(j.model, "wordpress", {"debug": "yes"})
    await j.until(lambda: "define('WP_DEBUG', true);" in j.machine("wordpress/0").files[CONFIGURATION])
    await j.settled("wordpress/0")
    j.deploy("wordpress", name="other", series="bionic")
    relate(j, "other", "mysql")
    await j.settled("other/0")

    assert constants(j) == before
    assert all(len(before[name]) == 48 for name in SECRETS)
    assert constants(j, "other/0")["AUTH_KEY"] != before["AUTH_KEY"]


@played
async def test_a_relation_that_is_removed() -> None:
    """It says so; what it was told stays written, with which it cannot reach its database any more."""
    j = await juju(version=OLD)
    told = await related(j)
    j.controller.remove_relation(j.model, "wordpress:db", "mysql:db")
    await j.settled("wordpress/0", workload="blocked")

    assert constants(j)["DB_USER"] == told["user"]


@played
async def test_it_follows_another_database() -> None:
    """Related anew, it uses what it is told now."""
    j = await juju(version=OLD)
    told = await related(j)
    j.controller.remove_relation(j.model, "wordpress:db", "mysql:db")
    await j.settled("wordpress/0", workload="blocked")
    j.deploy("mysql", name="second")
    relation = relate(j, "wordpress", "second")
    await j.settled("second/0", "wordpress/0")

    assert constants(j)["DB_HOST"] == j.machine("second/0").address == relation.data["second/0"]["host"]
    assert constants(j)["DB_HOST"] != told["host"]


@played
async def test_another_application_is_told_where_it_is() -> None:
    """On `website`, as host and port."""
    j = await juju(version=OLD)
    await related(j)
    j.deploy("prometheus2")
    relation = relate(j, "wordpress:website", "prometheus2:target")
    await j.until(lambda: "port" in relation.data.get("wordpress/0", {}))

    assert relation.data["wordpress/0"]["port"] == "80"
    assert relation.data["wordpress/0"]["hostname"] == j.machine("wordpress/0").address
