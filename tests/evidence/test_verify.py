"""Verifying a bundle: whatever was changed, lost or added is found and named, and no bundle does any harm."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from harness.errors import UsageError
from harness.result import Identity
from kitcheck.evidence import archive, bundle, envelope, manifest, reading
from kitcheck.evidence.verify import command, verify
from tests.evidence import bundles
from tests.grading.results import STARTED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a signed bundle as a folder."""
    bundle.write(bundles.small(), tmp_path / "b", pictures=[bundles.picture()], key=bundles.KEY)
    return tmp_path / "b"


def _named(path: Path, key: Ed25519PublicKey | None = None) -> set[str]:
    return {problem.path for problem in verify(path, key)}


def test_one_byte_changed(folder: Path) -> None:
    """One bit of any file is enough, and the file is named: the first, a middle and the last byte of each are tried."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        for place in (0, len(content) // 2, len(content) - 1):
            file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])

            assert file.relative_to(folder).as_posix() in _named(folder), f"{file.name}, byte {place}"
        file.write_bytes(content)
    assert verify(folder) == []


def test_one_file_missing_or_more(folder: Path) -> None:
    """A file that is gone is named, and so is one that was added, also in a folder of its own."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        file.unlink()

        assert file.relative_to(folder).as_posix() in _named(folder)
        file.write_bytes(content)
    (folder / "evidence" / "more.txt").write_text("x")

    assert _named(folder) == {"evidence/more.txt"}


def test_every_byte_of_a_zip(tmp_path: Path) -> None:
    """In a zip every byte counts, those between the files as well."""
    path = tmp_path / "b.zip"
    bundle.write(bundles.small(), path, key=bundles.KEY)
    content = path.read_bytes()
    unnoticed: list[int] = []
    for place in [*range(0, len(content), 7), *range(len(content) - 300, len(content))]:
        changed = bytearray(content)
        changed[place] ^= 0x41
        path.write_bytes(changed)
        try:
            if not verify(path):
                unnoticed.append(place)
        except UsageError:
            continue

    assert unnoticed == []


def test_bytes_around_a_zip(tmp_path: Path) -> None:
    """Nothing can be put before, behind or into a zip."""
    path = tmp_path / "b.zip"
    bundle.write(bundles.small(), path)
    content = path.read_bytes()
    for changed in (content + b"x", b"PKx" + content):
        path.write_bytes(changed)

        assert verify(path) != []


def test_manifest_written_anew(folder: Path) -> None:
    """Who changes a file and the manifest is found by the signature; without one by nobody, which is said."""
    file = folder / "evidence" / "checkpoint-1" / "first-django-answers" / "001-http.txt"
    file.write_text("all is well")
    told = json.loads((folder / "manifest.json").read_bytes())
    entry = next(each for each in told["files"] if each["path"].endswith("001-http.txt"))
    entry.update(size=11, sha256=manifest.digest(b"all is well"))
    (folder / "manifest.json").write_bytes(manifest.dumped(told))

    assert _named(folder, key=bundles.KEY.public_key()) == {"manifest.json"}
    assert [str(problem) for problem in verify(folder)] == ["manifest.json: changed: it is not the one that was signed"]
    for name in ("manifest.dsse.json", "signer.pem"):
        (folder / name).unlink()
    told["files"] = [each for each in told["files"] if each["path"] != "signer.pem"]
    (folder / "manifest.json").write_bytes(manifest.dumped(told))
    assert verify(folder) == []


def test_manifest_and_result_disagree(tmp_path: Path) -> None:
    """A manifest that names another kit than the result is found, also when all digests fit."""
    bundle.write(bundles.small(), tmp_path / "b")
    path = tmp_path / "b" / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"kit": "kit-e"', b'"kit": "kit-f"'))

    assert _named(tmp_path / "b") == {"manifest.json"}


def test_signed_by_another(tmp_path: Path) -> None:
    """Signed anew with another key: found when the right key is given."""
    bundle.write(bundles.small(), tmp_path / "b", key=bundles.OTHER_KEY)
    bundle.write(bundles.small(), tmp_path / "unsigned")

    assert verify(tmp_path / "b") == []
    assert _named(tmp_path / "b", key=bundles.KEY.public_key()) == {"manifest.dsse.json"}
    assert [str(each) for each in verify(tmp_path / "unsigned", bundles.KEY.public_key())] == [
        "manifest.dsse.json: missing: the bundle is not signed"
    ]


