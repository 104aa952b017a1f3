"""kit.yaml: what is understood, and the one line that each mistake costs."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.errors import UsageError
from harness.kitfile import KitFile, SshAddress, load

ENVIRON = {"KIT_J_PASSWORD": "hush-hush", "KIT_J_MAAS_KEY": "aaa:bbb:ccc", "PORT": "2222", "EMPTY": ""}
FULL = """\
kit: kit-j
access:
  ssh: cloud@10.103.1.19
  password: ${KIT_J_PASSWORD}
network: 172.16.0.0/20
maas: {url: "http://172.16.0.3:5240/MAAS/", api_key: "${KIT_J_MAAS_KEY}"}
roles: {database: server1, django: [server2, server3], proxy: server4}
django: {port: 8080, path: /tasks/, admin: {user: cloud, password: cloud}}
proxy: {port: 80}
juju: {controller: maas-controller, model: openstack, grafana: grafana, prometheus: prometheus2}
stage: checkpoint-3
"""
LEAST = """\
kit: kit-j
access: {ssh: router}
network: 172.16.0.0/20
maas: {url: "http://172.16.0.3:5240/MAAS", api_key: "${KIT_J_MAAS_KEY}"}
"""


def read(folder: Path, text: str | bytes, mode: int = 0o644) -> KitFile:
    """Return what a file with that text describes."""
    file = folder / "kit.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    file.chmod(mode)
    return load(file, ENVIRON)


def refused(folder: Path, text: str | bytes, mode: int = 0o644) -> str:
    """Return the message about a file, without its path."""
    with pytest.raises(UsageError) as caught:
        read(folder, text, mode)
    message = str(caught.value)
    assert message.startswith(str(folder / "kit.yaml"))
    assert "\n" not in message
    return message.removeprefix(str(folder / "kit.yaml")).lstrip(": ")


def test_the_contracts_example_is_understood(tmp_path: Path) -> None:
    """Every key of the contract, variables filled in."""
    kit = read(tmp_path, FULL)

    assert (kit.kit, kit.access.ssh, kit.network) == (
        "kit-j",
        SshAddress("10.103.1.19", None, "cloud"),
        IPv4Network("172.16.0.0/20"),
    )
    assert kit.access.password is not None
    assert kit.access.password.get_secret_value() == "hush-hush"
    assert kit.maas.api_key is not None
    assert (kit.maas.url, kit.maas.api_key.get_secret_value()) == ("http://172.16.0.3:5240/MAAS/", "aaa:bbb:ccc")
    assert (kit.roles.database, kit.roles.django, kit.roles.proxy) == ("server1", ("server2", "server3"), "server4")
    assert (kit.django.port, kit.django.path, kit.django.admin.user, kit.proxy.port) == (8080, "/tasks/", "cloud", 80)
    assert (kit.juju.prometheus, kit.stage) == ("prometheus2", "checkpoint-3")


def test_the_least_has_the_handouts_defaults(tmp_path: Path) -> None:
    """Roles may be missing: a kit at checkpoint 1 has no proxy yet."""
    least, full = read(tmp_path, LEAST), read(tmp_path, FULL)

    assert (least.django, least.proxy, least.juju) == (full.django, full.proxy, full.juju)
    assert (least.roles.database, least.roles.django, least.roles.proxy, least.stage) == (None, (), None, None)
    assert least.access.ssh == SshAddress("router")
    assert least.maas.url == full.maas.url


@pytest.mark.parametrize(
    "written", ["", "maas: {}\n", "maas: {user: admin}\n", 'maas: {api_key: "${KIT_J_MAAS_KEY}"}\n']
)
def test_maas_is_where_the_lab_has_it(tmp_path: Path, written: str) -> None:
    """At the third address of the kit's network, unless the file says where; its key may be left to main to tell."""
    text = f"kit: kit-j\naccess: {{ssh: router}}\nnetwork: 10.9.16.0/20\n{written}"
    kit = read(tmp_path, text)

    assert kit.maas.url == "http://10.9.16.3:5240/MAAS/"
    assert (kit.maas.user, kit.maas.api_key is None) == ("admin" if "user" in written else None, "key" not in written)
    assert refused(tmp_path, text.replace("10.9.16.0/20", "10.9.16.0")).startswith("line 3: network: expected an IPv4")
    assert refused(tmp_path, text.replace("10.9.16.0/20", "10.9.16.0/31")).startswith(
        "line 4: maas.url: missing" if written else "line 1: maas.url: missing"
    )


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """Neither printed nor in a representation; and nothing can be changed afterwards."""
    kit = read(tmp_path, FULL)
    with pytest.raises(ValidationError):
        kit.kit = "other"  # pyright: ignore[reportAttributeAccessIssue] - that is the point

    assert "hush-hush" not in f"{kit} {kit!r} {kit.model_dump()}"
    assert "ccc" not in f"{kit} {kit!r} {kit.model_dump()}"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("main", SshAddress("main")),
        ("10.0.0.1:2222", SshAddress("10.0.0.1", 2222)),
        ('"[fd00::1]:22"', SshAddress("fd00::1", 22)),
        ('"cloud@[fd00::1]"', SshAddress("fd00::1", None, "cloud")),
        ('"router:${PORT}"', SshAddress("router", 2222)),
        ("a.b@site@host.example", SshAddress("host.example", None, "a.b@site")),
    ],
)
def test_ssh_addresses(tmp_path: Path, written: str, expected: SshAddress) -> None:
    """`[user@]host[:port]`, IPv6 in brackets, variables anywhere."""
    assert read(tmp_path, LEAST.replace("ssh: router", f"ssh: {written}")).access.ssh == expected


