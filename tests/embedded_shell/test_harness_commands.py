"""Every command line that grading sends is answered from the host's state, as grading reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any, cast

import pytest

from harness.access import KEY_FILES
from harness.judging.boot import Installation
from harness.judging.django import DjangoProcess
from harness.observing import boot, database, django, proxy
from harness.observing.disruption import BOOT_MARK, PROCESSES, StoppedDjango
from simulators.embedded.host import Host, Unit
from tests.embedded_shell.kits import ShellKit
from tests.embedded_shell.machines import Ran, kit, listen, ran, run, serve, told

SETTINGS = "DATABASES = {'default': {'NAME': 'tasks', 'HOST': '@', 'PORT': 5432}}\n"
TASKS = "/home/ubuntu/tasks"


@pytest.fixture
def servers() -> Generator[ShellKit]:
    """A kit with two servers that are on: server1 for the database and the proxy, server2 with Django's folder."""
    _, server1, server2 = kit()
    server2.commands["python3"] = serve
    server2.files.write(f"{TASKS}/run.sh", "#!/bin/sh\nexec python3 manage.py runserver 0:8080\n")
    server2.files.write(f"{TASKS}/portfolio/settings.py", SETTINGS.replace("@", "server1"))
    with asyncio.Runner() as runner:
        runner.run(server1.boot())
        runner.run(server2.boot())
        yield ShellKit({"server1": server1, "server2": server2}, runner, {"database": "server1", "proxy": "server1"})


def asked(kit: ShellKit) -> Any:
    """Return the kit as harness' functions take it."""
    return cast("Any", kit)


def server(kit: ShellKit, name: str = "server2") -> Host:
    """Return a machine of the kit."""
    return kit.hosts[name]


def test_start_entries(servers: ShellKit) -> None:
    """Crontabs of the user and of root, and enabled units that start Django, are found; those that are off are not."""
    host = server(servers)
    host.crontabs |= {"ubuntu": f"@reboot cd {TASKS} && ./run.sh\n", "root": "# of root"}
    for name, enabled in (("tasks", True), ("old", False)):
        host.files.write(f"/etc/systemd/system/{name}.service", f"[Service]\nExecStart=/usr/bin/gunicorn {name}\n")
        host.units[name] = Unit(name, asyncio.sleep, asyncio.sleep, enabled=enabled)  # type: ignore[arg-type]

    found = boot.start_entries(asked(servers), "server2")

    assert found.units == ("tasks.service: ExecStart=/usr/bin/gunicorn tasks",)
    assert found.crontab[:2] == (f"@reboot cd {TASKS} && ./run.sh", "# of root")
    assert any("e2scrub_all" in line for line in found.crontab)
    assert found.cron_enabled


def test_no_start_entries(servers: ShellKit) -> None:
    """Without crontabs there are only the lines of every machine, and cron that is off is seen."""
    server(servers).units["cron"].enabled = False

    found = boot.start_entries(asked(servers), "server2")

    assert [line for line in found.crontab if "@reboot" in line] == []
    assert (found.units, found.cron_enabled) == ((), False)


def test_installation_by_hand(servers: ShellKit) -> None:
    """No clone, no sign of Ansible."""
    assert boot.installation(asked(servers), "server2") == Installation("server2", is_clone=False, ansible_signs=())


def test_installation_by_ansible(servers: ShellKit) -> None:
    """A clone and every sign that `ubuntu` may see: root's folder is not among them."""
    host = server(servers)
    host.files.write(f"{TASKS}/.git/HEAD", "ref: refs/heads/main\n")
    host.files.make_folder("/home/ubuntu/.ansible")
    host.files.make_folder("/root/.ansible")
    host.crontabs["ubuntu"] = f"#Ansible: start\n@reboot cd {TASKS} && ./run.sh\n"
    host.journal += [
        "python3[700]: ansible-ansible.legacy.setup Invoked with gather_subset=['all']",
        "cron[1]: started",
    ]

    found = boot.installation(asked(servers), "server2")

    assert found == Installation(
        "server2",
        is_clone=True,
        ansible_signs=("crontab: #Ansible: start", "its folder /home/ubuntu/.ansible", "its line in the journal"),
    )


