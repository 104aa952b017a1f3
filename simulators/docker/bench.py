"""A row of kits that stay up while one plan after another is tried on them: each plan gets one that is as if new.

Putting a kit back takes half the work of starting one. Each place has a name and a network of its own, and hence
checkpoints of its own: an unusual structure that is always tried in the same place is built once. Nothing is kept in
memory, so that worker processes can share a bench: who uses which place is for them to say.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from harness.errors import UsageError
from simulators.docker import kits
from simulators.docker.engine import connect
from simulators.docker.images import ensure_images
from simulators.docker.network import candidates, first_overlap, occupied
from simulators.docker.together import together
from simulators.kit_folder import KitFolder

if TYPE_CHECKING:
    from simulators.docker.kits import RunningKit
    from simulators.docker.standing import Say
    from simulators.plan import Plan


@dataclass(frozen=True, slots=True)
class Bench:
    """Places for kits, by number from 0 on."""

    names: tuple[str, ...]
    networks: tuple[str, ...]
    """By place."""

    @contextlib.contextmanager
    def kit(self, plan: Plan, place: int, *, say: Say) -> Generator[RunningKit]:
        """Lend a kit of `plan` that is as if it had just come up; it stays for the next one, unless interrupted.

        Raises UsageError for a plan that cannot be, KitError when a step fails, after which nothing is left of the kit.
        """
        kit = kits.renew(self.names[place], network=self.networks[place], plan=plan, say=say)
        try:
            yield kit
        except Exception:
            raise
        except BaseException:  # whoever is interrupted may have nobody who closes the bench
            kits.down(kit.name, say=say)
            raise

    def close(self, *, say: Say) -> None:
        """Remove every kit."""
        there = [name for name in self.names if KitFolder(name).path.exists()]
        together(*(partial(kits.down, name, say=say) for name in there))


def bench(size: int, *, name: str = "bench", say: Say) -> Bench:
    """Return a bench for `size` kits, `name-0` and so on, each on a network that is free now; nothing is started yet.

    Raises UsageError when no engine answers, a kit of such a name exists or too few networks are free, KitError when
    an image cannot be built.
    """
    client = connect()
    names = tuple(f"{name}-{number}" for number in range(size))
    if there := [each for each in names if KitFolder(each).path.exists()]:
        raise UsageError(f"there is a kit {there[0]!r} already: `kitcheck down {there[0]}` removes it")
    used = occupied(client)
    free = tuple(islice((str(each) for each in candidates() if first_overlap(each, used) is None), size))
    if len(free) < size:
        raise UsageError(f"{size} kits at once need as many networks, and {len(free)} are free: ask for fewer")
    ensure_images(client, say)
    return Bench(names, free)
