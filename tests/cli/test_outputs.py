"""What `grade` writes to is asked about once, before any work is done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness import kitfile
from harness.errors import UsageError
from kitcheck.evidence.gathering import Keeping
from kitcheck.outputs import Outputs
from tests.evidence.bundles import KEY, small

KIT = "kit: kit-j\naccess: {ssh: cloud@10.103.1.19}\nnetwork: 172.16.0.0/20\n"


def test_what_was_found_possible_is_not_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key and exports are as they were before the kit was graded, whatever became of them meanwhile."""
    key, bundle, export = tmp_path / "key.pem", tmp_path / "b", tmp_path / "c.json"
    key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "kit.yaml").write_text(KIT)
    keeping = Keeping(evidence=bundle, sign=key, without_pictures=True)
    outputs = Outputs(exports=(f"gradescope={export}",), keeping=keeping).check()
    key.unlink()
    monkeypatch.setattr("kitcheck.exports.kit.wanted", None)
    graded, pictures = outputs.gathered(kitfile.load(tmp_path / "kit.yaml", {}), small())
    outputs.write(graded, pictures)

    assert json.loads((bundle / "manifest.dsse.json").read_bytes())["payloadType"] == "application/vnd.in-toto+json"
    assert "tests" in json.loads(export.read_bytes())


def test_what_is_not_possible_is_told_before(tmp_path: Path) -> None:
    """Each by its own line."""
    with pytest.raises(UsageError, match=r"no\.pem"):
        Outputs(keeping=Keeping(evidence=tmp_path / "b", sign=tmp_path / "no.pem")).check()
    with pytest.raises(UsageError, match="does not exist"):
        Outputs(exports=(f"gradescope={tmp_path / 'no' / 'c.json'}",)).check()