def test_postgresql_listens(servers: ShellKit) -> None:
    """The addresses on which PostgreSQL listens come from the machine's listeners."""
    listen(server(servers, "server1"), 5432)

    found = database.listening(asked(servers))

    assert (found.installed, found.addresses) == (True, ("0.0.0.0",))


def test_postgresql_is_down(servers: ShellKit) -> None:
    """An installed PostgreSQL that does not run: the unit says active all the same."""

    async def clusters(call: Any) -> int:
        call.say("14  main    5432 down   postgres /var/lib/postgresql/14/main /var/log/postgresql/x.log")
        return 0

    host = server(servers, "server1")
    host.files.write("/usr/lib/postgresql/14/bin/postgres", "")
    host.units["postgresql"] = Unit("postgresql", asyncio.sleep, asyncio.sleep, active=True)  # type: ignore[arg-type]
    host.commands["pg_lsclusters"] = clusters

    found = database.listening(asked(servers))

    assert (found.installed, found.addresses, found.wrapper_active) == (True, (), True)
    assert "down" in found.clusters[0]


def test_postgresql_is_not_installed(servers: ShellKit) -> None:
    """No file, no listener: not installed, and nothing else is asked."""
    assert database.listening(asked(servers)).installed is False


def test_psql_gets_its_statement(servers: ShellKit) -> None:
    """The statement comes on the standard input, as the user postgres in `/`."""
    host = server(servers, "server1")
    host.commands["psql"] = told
    servers.access.log = None
    words = "psql -AtqXw -v VERBOSITY=sqlstate -v ON_ERROR_STOP=1 tasks"

    done = ran(host, f"cd / && sudo -n -u postgres {words}", stdin=b"select 1")

    assert done == Ran(0, f"postgres / {words} [select 1]\n")


def test_the_proxy_without_nginx(servers: ShellKit) -> None:
    """A host without NGINX, on whose port something else listens."""
    host = server(servers, "server1")
    listen(host, 80, process=host.start("/usr/bin/python3", "-m", "http.server"))

    found = proxy.config(asked(servers))

    assert (found.installed, found.valid, found.listeners) == (False, False, ("python3",))


def test_the_proxy_with_nginx(servers: ShellKit) -> None:
    """NGINX prints its configuration as root, and is seen to listen; another port is not looked at."""

    async def nginx(call: Any) -> int:
        assert (call.argv, call.user) == (("nginx", "-T"), "root")
        call.say("# configuration file /etc/nginx/nginx.conf:\nevents {}\nhttp { server { listen 80; } }")
        return 0

    host = server(servers, "server1")
    host.commands["nginx"] = nginx
    process = host.start("nginx: master process /usr/sbin/nginx", name="nginx")
    listen(host, 80, process=process)
    listen(host, 81, process=host.start("apache2"))

    found = proxy.config(asked(servers))

    assert (found.installed, found.valid, found.listeners) == (True, True, ("nginx",))


def test_peers(servers: ShellKit) -> None:
    """Who was just connected to Django's port is seen; others are not."""
    host, other = server(servers), server(servers, "server1")
    listen(host, 8080)
    listen(host, 8000)
    host.network.connect(other, host.address, 8080)
    host.network.connect(servers.hosts["server2"], "127.0.0.1", 8000)

    assert proxy.peers(asked(servers)) == {"server2": frozenset({"172.16.0.11"})}


def test_django_is_not_there(servers: ShellKit) -> None:
    """No folder, no process, no port."""
    server(servers).files.remove(TASKS)

    assert django.process(asked(servers), "server2") == DjangoProcess("server2", False, (), clone=False)


