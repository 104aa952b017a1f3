"""Every command line that the handouts print is replayed: the data against a table of our own."""

from __future__ import annotations

import pytest

from simulators.handouts.lines import Grading
from simulators.handouts.loading import edition

A = (
    ("install-ansible", "sudo apt install ansible"),
    (
        "download-playbook",
        "wget https://raw.githubusercontent.com/raulikeda/tasks/master/tasks-install-playbook.yaml",
    ),
    ("play", "ansible-playbook tasks-install-playbook.yaml --extra-vars server=[IP server3]"),
    ("install-nginx", "sudo apt-get install nginx"),
    ("edit-site", "sudo nano /etc/nginx/sites-available/default"),
    ("restart-nginx", "sudo service nginx restart"),
    ("install-juju", "sudo snap install juju --classic --channel=2.9/stable"),
    ("clouds", "juju clouds"),
    ("add-cloud", "juju add-cloud maas maas-juju.yaml"),
    ("add-credential", "juju add-credential maas"),
    ("bootstrap", "juju bootstrap --bootstrap-series=jammy maas main --to server1"),
    ("status", "juju status"),
    ("gui", "juju gui"),
    ("tunnel-to-gui", "ssh cloud@[IP Roteador] -L 8080:[IP do Juju GUI]:17070"),
    ("install-charm", "sudo snap install charm --channel=2.x/stable --classic"),
    ("pull-grafana", "charm pull grafana"),
    ("pull-prometheus", "charm pull prometheus2"),
    ("status-of-grafana", "juju status"),
    ("log", "juju debug-log --replay --include grafana/2"),
    ("to-grafana", "juju ssh grafana/2"),
    ("add-key", "wget -q -O - https://packages.grafana.com/gpg.key | sudo apt-key add -"),
    ("update-grafana", "sudo apt-get update"),
    ("install-charm-again", "sudo snap install charm --channel=2.x/stable --classic"),
    ("pull-wordpress", "charm pull wordpress"),
    ("clone-mysql", "git clone https://github.com/TiagoDemay/charm-mysql.git"),
    ("destroy", "juju destroy-controller main"),
)
B = (
    ("install-juju", "sudo snap install juju --channel 3.6"),
    ("clouds", "juju clouds"),
    ("add-cloud", "juju add-cloud --client -f maas-cloud.yaml maas-one"),
    ("add-credential", "juju add-credential --client -f maas-creds.yaml maas-one"),
    (
        "bootstrap",
        "juju bootstrap --bootstrap-series=jammy --constraints tags=juju maas-one maas-controller",
    ),
    ("status", "juju status"),
    ("models", "juju models"),
    ("switch", "juju switch maas-controller:admin/maas"),
    ("make-folder", "mkdir -p /home/cloud/charms"),
    ("to-folder", "cd /home/cloud/charms"),
    ("download-grafana", "juju download grafana"),
    ("download-prometheus", "juju download prometheus2"),
    ("deploy-prometheus", "juju deploy ./prometheus2_XXX.charm"),
    ("watch", "watch -n 1 juju status"),
    ("destroy", "juju destroy-controller main"),
)
ELSEWHERE = {
    "A": (
        "ssh cloud@10.103.0.X -L 8001:[IP server2]:8080",
        "ssh cloud@10.103.0.X -L 8001:[IP grafana]:3000",
    ),
    "B": (
        "juju add-model --config default-series=jammy openstack",
        "juju switch openstack",
        "juju integrate prometheus2:grafana\u2013source grafana:grafana-source",
        "juju run grafana/1 get-admin-password",
        "ssh cloud@10.103.0.X -L 8001:[IP grafana]:3000",
    ),
}
"""Printed without a number of their own: in earlier prints, the handout before, a note."""
FAIL = {
    "A": {"bootstrap", "destroy"},
    "B": {"add-credential", "bootstrap", "switch", "integrate", "destroy"},
}
"""Printed lines that cannot work as they stand."""


@pytest.mark.parametrize(("letter", "table"), [("A", A), ("B", B)])
def test_every_numbered_line_is_there_in_order(letter: str, table: tuple[tuple[str, str], ...]) -> None:
    """Ids, order and wording of the lines that an edition prints."""
    numbered = [each for each in edition(letter).printed if each.number is not None]

    assert list(table) == [(each.id, each.printed) for each in numbered]
    assert list(range(1, len(table) + 1)) == [each.number for each in numbered]


@pytest.mark.parametrize("letter", ["A", "B"])
def test_what_is_printed_elsewhere_is_there_too(letter: str) -> None:
    """Earlier prints and the previous handout have lines that belong to the edition."""
    others = [each.printed for each in edition(letter).printed if each.number is None]

    assert list(ELSEWHERE[letter]) == others


@pytest.mark.parametrize("letter", ["A", "B"])
def test_lines_that_are_printed_wrongly_fail_and_are_put_right(letter: str) -> None:
    """Each says why, must fail, and is followed by what works."""
    lines = edition(letter).typed
    wrong = {each.id for each in lines if each.wrong}
    right = {each.id for each in lines if each.id.endswith("-corrected")}

    assert FAIL[letter] == wrong
    assert {f"{each}-corrected" for each in wrong} <= right
    assert all(each.status for each in lines if each.wrong)


JUJU = ["juju-controller", "checkpoint-4"]


@pytest.mark.parametrize(
    ("letter", "checkpoints"),
    [
        ("A", ["checkpoint-2", "checkpoint-3", "cleanup", *JUJU, "checkpoint-5", "cleanup"]),
        ("B", [*JUJU, "cleanup"]),
    ],
)
def test_each_checkpoint_is_graded_where_it_is_reached(letter: str, checkpoints: list[str]) -> None:
    """The last checkpoint of each place at which the group hands in."""
    places = [each for each in edition(letter).lines if isinstance(each, Grading)]

    assert checkpoints == [each.grade[-1] for each in places]
