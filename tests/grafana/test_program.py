"""The program that runs on machines: it serves, keeps its records, and reaches Prometheus over the network."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.maas.serving import serving
from tests.prometheus.surroundings import Surroundings

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = """\
[server]
http_addr = 127.0.0.1
http_port = 0
[paths]
data = {data}
[security]
admin_user = admin
admin_password = {password}
"""
ADMIN = ("admin", "first-password")


@contextmanager
def running(config: Path) -> Generator[str]:
    """Run the program; yield its address when it listens."""
    command = [sys.executable, "-m", "simulators.grafana", "--config", str(config)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout
            line = program.stdout.readline()
            assert line.startswith("HTTP Server Listen address=127.0.0.1:"), line
            yield f"http://{line.split('address=')[1].split()[0]}"
        finally:
            program.terminate()
            program.wait(10)


def test_the_program(tmp_path: Path) -> None:
    """It queries a Prometheus over the network; a restart forgets nothing, and takes no other first password."""
    config = tmp_path / "grafana.ini"
    config.write_text(CONFIGURATION.format(data=tmp_path, password=ADMIN[1]))
    around = Surroundings()
    with serving(around.prometheus) as prometheus:
        source = {"name": "p", "type": "prometheus", "url": prometheus, "access": "proxy", "uid": "p"}
        query = {"refId": "A", "datasource": {"uid": "p"}, "expr": 'up{job="prometheus"}', "instant": True}
        with running(config) as grafana:
            health = requests.get(f"{grafana}/api/health", timeout=10).json()
            added = requests.post(f"{grafana}/api/datasources", json=source, auth=ADMIN, timeout=10)
            body = {"queries": [query], "from": str(int(around.now * 1000) - 1), "to": str(int(around.now * 1000))}
            answer = requests.post(f"{grafana}/api/ds/query", json=body, auth=ADMIN, timeout=10)
        config.write_text(CONFIGURATION.format(data=tmp_path, password="second-password"))
        with running(config) as grafana:
            kept = requests.get(f"{grafana}/api/datasources/uid/p/health", auth=ADMIN, timeout=10)

    assert (health["database"], added.status_code) == ("ok", 200)
    assert answer.json()["results"]["A"]["frames"][0]["data"]["values"][1] == [1]
    assert (kept.status_code, kept.json()["status"]) == (200, "OK")


def test_it_does_not_start(tmp_path: Path) -> None:
    """Without its configuration it ends with 1, and says which file it looked for."""
    command = [sys.executable, "-m", "simulators.grafana", "--config", str(tmp_path / "none.ini")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, "none.ini: cannot be read" in ended.stderr) == (1, True)
