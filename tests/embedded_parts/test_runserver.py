"""`python3 manage.py runserver`: its processes, its one look at the database, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from simulators.embedded import django_site
from simulators.embedded.call import NotSimulatedError
from simulators.embedded.django_site.runserver import Runserver, address
from simulators.embedded.host import Host
from simulators.embedded.postgresql import Cluster
from tests.embedded_parts.kit import CONF, HBA, Kit, Said, append, browser, edit, on_loop, run, serve

FOLDER = "/home/ubuntu/tasks"
ARGUMENTS = ("manage.py", "runserver", "0:8080")


async def prepared() -> tuple[Host, Host, Cluster]:
    """Return a host with the application, not running, and its database host with the cluster."""
    kit = Kit()
    database, cluster = await kit.database()
    host = kit.host("server2", 12)
    django_site.install_by_hand(host, "server1")
    return host, database, cluster


def started(host: Host) -> tuple[Runserver, list[str]]:
    """Start the command on a host without a shell; return it, and what it prints."""
    printed: list[str] = []
    command = Runserver(host, address(["0:8080"], host), ARGUMENTS, user="ubuntu", folder=FOLDER)
    command.serve(printed.append)
    return command, printed


@on_loop
async def test_two_processes() -> None:
    """The autoreloader and its child, which has the port; the header is Ubuntu's Python's."""
    kit = Kit()
    await kit.database()
    host = await kit.django()
    parent, child = sorted(host.processes.values(), key=lambda process: process.pid)

    assert (parent.argv, child.argv) == (("python3", *ARGUMENTS), ("/usr/bin/python3", *ARGUMENTS))
    assert (child.parent, parent.user, child.user, child.folder) == (parent.pid, "ubuntu", "ubuntu", FOLDER)
    assert (host.listeners[8080].process, child.command, host.listeners[8080].bind) == (child, "python3", "0.0.0.0")


@pytest.mark.parametrize("victim", [0, 1])
@on_loop
async def test_killing_either_ends_both(victim: int) -> None:
    """SIGTERM to the first takes the second along; the first ends when the second was killed. The port is free then."""
    host, _, _ = await prepared()
    task = await serve(host)
    host.end(host.processes[sorted(host.processes)[victim]])
    said = await task

    assert (said.status, host.processes, host.listeners) == (0, {}, {})


@on_loop
async def test_cancelled_command_ends() -> None:
    """Who started it is gone, and so is it."""
    host, _, _ = await prepared()
    task = await serve(host)
    task.cancel()
    await asyncio.wait([task])

    assert (task.cancelled(), host.processes, host.listeners) == (True, {}, {})


def unresolvable(host: Host, _database: Host) -> str:
    """Name a host that nothing resolves."""
    django_site.name_database(host, "postgres-server")
    return 'could not translate host name "postgres-server" to address: Name or service not known'


def shut(_host: Host, database: Host) -> str:
    """Take the kit's line out of pg_hba.conf."""
    edit(database, HBA, "host all all 172.16.0.0/20 trust", "")
    return 'FATAL:  no pg_hba.conf entry for host "172.16.0.12", user "cloud", database "tasks", no encryption'


def local_only(_host: Host, database: Host) -> str:
    """Leave listen_addresses as it was."""
    append(database, CONF, "listen_addresses = 'localhost'")
    return "Connection refused"


def switched_off(_host: Host, database: Host) -> str:
    """Switch the database host off."""
    database.shut_down()
    return 'could not translate host name "server1" to address'


def gone(host: Host, database: Host) -> str:
    """The same, and settings.py names its address."""
    django_site.name_database(host, database.address)
    database.shut_down()
    return "No route to host"


@pytest.mark.parametrize("change", [unresolvable, shut, local_only, switched_off, gone])
@on_loop
async def test_no_database_at_the_start(change: Callable[[Host, Host], str]) -> None:
    """The processes live, nothing listens, and what is printed says why."""
    host, database, cluster = await prepared()
    said = change(host, database)
    await cluster.stop()
    if database.on:
        await cluster.start()
    command, printed = started(host)
    alive = (len(host.processes), dict(host.listeners))
    command.stop()

    assert alive == (2, {})
    assert "django.db.utils.OperationalError: " in printed[0]
    assert said in printed[0]


@on_loop
async def test_database_that_comes_back_is_not_noticed() -> None:
    """It never tries again by itself."""
    host, _, cluster = await prepared()
    await cluster.stop()
    command, _ = started(host)
    await cluster.start()
    command.look()
    listeners = dict(host.listeners)
    command.stop()

    assert listeners == {}


@on_loop
async def test_edited_settings_are_noticed() -> None:
    """The autoreloader starts the server anew: without its database it does not listen, with one it does again."""
    host, _, _ = await prepared()
    command, _ = started(host)
    django_site.name_database(host, "postgres-server")
    command.look()
    lost = dict(host.listeners)
    command.look()
    django_site.name_database(host, "server1")
    command.look()
    found = list(host.listeners)
    command.stop()

    assert (lost, found) == ({}, [8080])


@on_loop
async def test_edited_pages_break_no_connection() -> None:
    """Another message is another page, from the same listener."""
    host, _, _ = await prepared()
    command, _ = started(host)
    listener = host.listeners[8080]
    edit(host, f"{FOLDER}/tasks/views.py", "Hello, world.", "Hello.")
    command.look()
    text = (await browser(host).get("/tasks/")).text
    same = host.listeners[8080] is listener
    command.stop()

    assert (text, same) == ("Hello. You're at the tasks index.", True)


@on_loop
async def test_port_in_use() -> None:
    """The second one says so and ends."""
    host, _, _ = await prepared()
    first = await serve(host)
    second = await (await serve(host))
    listens = list(host.listeners)
    host.shut_down()

    assert (second.status, second.err) == (1, "Error: That port is already in use.\n")
    assert (listens, (await first).status) == ([8080], 0)


@pytest.mark.parametrize(
    "argv",
    [
        ("-c", "print(1)"),
        ("script.py",),
        ("manage.py", "flush"),
        ("manage.py", "runserver", "--noreload"),
        ("manage.py", "runserver", "example.com:80"),
        ("manage.py", "runserver", "10.0.0.1:8080"),
    ],
)
@on_loop
async def test_what_else_python_could_do(argv: tuple[str, ...]) -> None:
    """It is refused."""
    host, _, _ = await prepared()
    host.files.write(f"{FOLDER}/script.py", "")

    with pytest.raises(NotSimulatedError):
        await run(host, "python3", *argv, user="ubuntu", folder=FOLDER)
    assert (host.processes, host.listeners) == ({}, {})


@on_loop
async def test_python_itself() -> None:
    """Its version, and a file that is not there."""
    host, _, _ = await prepared()

    assert await run(host, "python3", "--version") == Said(0, "Python 3.10.12\n", "")
    assert (await run(host, "python3", "manage.py", "runserver")).err == (
        "python3: can't open file '/manage.py': [Errno 2] No such file or directory\n"
    )