def test_django_whose_database_does_not_answer(servers: ShellKit) -> None:
    """The name in settings.py resolves, and nothing listens on 5432 there."""
    assert django.process(asked(servers), "server2") == DjangoProcess(
        "server2", False, (), "server1", database_resolves=True, database_answers=False
    )


def test_django_whose_database_has_no_name(servers: ShellKit) -> None:
    """The name in settings.py means nothing."""
    server(servers).files.write(f"{TASKS}/portfolio/settings.py", SETTINGS.replace("@", "postgres-server"))

    found = django.process(asked(servers), "server2")

    assert (found.database_host, found.database_resolves, found.database_answers) == ("postgres-server", False, False)


def test_django_that_runs_on_another_port(servers: ShellKit) -> None:
    """A running server, its port, and a database that answers."""
    host = server(servers)
    listen(server(servers, "server1"), 5432)
    process = host.start("python3", "manage.py", "runserver", "0:8000", user="ubuntu", folder=TASKS)
    listen(host, 8000, process=process)

    assert django.process(asked(servers), "server2") == DjangoProcess("server2", True, (8000,), "server1")


def test_main_shows_its_keys() -> None:
    """Those keys that there are; the others are missed silently."""
    main, _, server2 = kit()

    assert ran(main, KEY_FILES) == Ran(1, "KEY\n")
    assert ran(server2, KEY_FILES) == Ran(1)


def test_the_boot_mark(servers: ShellKit) -> None:
    """The boot's id and the first process's start differ after each boot, and only then."""
    host = server(servers)
    before = servers.run("server2", BOOT_MARK)
    again = servers.run("server2", BOOT_MARK)
    host.shut_down()
    servers.runner.run(host.boot())
    after = servers.run("server2", BOOT_MARK)

    assert before.text == again.text == f"{before.text.splitlines()[0]}\n{before.text.splitlines()[1]}\n"
    assert after.text == f"{host.boot_id}\n{host.booted}\n"
    assert before.text.splitlines()[0] != after.text.splitlines()[0]
    assert before.text.splitlines()[1] != after.text.splitlines()[1]


def test_django_is_stopped_and_started_again(servers: ShellKit) -> None:
    """Its processes are found with folder and arguments, killed, and started again as they were."""
    import base64

    host = server(servers)
    servers.run("server2", "cd tasks; setsid ./run.sh < /dev/null > /dev/null 2>&1 &")
    pid, parent, folder, arguments = servers.run("server2", PROCESSES).text.split()
    assert base64.b64decode(folder) == f"{TASKS}\n".encode()
    assert base64.b64decode(arguments) == b"python3\0manage.py\0runserver\x000:8080\0"
    assert (host.processes[int(pid)].user, parent) == ("ubuntu", "1")

    killed = servers.run("server2", f"kill -9 {pid}")
    gone = servers.run("server2", PROCESSES)
    assert (killed.exit_status, gone.text) == (0, "")

    process = StoppedDjango(asked(servers), "server2", ())
    from harness.observing.disruption import _Process  # pyright: ignore[reportPrivateUsage] -- what stop_django makes

    process.processes = (_Process(TASKS, ("python3", "manage.py", "runserver", "0:8080")),)
    process.start_again()
    again = servers.run("server2", PROCESSES).text.split()
    assert (again[2:], again[0] != pid) == ([folder, arguments], True)


def test_a_crontab_starts_what_it_says(servers: ShellKit) -> None:
    """What the @reboot line of install.sh starts at boot is found by the harness as well."""

    async def scenario() -> str:
        host = server(servers)
        await run(host, f"(crontab -l 2>/dev/null; echo '@reboot cd {TASKS} && ./run.sh') | crontab -")
        host.shut_down()
        await host.boot()
        await asyncio.sleep(0)
        return (await run(host, PROCESSES)).out

    assert len(servers.runner.run(scenario()).split()) == 4
