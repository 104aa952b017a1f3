"""The commands around evidence, as somebody types them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from kitcheck.evidence import envelope
from tests.evidence import bundles

ROOT = Path(__file__).parents[2]


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kitcheck", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


KIT = """\
kit: kit-gone
access: {ssh: "cloud@127.0.0.1:1"}
network: 172.16.0.0/20
maas: {url: "http://172.16.0.3:5240/MAAS/"}
roles: {database: server1, django: [server2, server3], proxy: server4}
stage: checkpoint-3
"""


def test_no_page_of_a_kit_that_cannot_be_reached(tmp_path: Path) -> None:
    """The next try would be refused for a page that says nothing."""
    (tmp_path / "kit.yaml").write_text(KIT)
    tried = _run("report", "--kit", tmp_path / "kit.yaml", "--handin", tmp_path / "page")

    assert (tried.returncode, (tmp_path / "page").exists()) == (2, False)
    assert tried.stdout.splitlines()[-1] == "kit-gone: nothing could be told of it, so no page was written"
    assert "kitcheck doctor" in tried.stderr


def test_from_grading_to_the_page(tmp_path: Path) -> None:
    """Graded with a signed bundle, verified, made into a page; changed, it is refused by both, with their statuses."""
    key, public, kept = tmp_path / "key.pem", tmp_path / "public.pem", tmp_path / "b.zip"
    plain = serialization.NoEncryption()
    key.write_bytes(bundles.KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    public.write_bytes(envelope.pem(bundles.KEY.public_key()))
    graded = _run("grade", "--simulate", "--at", "1", "--evidence", kept, "--sign", key, "--no-pictures")
    verified = _run("verify", kept, "--key", public)
    written = _run("report", kept, "--handin", tmp_path / "page", "--lang", "pt-BR")

    assert (graded.returncode, graded.stderr) == (0, "")
    assert (verified.returncode, verified.stdout.splitlines()[1].split(",")[0]) == (0, "  kit simulated: passed")
    assert (written.returncode, (tmp_path / "page" / "index.md").exists()) == (0, True)

    content = kept.read_bytes()
    place = content.index(b'"verdict": "passed"')
    kept.write_bytes(content[:place] + b'"verdict": "failed"' + content[place + 19 :])
    changed = _run("verify", kept)
    refused = _run("report", kept, "--handin", tmp_path / "another")

    assert (changed.returncode, changed.stdout.splitlines()[1].split(":")[0]) == (1, "  manifest.json")
    assert (refused.returncode, _run("verify", tmp_path).returncode) == (4, 4)