def _zip(path: Path, *entries: tuple[zipfile.ZipInfo | str, bytes], how: int = zipfile.ZIP_STORED) -> Path:
    files = bundle.contents(bundles.small())
    with zipfile.ZipFile(path, "w", how) as written:
        for name, content in sorted(files.items()):
            written.writestr(zipfile.ZipInfo(name, archive.MOMENT), content)
        for name, content in entries:
            written.writestr(name, content, how)
    return path


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out", "C:\\out", "a\\out", "nul", "evidence/CON.txt"])
def test_names_that_lead_elsewhere(name: str, tmp_path: Path) -> None:
    """A file whose name is a path or a device is refused and named."""
    entry = zipfile.ZipInfo("x")
    entry.filename = name
    found = verify(_zip(tmp_path / "b.zip", (entry, b"x")))

    assert [problem.what for problem in found] == ["a name that no bundle has"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_twice_a_link_compressed(tmp_path: Path) -> None:
    """The same name twice, links and compressed files are refused: a bundle has none of them."""
    link = zipfile.ZipInfo("evidence/link.txt")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    twice = _zip(tmp_path / "twice.zip", ("result.json", b"{}"))
    linked = _zip(tmp_path / "link.zip", (link, b"/etc/passwd"))
    bomb = _zip(tmp_path / "bomb.zip", ("evidence/bomb.txt", bytes(50_000_000)), how=zipfile.ZIP_DEFLATED)

    assert [str(each) for each in verify(twice)] == ["result.json: there twice"]
    assert [each.what for each in verify(linked)] == ["a link, or something else that is no file"]
    assert ("evidence/bomb.txt", True) in {(each.path, each.what.startswith("compressed")) for each in verify(bomb)}
    assert bomb.stat().st_size < 1_000_000


def test_lying_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More bytes or files than a bundle may have are not read."""
    path = _zip(tmp_path / "b.zip")
    monkeypatch.setattr(reading, "FILES_LIMIT", 2)

    assert str(verify(path)[0]) == "more than 2 files: no bundle has as many"
    monkeypatch.setattr(reading, "SIZE_LIMIT", 100)
    with pytest.raises(UsageError, match="larger than any bundle"):
        verify(path)
    bundle.write(bundles.small(), tmp_path / "b")
    assert any("larger than 100 bytes" in str(each) for each in verify(tmp_path / "b"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither links for everybody nor pipes")
def test_links_and_pipes_in_a_folder(folder: Path) -> None:
    """Links are not followed, pipes are not waited for."""
    (folder / "link.txt").symlink_to("/etc/hostname")
    (folder / "evidence" / "link").symlink_to("/etc")

    assert {(each.path, each.what) for each in verify(folder)} == {("link.txt", "a link"), ("evidence/link", "a link")}
    os.mkfifo(folder / "pipe")
    assert _named(folder) == {"link.txt", "evidence/link", "pipe"}


def test_what_is_no_bundle(tmp_path: Path) -> None:
    """No bundle at all is unusable, which is another exit status than one that was changed."""
    (tmp_path / "text.zip").write_text("hello")
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "text.zip", tmp_path / "missing", tmp_path / "empty"):
        with pytest.raises(UsageError, match=path.name):
            command(path)


@pytest.mark.parametrize(
    "listing", [b"", b"{}", b"[]", b'{"schema":"x"}', b'{"schema":"kitcheck/evidence/1","files":[{"path":"../x"}]}']
)
def test_manifests_that_are_none(listing: bytes, folder: Path) -> None:
    """A manifest that cannot be read is named."""
    (folder / "manifest.json").write_bytes(listing)

    assert "manifest.json" in _named(folder)


def test_command(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command tells which kit it is about, when, who signed; or which file is not as it was."""
    public = tmp_path / "public.pem"
    public.write_bytes(envelope.pem(bundles.KEY.public_key()))

    assert command(folder, key=public) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  kit kit-e: passed, 2 of 4 points, 2 undecided",
        "  checkpoint-1: passed, 2 of 4 points, 2 undecided",
        f"  graded {STARTED:%Y-%m-%d %H:%M:%S} UTC by Kitcheck 0.1.0",
        "  MAAS uuid-1",
        "  machines server1 8pchr3",
        "  host key of main SHA256:abc",
        "  Juju's controller c-1",
        f"  signed by {envelope.key_id(bundles.KEY.public_key())}, the key that was given",
    ]
    (folder / "result.json").write_bytes(b"{}\x1b[2J")
    assert command(folder) == 1
    assert [line.partition(": expected")[0] for line in capsys.readouterr().out.splitlines()] == [
        f"{folder}: not as it was written",
        "  result.json: changed",
    ]