@pytest.mark.parametrize("written", ["host:0", "host:70000", "host:x", "host:", "fd00::1", "@host", "-oProxy=x", "a b"])
def test_wrong_ssh_addresses(tmp_path: Path, written: str) -> None:
    """One line that names the key and what is expected."""
    message = refused(tmp_path, LEAST.replace("ssh: router", f'ssh: "{written}"'))

    assert message.startswith("line 2: access.ssh: expected ")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("database:", "databse:", "line 7: roles.databse: unknown key; did you mean 'database'?"),
        ("kit: kit-j", 'kit: kit-j\n"f\\no\\e[1m": 1', "line 2: f o\\x1b[1m: unknown key; expected one of kit"),
        ("kit: kit-j", "kit: kit-j\nfoo: 1", "line 2: foo: unknown key; expected one of kit, access, network, maas, "),
        ("${KIT_J_PASSWORD}", "${NOPE}", "line 4: access.password: environment variable NOPE is not set"),
        ("${KIT_J_PASSWORD}", "${EMPTY}", "line 4: access.password: environment variable EMPTY is empty"),
        ("${KIT_J_PASSWORD}", "${a-b}", "line 4: access.password: ${a-b} is not the name of an environment variable"),
        ("${KIT_J_MAAS_KEY}", "${PORT}", "line 6: maas.api_key: expected three parts a:b:c, as MAAS shows under"),
        ("network: 172.16.0.0/20", "", "line 1: network: missing; expected e.g. `network: 172.16.0.0/20`"),
        ("  ssh: cloud@10.103.1.19\n", "", "line 2: access.ssh: missing; expected e.g. `ssh: cloud@10.103.1.19`"),
        ("172.16.0.0/20", "172.16.0.3/20", "line 5: network: expected the network's first address; did you mean 172"),
        ("172.16.0.0/20", "172.16.0.0", "line 5: network: expected an IPv4 network with its size, like 172.16.0.0/20"),
        (
            "172.16.0.0/20",
            '"fd00::/8"',
            "line 5: network: expected an IPv4 network like 172.16.0.0/20; found `fd00::/8`",
        ),
        ("http://172", "ftp://172", "line 6: maas.url: expected a URL like http://172.16.0.3:5240/MAAS/; found `ftp:"),
        ("http://172", "http://a:b@172", "line 6: maas.url: user and password do not belong in the URL"),
        ("cloud@10", "cloud:pw@10", "line 3: access.ssh: a password does not belong here: say access.password"),
        ("port: 8080", "port: eighty", "line 8: django.port: expected a port from 1 to 65535; found `eighty`"),
        ("port: 8080", "port: on", "line 8: django.port: expected a port from 1 to 65535; found `on`"),
        ("port: 8080", "port: 70000", "line 8: django.port: expected a port from 1 to 65535; found `70000`"),
        (
            "path: /tasks/",
            "path: tasks",
            "line 8: django.path: expected a path that starts with /, like /tasks/; found",
        ),
        ("[server2, server3]", "server2", "line 7: roles.django: expected a list of host names, like [server2]"),
        ("[server2, server3]", "[server2, Server2]", "line 7: roles.django: names the same host twice"),
        (
            "[server2, server3]",
            "[server2, 7]",
            "line 7: roles.django[1]: expected text; YAML reads it as a number: put",
        ),
        ("{port: 80}", "80", "line 9: proxy: expected keys and values of its own; expected e.g. `proxy: {port: 80}`"),
        (
            "stage: checkpoint-3",
            "stage: checkpoint-9",
            "line 11: stage: unknown; found `checkpoint-9`; expected 'checkpoi",
        ),
        ("stage: checkpoint-3", "stage: 3", "line 11: stage: unknown; found `3`; expected 'checkpoint-1', "),
        ("kit: kit-j", "kit: on", "line 1: kit: expected text; YAML reads it as yes or no: put it in quotes"),
        ("kit: kit-j", "kit: 12:30", "line 1: kit: expected text; YAML reads it as a number: put it in quotes"),
        ("kit: kit-j", "kit: 2025-01-01", "line 1: kit: expected text; YAML reads it as a date: put it in quotes"),
        ("kit: kit-j", "kit:", "line 1: kit: expected text; YAML reads it as nothing: put it in quotes"),
        ("kit: kit-j", "kit: ../x", "line 1: kit: expected up to 63 letters, digits, `.`, `_` and `-`"),
        ("kit: kit-j", "kit: kit-j\nkit: b", "line 2: kit: given twice; the first is in line 1"),
        ("model: openstack", 'model: "a\\nb"', "line 10: juju.model: expected text of printable characters"),
        (
            "  password",
            "  identity: /no/such/file\n  password",
            "line 4: access.identity: no readable file /no/such/file",
        ),
    ],
)
def test_mistakes_cost_one_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """The line, the key, what is wrong and what is expected."""
    assert old in FULL
    message = refused(tmp_path, FULL.replace(old, new, 1))

    assert message[: len(expected)] == expected


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """A line for each, in the order of the file, so that one edit mends them all."""
    text = FULL.replace("port: 80}", "prt: 80}").replace("${KIT_J_P", "${NO_P").replace("kit: kit-j", "kit: no")
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)

    assert [line.removeprefix(f"{tmp_path / 'kit.yaml'} ")[:24] for line in caught.value.lines] == [
        "line 1: kit: expected te",
        "line 4: access.password:",
        "line 9: proxy.prt: unkno",
    ]


