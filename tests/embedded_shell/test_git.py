"""git clone: what the lab has its readers clone, and how git refuses the rest."""

from __future__ import annotations

import pytest

from simulators.charms.repositories import REPOSITORIES
from simulators.embedded.call import NotSimulatedError
from simulators.embedded.host import Host
from simulators.embedded.shell.git import git
from tests.embedded_shell.machines import Ran, machine, ran

URL = "https://github.com/TiagoDemay/charm-mysql.git"


def main() -> Host:
    """Return a main, which has the command."""
    host = machine("main")
    host.commands["git"] = git
    return host


def test_a_repository_is_cloned() -> None:
    """Every file is there, scripts can be executed, and git's own folder says where it came from."""
    host = main()

    assert ran(host, f"git clone {URL}") == Ran(0, err="Cloning into 'charm-mysql'...\n")
    for path, text in REPOSITORIES["TiagoDemay/charm-mysql"].items():
        assert ran(host, f"cat charm-mysql/{path}").out == text
    assert host.files.modes["/home/cloud/charm-mysql/hooks/install"] == 0o755
    assert URL in ran(host, "cat charm-mysql/.git/config").out


def test_into_another_folder() -> None:
    """Quietly, and without the ending that GitHub does not need."""
    host = main()

    assert ran(host, f"mkdir a; git clone -q {URL.removesuffix('.git')}/ a") == Ran(0)
    assert ran(host, "cat a/metadata.yaml").out.startswith("name: mysql\n")


def test_a_folder_that_is_there_already() -> None:
    """Nothing is overwritten."""
    host = main()
    ran(host, f"git clone -q {URL}; echo mine > charm-mysql/metadata.yaml")

    assert ran(host, f"git clone {URL}") == Ran(
        128, err="fatal: destination path 'charm-mysql' already exists and is not an empty directory.\n"
    )
    assert ran(host, "cat charm-mysql/metadata.yaml").out == "mine\n"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.org/a/b.git", "Could not resolve host: example.org"),
        ("https://github.com/nobody/nothing", "could not read Username for 'https://github.com'"),
    ],
)
def test_what_is_not_there(url: str, reason: str) -> None:
    """Another site has no name in the kit; a repository that is missing may be a private one."""
    done = ran(main(), f"git clone {url} x")

    assert done.status == 128
    assert reason in done.err
    assert ran(main(), "test -e x").status == 1


@pytest.mark.parametrize("line", ["git status", f"git clone --depth 1 {URL}", "git clone git@github.com:a/b.git"])
def test_what_nobody_plays(line: str) -> None:
    """It is refused by name."""
    with pytest.raises(NotSimulatedError, match="git"):
        ran(main(), line)
