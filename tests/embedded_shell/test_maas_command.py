"""The `maas` command on an embedded main: logins, operations, and what it says when something is wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator

import pytest

from harness.access import Access
from harness.completed import Completed
from harness.evidence import EvidenceLog
from harness.kitfile import load
from simulators.embedded.call import Mode
from simulators.embedded.kit import EmbeddedKit, start
from simulators.embedded.shell import converse
from simulators.plan import Plan

SITE = "http://172.16.0.3:5240/MAAS/"
Type = Callable[..., Completed]


@pytest.fixture(scope="module")
def kit() -> Iterator[EmbeddedKit]:
    """Return a bare kit."""
    with start(Plan(stage=None)) as kit:
        yield kit


@pytest.fixture
def main(kit: EmbeddedKit) -> Iterator[Type]:
    """Return what types a line on main."""
    kit.do(lambda: kit.main.files.remove("/home/cloud/.maascli.json"))
    with Access.of(load(kit.kit_yaml), log=EvidenceLog()) as access:

        def type_(line: str, stdin: bytes | None = None) -> Completed:
            return access.run(line, timeout=20, stdin=stdin)

        yield type_


def key(main: Type) -> str:
    """Return the key as a student learns it."""
    return main("sudo maas apikey --username=cloud").text.strip()


def test_a_login_is_kept_and_forgotten(kit: EmbeddedKit, main: Type) -> None:
    """For its user only, under its name, until it is logged out."""
    given = main(f"maas login cloud {SITE} -", f"{key(main)}\n".encode())
    listed, mode = main("maas list"), kit.do(lambda: kit.main.files.modes["/home/cloud/.maascli.json"])
    gone = [main("maas logout cloud").exit_status, main("maas logout cloud").exit_status]

    assert (given.exit_status, given.text.splitlines()[0]) == (
        0,
        f"Logged in to {SITE}api/2.0/ as profile 'cloud'.",
    )
    assert listed.text == f"cloud {SITE}api/2.0/ {key(main)}\n"
    assert mode == 0o600
    assert gone == [0, 2]


def test_machines_by_the_command(main: Type) -> None:
    """Read, allocated, deployed and released, as in any MAAS."""
    main(f"maas login cloud {SITE} {key(main)}")
    machine = json.loads(main("maas cloud machines allocate name=server5").text)
    main(f"maas cloud machine deploy {machine['system_id']} distro_series=focal")
    read = json.loads(main(f"maas cloud machine read {machine['system_id']}").text)
    refused = main(f"maas cloud machine deploy {machine['system_id']}")
    released = json.loads(main(f"maas cloud machines release machines={machine['system_id']}").text)

    assert (read["status_name"], read["distro_series"], read["hostname"]) == ("Deployed", "focal", "server5")
    assert (refused.exit_status, refused.text) == (2, "Can't deploy a machine that is in the 'Deployed' state\n")
    assert released == [machine["system_id"]]


def test_a_file_as_a_parameter(main: Type) -> None:
    """`NAME@=FILE` sends what is in it."""
    main(f"maas login cloud {SITE} {key(main)}")
    main("echo -n hello > note")
    main("maas cloud files create filename=note file@=note")

    assert main("maas cloud files get filename=note").text == "hello"
    assert "cannot read nope: No such file" in main("maas cloud files create filename=x file@=nope").error_text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("maas cloud machines read", "'cloud' is neither a command nor a profile (profiles: none; see `maas --help`)"),
        ("maas login", "usage: maas login PROFILE URL [API-KEY | -]"),
        (f"maas login cloud {SITE} a:b:c", "The MAAS server rejected your API key."),
        (f"maas login cloud {SITE} abc", "an API key has three parts joined by colons"),
        ("maas login cloud http://172.16.0.99:5240/MAAS/ a:b:c", "cannot reach MAAS at http://172.16.0.99:5240/"),
        ("maas login cloud http://maas:5240/MAAS/ a:b:c", "Name or service not known"),
        ("maas apikey --username=cloud", "only root can see API keys"),
        ("sudo maas apikey --username=nobody", "there is no user 'nobody'"),
        ("maas init", "'init' is not simulated"),
    ],
)
def test_what_is_wrong_is_said(main: Type, line: str, said: str) -> None:
    """On the standard error, with exit status 2."""
    done = main(line)

    assert (done.exit_status, done.text) == (2, "")
    assert said in done.error_text


def test_words_that_maas_does_not_know(main: Type) -> None:
    """Each says what there is."""
    main(f"maas login cloud {SITE} {key(main)}")
    said = [main(f"maas cloud {words}").error_text for words in ("machins read", "machine fly x", "tag read")]

    assert "'machins' is no resource of maas cloud; there are: account, " in said[0]
    assert "'fly' is no operation of maas cloud machine; there are: abort, " in said[1]
    assert "name is missing; usage: maas cloud tag read name" in said[2]


def test_a_key_that_is_typed_is_not_seen(kit: EmbeddedKit, main: Type) -> None:
    """The terminal shows no letter of it, and lines again afterwards."""
    lines, shown, modes = [f"maas login cloud {SITE}", key(main), "maas list"], bytearray(), list[tuple[Mode, int]]()

    async def read_line() -> str | None:
        return lines.pop(0) if lines else None

    def note(mode: Mode) -> None:
        modes.append((mode, len(lines)))

    kit.call(asyncio.wait_for(converse(kit.main, "cloud", read_line, shown.extend, mode=note), 10))

    assert modes == [("silent", 2), ("lines", 1)]
    assert shown.count(b"Logged in to") == 1
