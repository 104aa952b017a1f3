"""pg_hba.conf as PostgreSQL 15 was seen to read it."""

from __future__ import annotations

import pytest

from simulators.embedded.postgresql import hba

HERE = hba.Here("172.16.0.11", "172.16.0.0/20", {"server2": "172.16.0.12"}.get)


def method(text: str, source: str = "172.16.0.12", user: str = "cloud", database: str = "tasks") -> str | None:
    """Return the method of the line that decides, None when none is about the client."""
    entry = hba.first(hba.parse(text), source, user, database, HERE)
    return entry.method if entry else None


@pytest.mark.parametrize(
    "line",
    [
        "host all all 172.16.0.0/20 trust",
        "host all all 172.16.15.255/20 trust",
        "host tasks cloud 172.16.0.12/32 trust",
        'host "tasks" "cloud" all trust',
        "host a,tasks,b x,cloud 0.0.0.0/0 trust",
        "host a, tasks  x ,cloud  all trust",
        "host all +cloud all trust",
        "host all all 0/0 trust",
        "host all all samenet trust",
        "host all all server2 trust",
        "host\tall\tall\t172.16.0.0 255.255.240.0\ttrust   # the kit",
        "hostnossl all all all trust",
        "hostnogssenc all all all trust",
    ],
)
def test_lines_about_a_server(line: str) -> None:
    """Each of these lets server2 in."""
    assert method(line) == "trust"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# host all all all trust",
        "local all all trust",
        "hostssl all all all trust",
        "hostgssenc all all all trust",
        "host all all 172.16.1.0/24 trust",
        "host all all 127.0.0.1/32 trust",
        "host all all ::1/128 trust",
        "host all all samehost trust",
        "host all all server3 trust",
        "host postgres all all trust",
        "host all postgres all trust",
        "host sameuser all all trust",
        "host replication all all trust",
        'host "all" all all trust',
        'host all "+cloud" all trust',
    ],
)
def test_lines_about_others(line: str) -> None:
    """None of these does."""
    assert method(line) is None


def test_first_line_decides() -> None:
    """What follows is not looked at, also when it says otherwise."""
    text = "host all all 172.16.0.12/32 reject\nhost all all 172.16.0.0/20 trust\n"

    assert (method(text), method(text, "172.16.0.13")) == ("reject", "trust")


@pytest.mark.parametrize("address", ["samehost", "samenet"])
def test_the_host_itself(address: str) -> None:
    """Both words are about the machine's own addresses, loopback among them."""
    line = f"host all all {address} trust"

    assert [method(line, source) for source in ("127.0.0.1", "172.16.0.11", "10.0.0.1")] == ["trust", "trust", None]


def test_local_socket() -> None:
    """An empty source is the socket, which no host line is about."""
    text = "host all all all trust\nlocal all postgres peer\n"

    assert (method(text, "", "postgres"), method(text, "", "cloud")) == ("peer", None)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("host all all 127.0.0.1/33 trust", "invalid CIDR mask"),
        ("host all all 127.0.0.1/32 trustme", 'invalid authentication method "trustme"'),
        ("host all all 127.0.0.1 trust", 'invalid IP mask "trust"'),
        ("host all all 127.0.0.1/32", "end-of-line"),
        ("host all", "end-of-line"),
        ("hots all all all trust", 'invalid connection type "hots"'),
        ("host all all all peer", "only supported on local sockets"),
        ("host @names all all trust", "not simulated"),
        ("host all all all ident map=x", "not simulated"),
        ("host all all all trust 5", "not in name=value format"),
    ],
)
def test_broken_lines(line: str, said: str) -> None:
    """A line that PostgreSQL refuses is refused with its number."""
    with pytest.raises(hba.HbaError, match=r"line 2 of") as caught:
        hba.parse(f"\n{line}\n")

    assert said in str(caught.value)
