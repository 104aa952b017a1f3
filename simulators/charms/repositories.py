"""Charms that are no store's: git repositories whose files a group clones, with texts of our own."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.charms.store import DISPATCH, NOTE

_METADATA = f"""\
name: mysql
summary: MySQL, a relational database
description: |
  MySQL with a database for each application that is related with it. {NOTE}
tags: [databases]
series: [bionic]
provides:
  db:
    interface: mysql
  db-admin:
    interface: mysql-root
  shared-db:
    interface: mysql-shared
  master:
    interface: mysql-oneway-replication
  munin:
    interface: munin-node
  monitors:
    interface: monitors
  local-monitors:
    interface: local-monitors
    scope: container
  nrpe-external-master:
    interface: nrpe-external-master
    scope: container
  data:
    interface: block-storage
    scope: container
peers:
  cluster:
    interface: mysql-ha
requires:
  slave:
    interface: mysql-oneway-replication
  ceph:
    interface: ceph-client
  ha:
    interface: hacluster
    scope: container
"""
_CONFIG = """\
options:
  bind-address:
    type: string
    default: 0.0.0.0
    description: Address on which MySQL listens.
  dataset-size:
    type: string
    default: 80%
    description: Memory for data. Not simulated.
  max-connections:
    type: int
    default: -1
    description: Connections at the same time. Not simulated.
  tuning-level:
    type: string
    default: safest
    description: safest, fast or unsafe. Not simulated.
"""

REPOSITORIES: Mapping[str, Mapping[str, str]] = {
    "TiagoDemay/charm-mysql": {
        "README.md": f"# charm-mysql\n\nThe charm mysql, made for Ubuntu 18.04 (bionic) only. {NOTE}\n",
        "config.yaml": _CONFIG,
        "hooks/install": DISPATCH,
        "metadata.yaml": _METADATA,
        "revision": "58\n",
    },
}
"""The files of each repository by path, by `OWNER/NAME` as on github.com; scripts (`#!`) are executable."""
