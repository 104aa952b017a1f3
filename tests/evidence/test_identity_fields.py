"""What a result says of a kit: optional fields that the schema knows, filled from what grading sees anyhow."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema

from harness import grading, result
from simulators.embedded.process import Played
from tests.evidence.bundles import IDENTITY, small

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "result.schema.json").read_bytes())


def test_fields_survive_the_file(tmp_path: Path) -> None:
    """All of the identity is in the document as the schema describes it, and read again; what is unknown is absent."""
    result.write(small(), tmp_path / "r.json")
    told = json.loads((tmp_path / "r.json").read_bytes())
    jsonschema.validate(told, SCHEMA)
    few = result.document(replace(small(), identity=result.Identity("u")))

    assert result.read(tmp_path / "r.json").identity == IDENTITY
    assert few["identity"] == {"maas_uuid": "u", "system_ids": {}}


def test_identity_of_a_kit() -> None:
    """MAC addresses, main's host key and Juju's controller are known after grading, and ask for nothing more."""
    with Played(name="kit-i", at="juju-controller") as played:
        graded = grading.grade(played.ready().kit_yaml)
    identity = graded.identity

    assert set(identity.mac_addresses or {}) == set(identity.system_ids or {}) != set()
    assert (identity.host_keys or {})["main"].startswith("SHA256:")
    assert len(identity.controller_uuid) == 36
    assert graded.verdict is result.Overall.PASSED
