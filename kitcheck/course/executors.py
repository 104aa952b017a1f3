"""Where units of work are carried out: by processes on this machine, or on the workers of a Dask scheduler."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Generator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol, cast

from harness.errors import KitError, UsageError
from harness.printable import one_line
from kitcheck.course import work
from kitcheck.course.fingerprint import Fingerprint, ours

if TYPE_CHECKING:
    from concurrent.futures import Future

    from kitcheck.course.orders import Order, Outcome

JOBS_PER_CORE = 2
"""Kits at once on this machine when nobody says: a grader waits for its kit most of the time."""
CONNECT_S = 10
"""Seconds in which a scheduler answers."""
WORKERS_S = 30
"""Seconds in which the first worker joins."""


class Graders(Protocol):
    """Those who carry out orders."""

    def slots(self) -> int:
        """Return how many kits can be graded at once now; workers come and go. Raises KitError when nobody can."""
        ...

    def submit(self, order: Order) -> Future[Outcome]:
        """Let somebody carry out an order. Raises concurrent.futures.BrokenExecutor when the pool is broken."""
        ...

    def renew(self) -> None:
        """Make a broken pool anew."""
        ...

    def stop(self, run: str) -> None:
        """Let everything be let go of that is graded for a run."""
        ...


@contextmanager
def opened(address: str | None, *, jobs: int | None, most: int) -> Generator[Graders]:
    """Return the graders at an address (`dask://HOST:PORT`), or without one on this machine, until the end.

    `jobs` kits at once are graded, or as many as there is room for; never more than `most`. UsageError for an address
    that is none, a missing package and workers with another Kitcheck; KitError when the scheduler cannot be reached.
    """
    if address is None:
        with _here(max(1, min(most, jobs or JOBS_PER_CORE * (os.cpu_count() or 1)))) as here:
            yield here
        return
    found = re.fullmatch(r"dask://((?:\[[0-9A-Fa-f:.]+\]|[\w.-]+):[0-9]{1,5})/?", address)
    if found is None:
        raise UsageError(f"--executor {one_line(address)!r}: expected dask://HOST:PORT, a Dask scheduler's address")
    with _dask(found[1], jobs) as workers:
        yield workers


@contextmanager
def _here(jobs: int) -> Generator[Graders]:
    graders = Pool(lambda: ThreadPoolExecutor(jobs, "grading"), jobs)
    try:
        yield graders
    finally:
        graders.close()
        work.close()


class Pool:
    """Any `concurrent.futures.Executor` as graders."""

    def __init__(self, make: Any, jobs: int) -> None:
        """Have `make()` return an executor; `jobs` kits at once are given to it."""
        self._make = make
        self._jobs = jobs
        self._executor: Executor = make()

    def slots(self) -> int:
        """Return the number of jobs."""
        return self._jobs

    def submit(self, order: Order) -> Future[Outcome]:
        """Hand it to the executor."""
        return self._executor.submit(work.grade, order)

    def renew(self) -> None:
        """Let go of the executor and make another one."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._make()

    def stop(self, run: str) -> None:
        """Stop what is graded in this process."""
        work.stop(run)

    def close(self) -> None:
        """Wait until nothing is graded any more."""
        self._executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _dask(address: str, jobs: int | None) -> Generator[Graders]:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--executor dask://…: Dask is not installed here; install Kitcheck with its extra `dask`"
        ) from None
    if not os.environ.get("KITCHECK_DEBUG"):
        # workers that come and go are told by us, where it matters
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            client: Any = cast("Any", Client)(f"tcp://{address}", timeout=CONNECT_S, set_as_default=False)
        except OSError as error:
            raise KitError(
                f"no Dask scheduler answers at {address}: {one_line(str(error), limit=200)}",
                help="start one with `dask scheduler`, and `dask worker` on each machine",
            ) from None
    try:
        workers = DaskWorkers(client, address, jobs)
        workers.require_ours()
        yield workers
    finally:
        with suppress(Exception):
            client.close(timeout=CONNECT_S)


class DaskWorkers:
    """The workers of a Dask scheduler as graders."""

    def __init__(self, client: Any, address: str, jobs: int | None) -> None:
        """Use a client that is connected; `jobs` kits at once at most."""
        self._client = client
        self._address = address
        self._jobs = jobs
        self._executor: Executor = client.get_executor(pure=False)

    def require_ours(self) -> None:
        """Raise UsageError when a worker has another Kitcheck, KitError when there is no worker."""
        try:
            self._client.wait_for_workers(1, timeout=WORKERS_S)
        except TimeoutError:
            raise self._deserted() from None
        said = cast("dict[str, object]", self._client.run(work.version, on_error="return"))
        for where, fingerprint in sorted(said.items()):
            if fingerprint != ours():
                raise another(one_line(where), fingerprint if isinstance(fingerprint, Fingerprint) else None)

    def slots(self) -> int:
        """Return how many threads the workers have now."""
        try:
            threads = sum(cast("dict[str, int]", self._client.nthreads()).values())
            if not threads:
                # one that was lost comes again, when somebody looks after it
                self._client.wait_for_workers(1, timeout=WORKERS_S)
                threads = sum(cast("dict[str, int]", self._client.nthreads()).values())
        except TimeoutError:
            raise self._deserted() from None
        except OSError as error:
            raise KitError(
                f"the Dask scheduler at {self._address} is gone: {one_line(str(error), limit=200)}"
            ) from None
        return min(threads, self._jobs or threads)

    def submit(self, order: Order) -> Future[Outcome]:
        """Hand it to the scheduler, which gives it to another worker when one dies."""
        return self._executor.submit(work.grade, order)

    def renew(self) -> None:
        """Ask for a new executor."""
        self._executor = self._client.get_executor(pure=False)

    def stop(self, run: str) -> None:
        """Stop what is graded for the run on every worker."""
        with suppress(Exception):  # who is gone grades nothing
            self._client.run(work.stop, run, on_error="ignore")

    def _deserted(self) -> KitError:
        return KitError(
            f"the Dask scheduler at {self._address} has no worker",
            help=f"start `dask worker tcp://{self._address}` on each machine that is to grade",
        )


def another(where: str, has: Fingerprint | None) -> UsageError:
    """Return the refusal of a worker whose Kitcheck is not ours."""
    told = f"Kitcheck {has}" if has is not None else "no Kitcheck that can be asked"
    return UsageError(
        f"the worker {where} has {told}, and this is {ours()}:"
        " install the same on all machines, and change nothing while a class is graded"
    )
