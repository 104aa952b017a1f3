"""One kit that stands in the engine: how it comes up, is changed to a plan, and is put back for another one."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from docker.errors import DockerException

from harness.access import Access
from harness.errors import KitError
from harness.evidence import EvidenceLog
from harness.kitfile import load
from simulators.docker import changing, checkpoints, doors, keeping, starting
from simulators.docker.builder import Builder
from simulators.docker.changing.machines import Control
from simulators.docker.engine import words_of
from simulators.docker.hands import Hands
from simulators.docker.together import together
from simulators.kit_folder import KitFolder, Whereabouts
from simulators.kit_yaml import describe
from simulators.like_live import is_like_live

if TYPE_CHECKING:
    from docker import DockerClient

    from simulators.docker.checkpoints import Stored
    from simulators.docker.keeping import Keys
    from simulators.docker.rack import Rack
    from simulators.plan import Plan

Say = Callable[[str], None]


class CannotRestore(Exception):
    """What was stored does not come up again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A kit whose networks exist. What it is now is in its folder: whoever comes later may go on with it."""

    client: DockerClient
    rack: Rack
    folder: KitFolder
    say: Say

    def begin(self, plan: Plan, stored: Stored | None, keys: Keys) -> None:
        """Bring everything up as `plan` says: from a checkpoint, or from nothing; what had to be built is stored.

        Outside it is known by `keys`. Raises CannotRestore when the checkpoint does not come up, KitError when a step
        of the building fails.
        """
        self._file.unlink(missing_ok=True)
        new_api_key = ":".join(secrets.token_hex(9) for _ in range(3))
        api_key = keys.api_key or (stored.api_key if stored else new_api_key)
        with self._described(plan, api_key, keys.private_key) as access:
            if stored:
                with _restoring():
                    stored = checkpoints.with_api_key(stored, api_key)
                    starting.restore(self.client, self.rack, plan, stored, keys=keys, access=access)
            else:
                self.say(f"kit {self.rack.kit}: starting router, main and MAAS")
                starting.start(self.client, self.rack, plan, api_key=api_key, keys=keys, access=access)
            since = stored.stage if stored else None
            if plan.stage != since:
                Builder(plan, access, str(self.rack.network), api_key, self.say).build(since=since)
                self.say(f"kit {self.rack.kit}: storing {plan.stage}")
                stored = self._save(plan, api_key)
            self._change(plan, access, api_key, stored)
            keeping.remember(self.client, self.rack, self.folder, api_key, keys)
            doors.close(self.client, self.rack, plan)
        self._remember(plan, stored)

    def _save(self, plan: Plan, api_key: str) -> Stored | None:
        """Return what was stored; None when the engine cannot store it, and nobody needs it now: the kit is there."""
        try:
            return checkpoints.save(self.client, self.rack, plan, api_key)
        except DockerException as error:
            if changing.is_needed(plan):
                raise
            why = words_of(error)
            self.say(f"kit {self.rack.kit}: {plan.stage} cannot be stored, and is built anew next time: {why}")
            return None

    def came_from(self, stored: Stored) -> bool:
        """Return whether its machines came from that checkpoint, and nothing went wrong since."""
        return _said(self._file).get("checkpoint") == stored.id

    def put_back(self, plan: Plan, stored: Stored) -> None:
        """Make it a kit of `plan` as if it had come up anew from `stored`, which it came from.

        Main, router and mirror stay; all machines are replaced, for grading alone leaves traces on them: connections
        that Linux remembers, NGINX' turn. Raises CannotRestore when the machines do not come up, KitError when a step
        of the change fails; what stands then is of no use.
        """
        maas_changed = _said(self._file).get("maas_changed") is not False
        private = self.folder.identity.read_bytes()
        if _said(self._file).get("closed") is not False:
            doors.open_again(self.client, self.rack, private)
        self._file.unlink(missing_ok=True)
        with self._described(plan, stored.api_key, private) as access:
            actions = [lambda: starting.put_back(self.client, self.rack, stored, access)]
            if maas_changed:
                actions.append(lambda: starting.put_maas_back(self.client, self.rack, plan, stored))
            with _restoring():
                together(*actions)
            self._change(plan, access, stored.api_key, stored)
            doors.close(self.client, self.rack, plan)
        self._remember(plan, stored)

    @property
    def _file(self) -> Path:
        return self.folder.path / "standing.json"

    def _remember(self, plan: Plan, stored: Stored | None) -> None:
        changed = bool(plan.released or plan.failed or plan.redeployed or plan.maas_fault)
        said = {"checkpoint": stored.id if stored else None, "maas_changed": changed, "closed": doors.are_closed(plan)}
        self._file.write_text(json.dumps(said))

    @contextlib.contextmanager
    def _described(self, plan: Plan, api_key: str, private_key: bytes) -> Generator[Access]:
        """Open the kit by what is true of it while it is built; afterwards kit.yaml says what the plan says."""
        self._write(replace(plan, kit_yaml={}, login="key"), api_key, private_key, ready=False)
        with contextlib.closing(Access.of(load(self.folder.kit_yaml, {}), log=EvidenceLog())) as access:
            yield access
        self._write(plan, api_key, private_key, ready=True)

    def _write(self, plan: Plan, api_key: str, private_key: bytes, *, ready: bool) -> None:
        said = describe(
            plan,
            kit=self.rack.kit,
            ssh=f"cloud@127.0.0.1:{self.rack.ssh_port}",
            identity=self.folder.identity,
            password=doors.password_of(plan),
            network=str(self.rack.network),
            api_key=api_key,
        )
        ports = (self.rack.ssh_port, self.rack.dashboard_port)
        whereabouts = Whereabouts(
            str(self.rack.network),
            plan.stage,
            *ports,
            ready=ready,
            password=doors.password_of(plan),
            like_live=is_like_live(plan),
        )
        self.folder.write(whereabouts, kit_yaml=said, private_key=private_key)

    def _change(self, plan: Plan, access: Access, api_key: str, stored: Stored | None) -> None:
        if not changing.is_needed(plan):
            return
        self.say(f"kit {self.rack.kit}: changing it")
        machines = stored.machines if stored else {}
        hands = Hands(access, "changing", {name: each.address for name, each in machines.items()})
        kit = changing.Kit(
            network=str(self.rack.network),
            system_ids={name: each.system_id for name, each in machines.items()},
            control=Control(self.rack.dashboard_port, api_key),
        )
        changing.apply(plan, hands, kit)


@contextlib.contextmanager
def _restoring() -> Generator[None]:
    try:
        yield
    except (KitError, DockerException) as error:
        raise CannotRestore(str(error)) from error


def _said(file: Path) -> dict[str, object]:
    """Return what a file of ours says; nothing when there is none."""
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
