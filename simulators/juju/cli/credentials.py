"""`juju credentials`, `add-credential` and `remove-credential`."""

from __future__ import annotations

from typing import Any

from simulators.juju.cli.adding_clouds import only_here, yaml_error
from simulators.juju.cli.call import Call
from simulators.juju.cli.client_files import ClientFiles, names_of
from simulators.juju.cli.clouds import known, regions
from simulators.juju.cli.formats import table
from simulators.juju.cli.reading import as_map
from simulators.juju.cli.refusals import Misused, Refused, not_simulated


async def credentials(call: Call) -> None:
    """List credentials."""
    form = call.format("tabular")
    call.at_most(1)
    held = ClientFiles(call.around).credentials()
    if call.words:
        held = {name: each for name, each in held.items() if name == call.words[0]}
    if form != "tabular":
        shown: dict[str, Any] = {}
        for cloud, each in sorted(held.items()):
            shown[cloud] = {
                name: {
                    key: value for key, value in each[name].items() if key != "maas-oauth" or call.on("show-secrets")
                }
                for name in names_of(each)
            }
        call.show({"local-credentials" if call.old else "client-credentials": shown}, form)
        return
    if not held:
        call.info("No credentials from this client to display.")
        return
    rows = [["Cloud", "Credentials"]]
    for cloud, each in sorted(held.items()):
        default = each.get("default-credential")
        rows.append([cloud, ", ".join(f"{name}*" if name == default else name for name in names_of(each))])
    call.print("\nClient Credentials:\n" + table(rows))


async def add_credential(call: Call) -> None:
    """Add a credential for a cloud: `add-credential [-f FILE] CLOUD`, or what is asked for."""
    if not call.words:
        raise Misused("Usage: juju add-credential <cloud-name> [-f <credentials.yaml>]")
    call.at_most(1)
    cloud = call.words[0]
    files = ClientFiles(call.around)
    found = known(files).get(cloud)
    if found is None:
        await only_here(call, f'add a credential for cloud "{cloud}" to')
        raise Refused(
            f'cloud "{cloud}" not found\nTo view all available clouds, use `juju clouds --all`.'
            if call.old
            else f"cloud {cloud} not found"
        )
    path = call.option("file")
    added = _from_file(call, path, cloud) if path else None
    await only_here(call, f'add a credential for cloud "{cloud}" to')
    if added is None:
        added = await _asked(call, cloud, found)
    for name, each in added.items():
        _check(name, each, cloud, found)
    held = files.credentials()
    mine = dict(held.get(cloud, {}))
    if path and not call.on("replace"):
        for name in added:
            if name in mine:
                raise Refused(
                    f'local credentials for cloud "{cloud}" already exist; use --replace to overwrite / merge'
                    if call.old
                    else f'credential "{name}" for cloud "{cloud}" already exists locally, use --replace'
                    " to overwrite it"
                )
    files.put_credentials({**held, cloud: {**mine, **added}})
    for name in added:
        call.info(f'Credential "{name}" {"updated" if name in mine else "added"} locally for cloud "{cloud}".\n')


def _from_file(call: Call, path: str, cloud: str) -> dict[str, Any]:
    """Return the credentials that a file has for a cloud; raises Refused."""
    import yaml

    from simulators.juju.cli.formats import read_yaml

    try:
        held: Any = read_yaml(call.around.read(path))
    except FileNotFoundError:
        raise Refused(f"reading credentials file: open {path}: no such file or directory") from None
    except yaml.YAMLError as error:
        raise Refused(f"parsing credentials file: cannot unmarshal yaml credentials: {yaml_error(error)}") from None
    every = as_map((as_map(held) or {}).get("credentials"))
    if every is None:
        raise Refused(f"no credentials for cloud {cloud} exist in file {path}")
    clouds: dict[str, dict[str, dict[str, Any]]] = {}
    for name in sorted(every, key=lambda each: each != cloud):
        clouds[name] = {
            key: _map(value, f"credentials.{name}.{key}")
            for key, value in _map(every[name], f"credentials.{name}").items()
            if key not in ("default-credential", "default-region")
        }
    mine = clouds.get(cloud, {})
    if not mine:
        raise Refused(f"no credentials for cloud {cloud} exist in file {path}")
    for name, each in mine.items():
        if not each.get("auth-type"):
            raise Refused(f"parsing credentials file: credentials.{cloud}.{name}: missing auth-type")
    return {name: {key: _plain(value) for key, value in each.items()} for name, each in sorted(mine.items())}


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _map(value: object, path: str) -> dict[str, Any]:
    """Return a map; raises Refused for what is none, as Juju's schema says it."""
    found = as_map(value)
    if found is None:
        kind = "string" if isinstance(value, str) else type(value).__name__
        seen = "nothing" if value is None else f'{kind}("{value}")'
        raise Refused(f"parsing credentials file: {path}: expected map, got {seen}")
    return found


def _check(name: str, credential: dict[str, Any], cloud: str, details: dict[str, Any]) -> None:
    kind = credential.get("auth-type")
    supported = list(details.get("auth-types") or ["oauth1"])
    if kind not in supported:
        raise Refused(
            f'credential "{name}" contains invalid auth type "{kind}", '
            f'valid auth types for cloud "{cloud}" are [{" ".join(supported)}]'
        )
    if details.get("type") == "maas" and not credential.get("maas-oauth"):
        raise Refused(f'credential "{name}" for cloud "{cloud}": maas-oauth: expected string, got nothing')


async def _asked(call: Call, cloud: str, details: dict[str, Any]) -> dict[str, Any]:
    """Ask for a credential's name, its region and its secret."""
    if details.get("type") != "maas":
        raise not_simulated(f"a credential for a cloud of type {details.get('type')}")
    name = ""
    while not name:
        name = _answered(await call.around.ask("Enter credential name: "))
        if not name:
            call.info("Credential name cannot be empty")
    held = ClientFiles(call.around).credentials().get(cloud, {})
    if name in names_of(held) and not call.on("replace"):
        answer = _answered(
            await call.around.ask(
                f'A credential "{name}" already exists locally on this client.\nReplace local credential? (y/N): '
            )
        )
        if answer.lower() not in ("y", "yes"):
            raise Refused(f"credential {name} was not replaced")
    call.info("\nRegions\n" + "".join(f"  {each}\n" for each in regions(details)))
    region = _answered(await call.around.ask("Select region [any region, credential is not region specific]: "))
    if region and region not in regions(details):
        raise Refused(f'provided region "{region}" for cloud "{cloud}" not valid')
    call.info('\nUsing auth-type "oauth1".\n')
    secret = ""
    while not secret:
        secret = _answered(await call.around.ask("Enter maas-oauth: ", secret=True))
    call.info("")
    return {name: {"auth-type": "oauth1", "maas-oauth": secret}}


def _answered(line: str | None) -> str:
    if line is None:
        raise Refused("EOF")
    return line.strip()


async def remove_credential(call: Call) -> None:
    """Forget a credential of the client."""
    if len(call.words) < 2:
        raise Misused("Usage: juju remove-credential <cloud-name> <credential-name>")
    call.at_most(2)
    cloud, name = call.words
    files = ClientFiles(call.around)
    held = files.credentials()
    if name not in names_of(held.get(cloud, {})):
        raise Refused(f'No credential called "{name}" exists for cloud "{cloud}" on this client')
    files.put_credentials({**held, cloud: {key: each for key, each in held[cloud].items() if key != name}})
    call.info(f'Credential "{name}" removed from this client for cloud "{cloud}".')
