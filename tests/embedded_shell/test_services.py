"""systemctl, service, journalctl and crontab, and a machine that is rebooted."""

from __future__ import annotations

import asyncio

import pytest

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.host import Host, Unit, UnitFailedError
from simulators.embedded.shell import reboot
from tests.embedded_shell.machines import Ran, machine, play, ran, run

NO_FILE = "Failed to get unit file state for foo.service: No such file or directory\n"
DENIED = "Interactive authentication required.\n"


def with_units() -> Host:
    """Return a machine with NGINX, whose configuration may be broken by a file."""
    host = machine()

    async def start() -> None:
        if host.files.exists("/etc/nginx/broken"):
            raise UnitFailedError("[emerg] unknown directive")
        host.start("nginx", name="nginx")

    async def stop() -> None:
        for process in [each for each in host.processes.values() if each.name == "nginx"]:
            host.end(process)

    host.units["nginx"] = Unit("nginx", start, stop)
    return host


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("systemctl is-active cron", Ran(0, "active\n")),
        ("systemctl is-active cron.service foo", Ran(0, "active\ninactive\n")),
        ("systemctl is-active foo", Ran(3, "inactive\n")),
        ("systemctl is-active --quiet cron", Ran(0)),
        ("systemctl is-enabled cron", Ran(0, "enabled\n")),
        ("systemctl is-enabled foo", Ran(1, "", NO_FILE)),
        ("systemctl status foo", Ran(4, "", "Unit foo.service could not be found.\n")),
        ("service foo status", Ran(4, "", "Unit foo.service could not be found.\n")),
        ("sudo -n systemctl start foo", Ran(5, "", "Failed to start foo.service: Unit foo.service not found.\n")),
        ("sudo -n systemctl stop foo", Ran(5, "", "Failed to stop foo.service: Unit foo.service not loaded.\n")),
        ("sudo -n service foo start", Ran(5, "", "Failed to start foo.service: Unit foo.service not found.\n")),
        ("sudo -n systemctl enable foo", Ran(1, "", "Failed to enable unit: Unit file foo.service does not exist.\n")),
        ("systemctl reboot", Ran(1, "", f"Failed to reboot system via logind: {DENIED}")),
        ("reboot", Ran(1, "", f"Failed to reboot system via logind: {DENIED}")),
    ],
)  # fmt: skip
def test_words_and_statuses(line: str, expected: Ran) -> None:
    """What systemd 252 says of units that are there and that are not."""
    assert ran(machine(), line) == expected


def test_units_are_started_and_stopped() -> None:
    """Only root changes a unit; its processes come and go with it."""
    host = with_units()

    denied = ran(host, "systemctl stop nginx")
    assert denied.status == 1
    assert denied.err.startswith(f"Failed to stop nginx.service: {DENIED}")
    assert ran(host, "pgrep nginx; systemctl is-active nginx") == Ran(0, "403\nactive\n")
    assert ran(host, "sudo -n systemctl stop nginx; pgrep nginx; systemctl is-active nginx") == Ran(3, "inactive\n")
    assert ran(host, "sudo -n service nginx start; service nginx status").out.splitlines()[::2] == [
        "\u25cf nginx.service",
        "     Active: active (running)",
    ]
    assert ran(host, "sudo -n systemctl restart nginx; pgrep nginx") == Ran(0, "405\n")


def test_a_unit_that_does_not_start() -> None:
    """Its failure is told as systemctl tells it, and is in the journal; the unit is not active."""
    host = with_units()
    host.files.write("/etc/nginx/broken", "")

    done = ran(host, "sudo -n systemctl restart nginx")

    assert (done.status, done.err.partition(" because")[0]) == (1, "Job for nginx.service failed")
    assert ran(host, "systemctl is-active nginx") == Ran(3, "inactive\n")
    assert ran(host, "journalctl -q -o cat --grep=emerg --lines=1") == Ran(
        0, "nginx.service: [emerg] unknown directive\n"
    )


def test_units_are_enabled_and_disabled() -> None:
    """A disabled unit does not start at boot, and keeps running until then."""

    async def scenario() -> list[Ran]:
        host = with_units()
        found = [await run(host, "sudo -n systemctl disable nginx 2>/dev/null; systemctl is-enabled nginx")]
        found.append(await run(host, "systemctl is-active nginx"))
        await reboot(host)
        found.append(await run(host, "systemctl is-active nginx"))
        found.append(await run(host, "sudo -n systemctl enable --now nginx 2>/dev/null; systemctl is-active nginx"))
        return found

    assert play(scenario()) == [Ran(1, "disabled\n"), Ran(0, "active\n"), Ran(3, "inactive\n"), Ran(0, "active\n")]


def test_a_unit_file_that_nobody_plays() -> None:
    """A unit file without a simulated unit is no unknown unit, and nothing is said of it."""
    host = machine()
    host.files.write("/etc/systemd/system/tasks.service", "[Service]\n")

    with pytest.raises(NotSimulatedError):
        ran(host, "systemctl is-enabled tasks")


