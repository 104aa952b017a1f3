"""ansible-playbook on main: the lab's playbook on a server of the kit, and what can go wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.access import Access
from harness.completed import Completed
from harness.errors import KitError
from harness.evidence import EvidenceLog
from harness.grading import grade
from harness.kitfile import load
from simulators.embedded.kit import EmbeddedKit, start
from simulators.plan import Plan

PLAYBOOK = "tasks-install-playbook.yaml"
FETCH = f"wget -q https://raw.githubusercontent.com/raulikeda/tasks/master/{PLAYBOOK}"
Type = Callable[[str], Completed]


@pytest.fixture
def kit() -> Iterator[EmbeddedKit]:
    """Return a kit at checkpoint 1 with one more machine."""
    with start(Plan(stage="checkpoint-1", also_deployed=("server3",))) as kit:
        yield kit


@pytest.fixture
def main(kit: EmbeddedKit) -> Iterator[Type]:
    """Return what types a line on a main with Ansible and the playbook."""
    with Access.of(load(kit.kit_yaml), log=EvidenceLog()) as access:

        def type_(line: str) -> Completed:
            return access.run(line, timeout=20)

        type_(f"sudo apt install -y ansible && {FETCH}")
        yield type_


def test_the_labs_playbook(kit: EmbeddedKit, main: Type) -> None:
    """Typed as the handout prints it, it brings checkpoint 2; the second time most is as it should be."""
    address = kit.machines["server3"].address
    before = kit.machines["server3"].boot_id
    first = main(f"ansible-playbook {PLAYBOOK} --extra-vars server={address}")
    again = main(f"ansible-playbook {PLAYBOOK} -e server={address}")
    result = grade(kit.kit_yaml, checkpoints=("checkpoint-2",))

    assert (first.exit_status, again.exit_status) == (0, 0)
    assert first.text.splitlines()[1] == "PLAY [Take the machine's address from the command line] ".ljust(80, "*")
    assert first.text.splitlines()[-2].split() == [
        *("localhost", ":", "ok=2", "changed=1", "unreachable=0", "failed=0", "skipped=0", "rescued=0", "ignored=0")
    ]
    assert f"{address:<26} : ok=6    changed=5 " in first.text
    assert f"{address:<26} : ok=6    changed=2 " in again.text
    assert kit.machines["server3"].boot_id != before
    assert {check.id: check.rationale for check in result.checks if check.verdict.name == "FAILED"} == {}


def test_whoever_names_no_machine(main: Type) -> None:
    """The playbook's own assertion says what is missing."""
    done = main(f"ansible-playbook {PLAYBOOK}")

    assert done.exit_status == 2
    assert "fatal: [localhost]: FAILED! =>" in done.text
    assert "say which machine: --extra-vars server=ADDRESS" in done.text


@pytest.mark.parametrize(
    ("server", "why"),
    [
        ("172.16.0.99", "ssh: connect to host 172.16.0.99 port 22: No route to host"),
        ("sever3", "ssh: Could not resolve hostname sever3: Name or service not known"),
    ],
)
def test_a_machine_that_is_not_there(main: Type, server: str, why: str) -> None:
    """Unreachable, and exit status 4."""
    done = main(f"ansible-playbook {PLAYBOOK} --extra-vars server={server}")

    assert done.exit_status == 4
    assert f"fatal: [{server}]: UNREACHABLE! =>" in done.text
    assert why in done.text
    assert f"{server:<26} : ok=0    changed=0    unreachable=1 " in done.text


def test_a_database_that_is_not_there(kit: EmbeddedKit, main: Type) -> None:
    """`migrate` fails, and nothing after it is done."""
    cluster = kit.machines["server1"]
    kit.do(lambda: cluster.listeners.pop(5432).close())
    done = main(f"ansible-playbook {PLAYBOOK} --extra-vars server=server3")

    assert done.exit_status == 2
    assert 'FAILED! => {"changed": true, "cmd": ["python3", "manage.py", "migrate"]' in done.text
    assert "TASK [Superuser]" not in done.text
    assert kit.machines["server3"].crontabs == {}


def test_a_first_server_by_ansible_makes_the_tables(kit: EmbeddedKit, main: Type) -> None:
    """In an empty database every migration is applied, once."""
    made = main(
        "ssh -o StrictHostKeyChecking=no ubuntu@server1 "
        "'cd / && sudo -u postgres dropdb tasks && sudo -u postgres createdb -O cloud tasks'"
    )
    main(f"ansible-playbook {PLAYBOOK} --extra-vars server=server3")
    done = main("ssh ubuntu@server3 'cd tasks && python3 manage.py migrate'")

    assert made.exit_status == 0, made.error_text
    assert done.text.splitlines()[-1] == "  No migrations to apply."


@pytest.mark.parametrize(
    "text",
    [
        "- hosts: localhost\n  tasks:\n    - shell: true\n",
        "- hosts: all\n  roles: [web]\n",
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - assert: {that: 1 == 1}\n",
        "- hosts: [\n",
    ],
)
def test_other_playbooks_are_refused(kit: EmbeddedKit, main: Type, text: str) -> None:
    """What nobody plays ends without an exit status, and not with a made-up success."""
    kit.do(lambda: kit.main.files.write("/home/cloud/other.yaml", text))

    with pytest.raises(KitError, match="not simulated"):
        main("ansible-playbook other.yaml")


def test_without_ansible(kit: EmbeddedKit) -> None:
    """It is a package like any other."""
    with Access.of(load(kit.kit_yaml), log=EvidenceLog()) as access:
        assert access.run("ansible-playbook x", timeout=10).exit_status == 127
