"""`kitcheck watch`: what turns green or red while somebody works, and what happens when the kit is away."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from harness.errors import UsageError
from kitcheck.plans import plan_of
from kitcheck.watch import watch
from simulators.embedded.kit import EmbeddedKit, start
from tests.watch.conftest import STAGE, follow, nothing


def test_a_check_turns_green_when_its_mistake_is_mended() -> None:
    """The first round lists all checks and the first cause; then only what changed, and nothing while nothing does."""
    broken, right = plan_of(STAGE, ("started-by-hand",)), plan_of(STAGE, ())
    with start(broken) as kit:
        watched = follow(kit.kit_yaml, [nothing, lambda: kit.reset(right)])

    first, second, third = watched.parts
    assert watched.status == 0
    assert "failed   first-django-starts-at-boot\n" in first
    assert "passed   proxy-answers\n" in first
    assert re.search(r"failed   first-django-starts-at-boot: .*\n {9}\S.*\n(.*\n)* {9}help: ", first)
    assert second == ""
    assert re.fullmatch(
        r"passed   first-django-starts-at-boot  \(was failed\)\n\d\d:\d\d:\d\d  17 of 17 checks passed\n", third
    )


def test_a_check_turns_red_when_something_breaks(kit: EmbeddedKit) -> None:
    """The exit status is that of the last round."""
    broken = plan_of(STAGE, ("started-by-hand",))

    watched = follow(kit.kit_yaml, [lambda: kit.reset(broken)])

    assert watched.status == 1
    assert "failed   first-django-starts-at-boot  (was passed)\n" in watched.parts[1]


def test_a_kit_that_goes_away_is_waited_for(kit: EmbeddedKit) -> None:
    """It says so once, tries ever more rarely, and goes on when the kit is back."""

    def back() -> None:
        async def listen() -> None:
            accept = kit.rack.sshd.accept_outside
            server = await asyncio.get_running_loop().create_server(accept, "127.0.0.1", kit.ssh_port)
            kit._servers.append(server)  # pyright: ignore[reportPrivateUsage] - as when it was played

        kit.call(listen())

    watched = follow(kit.kit_yaml, [kit.cut, nothing, nothing, back], every=2)

    _, gone, still, again, here = watched.parts
    assert re.match(r"\d\d:\d\d:\d\d  nothing can be asked: .*127\.0\.0\.1", gone)
    assert gone.endswith(f"; `kitcheck doctor --kit {kit.kit_yaml}` names the first step that is broken\n")
    assert (still, again) == ("", "")
    assert re.fullmatch(r"\d\d:\d\d:\d\d  the kit answers again\n", here)
    assert watched.pauses == [2, 2, 4, 8, 2]
    assert watched.status == 0


def test_while_the_kit_is_away_nobody_can_tell(kit: EmbeddedKit) -> None:
    """Who ends it then gets the exit status of undecided."""
    assert follow(kit.kit_yaml, [kit.cut]).status == 2


def test_who_edits_kit_yaml_is_waited_for(kit: EmbeddedKit) -> None:
    """A file that cannot be used for a while is told, and read anew in each round."""
    right = kit.kit_yaml.read_text(encoding="utf-8")

    def write(text: str) -> None:
        kit.kit_yaml.write_text(text, encoding="utf-8")

    watched = follow(
        kit.kit_yaml,
        [
            lambda: write(f"{right}\nkitt: x\n"),
            lambda: write(right.replace("server3", "server99")),
            lambda: write(right),
        ],
    )

    assert "unknown key" in watched.parts[1] or "kitt" in watched.parts[1]
    assert "server99" in watched.parts[2]
    assert "the kit answers again" in watched.parts[3]
    assert watched.status == 0


def test_it_ends_when_all_has_passed() -> None:
    """With --until-passed, after a round that made every check, and with exit status 0."""
    broken, right = plan_of(STAGE, ("started-by-hand",)), plan_of(STAGE, ())
    with start(broken) as kit:
        watched = follow(kit.kit_yaml, [lambda: kit.reset(right), nothing], until_passed=True)

    assert watched.status == 0
    assert len(watched.pauses) == 1


def test_what_cannot_be_used_is_refused_at_the_beginning(kit: EmbeddedKit, tmp_path: Path) -> None:
    """A file that is not there, a checkpoint that does not exist, a pause of no length."""
    with pytest.raises(UsageError, match=r"kit\.yaml"):
        watch(tmp_path / "kit.yaml")
    with pytest.raises(UsageError, match="checkpoint"):
        watch(kit.kit_yaml, checkpoints=["9"])
    with pytest.raises(UsageError, match="--every 0: say 1 second or more"):
        watch(kit.kit_yaml, every=0)
