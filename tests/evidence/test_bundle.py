"""Bundles of evidence: what is in them, written whole or not at all, the same for the same result."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from harness import result as results
from harness.errors import UsageError
from harness.verdicts import Verdict
from kitcheck.evidence import bundle, envelope, manifest, picture, secrets, statement
from kitcheck.evidence.verify import verify
from tests.evidence import bundles
from tests.grading.results import every_verdict, hostile


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_folder(tmp_path: Path) -> None:
    """A bundle holds the result, a file for every piece of evidence, the pictures, and a manifest of all."""
    bundle.write(bundles.small(), tmp_path / "b", pictures=[bundles.picture()], key=bundles.KEY)
    files = _files(tmp_path / "b")
    told = json.loads(files["manifest.json"])

    assert set(files) == {
        "evidence/checkpoint-1/first-django-answers/001-http.txt",
        "evidence/checkpoint-1/first-django-answers/002-command.txt",
        "manifest.dsse.json",
        "manifest.json",
        "pictures/checkpoint-1-django-1.png",
        "result.json",
        "signer.pem",
    }
    assert {each["path"] for each in told["files"]} == set(files) - {"manifest.json", "manifest.dsse.json"}
    assert [(each["size"], each["sha256"]) for each in told["files"]] == [
        (len(files[each["path"]]), manifest.digest(files[each["path"]])) for each in told["files"]
    ]
    assert told["identity"] == {
        "maas_uuid": "uuid-1",
        "system_ids": {"server1": "8pchr3"},
        "mac_addresses": {"server1": ["54:b2:03:00:00:01"]},
        "host_keys": {"main": "SHA256:abc"},
        "controller_uuid": "c-1",
    }
    assert (told["kit"], told["verdict"], told["versions"]["kitcheck"]) == ("kit-e", "passed", "0.1.0")
    assert b"GET /tasks/\n\n200 OK" in files["evidence/checkpoint-1/first-django-answers/001-http.txt"]
    assert verify(tmp_path / "b") == []


def test_zip_is_the_same_bundle(tmp_path: Path) -> None:
    """A name that ends in .zip makes one file of the same contents, the same bytes each time."""
    for name in ("one.zip", "two.ZIP", "folder"):
        bundle.write(bundles.small(), tmp_path / name, pictures=[bundles.picture()], key=bundles.KEY)
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.ZIP").read_bytes()
    assert files == _files(tmp_path / "folder")
    assert list(files) == sorted(files)
    assert verify(tmp_path / "one.zip", bundles.KEY.public_key()) == []


@pytest.mark.parametrize("graded", [every_verdict(), hostile(), bundles.everywhere("../../x\0\x1b[2J\ud800<b>")])
def test_whatever_the_kit_said(graded: results.Result, tmp_path: Path) -> None:
    """A result whose texts an enemy chose makes a bundle that verifies, with nothing outside of it."""
    bundle.write(graded, tmp_path / "b")
    bundle.write(graded, tmp_path / "b.zip")

    assert (verify(tmp_path / "b"), verify(tmp_path / "b.zip")) == ([], [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "b.zip"]


def test_pictures_become_evidence(tmp_path: Path) -> None:
    """Each picture is evidence of its check, or of its checkpoint's last one, and found again by its place."""
    album = [bundles.picture(), bundles.picture("checkpoint-1-machines", check="not-graded")]
    bundle.write(bundles.small(), tmp_path / "b", pictures=album)
    read = results.read(tmp_path / "b" / "result.json")
    seen = {check.id: [piece.body for piece in check.evidence if piece.kind == "image"] for check in read.checks}

    assert seen == {
        "first-django-answers": ["pictures/checkpoint-1-django-1.png"],
        "explain-manual-installation": ["pictures/checkpoint-1-machines.png"],
    }
    found = picture.pictured(read, _files(tmp_path / "b"))
    assert [(each.name, each.png, each.caption) for each in found] == [
        (each.name, each.png, each.caption) for each in album
    ]
    assert picture.attached(read, album) == read


def test_folder_that_is_not_empty(tmp_path: Path) -> None:
    """What is there is not touched: the folder must be new or empty."""
    (tmp_path / "b").mkdir()
    bundle.write(bundles.small(), tmp_path / "b")
    before = _files(tmp_path / "b")
    with pytest.raises(UsageError, match="the folder is not empty"):
        bundle.write(bundles.small(text="another"), tmp_path / "b")

    assert _files(tmp_path / "b") == before


@pytest.mark.parametrize("path", ["missing/b", "missing/b.zip", "file"])
def test_places_that_cannot_be(path: str, tmp_path: Path) -> None:
    """What cannot be written is said before any work is done."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match=path.partition("/")[0]):
        bundle.check(tmp_path / path)


def test_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fills up half-way nothing is left."""
    written: list[Path] = []

    def write_bytes(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) > 1:
            raise OSError(28, "No space left on device")
        return len(content)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(UsageError, match="No space left"):
        bundle.write(bundles.small(), tmp_path / "b")

    assert (len(written), list(tmp_path.iterdir())) == (2, [])


def test_statement() -> None:
    """The signature is over an in-toto statement about the manifest, with the names of what passed and failed."""
    files = bundle.contents(every_verdict(), key=bundles.KEY)
    told = json.loads(envelope.opened(files["manifest.dsse.json"]).payload)

    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert told["subject"] == [{"name": "manifest.json", "digest": {"sha256": manifest.digest(files["manifest.json"])}}]
    predicate = told["predicate"]
    assert (predicate["result"], predicate["passedTests"], predicate["failedTests"]) == (
        "FAILED",
        ["checkpoint-1/it-passed"],
        ["checkpoint-1/it-failed"],
    )
    assert [each["name"] for each in predicate["configuration"]] == [
        "features/checkpoint-1.feature",
        "features/checkpoint-2.feature",
    ]
    assert all(len(each["digest"]["sha256"]) == 64 for each in predicate["configuration"])


@pytest.mark.parametrize(
    ("verdict", "word"), [(Verdict.PASSED, "PASSED"), (Verdict.FAILED, "FAILED"), (Verdict.ERROR, "FAILED")]
)
def test_what_could_not_be_told_is_never_signed_as_passed(verdict: Verdict, word: str) -> None:
    """The predicate has three words only: undecided is none that a policy takes for passed."""
    predicate = json.loads(statement.of(bundles.small(verdict=verdict), b"{}"))["predicate"]

    assert predicate["result"] == word
    assert predicate["failedTests"] == (["checkpoint-1/first-django-answers"] if verdict is Verdict.FAILED else [])


def test_no_secret_in_any_spelling() -> None:
    """Secrets that got into a result in spite of all are taken out of every file of the bundle."""
    secret = "pl4nted & <s3cret>/é+x"
    spelt = sorted(secrets.spellings(secret))
    files = bundle.contents(bundles.everywhere(" | ".join(spelt)), hidden=[secret], key=bundles.KEY)
    everything = b"\n".join(files.values())

    assert [spelling for spelling in spelt if spelling.encode() in everything] == []
    assert b"[hidden]" in everything


def test_secret_in_a_login() -> None:
    """A secret is found in the base64 of a login of HTTP, whatever the user's name; a private key always."""
    import base64

    hide = secrets.hider(["correct-horse"])
    logins = [base64.b64encode(f"{user}:correct-horse".encode()).decode() for user in ("a", "ab", "abc")]
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbg==\n-----END OPENSSH PRIVATE KEY-----"

    assert [hide(login) for login in logins if "[hidden]" not in hide(login)] == []
    assert hide(f"x {key} y") == "x [hidden] y"
    assert hide("correct horse") == "correct horse"
