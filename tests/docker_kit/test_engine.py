"""Finding an engine, and providing one: what `make engine` does where there is none is played with stand-ins."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from simulators.docker import engine as subject

if TYPE_CHECKING:
    from docker import DockerClient

SCRIPT = Path(subject.__file__).with_name("engine.sh")

# Every program that would change the machine notes that it was called. `docker` answers once `dockerd` was started.
STANDINS = {
    "docker": """
        case "$1" in
            info) [ -e started ] ;;
            version) echo 20.10 ;;
            pull) [ -e registry ] && touch image ;;
            import) cat "$4" > /dev/null && touch image ;;
            image) [ -e image ] ;;
            run) [ -e image ] && [ ! -e broken ] ;;
        esac""",
    "dockerd": "echo 'a line of the log'; [ -e broken ] || touch started",
    "apt-get": ":",
    "mmdebstrap": 'for last; do :; done; echo tar > "$last"',
    "systemctl": "touch started",
    "id": "echo ${USER_ID:-0}",
    "sleep": ":",
}


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of stand-ins that becomes the path, with nothing installed but their shells."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, body in STANDINS.items():
        program = programs / name
        program.write_text(f'#!/bin/bash\ncd {tmp_path}\necho "{name} $*" >> calls\n{body}\n')
        program.chmod(0o755)
    return tmp_path


def run(machine: Path, **variables: str) -> tuple[int, str, list[str]]:
    """Run the script's `main` on a stand-in machine: exit status, what it said, what it called."""
    program = f"source {SCRIPT}; LOG={machine}/log; PACKAGED_CLIENT={machine}/none; START_SECONDS=3; main"
    environment = {"PATH": f"{machine}/bin:/usr/bin:/bin", "TMPDIR": str(machine), **variables}
    done = subprocess.run(
        ["bash", "-c", program], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    calls = machine / "calls"
    asked = ("docker info", "docker version", "docker image", "id ", "sleep ")
    lines = calls.read_text().splitlines() if calls.exists() else []
    return done.returncode, done.stdout + done.stderr, [line for line in lines if not line.startswith(asked)]


def test_what_is_there_stays(machine: Path) -> None:
    """With an engine and the image, a container is run and nothing else happens."""
    (machine / "started").touch()
    (machine / "image").touch()

    status, said, calls = run(machine)

    assert (status, calls) == (0, ["docker run --rm debian:bookworm true"])
    assert said.splitlines()[-1] == "engine: ready"


def test_engine_and_image_are_provided(machine: Path) -> None:
    """Without an engine one is started; without a registry the image is made from packages."""
    status, said, calls = run(machine)

    assert (status, said.splitlines()[-1]) == (0, "engine: ready")
    assert calls[0] in ("dockerd ", "systemctl start docker.service")
    assert calls[1] == "docker pull --quiet debian:bookworm"
    assert calls[2].startswith("mmdebstrap --quiet --variant=minbase bookworm ")
    assert calls[3].startswith('docker import --change CMD ["bash"] ')
    assert calls[3].endswith(" debian:bookworm")
    assert calls[4:] == ["docker run --rm debian:bookworm true"]
    assert sorted(path.name for path in machine.iterdir() if path.is_dir()) == ["bin"]


def test_missing_engine_is_installed(machine: Path) -> None:
    """Where there is no dockerd, Debian's package brings it, without questions and without what it only recommends."""
    (machine / "bin" / "dockerd").rename(machine / "later")
    apt = machine / "bin" / "apt-get"
    apt.write_text(apt.read_text() + f"[ $1 = update ] || mv {machine}/later {machine}/bin/dockerd\n")
    if any((folder / "dockerd").exists() for folder in (Path("/usr/bin"), Path("/bin"))):
        pytest.skip("a dockerd is in /usr/bin: it would be found")

    status, _, calls = run(machine)

    assert status == 0
    assert calls[:2] == [
        "apt-get update -qq",
        "apt-get install -y -qq --no-install-recommends docker.io iptables ca-certificates",
    ]


def test_registry_is_asked_first(machine: Path) -> None:
    """An image that can be pulled is not made."""
    (machine / "registry").touch()

    status, _, calls = run(machine)

    assert status == 0
    assert not [call for call in calls if call.startswith("mmdebstrap")]


def test_engine_that_does_not_start_shows_its_log(machine: Path) -> None:
    """The end of the log is printed, and the status is not 0."""
    if Path("/run/systemd/system").is_dir():
        pytest.skip("systemd keeps the log here")
    (machine / "broken").touch()

    status, said, _ = run(machine)

    assert status == 1
    assert said.splitlines()[-2:] == [
        "a line of the log",
        "engine: dockerd does not answer after 3 s; the end of its log is above",
    ]


def test_engine_that_cannot_run_containers_is_not_ready(machine: Path) -> None:
    """An engine that answers is not enough."""
    for name in ("started", "image", "broken"):
        (machine / name).touch()

    status, said, _ = run(machine)

    assert (status, said.splitlines()[-1]) == (
        1,
        "engine: the engine answers, but cannot run a container of debian:bookworm",
    )


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"USER_ID": "1000"}, "engine: an engine is installed and started as root: sudo make engine"),
        ({"DOCKER_HOST": "tcp://192.0.2.1:1"}, "engine: DOCKER_HOST is 'tcp://192.0.2.1:1' and nothing answers there"),
    ],
)
def test_engine_is_not_provided_where_it_should_not_be(machine: Path, variables: dict[str, str], expected: str) -> None:
    """A plain user, or an engine elsewhere: one line, status 1, nothing done."""
    status, said, calls = run(machine, **variables)

    assert (status, calls) == (1, [])
    assert said.startswith(expected)
    assert len(said.splitlines()) == 1


def test_no_engine_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where none answers, and what provides one."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")

    with pytest.raises(UsageError) as caught:
        subject.connect()

    assert str(caught.value).startswith(
        "no Docker engine answers at tcp://127.0.0.1:9: on Debian or Ubuntu, `make engine`"
    )
    assert "\n" not in str(caught.value)


def test_forbidden_engine_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that the user may not open is another matter than no engine."""

    def refuse(**_: object) -> None:
        from docker.errors import DockerException

        raise DockerException(
            "Error while fetching server API version: ('Connection aborted.', PermissionError(13, 'Permission denied'))"
        )

    monkeypatch.setattr("docker.from_env", refuse)

    with pytest.raises(UsageError, match="refuses this user"):
        subject.connect()


@pytest.mark.docker
def test_engine_has_the_base_image(engine: DockerClient) -> None:
    """`make engine` left it there."""
    subject.require_base_image(engine)


@pytest.mark.docker
def test_missing_base_image_says_where_from(engine: DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the two ways to get it."""
    monkeypatch.setattr(subject, "BASE_IMAGE", "kitcheck-d-none:none")

    with pytest.raises(UsageError, match=r"`docker pull kitcheck-d-none:none` fetches it; .*`make engine`"):
        subject.require_base_image(engine)


@pytest.mark.docker
def test_script_leaves_a_ready_machine_alone(engine: DockerClient) -> None:
    """The real script, on the engine that answers: ready, and no container left."""
    base = engine.images.get(subject.BASE_IMAGE).id

    def of_base() -> set[str | None]:
        listed = engine.containers.list(all=True, ignore_removed=True)
        return {container.id for container in listed if container.attrs["Image"] == base}

    before = of_base()

    done = subprocess.run([str(SCRIPT)], capture_output=True, text=True, check=False, timeout=120, env=os.environ)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "engine: ready")
    assert of_base() <= before
