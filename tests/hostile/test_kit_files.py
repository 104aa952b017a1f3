"""A kit.yaml that a student hands in: nothing of it costs time, leads to our own machine or is an option of `ssh`."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import kitfile
from harness.errors import UsageError
from harness.known_hosts import of_kit

LEAST = "kit: kit-a\naccess: {ssh: cloud@10.0.0.1}\nnetwork: 172.16.0.0/20\n"


def refused(folder: Path, text: str) -> str:
    """Return why a kit.yaml is refused."""
    path = folder / "kit.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        kitfile.load(path, {"SECRET": "pl4nted"})
    return str(caught.value).removeprefix(f"{path} ").removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    "network",
    ["0.0.0.0/0", "127.0.0.0/8", "169.254.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "224.0.0.0/24", "240.0.0.0/20"],
)
def test_a_network_that_holds_our_own_machine(tmp_path: Path, network: str) -> None:
    """Who stands in the kit's network is asked directly: it is small, and never this computer itself."""
    assert refused(tmp_path, LEAST.replace("172.16.0.0/20", network)).startswith(
        "line 3: network: expected a network of machines, of at most 65536 addresses"
    )


@pytest.mark.parametrize("address", ["cloud@-oProxyCommand", "cloud@-F:22"])
def test_an_address_that_is_an_option(tmp_path: Path, address: str) -> None:
    """The address becomes part of a command that people copy."""
    said = refused(tmp_path, LEAST.replace("cloud@10.0.0.1", address))

    assert said.startswith("line 2: access.ssh: expected [user@]host[:port]")


@pytest.mark.parametrize("address", ["a b@c", "c;touch x", "$(x)@c", "c`x`", "c:22 -oX", "../x", "c\\x1b[2J"])
def test_an_address_that_a_shell_obeys(tmp_path: Path, address: str) -> None:
    """No sign is left that means something to a shell or a terminal."""
    assert "line 2: access.ssh: expected" in refused(tmp_path, LEAST.replace("cloud@10.0.0.1", f'"{address}"'))


@pytest.mark.parametrize("name", ["con", "NUL", "aux.1", "com1", "kit."])
def test_names_that_are_devices(tmp_path: Path, name: str) -> None:
    """The kit's name becomes the name of a file, on Windows too."""
    said = refused(tmp_path, LEAST.replace("kit-a", name))

    assert said.startswith("line 1: kit: expected a name that every system takes for a file")


@pytest.mark.parametrize("name", ["../x", "a/b", ".ssh", "a\\\\b", "", "kit\\n", "é"])
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    """No name leads out of the folder in which host keys are remembered."""
    assert "line 1: kit: expected" in refused(tmp_path, LEAST.replace("kit: kit-a", f'kit: "{name}"'))
    assert of_kit("kit-a", {"HOME": str(tmp_path)}).path == tmp_path / ".local/state/kitcheck/known_hosts/kit-a"


@pytest.mark.parametrize(
    "value",
    [
        '!!int "' + "[" * 5_000 + '"',
        '!!float "{a: &a [x], b: [*a, *a]}"',
        '!!int ""',
        '!!bool "maybe"',
        '!!timestamp "soon"',
        '!!binary "é"',
        ":".join(["1"] * 20_000),
        "0b" + "1" * 60_000,
    ],
    ids=["deep", "alias", "empty", "bool", "date", "binary", "sixty", "binary-number"],
)
def test_what_yaml_makes_of_a_value(tmp_path: Path, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag makes no document of a text, and nobody computes a number of thousands of digits."""
    import yaml

    def never(_: object) -> None:
        raise AssertionError("a value was read as a document")

    monkeypatch.setattr(yaml, "safe_load", never)

    assert refused(tmp_path, f"{LEAST}stage: {value}\n").startswith("line 4: stage: unknown")


@pytest.mark.parametrize(
    "text",
    ["stage: '${" + "k" * 60_000 + "}'", "'" + "k" * 900 + "': 1"],
    ids=["variable", "key"],
)
def test_messages_are_short(tmp_path: Path, text: str) -> None:
    """What is wrong is one line that somebody can read."""
    assert len(refused(tmp_path, f"{LEAST}{text}\n")) < 400


def test_more_keys_than_anybody_writes(tmp_path: Path) -> None:
    """A file of a megabyte, which takes half a minute to find fault with, is refused as a whole."""
    assert refused(tmp_path, LEAST + "k: 1\n" * 20_000).startswith("larger than 65536 bytes")


def test_tags_make_no_objects(tmp_path: Path) -> None:
    """PyYAML's tags for Python's objects are words like any other."""
    marker = tmp_path / "run"
    said = refused(tmp_path, f"{LEAST}stage: !!python/object/apply:os.system ['touch {marker}']\n")

    assert said.startswith("line 4: stage")
    assert not marker.exists()