def test_who_signed_is_never_taken_for_granted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The key that comes with a bundle proves nothing about a person, and a bundle without one is nobody's word."""
    bundle.write(bundles.small(), tmp_path / "theirs", key=bundles.OTHER_KEY)
    bundle.write(bundles.small(), tmp_path / "nobodys")
    theirs, nobodys = (command(tmp_path / name) for name in ("theirs", "nobodys"))
    lines = [line for line in capsys.readouterr().out.splitlines() if re.match("  .*(sign|whose)", line)]

    assert (theirs, nobodys) == (0, 0)
    assert lines == [
        f"  signed by {envelope.key_id(bundles.OTHER_KEY.public_key())}, a key that comes with it",
        "  whose key that is shows --key PUBLIC.pem: anybody can sign with a key of their own",
        "  not signed: whoever changes a file can write a new manifest as well",
    ]


def test_one_kit_in_two_bundles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another group's bundle is as it was written, too: that it shows the same kit is told, and is no failure."""
    other = Identity("uuid-2", {"server1": "x7k2ma"}, None, {"main": "SHA256:def"}, "c-2")
    for name, result in {
        "a": bundles.small(),
        "b": replace(bundles.small(), kit="kit-of-b"),
        "c": replace(bundles.small(), identity=other),
    }.items():
        bundle.write(result, tmp_path / name)
    status = command(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    told = [line for line in capsys.readouterr().out.splitlines() if "the same kit under" in line]
    both = f"the same kit under {tmp_path / 'a'}, {tmp_path / 'b'}: the same Juju controller c-1"

    assert (status, both in told) == (0, True)
    assert [line for line in told if str(tmp_path / "c") in line] == []


def _with_result(folder: Path, value: object, *keys: str) -> Path:
    """Write a bundle whose `result.json` says something else at `keys`, and a manifest that fits, as anybody could."""
    bundle.write(bundles.small(), folder)
    said = json.loads((folder / "result.json").read_bytes())
    place = said
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    (folder / "result.json").write_bytes(manifest.dumped(said))
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != manifest.NAME
    }
    (folder / manifest.NAME).write_bytes(manifest.of(said, files))
    return folder


def test_a_bundle_of_another_version(tmp_path: Path) -> None:
    """One whose result says less or more of a kit is verified by what it says itself, and is no changed one."""
    less = _with_result(tmp_path / "less", {"maas_uuid": "u", "system_ids": {}}, "identity")
    more = _with_result(tmp_path / "more", {"server1": "G6-1"}, "identity", "serial_numbers")

    assert (verify(less), verify(more)) == ([], [])


def test_a_bundle_of_another_format(folder: Path) -> None:
    """What this version cannot read was not changed, and nobody may be told so."""
    path = folder / manifest.NAME
    path.write_bytes(path.read_bytes().replace(b"kitcheck/evidence/1", b"kitcheck/evidence/2"))

    with pytest.raises(UsageError, match=r"b: manifest\.json: the format is kitcheck/evidence/2, this program reads"):
        command(folder)


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("failed", ("verdict",)),
        (4, ("points", "earned")),
        (["8pchr3"], ("identity", "system_ids", "server1")),
        ("8pchr3", ("identity", "system_ids")),
        (7, ("identity", "maas_uuid")),
        ("0001-01-01T00:00:00+14:00", ("started_at",)),
    ],
)
def test_a_result_that_contradicts_itself(tmp_path: Path, value: object, keys: tuple[str, ...]) -> None:
    """Also when all digests fit: verdict and points are those of the checks, an identity is made of texts."""
    path = _with_result(tmp_path / "b", value, *keys)

    assert {problem.path for problem in verify(path)} == {"result.json"}


def test_a_zip_that_is_cut_off(tmp_path: Path) -> None:
    """Half a download is told as that, and not as a bundle without a manifest."""
    bundle.write(bundles.small(), tmp_path / "b.zip")
    content = (tmp_path / "b.zip").read_bytes()
    (tmp_path / "b.zip").write_bytes(content[: len(content) // 2])

    assert [str(each).partition(":")[0] for each in verify(tmp_path / "b.zip")] == [
        "the zip file is damaged, or cut off"
    ]


def test_zip_of_anything(tmp_path: Path) -> None:
    """A zip that never was a bundle has no manifest."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        written.writestr("readme.md", "x")
    (tmp_path / "x.zip").write_bytes(buffer.getvalue())

    assert "manifest.json" in _named(tmp_path / "x.zip")