def test_grafanas_password(tmp_path: Path) -> None:
    """A secret like the others: from the environment, or in a closed file, and never shown."""
    text = FULL.replace("grafana: grafana", 'grafana: grafana, grafana_password: "${KIT_J_PASSWORD}"')
    literal = text.replace('"${KIT_J_PASSWORD}"', "literally")
    kit = read(tmp_path, text)

    assert kit.juju.grafana_password is not None
    assert (kit.juju.grafana_user, kit.juju.grafana_password.get_secret_value()) == ("admin", "hush-hush")
    assert "hush-hush" not in f"{kit} {kit!r}"
    assert read(tmp_path, FULL).juju.grafana_password is None
    assert "juju.grafana_password: a secret in a file that others can read" in refused(tmp_path, literal)
    assert "literally" not in refused(tmp_path, literal)


@pytest.mark.parametrize("key", ["literal-secret", "1:2:3", "x:y", "literal:secret", "a:b:c:d"])
def test_a_wrong_api_key_is_never_printed(tmp_path: Path, key: str) -> None:
    """Whatever is wrong with it, also when YAML takes it for a number."""
    message = refused(tmp_path, FULL.replace('"${KIT_J_MAAS_KEY}"', key), 0o600)

    assert message.startswith("line 6: maas.api_key: expected three parts a:b:c")
    assert key not in message


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_secret_in_an_open_file_is_refused(tmp_path: Path, mode: int) -> None:
    """With what to do instead; never with the secret. A closed file may hold it."""
    text = FULL.replace("${KIT_J_PASSWORD}", "literally")
    message = refused(tmp_path, text, mode)

    assert message.startswith("line 4: access.password: a secret in a file that others can read: write ${NAME}")
    assert f"chmod 600 {tmp_path / 'kit.yaml'}" in message
    assert "literally" not in message
    assert read(tmp_path, text, 0o600).access.password is not None
    assert "maas.api_key" in refused(tmp_path, LEAST.replace("${KIT_J_MAAS_KEY}", "a:b:c"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kit: [a", "line 2, column 1: not YAML: "),
        ("kit: a\n\tb: c", "line 2, column 1: not YAML: "),
        ("", "line 1: expected keys with values"),
        ("- kit", "line 1: expected keys with values"),
        ("just words", "line 1: expected keys with values"),
        (b"kit: \xff\xfe", "line 1: not UTF-8 text"),
        ("kit: a\x00b", "not YAML: "),
        ("a: &x [1]\nb: *x", "line 2: anchors and aliases"),
        ("a: " + "[" * 60_000, "line 1: nested more than 10 levels deep"),
        ("a: b\n" * 300_000, "larger than 65536 bytes"),
        ("? [a]\n: b\n" + LEAST, "line 1: a key must be a plain word"),
        ("kit: a\n---\nkit: b", "line 2, column 1: not YAML: "),
    ],
)
def test_files_that_are_no_kit(tmp_path: Path, text: str | bytes, expected: str) -> None:
    """Broken, hostile or something else: one line, quickly."""
    assert refused(tmp_path, text)[: len(expected)] == expected


def test_missing_files(tmp_path: Path) -> None:
    """No file, and a folder."""
    with pytest.raises(UsageError, match="no such file"):
        load(tmp_path / "none.yaml", ENVIRON)
    with pytest.raises(UsageError, match="not a file"):
        load(tmp_path, ENVIRON)


@pytest.mark.parametrize(("old", "new"), [("cloud@10", "cloud:hunter2@10"), ("http://172", "http://a:hunter2@172")])
def test_misplaced_password_is_not_repeated(tmp_path: Path, old: str, new: str) -> None:
    """Whoever wrote it where it does not belong does not want to see it in a terminal's history as well."""
    assert "hunter2" not in refused(tmp_path, FULL.replace(old, new))
