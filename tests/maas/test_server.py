"""The simulator as a program of its own, with few packages, that survives being stopped."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from requests_oauthlib import OAuth1

from simulators.maas.server import listen

ALLOWED = {
    "anyio",
    "click",
    "h11",
    "idna",
    "jinja2",
    "markupsafe",
    "oauthlib",
    "python_multipart",
    "starlette",
    "typing_extensions",
    "uvicorn",
}
"""What the MAAS container carries, with what these packages need themselves."""
ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "simulators.maas"]


def test_it_needs_few_packages() -> None:
    """Nothing else of what is installed here is imported: the container does not have it."""
    program = (
        "import sys, sysconfig, simulators.maas.__main__, uvicorn.protocols.http.h11_impl\n"
        "home = sysconfig.get_paths()['purelib']\n"
        "print(*{name.partition('.')[0] for name, module in sys.modules.items()"
        " if (getattr(module, '__file__', None) or '').startswith(home)})"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout

    assert {name for name in output.split() if not name.startswith(("_", "__editable__"))} <= ALLOWED


def test_answers_are_not_held_back() -> None:
    """Head and body of an answer leave at once: otherwise a kept connection costs 40 ms a request."""
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_it_serves_and_remembers(tmp_path: Path) -> None:
    """One line says where it listens; what was allocated is allocated after a restart."""
    config, state = tmp_path / "kit.json", tmp_path / "state.json"
    user = {"username": "cloud", "password": "cloud", "is_superuser": True, "api_key": "aa:bb:cc"}
    config.write_text(json.dumps({"seed": 1, "inventory": {"users": [user]}, "kit": "for the driver"}))
    auth = OAuth1("aa", resource_owner_key="bb", resource_owner_secret="cc", signature_method="PLAINTEXT")
    answers: list[str] = []
    for _ in range(2):
        command = [*COMMAND, "--port", "0", "--config", str(config), "--state", str(state)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.fullmatch(r"MAAS listens on (http://127\.0\.0\.1:\d+/MAAS/)\n", line)
            assert found, line
            answer = requests.post(f"{found[1]}api/2.0/machines/?op=allocate", auth=auth, timeout=10)
            answers.append(answer.json()["hostname"])
            process.terminate()
            process.wait(timeout=10)

    assert answers == ["server1", "server2"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--driver", "nonsense"], "--driver"),
        (["--driver", "no_such_module:make"], "--driver"),
        (["--config", "/no/such/file"], "--config"),
        (["--port", "99999"], "--port"),
    ],
)
def test_unusable_arguments(arguments: list[str], word: str) -> None:
    """One clear line and exit status 4."""
    done = subprocess.run([*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)
    assert word in done.stderr
