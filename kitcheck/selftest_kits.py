"""Where a self-test's kits come from: played by the process that grades them, or built of containers."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kitcheck.kits import say
from simulators.plan import Plan

if TYPE_CHECKING:
    from simulators.docker.bench import Bench


@dataclass(frozen=True, slots=True)
class EmbeddedKits:
    """Kits that are played by the process that asks for them. Can be pickled."""

    home: Path
    """A folder for whatever they leave on disk: nobody else sees them, nothing about them is remembered."""

    @contextmanager
    def kit(self, plan: Plan, slot: int) -> Generator[Path]:
        """Return a kit built as `plan` says, which is gone at the end; the value is its kit.yaml."""
        from simulators.embedded.kit import start

        own = self.home / str(slot)
        with (
            _environment({"XDG_STATE_HOME": str(own / "state")}),
            start(plan, name=f"selftest-{slot}", folder=own) as kit,
        ):
            yield kit.kit_yaml

    def slot_for(self, plan: Plan, slots: int) -> int | None:
        """Return that all are the same."""
        return None


@dataclass(frozen=True, slots=True)
class DockerKits:
    """Kits of containers, one for each slot, which stay up from one plan to the next. Can be pickled."""

    bench: Bench

    @contextmanager
    def kit(self, plan: Plan, slot: int) -> Generator[Path]:
        """Return a kit built as `plan` says, as if it had just come up; the value is its kit.yaml."""
        with self.bench.kit(plan, slot, say=say) as kit:
            yield kit.kit_yaml

    def slot_for(self, plan: Plan, slots: int) -> int | None:
        """Return always the same slot for an unusual structure: what was built there is stored for that slot only."""
        structure = plan.structure()
        return None if structure == Plan().structure() else zlib.crc32(repr(structure).encode()) % slots


@contextmanager
def embedded_kits() -> Generator[EmbeddedKits]:
    """Return what plays kits, in a folder that is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="kitcheck-selftest-", ignore_cleanup_errors=True) as folder:
        yield EmbeddedKits(Path(folder))


@contextmanager
def docker_kits(count: int) -> Generator[DockerKits]:
    """Return what builds `count` kits at once; all are gone at the end.

    Raises UsageError where no engine answers or too few networks are free, KitError when images cannot be built.
    """
    from simulators.docker.bench import bench

    made = bench(count, name="selftest", say=say)
    try:
        yield DockerKits(made)
    finally:
        made.close(say=say)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Generator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
