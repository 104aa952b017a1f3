"""The files that the client keeps: controllers, accounts, models, clouds, credentials, what it bootstrapped.

Shapes as Juju 2.9 and 3.6 write them, below `$JUJU_DATA`, `$XDG_DATA_HOME/juju` or `~/.local/share/juju`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulators.juju.cli import formats
from simulators.juju.cli.reading import mapping
from simulators.juju.cli.refusals import Refused

if TYPE_CHECKING:
    from simulators.juju.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """The client's folder. What it reads raises Refused when a file is not what Juju would have written."""

    around: Surroundings

    @property
    def folder(self) -> str:
        """Where the files are."""
        env = self.around.env
        if data := env.get("JUJU_DATA"):
            return data.rstrip("/")
        if home := env.get("XDG_DATA_HOME"):
            return f"{home.rstrip('/')}/juju"
        return f"{env.get('HOME', '~').rstrip('/')}/.local/share/juju"

    def path(self, name: str) -> str:
        """Return the path of one of its files."""
        return f"{self.folder}/{name}"

    def read(self, name: str) -> dict[str, Any]:
        """Return what a yaml file holds, nothing when it is not there."""
        import yaml

        try:
            value = formats.read_yaml(self.around.read(self.path(name)))
        except FileNotFoundError:
            return {}
        except yaml.YAMLError as error:
            raise Refused(f"cannot unmarshal {name}: {str(error).splitlines()[0]}") from None
        return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # as read

    def write(self, name: str, value: Mapping[str, Any]) -> None:
        """Replace a yaml file, unless it says that already."""
        text = formats.yaml_text(dict(value))
        try:
            if self.around.read(self.path(name)) == text.encode():
                return
        except FileNotFoundError:
            pass
        self.around.write(self.path(name), text, mode=0o600)

    # Controllers

    def controllers(self) -> dict[str, dict[str, Any]]:
        """Return controllers by name."""
        return mapping(self.read("controllers.yaml"), "controllers")

    def current_controller(self) -> str:
        """Return the name of the controller in use: of the environment, or of the file; empty when there is none."""
        named = self.around.env.get("JUJU_CONTROLLER", "")
        model = self.around.env.get("JUJU_MODEL", "")
        if not named and ":" in model:
            named = model.partition(":")[0]
        return named or str(self.read("controllers.yaml").get("current-controller") or "")

    def put_controller(self, name: str, details: Mapping[str, Any], *, current: bool = False) -> None:
        """Add or replace a controller."""
        held = self.read("controllers.yaml")
        controllers = {**(mapping(held, "controllers")), name: dict(details)}
        self._write_controllers(controllers, name if current else held.get("current-controller"))

    def use_controller(self, name: str) -> None:
        """Make a controller the current one."""
        self._write_controllers(self.controllers(), name)

    def drop_controller(self, name: str) -> None:
        """Forget a controller, its account, models, cookies and how it was bootstrapped."""
        held = self.read("controllers.yaml")
        kept = {key: each for key, each in mapping(held, "controllers").items() if key != name}
        current = held.get("current-controller")
        self._write_controllers(kept, None if current == name else current)
        for each in ("accounts.yaml", "models.yaml", "bootstrap-config.yaml"):
            entries = mapping(self.read(each), "controllers")
            if name in entries:
                self.write(each, {"controllers": {key: value for key, value in entries.items() if key != name}})
        if self.around.is_file(self.path(f"cookies/{name}.json")):
            self.around.remove(self.path(f"cookies/{name}.json"))

    def _write_controllers(self, controllers: Mapping[str, Mapping[str, Any]], current: str | None) -> None:
        shown: dict[str, Any] = {}
        for name, details in sorted(controllers.items()):
            shown[name] = dict(details)
            if "api-endpoints" in details:
                shown[name]["api-endpoints"] = formats.Flow(details["api-endpoints"])
        held: dict[str, Any] = {"controllers": shown}
        if current:
            held["current-controller"] = current
        self.write("controllers.yaml", held)

    # Accounts

    def account(self, controller: str) -> dict[str, Any] | None:
        """Return the user that is logged in to a controller."""
        return mapping(self.read("accounts.yaml"), "controllers").get(controller)

    def put_account(self, controller: str, account: Mapping[str, Any]) -> None:
        """Remember who is logged in."""
        entries = mapping(self.read("accounts.yaml"), "controllers")
        self.write("accounts.yaml", {"controllers": dict(sorted({**entries, controller: dict(account)}.items()))})

    # Models

    def models(self, controller: str) -> dict[str, dict[str, Any]]:
        """Return the models of a controller that are known, by `owner/name`."""
        return mapping(self._models(controller), "models")

    def current_model(self, controller: str) -> str:
        """Return the current model of a controller as `owner/name`; empty when there is none."""
        return str(self._models(controller).get("current-model") or "")

    def put_models(
        self, controller: str, models: Mapping[str, str], *, current: str | None = None, branch: str = ""
    ) -> None:
        """Replace the models of a controller, given as uuid by `owner/name`; `current` None leaves the current one."""
        kept = self.current_model(controller) if current is None else current
        entry: dict[str, Any] = {
            "models": {name: {"uuid": uuid, "type": "iaas", "branch": branch} for name, uuid in sorted(models.items())}
        }
        if kept and kept in models:
            entry["current-model"] = kept
        entries = mapping(self.read("models.yaml"), "controllers")
        self.write("models.yaml", {"controllers": dict(sorted({**entries, controller: entry}.items()))})

    def _models(self, controller: str) -> dict[str, Any]:
        return mapping(self.read("models.yaml"), "controllers").get(controller) or {}

    # Clouds and credentials

    def clouds(self) -> dict[str, dict[str, Any]]:
        """Return the clouds that were added on this client."""
        return mapping(self.read("clouds.yaml"), "clouds")

    def put_clouds(self, clouds: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace them."""
        shown = {name: dict(each) for name, each in sorted(clouds.items())}
        for each in shown.values():
            if "auth-types" in each:
                each["auth-types"] = formats.Flow(each["auth-types"])
        self.write("clouds.yaml", {"clouds": shown})

    def credentials(self) -> dict[str, dict[str, Any]]:
        """Return credentials by cloud: each with `default-credential`, `default-region`, and credentials by name."""
        return mapping(self.read("credentials.yaml"), "credentials")

    def put_credentials(self, credentials: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace them."""
        self.write("credentials.yaml", {"credentials": dict(sorted(credentials.items()))})


def names_of(credentials: Mapping[str, Any]) -> list[str]:
    """Return the names of the credentials of one cloud."""
    return sorted(name for name in credentials if name not in ("default-credential", "default-region"))
