"""What `kitcheck grade` keeps: options that contradict each other, keys that are none, and what is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from harness.errors import UsageError
from kitcheck.evidence import pictures
from kitcheck.evidence.gathering import Keeping
from kitcheck.evidence.verify import verify
from tests.evidence import bundles

MESSAGES = {
    "--sign signs": {"sign": "key.pem"},
    "exclude each other": {"pictures": "p", "without_pictures": True},
    "same folder": {"evidence": "x", "pictures": "x"},
    "Ed25519 private": {"evidence": "x", "sign": "wrong.pem"},
    "not empty": {"evidence": "."},
    "does not exist": {"evidence": "a/b"},
}


@pytest.mark.parametrize(("message", "options"), MESSAGES.items(), ids=MESSAGES)
def test_unusable_options(message: str, options: dict[str, Any], tmp_path: Path) -> None:
    """What cannot be done is said before the kit is asked anything."""
    (tmp_path / "wrong.pem").write_text("x")
    placed: dict[str, Any] = {
        name: tmp_path / each if isinstance(each, str) else each for name, each in options.items()
    }
    with pytest.raises(UsageError, match=message):
        Keeping(**placed).checked()

    assert [path.name for path in tmp_path.iterdir()] == ["wrong.pem"]


def test_signed_bundle_with_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures are in the result that is handed on, in the folder, and in the bundle, which is signed."""
    key = tmp_path / "key.pem"
    key.write_bytes(
        bundles.KEY.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    album = pictures.Album([bundles.picture()], ["one is missing"])
    monkeypatch.setattr(pictures, "take", lambda *_: album)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - takes anything
    monkeypatch.setattr("kitcheck.evidence.secrets.of_kit", lambda _: ("200 OK",))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    said: list[str] = []
    keeping = Keeping(tmp_path / "b.zip", key, tmp_path / "p").checked()
    description: Any = None
    kept = keeping.keep(description, bundles.small(), say=said.append)

    assert said == ["one is missing"]
    assert kept.pictures == {"pictures/checkpoint-1-django-1.png": bundles.png()}
    assert kept.result.checks[0].evidence[-1].kind == "image"
    assert [path.name for path in (tmp_path / "p").iterdir()] == ["checkpoint-1-django-1.png"]
    assert verify(tmp_path / "b.zip", bundles.KEY.public_key()) == []
    assert b"200 OK" not in (tmp_path / "b.zip").read_bytes()


def test_nothing_wanted() -> None:
    """Without options nothing is kept."""
    assert (Keeping().wanted, Keeping().checked()) == (False, Keeping())
    assert Keeping(evidence=Path("x")).wanted
