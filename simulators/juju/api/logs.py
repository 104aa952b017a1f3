"""A model's log as clients ask for it: which records, from where on, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from simulators.juju.api.shapes import moment
from simulators.juju.errors import ApiError

if TYPE_CHECKING:
    from simulators.juju.api.core import Core
    from simulators.juju.state import LogRecord, Model

LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR")
LOOK = 0.1
"""Seconds between two looks for new lines."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which records a client wants. Entities are tags, with `*`."""

    replay: bool = False
    no_tail: bool = False
    backlog: int = 0
    """How many of the last records to begin with, when it is no replay."""
    limit: int = 0
    """After how many records to end; 0: never."""
    level: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include_modules: tuple[str, ...] = ()
    exclude_modules: tuple[str, ...] = ()
    since: float = field(default=0.0)
    """Seconds since 1970."""

    def fits(self, record: LogRecord) -> bool:
        """Return whether a record is wanted."""
        if self.level and LEVELS.index(record.level) < LEVELS.index(self.level):
            return False
        if record.at < self.since:
            return False
        tag, module = record.tag, record.module
        if self.include and not any(fnmatchcase(tag, each) for each in self.include):
            return False
        if any(fnmatchcase(tag, each) for each in self.exclude):
            return False
        if self.include_modules and not any(_within(module, each) for each in self.include_modules):
            return False
        return not any(_within(module, each) for each in self.exclude_modules)


def _within(module: str, wished: str) -> bool:
    return module == wished or module.startswith(f"{wished}.")


def wish_of(query: Mapping[str, list[str]]) -> Wish:
    """Return the wish that a query says. Raises ApiError."""
    from datetime import datetime

    def last(name: str) -> str:
        return query.get(name, [""])[-1]

    def number(name: str) -> int:
        text = last(name)
        if text and not text.isdigit():
            raise ApiError(f'{name} value "{text}" is not a valid unsigned number', "bad request")
        return int(text or 0)

    def flag(name: str) -> bool:
        text = last(name)
        if text not in ("", "true", "false"):
            raise ApiError(f'{name} value "{text}" is not a valid boolean', "bad request")
        return text == "true"

    level = last("level").upper()
    if level and level not in LEVELS:
        raise unknown_level(level)
    try:
        since = datetime.fromisoformat(last("startTime")).timestamp() if last("startTime") else 0.0
    except ValueError as error:
        raise ApiError(
            f'startTime value "{last("startTime")}" is not a valid time in RFC3339 format', "bad request"
        ) from error
    return Wish(
        replay=flag("replay"),
        no_tail=flag("noTail"),
        backlog=number("backlog"),
        limit=number("maxLines"),
        level=level,
        include=tuple(query.get("includeEntity", ())),
        exclude=tuple(query.get("excludeEntity", ())),
        include_modules=tuple(query.get("includeModule", ())),
        exclude_modules=tuple(query.get("excludeModule", ())),
        since=since,
    )


def unknown_level(level: str) -> ApiError:
    """Return the refusal of a level that there is not."""
    return ApiError(f'level value "{level}" is not one of {", ".join(LEVELS)}', "bad request")


async def records(core: Core, model: Model, wish: Wish) -> AsyncIterator[dict[str, str]]:
    """Yield the records that are wanted, then those to come; end when the model is gone, or without a tail."""
    known = list(model.log)
    last = known[-1] if known else None
    fitting = [each for each in known if wish.fits(each)]
    if not wish.replay and not wish.since:
        fitting = fitting[-wish.backlog :] if wish.backlog else []
    told = 0
    while True:
        for each in fitting:
            yield document(each)
            told += 1
            if wish.limit and told >= wish.limit:
                return
        if wish.no_tail or model.uuid not in core.controller.models:
            return
        await asyncio.sleep(LOOK)
        fresh: list[LogRecord] = []
        for each in reversed(model.log):
            if each is last:
                break
            fresh.append(each)
        last = fresh[0] if fresh else last
        fitting = [each for each in reversed(fresh) if wish.fits(each)]


def document(record: LogRecord) -> dict[str, str]:
    """Return a record as clients get it."""
    return {
        "tag": record.tag,
        "ts": moment(record.at),
        "sev": record.level,
        "mod": record.module,
        "loc": record.location,
        "msg": record.message,
    }
