"""No secret of a kit.yaml is in anything that Kitcheck writes or shows, whatever becomes of the grading."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import grading, junit, kitfile, result
from harness.reporting import kit_page
from harness.table import progress
from kitcheck.evidence import bundle, handin, secrets
from kitcheck.evidence.gathering import Keeping
from simulators.embedded.process import Played
from tests.evidence import bundles

PLANTED = {
    "access.password": "pl4nted-login-&<x>",
    "juju.grafana_password": "pl4nted-grafana/é+1",
    "juju.wordpress_password": "pl4nted-wordpress",
}
"""Recognisable, and wrong: refusals say the most about what was tried."""


@pytest.fixture(scope="module")
def kit_yaml() -> Iterator[Path]:
    """Return a kit.yaml with secrets wherever one may stand, of an embedded kit in the lab's second half."""
    with Played(name="kit-s", at="checkpoint-5") as played:
        path = played.ready().kit_yaml
        text = path.read_text()
        text = text.replace("access: {", f"access: {{password: '{PLANTED['access.password']}', ")
        text = re.sub(
            r"wordpress_password: [^,}\n]+", f"wordpress_password: '{PLANTED['juju.wordpress_password']}'", text
        )
        text = re.sub(
            r"^juju:( *\{)?",
            lambda found: f"juju:{found[1] or ''}" + (f"grafana_password: '{PLANTED['juju.grafana_password']}', "
            if found[1] else f"\n  grafana_password: '{PLANTED['juju.grafana_password']}'"),
            text,
            flags=re.MULTILINE,
        )  # fmt: skip
        planted = path.with_name("planted.yaml")
        planted.write_text(text)
        planted.chmod(0o600)
        yield planted


def test_no_secret_in_any_output(kit_yaml: Path, tmp_path: Path) -> None:
    """JSON, JUnit, HTML, bundle, hand-in page and terminal have none of them, in no spelling."""
    description = kitfile.load(kit_yaml)
    known = secrets.of_kit(description)
    assert set(PLANTED.values()) <= set(known)
    assert len(known) == len(PLANTED) + 2, "MAAS' key, and its secret part"

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assignment = grading.assign(kit_yaml)
        with progress(assignment.checks, sys.stdout) as shown:
            graded = grading.carry_out(assignment, on_check=shown.done)
        shown.conclude(graded)
        Keeping(tmp_path / "b", without_pictures=True).checked().keep(description, graded)
    result.write(graded, tmp_path / "r.json")
    junit.write(graded, tmp_path / "r.xml")
    for lang in ("en", "pt-BR"):
        kit_page.write(graded, tmp_path / f"{lang}.html", lang=lang)
        (tmp_path / f"{lang}.md").write_text(handin.render(graded, [], lang=lang))
    (tmp_path / "terminal.txt").write_text(out.getvalue() + err.getvalue())
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    spelt = {spelling.encode() for secret in known for spelling in secrets.spellings(secret)}
    found = [(path.name, spelling) for path, content in files.items() for spelling in spelt if spelling in content]

    assert found == []
    assert len(files) > 30
    assert "refused" in out.getvalue(), "the wrong password was tried"
    assert all(content for content in files.values())


def test_secrets_that_the_kit_says(tmp_path: Path) -> None:
    """A kit that says our secrets itself, anywhere, does not get them into a bundle."""
    text = " ".join(PLANTED.values())
    bundle.write(bundles.everywhere(text), tmp_path / "b", hidden=PLANTED.values())
    files = [path.read_text() for path in (tmp_path / "b").rglob("*") if path.is_file()]

    assert [secret for secret in PLANTED.values() if any(secret in content for content in files)] == []
    assert any("[hidden] [hidden] [hidden]" in content for content in files)
