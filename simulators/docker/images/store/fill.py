"""Fills the store while the image is built: snaps, Grafana's package and its key, and the charms that git clones."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from simulators.charms.grafana import GOOD_KEY
from simulators.charms.repositories import REPOSITORIES
from simulators.grafana.service import VERSION

HERE = Path("/opt/kitcheck")
STORE = Path("/srv/store")
GITHUB = Path("/srv/github.com")
KEYS = Path("/srv/packages.grafana.com")
WHO = {"NAME": "Kitcheck", "EMAIL": "kitcheck@localhost", "DATE": "2023-02-06T12:00:00Z"}
"""Author and committer, so that a repository has the same commit id whenever it is made."""
CONTROL = f"""\
Package: grafana
Version: {VERSION}
Architecture: all
Maintainer: Kitcheck <kitcheck@localhost>
Depends: python3, python3-markupsafe, python3-yaml, adduser
Description: Stand-in for Grafana in simulated kits
"""
COMMAND = """\
#!/usr/bin/python3 -I
import sys
sys.path[:0] = ["/snap/{snap}/current/source", "/snap/{snap}/current/python"]
from simulators.juju.machine.client import main
sys.exit(main("{name}"))
"""


def snap(name: str, file: str) -> None:
    """Make a snap's archive: the command, our sources and the packages that they need, compiled."""
    folder = HERE / "snap"
    (folder / "bin").mkdir(parents=True)
    command = folder / "bin" / name
    command.write_text(COMMAND.format(name=name, snap=name))
    command.chmod(0o755)
    target = STORE / "snaps" / file
    target.parent.mkdir(parents=True, exist_ok=True)
    parts = ["-C", str(folder), "bin", "-C", str(HERE), "source", "python"]
    subprocess.run(["tar", "-I", "gzip -1", "-cf", str(target), "--owner=0", "--group=0", *parts], check=True)
    shutil.rmtree(folder)


def snaps() -> None:
    """Make the snaps, and the index that `snap` reads."""
    from simulators.juju.machine.releases import CHARM_VERSION, RELEASES

    snap("juju", "juju.tar.gz")
    snap("charm", "charm.tar.gz")
    juju = {
        f"{track}/stable": {
            "file": "juju.tar.gz",
            "version": each.version,
            "revision": each.revision,
            "classic": each.classic,
        }
        for each in RELEASES
        for track in each.tracks
    }
    charm = {"file": "charm.tar.gz", "version": CHARM_VERSION, "revision": 712, "classic": True}
    charms = dict.fromkeys(("latest/stable", "2.x/stable"), charm)
    index = {
        "juju": {"publisher": "Canonical✓", "default": "3/stable", "channels": juju},
        "charm": {"publisher": "Canonical✓", "default": "latest/stable", "channels": charms},
    }
    (STORE / "snaps" / "index.json").write_text(json.dumps(index))


def grafana() -> None:
    """Make Grafana's package, and a repository that has it."""
    root = HERE / "grafana"
    share = root / "usr/share/grafana"
    for part in ("python", "source"):
        shutil.copytree(HERE / part, share / part)
    for folder, mode in (("etc/grafana", 0o755), ("var/lib/grafana", 0o750), ("var/log/grafana", 0o755)):
        (root / folder).mkdir(parents=True)
        (root / folder).chmod(mode)
    units = root / "lib/systemd/system"
    units.mkdir(parents=True)
    shutil.copy(HERE / "grafana-server.service", units)
    control = root / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(CONTROL)
    for script, name in (("grafana-installed.sh", "postinst"), ("grafana-removed.sh", "prerm")):
        shutil.copy(HERE / script, control / name)
        (control / name).chmod(0o755)
    repository = STORE / "apt"
    repository.mkdir(parents=True)
    package = repository / f"grafana_{VERSION}_all.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zzstd", "-z3", "--build", str(root), str(package)], check=True)
    with (repository / "Packages").open("wb") as file:
        subprocess.run(["apt-ftparchive", "packages", "."], cwd=repository, stdout=file, check=True)
    with (repository / "Release").open("wb") as file:
        subprocess.run(["apt-ftparchive", "release", "."], cwd=repository, stdout=file, check=True)
    shutil.rmtree(root)


def key() -> None:
    """Put the key of Grafana's packages where its maker has it."""
    KEYS.mkdir(parents=True)
    (KEYS / "gpg.key").write_text(GOOD_KEY)


def repositories() -> None:
    """Make the git repositories of charms, laid out for plain HTTP."""
    who = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in WHO.items()}
    for name, files in REPOSITORIES.items():
        work, bare = HERE / "clone", GITHUB / f"{name}.git"
        for path, text in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(text)
            (work / path).chmod(0o755 if text.startswith("#!") else 0o644)
        bare.parent.mkdir(parents=True, exist_ok=True)
        commit = ("commit", "--quiet", "--message", "A charm for the lab")
        for words in (("init", "--quiet", "--initial-branch=master"), ("add", "--all"), commit):
            subprocess.run(["git", *words], cwd=work, env={**os.environ, **who}, check=True)
        subprocess.run(["git", "clone", "--quiet", "--bare", str(work), str(bare)], check=True)
        subprocess.run(["git", "-C", str(bare), "update-server-info"], check=True)
        shutil.rmtree(work)


if __name__ == "__main__":
    snaps()
    grafana()
    key()
    repositories()
