"""The lab's application as students meet it: fetched, installed by hand and by Ansible, its database elsewhere."""

from __future__ import annotations

import http.client
import re
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.docker_kit.conftest import Lab, Machine

Eventually = Callable[[Callable[[], bool]], bool]

PLAYBOOK = "https://raw.githubusercontent.com/raulikeda/tasks/master/tasks-install-playbook.yaml"
REPOSITORY = "https://github.com/raulikeda/tasks.git"
GREETING = "Hello, world. You're at the tasks index."

DATABASE = """
set -e
sudo apt-get update -qq
sudo apt-get install -y -qq postgresql postgresql-contrib
sudo -u postgres createuser -s cloud
sudo -u postgres createdb -O cloud tasks
cd /etc/postgresql/*/main
echo "listen_addresses = '*'" | sudo tee -a postgresql.conf
echo "host all all {subnet} trust" | sudo tee -a pg_hba.conf
sudo ufw allow 5432/tcp
sudo systemctl restart postgresql
"""


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: dict[str, str]
    text: str
    cookie: str


def request(
    machine: Machine, path: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """Ask the application on a machine for a page, or post a form to it."""
    connection = http.client.HTTPConnection(machine.address, 8080, timeout=20)
    sent = dict(headers or {})
    body = None
    if form is not None:
        body = urllib.parse.urlencode(form)
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request("GET" if form is None else "POST", path, body, sent)
        answer = connection.getresponse()
        cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        text = answer.read(1_000_000).decode()
        return Answer(answer.status, dict(answer.getheaders()), text, "; ".join(cookies))
    finally:
        connection.close()


def log_in(machine: Machine, **headers: str) -> Answer:
    """Log in to the administration site as the handout's superuser."""
    page = request(machine, "/admin/login/?next=/admin/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    form = {"username": "cloud", "password": "cloud", "next": "/admin/", "csrfmiddlewaretoken": token[1]}
    return request(machine, "/admin/login/?next=/admin/", form, {"Cookie": page.cookie, **headers})


def add_task(machine: Machine, title: str) -> Answer:
    """Add a task through the administration site."""
    session = log_in(machine).cookie
    page = request(machine, "/admin/tasks/task/add/", headers={"Cookie": session})
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    form = {"title": title, "pub_date_0": "2023-03-01", "pub_date_1": "12:00:00", "description": "written by a test"}
    form["csrfmiddlewaretoken"] = token[1]
    return request(machine, "/admin/tasks/task/add/", form, {"Cookie": f"{session}; {page.cookie}"})


def install_by_hand(machine: Machine) -> None:
    """Do what the handout says on server2."""
    machine.ssh(f"git clone {REPOSITORY} && cd tasks && ./install.sh && ./install.sh")
    machine.ssh("sudo reboot", check=False)
    machine.wait_for(8080)


def prepare_main(main: Machine) -> None:
    """Get Ansible and the playbook."""
    main.ssh("sudo apt-get update -qq && sudo apt-get install -y -qq ansible")
    main.ssh(f"wget -q {PLAYBOOK}")


@pytest.fixture(scope="module")
def online(lab: Lab) -> Lab:
    """The network, with the handout's web addresses on it."""
    lab.mirror(5)
    return lab


@pytest.mark.docker
def test_mirror_serves_what_the_handout_prints(online: Lab) -> None:
    """`git clone` and `wget` verify the mirror's certificate, and a name that it may not speak for is refused."""
    machine = online.boot("server5", 15)

    assert machine.ssh(f"git clone -q {REPOSITORY} && ls tasks") == (
        "README.md\ninstall.sh\nmanage.py\nportfolio\nrequirements.txt\nrun.sh\ntasks\ntasks-install-playbook.yaml"
    )
    assert machine.ssh(f"git clone -q {REPOSITORY.removesuffix('.git')} again && cd again && ls -l install.sh")[
        :10
    ] == ("-rwxr-xr-x")
    assert machine.ssh(f"wget -q {PLAYBOOK} && cmp tasks-install-playbook.yaml tasks/tasks-install-playbook.yaml") == ""
    assert machine.ssh("cd tasks && git log --format='%an %aI'") == "Kitcheck 2023-02-06T12:00:00+00:00"
    machine.ssh(f"echo {online.prefix}.5 other.example | sudo tee -a /etc/hosts")
    assert "no alternative certificate subject name matches" in machine.ssh(
        "curl -sS https://other.example/ 2>&1", check=False
    )
    machine.container.remove(force=True)
    online.containers.remove(machine.container)


@pytest.mark.docker
def test_application_behaves_as_the_labs(online: Lab, power: Callable[[Machine], None], eventually: Eventually) -> None:
    """By hand on server2, by Ansible on server3, one database on server1: every outside behaviour that was measured."""
    database, by_hand, by_ansible, main = online.boot_all({"server1": 11, "server2": 12, "server3": 13, "main": 3})
    power(by_hand)
    power(by_ansible)
    with ThreadPoolExecutor() as pool:
        ready = pool.submit(prepare_main, main)
        database.ssh(DATABASE.format(subnet=f"{online.prefix}.0/24"))
        installed = pool.submit(install_by_hand, by_hand)
        ready.result()
        # main reaches the servers with its own key, as registered in MAAS.
        main.ssh(f"cat > .ssh/id_ed25519 <<'END'\n{main.key.read_text()}END\nchmod 600 .ssh/id_ed25519")
        without = main.ssh("ansible-playbook tasks-install-playbook.yaml", check=False)
        play = main.ssh(f"ansible-playbook tasks-install-playbook.yaml --extra-vars server={by_ansible.address}")
        by_ansible.wait_for(8080)
        installed.result()

    assert "say which machine: --extra-vars server=ADDRESS" in without
    assert re.search(rf"{re.escape(by_ansible.address)} +: ok=6 +changed=\d+ +unreachable=0 +failed=0", play)
    for machine in (by_hand, by_ansible):
        check_pages(machine)
    assert by_hand.ssh("crontab -l") == "@reboot cd /home/ubuntu/tasks && ./run.sh"
    assert by_ansible.ssh("crontab -l") == "#Ansible: tasks\n@reboot cd /home/ubuntu/tasks && ./run.sh"
    check_shared_database(database, by_hand, by_ansible)
    check_autoreload(by_hand, eventually)
    check_without_database(database, by_hand)


def check_pages(machine: Machine) -> None:
    """Each address answers as measured on the lab's own application."""
    root, without_slash, tasks, admin = (request(machine, path) for path in ("/", "/tasks", "/tasks/", "/admin/"))

    assert (root.status, "DEBUG = True" in root.text) == (404, True)
    assert (without_slash.status, without_slash.headers["Location"]) == (301, "/tasks/")
    assert (tasks.status, tasks.text, tasks.headers["Content-Type"]) == (200, GREETING, "text/html; charset=utf-8")
    assert re.fullmatch(r"WSGIServer/0\.2 CPython/3\.\d+\.\d+", tasks.headers["Server"])
    assert (admin.status, admin.headers["Location"]) == (302, "/admin/login/?next=/admin/")
    assert request(machine, admin.headers["Location"]).status == 200
    assert log_in(machine).status == 302
    assert log_in(machine, Origin=f"http://{machine.address}:8080").status == 302
    assert log_in(machine, Origin="http://elsewhere.example").status == 403


def check_shared_database(database: Machine, one: Machine, other: Machine) -> None:
    """What is written through one server is in PostgreSQL and on the other's page."""
    assert add_task(one, "shared-4711").status == 302

    rows = database.ssh("sudo -u postgres psql -Atc 'select title, description from tasks_task' tasks")
    page = request(other, "/admin/tasks/task/", headers={"Cookie": log_in(other).cookie})

    assert rows == "shared-4711|written by a test"
    assert "shared-4711" in page.text


def check_autoreload(machine: Machine, eventually: Eventually) -> None:
    """An edited view answers without a restart."""
    edited = GREETING.replace("Hello, world", "Hello from by hand")
    machine.ssh("sed -i 's/Hello, world/Hello from by hand/' tasks/tasks/views.py")

    def answers() -> bool:
        try:
            return request(machine, "/tasks/").text == edited
        except OSError:
            return False  # it is just restarting itself

    assert eventually(answers)


def check_without_database(database: Machine, machine: Machine) -> None:
    """Gone while it runs: only what asks the database fails. Gone at the start: the process lives and never listens."""
    database.ssh("sudo systemctl stop postgresql@15-main")
    assert [request(machine, path).status for path in ("/tasks/", "/admin/login/")] == [200, 200]
    assert log_in(machine).status == 500

    # In brackets: the pattern must not match the shell that looks for it.
    server = "[m]anage.py runserver 0:8080"
    machine.ssh(f"pkill -f '{server}'; while pgrep -f '{server}'; do sleep 0.1; done", timeout=30)
    machine.ssh("(cd tasks && exec ./run.sh) < /dev/null > log 2>&1 &")
    machine.ssh("until grep -qs OperationalError log; do sleep 0.1; done", timeout=30)
    database.ssh("sudo systemctl start postgresql@15-main")

    assert machine.ssh(f"pgrep -fc '{server}'") == "2"
    assert machine.ssh("ss -Htln 'sport = :8080'") == ""
