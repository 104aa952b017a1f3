"""A class file that refers to kit.yaml files of students: they name hosts of their own, and the teacher's variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import kitfile
from harness.errors import UsageError
from kitcheck.course import class_file

ENVIRON = {
    "AWS_SECRET_ACCESS_KEY": "pl4nted-cloud",
    "KIT_A_PASSWORD": "pl4nted-a",
    "KIT_A_B_PASSWORD": "pl4nted-ab",
    "KIT_B_PASSWORD": "pl4nted-b",
    "LAB_PASSWORD": "pl4nted-lab",
}
CLASS = """
course: Cloud
grade_book: book.sqlite
checkpoints: {checkpoint-1: {}}
groups:
  - {group: kit-a, kit: a.yaml, members: [{name: Ana, id: a1}]}
  - {group: kit-a-b, kit: ab.yaml, members: [{name: Bia, id: b1}]}
  - group: kit-b
    kit: {access: {ssh: "cloud@10.0.0.3", password: "${LAB_PASSWORD}"}, network: 172.16.0.0/20}
    members: [{name: Caio, id: c1}]
"""


def load(folder: Path, of_a: str, *, more: str = "") -> None:
    """Load the class, kit-a's own file being one with `of_a` in it."""
    for name, address in (("a", "10.0.0.1"), ("ab", "10.0.0.2")):
        text = f"kit: kit-{name}\naccess: {{ssh: cloud@{address}}}\nnetwork: 172.16.0.0/20\n"
        (folder / f"{name}.yaml").write_text(text)
    (folder / "a.yaml").write_text((folder / "a.yaml").read_text().replace("access: {ssh: cloud@10.0.0.1}", of_a))
    (folder / "class.yaml").write_text(more + CLASS)
    class_file.load(folder / "class.yaml", ENVIRON)


STOLEN = {
    "user": 'access: {ssh: "${AWS_SECRET_ACCESS_KEY}@10.0.0.1"}',
    "password": 'access: {ssh: cloud@10.0.0.1, password: "${AWS_SECRET_ACCESS_KEY}"}',
    "path": 'access: {ssh: cloud@10.0.0.1}\ndjango: {path: "/${AWS_SECRET_ACCESS_KEY}/"}',
    "login": 'access: {ssh: cloud@10.0.0.1}\ndjango: {admin: {user: x, password: "${AWS_SECRET_ACCESS_KEY}"}}',
    "neighbour": 'access: {ssh: cloud@10.0.0.1, password: "${KIT_B_PASSWORD}"}',
    "longer-name": 'access: {ssh: cloud@10.0.0.1, password: "${KIT_A_B_PASSWORD}"}',
}


@pytest.mark.parametrize("place", STOLEN)
def test_variables_of_somebody_else(place: str, tmp_path: Path) -> None:
    """A kit's own file gets the variables that are called after its group, and no other of the teacher's."""
    with pytest.raises(UsageError) as caught:
        load(tmp_path, STOLEN[place])

    assert "KIT_A_" in str(caught.value), "which names it may use"
    assert "pl4nted" not in str(caught.value)


def test_variables_of_its_own(tmp_path: Path) -> None:
    """Those that are called after the group are the kit's; a kit in the class file itself is the teacher's."""
    load(tmp_path, 'access: {ssh: cloud@10.0.0.1, password: "${KIT_A_PASSWORD}"}')


def test_variables_that_the_teacher_shares(tmp_path: Path) -> None:
    """A password that all kits have is named in the class file."""
    shared = 'access: {ssh: cloud@10.0.0.1, password: "${LAB_PASSWORD}"}'

    load(tmp_path, shared, more="variables: [LAB_PASSWORD]\n")
    with pytest.raises(UsageError, match="LAB_PASSWORD"):
        load(tmp_path, shared)


def test_one_kit_is_its_callers_affair(tmp_path: Path) -> None:
    """Whoever names a kit.yaml on the command line has read it: there every variable counts."""
    path = tmp_path / "kit.yaml"
    path.write_text(
        'kit: kit-a\naccess: {ssh: "cloud@10.0.0.1", password: "${LAB_PASSWORD}"}\nnetwork: 172.16.0.0/20\n'
    )
    kit = kitfile.load(path, ENVIRON)

    assert kit.access.password is not None
    assert kit.access.password.get_secret_value() == "pl4nted-lab"
