"""`juju deploy`: a local charm, or one of the store, as an application with units."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from simulators.juju.cli import constraints
from simulators.juju.cli.call import Call
from simulators.juju.cli.reading import mapping, strings
from simulators.juju.cli.refusals import Misused, Refused, not_simulated
from simulators.juju.cli.talking import first_result, to_model
from simulators.juju.state import BASES, NOT_FOR_NEW, deployable, none_deployable, series_of_base

if TYPE_CHECKING:
    from simulators.juju.cli.charm_archive import LocalCharm
    from simulators.juju.cli.talking import Target
    from simulators.juju.connection import Connection

NOT_HERE = ("resource", "bind", "storage", "overlay", "device", "map-machines", "attach-storage", "dry-run")
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*")


async def deploy(call: Call) -> None:
    """Deploy a charm: `deploy ./folder|./file.charm|NAME [APPLICATION]`."""
    if not call.words:
        raise Misused("no charm or bundle specified")
    call.at_most(2)
    charm, name = call.words[0], call.words[1] if len(call.words) > 1 else ""
    if name and not NAME.fullmatch(name):
        raise Misused(f'invalid application name "{name}", unexpected character')
    for option in NOT_HERE:
        if option in call.given.options or call.on(option):
            raise not_simulated(f"juju deploy --{option}")
    if call.option("base") and call.option("series"):
        raise Misused("--series and --base cannot be specified together")
    if call.old and call.option("base"):
        raise Misused("option provided but not defined: --base")
    if not call.option("num-units", "1").isdigit():
        raise Misused(f'invalid value "{call.option("num-units")}" for option -n: strconv.ParseInt: invalid syntax')
    wanted = constraints.parse(call.given.all("constraints"))
    around = call.around
    is_path = charm.startswith(("./", "../", "/", "~/", "local:")) or charm in (".", "..")
    charm = charm.removeprefix("local:")
    if not is_path and (around.is_folder(charm) or around.is_file(charm)):
        raise Refused(
            f'The charm or bundle "{charm}" is ambiguous.\n'
            f"To deploy a local charm or bundle, run `juju deploy ./{charm}`.\n"
            f"To deploy a charm or bundle from CharmHub, run `juju deploy ch:{charm}`."
        )
    if is_path:
        from simulators.juju.cli.charm_archive import read

        await _local(call, read(around, charm), name, wanted)
    else:
        await _from_store(call, charm.removeprefix("ch:"), name, wanted)


def _asked_series(call: Call) -> str:
    """Return the series that `--base` or `--series` wants; raises Misused for what is none."""
    if base := call.option("base"):
        if "@" not in base:
            raise Misused(
                f'invalid base string "{base}": expected base string to contain os and channel separated by "@"'
            )
        if (series := series_of_base(base)) is None or series in NOT_FOR_NEW:
            raise Refused(f"base: {base} not supported")
        return series
    series = call.option("series")
    if series and not deployable((series,), old=call.old):
        raise Refused(f'series "{series}" not supported' if call.old else f'unknown OS for series: "{series}"')
    return series


def _base(series: str) -> str:
    return f"ubuntu@{BASES[series]}/stable"


def chosen_series(call: Call, supported: tuple[str, ...], config: dict[str, Any]) -> str:
    """Return on which series a charm is deployed: as asked, the model's default, or the charm's first.

    Raises Refused for a series that the charm does not support, unless `--force` is given, and for a charm that
    supports none that Juju does.
    """
    known = deployable(supported, old=call.old)
    if supported and not known and not (call.old and (call.on("force") or call.option("series"))):
        raise Refused(none_deployable(supported, old=call.old))
    supported = known
    asked = _asked_series(call)
    default = str(config.get("default-series") or "")
    if base := str(config.get("default-base") or ""):
        default = series_of_base(base) or default
    if asked:
        if supported and asked not in supported and not call.on("force"):
            if call.old:
                raise Refused(
                    f'series "{asked}" not supported by charm, supported series are: {", ".join(supported)}. '
                    "Use --force to deploy the charm anyway."
                )
            bases = ", ".join(_base(each).removesuffix("/stable") for each in supported)
            raise Refused(f'base "{_base(asked)}" not supported by charm, the charm supported bases are: {bases}')
        return asked
    if default in BASES and (not supported or default in supported):
        return default
    return supported[0] if supported else "jammy"


async def _model_config(connection: Connection) -> dict[str, Any]:
    answer = await connection.call("ModelConfig", "ModelGet")
    return {name: each.get("value") for name, each in mapping(answer, "config").items()}


async def _local(call: Call, charm: LocalCharm, name: str, wanted: dict[str, str]) -> None:
    async with to_model(call) as (connection, target):
        series = chosen_series(call, charm.series, await _model_config(connection))
        body = _body(call, name or charm.name, wanted, target)
        url = await connection.upload_charm(charm.archive, name=charm.name, series=series)
        revision = int(url.rpartition("-")[2])
        where = series if call.old else _base(series)
        call.info(f'Located local charm "{charm.name}", revision {revision}')
        call.info(f'Deploying "{name or charm.name}" from local charm "{charm.name}", revision {revision} on {where}')
        origin = {"source": "local", "type": "charm", "revision": revision, "architecture": "amd64"}
        await _deploy(connection, {**body, "charm-url": url, **_origin(origin, series, call.old)})


def _origin(origin: dict[str, Any], series: str, old: bool) -> dict[str, Any]:
    if old:
        return {"series": series, "charm-origin": {**origin, "os": "ubuntu", "series": series}}
    return {"charm-origin": {**origin, "base": {"name": "ubuntu", "channel": f"{BASES[series]}/stable"}}}


def _body(call: Call, name: str, wanted: dict[str, str], target: Target) -> dict[str, Any]:
    options, document = config_of(call, name)
    placement = constraints.placements(call.given.all("to"), target.uuid)
    units = int(call.option("num-units", "1"))
    if len(placement) > units:
        raise Misused("provided number of placements is larger than the number of units")
    return {
        "application": name,
        "num-units": units,
        "config": options,
        "config-yaml": document,
        "constraints": constraints.for_api(wanted),
        "placement": placement,
        "force": call.on("force"),
    }


def config_of(call: Call, application: str) -> tuple[dict[str, str], str]:
    """Return the options given as `--config key=value`, and the text of a yaml file of them. Raises Refused."""
    from simulators.juju.cli.formats import read_yaml, yaml_text

    options: dict[str, str] = {}
    document = ""
    for each in call.given.all("config"):
        key, equals, value = each.partition("=")
        if equals:
            if value.startswith("@"):
                value = _text(call, value[1:])
            options[key] = value
            continue
        document = _text(call, each)
        told = read_yaml(document)
        if isinstance(told, dict) and application not in told:
            # a file may also name the options directly
            document = yaml_text({application: told})
    if call.on("trust"):
        options["trust"] = "true"
    return options, document


def _text(call: Call, path: str) -> str:
    try:
        return call.around.read(path).decode()
    except FileNotFoundError:
        raise Refused(f"open {path}: no such file or directory") from None


async def _deploy(connection: Connection, body: dict[str, Any]) -> None:
    first_result(await connection.call("Application", "Deploy", {"applications": [body]}))


async def _from_store(call: Call, charm: str, name: str, wanted: dict[str, str]) -> None:
    """Deploy a charm of the store, which the controller fetches itself."""
    if not NAME.fullmatch(charm):
        raise Refused(f'cannot parse charm or bundle "{charm}": name "{charm}" not valid')
    channel = call.option("channel", "stable")
    async with to_model(call) as (connection, target):
        body = _body(call, name or charm, wanted, target)
        asked = _asked_series(call)
        if call.old:
            config = await _model_config(connection)
            await _resolved(call, connection, charm, name or charm, channel, config, body)
            return
        config = await _model_config(connection)
        default = _default(config)
        answer = await connection.call(
            "Application",
            "DeployFromRepository",
            {
                "Args": [
                    {
                        "CharmName": charm,
                        "ApplicationName": name or charm,
                        "channel": channel if "/" in channel else f"latest/{channel}",
                        "base": {"name": "ubuntu", "channel": f"{BASES[asked]}/stable"} if asked else None,
                        "Cons": body["constraints"],
                        "ConfigYAML": _as_yaml(name or charm, body),
                        "DryRun": False,
                        "force": call.on("force"),
                        "num-units": body["num-units"],
                        "Placement": body["placement"],
                        "Trust": call.on("trust"),
                        "default-base": default,
                    }
                ]
            },
        )
        result = first_result(answer)
        if errors := result.get("Errors"):
            raise Refused("\n".join(str(each.get("message", "")) for each in errors))
        told = mapping(result, "Info")
        base = mapping(told, "base")
        where = f"{base.get('name', 'ubuntu')}@{base.get('channel', '')}"
        call.info(
            f'Deployed "{name or charm}" from charm-hub charm "{charm}", revision {told.get("revision")} '
            f"in channel {told.get('channel', channel)} on {where}"
        )


def _default(config: dict[str, Any]) -> str:
    return str(config.get("default-base") or "")


def _as_yaml(name: str, body: dict[str, Any]) -> str:
    from simulators.juju.cli.formats import read_yaml, yaml_text

    whole = {**mapping(read_yaml(body["config-yaml"]), name), **body["config"]}
    return yaml_text({name: whole}) if whole else ""


async def _resolved(
    call: Call,
    connection: Connection,
    charm: str,
    name: str,
    channel: str,
    config: dict[str, Any],
    body: dict[str, Any],
) -> None:
    """Find out which charm a name stands for, have it fetched, and deploy it: Juju before 3.3."""
    origin: dict[str, Any] = {
        "source": "charm-hub",
        "type": "charm",
        "risk": channel.rpartition("/")[2],
        "architecture": "amd64",
    }
    answer = await connection.call(
        "Charms", "ResolveCharms", {"resolve": [{"reference": f"ch:{charm}", "charm-origin": origin}]}
    )
    found = first_result(answer)
    supported = tuple(str(each) for each in strings(found, "supported-series"))
    series = chosen_series(call, supported, config)
    url = str(found["url"])
    revision = int(url.rpartition("-")[2])
    shown = channel if "/" in channel else f"latest/{channel}"
    call.info(f'Located charm "{charm}" in charm-hub, revision {revision}')
    call.info(f'Deploying "{name}" from charm-hub charm "{charm}", revision {revision} in channel {shown} on {series}')
    complete = {**found.get("charm-origin", origin), "os": "ubuntu", "series": series}
    await connection.call("Charms", "AddCharm", {"url": url, "charm-origin": complete, "force": call.on("force")})
    await _deploy(connection, {**body, "charm-url": url, "channel": shown, **_origin(complete, series, True)})
