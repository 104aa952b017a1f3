"""The charm mysql: a database, a user and a password for each application that is related with it."""

from __future__ import annotations

import re

from simulators.charms.mysql import CONFIGURATION
from simulators.juju.hands import Ran
from tests.juju.worlds import Juju, juju, played, relate

OLD = "2.9.51"


async def related(j: Juju, *names: str) -> list[dict[str, str]]:
    """Deploy MySQL and a WordPress by each name, and return what MySQL tells each of them once all are told."""
    j.deploy("mysql")
    for name in names:
        j.deploy("wordpress", name=name, series="bionic")
    relations = [relate(j, name, "mysql") for name in names]
    await j.until(lambda: all("host" in each.data.get("mysql/0", {}) for each in relations))
    return [each.data["mysql/0"] for each in relations]


@played
async def test_it_is_installed_and_reached_from_other_machines() -> None:
    """Its address is configured before the package comes, so that its service starts once."""
    j = await juju(version=OLD)
    j.deploy("mysql")
    await j.settled("mysql/0")

    machine, unit = j.machine("mysql/0"), j.unit("mysql/0")
    assert machine.packages == ["mariadb-server"]
    assert machine.files[CONFIGURATION] == "[mysqld]\nbind-address = 0.0.0.0\n"
    assert "systemctl restart mariadb" not in machine.commands
    assert (unit.workload.message, unit.ports) == ("Ready", [(3306, 3306, "tcp")])
    assert machine.asked["series"] == "bionic"


@played
async def test_another_address_restarts_it() -> None:
    """Once for a change of the option, and not for every hook."""
    j = await juju(version=OLD)
    j.deploy("mysql")
    await j.settled("mysql/0")
    j.controller.set_config(j.model, "mysql", {"bind-address": "127.0.0.1"})
    await j.until(lambda: "127.0.0.1" in j.machine("mysql/0").files[CONFIGURATION])
    await j.settled("mysql/0")

    assert j.machine("mysql/0").commands.count("systemctl restart mariadb") == 1


@played
async def test_what_an_application_is_told() -> None:
    """A database of its own name, and a user that may use that alone."""
    j = await juju(version=OLD)
    [told] = await related(j, "blog")

    user, password = told["user"], told["password"]
    assert {name: told[name] for name in ("database", "host", "slave")} == {
        "database": "blog",
        "host": j.machine("mysql/0").address,
        "slave": "False",
    }
    assert j.machine("mysql/0").sql == [
        "CREATE DATABASE IF NOT EXISTS `blog`;",
        f"CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED BY '{password}';",
        f"ALTER USER '{user}'@'%' IDENTIFIED BY '{password}';",
        f"GRANT ALL PRIVILEGES ON `blog`.* TO '{user}'@'%';",
        "FLUSH PRIVILEGES;",
    ]
    assert re.fullmatch(r"[A-Za-z0-9]{24}", password)
    assert not any(password in command for command in j.machine("mysql/0").commands)


@played
async def test_applications_do_not_share() -> None:
    """Two applications have two databases, users and passwords."""
    j = await juju(version=OLD)
    one, other = await related(j, "blog", "news")

    assert [one["database"], other["database"]] == ["blog", "news"]
    assert one["user"] != other["user"]
    assert one["password"] != other["password"]


@played
async def test_a_relation_that_is_removed() -> None:
    """The user goes with it and the database stays; who is related again is told another user."""
    j = await juju(version=OLD)
    [told] = await related(j, "blog")
    await j.settled("mysql/0", "blog/0")
    j.controller.remove_relation(j.model, "blog:db", "mysql:db")
    machine = j.machine("mysql/0")
    await j.until(lambda: all(len(each.endpoints) == 1 for each in j.model.relations.values()))
    await j.settled("mysql/0")
    again = relate(j, "blog", "mysql")
    await j.until(lambda: "user" in again.data.get("mysql/0", {}))

    assert f"DROP USER IF EXISTS '{told['user']}'@'%';" in machine.sql
    assert not any(each.startswith("DROP DATABASE") for each in machine.sql)
    assert again.data["mysql/0"]["user"] != told["user"]


@played
async def test_a_database_that_refuses() -> None:
    """What MariaDB says ends in Juju's log, and nothing is told."""
    j = await juju(version=OLD)
    j.deploy("mysql")
    await j.settled("mysql/0")
    j.machine("mysql/0").results["mysql"] = Ran(1, "", "ERROR 2002 (HY000): Can't connect to local server\n")
    j.deploy("wordpress", series="bionic")
    relation = relate(j, "wordpress", "mysql")
    await j.until(lambda: j.unit("mysql/0").workload.current == "error")

    assert any("Can't connect to local server" in each.message for each in j.model.log)
    assert "user" not in relation.data.get("mysql/0", {})
