"""The chapter for teachers with real kits: its example files load, and between them show every key there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from harness.errors import UsageError
from harness.kitfile import KitFile, load
from kitcheck.plans import like_live_of
from simulators.kit_folder import KitFolder, Whereabouts
from simulators.kit_yaml import describe
from simulators.like_live import like_live

DOCS = Path(__file__).resolve().parent.parent / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("*.yaml"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a key, as the reader's has one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir(mode=0o700)
    (tmp_path / ".ssh" / "id_ed25519").touch(0o600)
    return tmp_path


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_loads(example: Path) -> None:
    """As it is, anybody may read it: its secrets come from the environment."""
    variables = set(re.findall(r"\$\{(\w+)\}", example.read_text(encoding="utf-8")))
    kit = load(example, dict.fromkeys(variables, "aaaaaa:bbbbbb:cccccc"))

    assert variables
    assert kit.maas.url == "http://172.16.0.3:5240/MAAS/"


@pytest.mark.usefixtures("home")
def test_the_examples_show_every_key() -> None:
    """Nobody has to guess how a key is written."""
    shown = {key for path in EXAMPLES for key in _keys(yaml.safe_load(path.read_text(encoding="utf-8")))}

    assert set(_legal(KitFile)) - shown == set()


def test_the_chapter_names_every_example() -> None:
    """And none that is not there."""
    named = set(re.findall(r"\(examples/([\w-]+\.yaml)\)", (DOCS / "live-kits.md").read_text(encoding="utf-8")))

    assert named == {path.name for path in EXAMPLES}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("stage", "example"),
    [
        ("checkpoint-3", "first-half.yaml"),
        ("checkpoint-4", "edition-a-grafana.yaml"),
        ("checkpoint-5", "edition-a-wordpress.yaml"),
    ],
)
def test_the_kit_to_practise_on_is_the_one_of_the_examples(stage: str, example: str) -> None:
    """`kitcheck up --docker --like-live` writes what the chapter tells a teacher to write."""
    plan = like_live(stage)
    place = {"kit": "kit-j", "ssh": "cloud@10.103.1.19:2222", "network": "172.16.0.0/20"}
    said = describe(plan, **place, identity=Path(), api_key="", password="hush-hush")
    environ = {"KIT_J_PASSWORD": "hush-hush", "KIT_J_WORDPRESS_PASSWORD": plan.blog.password}

    assert KitFile.model_validate(said) == load(DOCS / "examples" / example, environ)


def test_such_a_kit_is_one_of_containers_without_mistakes() -> None:
    """Anything else is refused instead of left out."""
    assert like_live_of("3", (), embedded=False) == like_live("checkpoint-3")
    for embedded, mistakes in ((True, ()), (False, ("sticky",))):
        with pytest.raises(UsageError, match="--like-live cannot go with"):
            like_live_of("3", mistakes, embedded=embedded)


def test_the_line_to_log_in_offers_no_key_where_a_password_opens_main() -> None:
    """A key that is refused would only use up tries."""
    folder = KitFolder("kit-j")
    by_password = folder.ssh(Whereabouts("172.16.0.0/20", None, 2222, 0, password="hush-hush"))
    by_key = folder.ssh(Whereabouts("172.16.0.0/20", None, 2222, 0))

    assert "PubkeyAuthentication=no" in by_password
    assert "-i " not in by_password
    assert f"-i {folder.identity}" in by_key
    assert "hush" not in by_password


def _keys(said: Any, before: str = "") -> list[str]:
    """Return the dotted keys that a file says."""
    if not isinstance(said, dict):
        return [before]
    items: list[tuple[str, Any]] = list(said.items())  # pyright: ignore[reportUnknownArgumentType] - any YAML
    return [key for name, value in items for key in _keys(value, f"{before}.{name}".lstrip("."))]


def _legal(model: type[BaseModel], before: str = "") -> list[str]:
    """Return the dotted keys that a kit.yaml may have."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        key = f"{before}.{name}".lstrip(".")
        kind = field.annotation
        found += _legal(kind, key) if isinstance(kind, type) and issubclass(kind, BaseModel) else [key]
    return found