@pytest.mark.parametrize("line", ["sudo -n systemctl reboot", "sudo -n reboot", "sudo -n sh -c 'reboot'"])
def test_a_reboot(line: str) -> None:
    """The command returns, connections are cut, everything ends, and the machine comes back with another boot."""

    async def scenario() -> tuple[Ran, list[str], bool, bool, bool]:
        host = with_units()
        await host.boot()
        before, told = host.boot_id, list[str]()
        host.on_shutdown.append(lambda: told.append("cut"))
        host.start("python3", user="ubuntu")
        done = await run(host, line)
        assert host.returning is not None
        was_on = host.on
        await host.returning
        processes = {process.command for process in host.processes.values()}
        return (
            done,
            told,
            was_on,
            host.on and host.boot_id != before,
            "python3" in processes or "nginx" not in processes,
        )

    assert play(scenario()) == (Ran(0), ["cut"], True, True, False)


def test_a_machine_that_is_switched_off_stays_off() -> None:
    """`poweroff` is no reboot."""

    async def scenario() -> bool:
        host = machine()
        await run(host, "sudo -n systemctl poweroff")
        assert host.returning is not None
        await host.returning
        return host.on

    assert play(scenario()) is False


def test_two_requests_are_one_reboot() -> None:
    """A second request while the machine goes down changes nothing."""

    async def scenario() -> int:
        host, told = machine(), list[str]()
        host.on_shutdown.append(lambda: told.append("cut"))
        await run(host, "sudo reboot; sudo reboot")
        assert host.returning is not None
        await host.returning
        await asyncio.sleep(0)
        return len(told)

    assert play(scenario()) == 1


def test_the_journal() -> None:
    """Patterns are looked for in messages, in any letter case unless they have capitals; 1 when there are none."""
    host = machine()
    host.journal += ["python3[9]: ansible-setup Invoked", "ansible-x[3]: nothing", "cron[1]: Started", "cron[1]: again"]

    assert ran(host, "journalctl -q -o cat -u cron") == Ran(0, "Started\nagain\n")
    assert ran(host, "journalctl --quiet --no-pager --lines=1 -o cat") == Ran(0, "again\n")
    assert ran(host, "journalctl -q -o cat --grep='ansible-'") == Ran(0, "ansible-setup Invoked\n")
    assert ran(host, "journalctl -q -o cat --grep=STARTED") == Ran(1)
    assert ran(host, "journalctl -q -o cat --grep=started") == Ran(0, "Started\n")
    assert ran(host, "journalctl --no-pager --grep=nobody") == Ran(1, "-- No entries --\n")
    assert ran(host, "journalctl -q").out.splitlines()[0].endswith(f" {host.name} python3[9]: ansible-setup Invoked")


def test_crontabs() -> None:
    """Each user has an own table, which is replaced whole; root may ask for anybody's."""
    host = machine()
    table = "@reboot cd /home/ubuntu/tasks && ./run.sh\n"

    assert ran(host, "crontab -l") == Ran(1, "", "no crontab for ubuntu\n")
    assert ran(host, "crontab -", stdin=table.encode()) == Ran(0)
    assert ran(host, "crontab -l; crontab -l | wc -l") == Ran(0, f"{table}1\n")
    assert ran(host, "sudo -n crontab -l") == Ran(1, "", "no crontab for root\n")
    assert ran(host, "crontab -u root -l") == Ran(1, "", "must be privileged to use -u\n")
    assert ran(host, "sudo -n crontab -u ubuntu -l") == Ran(0, table)
    assert ran(host, "crontab -r; crontab -l") == Ran(1, "", "no crontab for ubuntu\n")
    with pytest.raises(NotSimulatedError):
        ran(host, "crontab -", stdin=b"no table\n")


def test_install_sh_makes_its_entry() -> None:
    """The lab's own line leaves one entry, however often it runs, and what else was there."""
    host = machine()
    host.crontabs["ubuntu"] = "# mine\n"
    line = (
        'start="@reboot cd $PWD && ./run.sh"; { crontab -l 2>/dev/null '
        '| grep --invert-match --fixed-strings --line-regexp "$start" || true; echo "$start"; } | crontab -'
    )

    assert [ran(host, f"sh -c '{line}'"), ran(host, f"sh -c '{line}'")] == [Ran(0), Ran(0)]
    assert host.crontabs["ubuntu"] == "# mine\n@reboot cd /home/ubuntu && ./run.sh\n"


def test_what_starts_at_boot() -> None:
    """cron starts each user's entries as that user; what is not simulated there is kept."""

    async def scenario() -> tuple[bytes, list[str]]:
        host = machine()
        host.crontabs |= {"ubuntu": "@reboot whoami >/tmp/who; pwd >>/tmp/who\n", "root": "@reboot apt-get update\n"}
        await host.boot()
        for _ in range(10):
            await asyncio.sleep(0)
        return host.files.read("/tmp/who"), host.refused

    assert play(scenario()) == (b"ubuntu\n/home/ubuntu\n", ["not simulated: apt-get update"])


def test_nothing_starts_at_boot_without_cron() -> None:
    """A cron that is disabled starts nothing."""

    async def scenario() -> bool:
        host = machine()
        host.crontabs["ubuntu"] = "@reboot echo a >/tmp/who\n"
        host.units["cron"].enabled = False
        await host.boot()
        await asyncio.sleep(0)
        return host.files.exists("/tmp/who")

    assert play(scenario()) is False
