"""`juju download` and `charm pull`: charms from the store, as files of main."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.juju.cli.call import Call
from simulators.juju.cli.refusals import Misused, Refused, not_simulated
from simulators.juju.state import series_of_base

if TYPE_CHECKING:
    from simulators.juju.surroundings import Surroundings

LIMIT = 200_000_000
"""Bytes that a charm may unpack to."""


async def download(call: Call) -> None:
    """Fetch a charm into `NAME_rREVISION.charm`, or where `--filepath` says; standard output (`-`) is not simulated."""
    if not call.words:
        raise Misused("expected a charm or bundle name")
    call.at_most(1)
    name = call.words[0].removeprefix("ch:")
    base, series = call.option("base"), call.option("series")
    if base and series:
        raise Misused("--series and --base cannot be specified together")
    if base and series_of_base(base) is None:
        raise Misused(f'invalid base string "{base}"' if "@" not in base else f'base "{base}" not supported')
    if call.option("filepath") == "-":
        raise not_simulated("juju download --filepath=-")
    channel = call.option("channel", "stable")
    name, revision, archive = await call.around.download(name, channel=channel, base=base, series=series)
    shown = f"amd64/{_shown(base, series, archive)}"
    call.info(f'Fetching charm "{name}" revision {revision} using "{channel}" channel and base "{shown}"')
    path = call.option("filepath") or f"{name}_r{revision}.charm"
    if not call.option("filepath") and call.around.is_file(path):
        call.info(f"Overwriting {path}")
    call.around.write(path, archive, mode=0o644)
    local = path if path.startswith(("/", "./", "../")) else f"./{path}"
    call.info(f'Install the "{name}" charm with:\n    juju deploy {local}')


def _shown(base: str, series: str, archive: bytes) -> str:
    """Return the base that was asked for, or the charm's own, as `ubuntu/20.04`."""
    from simulators.juju.cli.charm_archive import series_in
    from simulators.juju.state import BASES

    if base:
        return base.replace("@", "/").removesuffix("/stable")
    known = [each for each in (series, *series_in(archive)) if each in BASES]
    return f"ubuntu/{BASES[known[0]]}" if known else "ubuntu"


async def pull(argv: list[str], around: Surroundings) -> int:
    """Do `charm pull NAME [FOLDER]`: unpack a charm of the store into a new folder."""
    words = [each for each in argv if not each.startswith("-")]
    options = [each for each in argv if each.startswith("-")]
    if not words or words[0] == "help":
        around.out("usage: charm pull <charm or bundle id> [<directory>]\n")
        return 0
    if words[0] != "pull":
        raise Misused(f'charm: "{words[0]}" is not a charm command, or is not simulated')
    if options:
        raise Misused(f"charm pull {options[0]}: not simulated")
    if len(words) < 2:
        raise Misused("no charm or bundle id specified")
    if len(words) > 3:
        raise Misused("too many arguments")
    name = words[1].rpartition("/")[2].removeprefix("cs:").removeprefix("ch:")
    folder = words[2] if len(words) > 2 else name
    if around.is_folder(folder) or around.is_file(folder):
        raise Refused(f'directory "{folder}" already exists')
    name, revision, archive = await around.download(name, channel="stable", base="", series="")
    for path, content, mode in unpacked(archive):
        around.write(f"{folder}/{path}", content, mode=mode)
    around.out(f"cs:{name}-{revision}\n")
    return 0


def unpacked(archive: bytes) -> list[tuple[str, bytes, int]]:
    """Return the files of a charm's archive with their modes. Raises Refused for one that is not sound."""
    import io
    import stat
    import zipfile

    found: list[tuple[str, bytes, int]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as charm:
            if sum(each.file_size for each in charm.infolist()) > LIMIT:
                raise Refused("cannot read charm archive: it is too large")
            for each in charm.infolist():
                path = each.filename
                if each.is_dir():
                    continue
                if path.startswith("/") or ".." in path.split("/"):
                    raise Refused(f"cannot read charm archive: {path} is outside of the charm")
                mode = stat.S_IMODE(each.external_attr >> 16) or 0o644
                found.append((path, charm.read(each), mode))
    except zipfile.BadZipFile as error:
        raise Refused(f"cannot read charm archive: {error}") from None
    return found
