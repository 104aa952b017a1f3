"""A scheduler of Dask with its workers, on this machine."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def cluster(folder: Path, workers: int) -> Generator[Any]:
    """Return a scheduler with so many workers, each a process with one thread and somebody who looks after it."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        local_directory=str(folder / "dask"),
        silence_logs=50,
    ) as made:
        yield made


def address(of: Any) -> str:
    """Return a cluster's address as the command line takes it."""
    return of.scheduler_address.replace("tcp://", "dask://")
