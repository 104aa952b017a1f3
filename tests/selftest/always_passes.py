"""A pytest plugin that breaks one check on purpose: it passes whatever it finds."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import pytest

from harness.errors import CheckFailed, KitError


@dataclass(frozen=True)
class AlwaysPasses:
    """Breaks the check with that id. Can be pickled: it may travel to a worker."""

    check: str

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Swallow what the check has to say."""
        try:
            return (yield)
        except (CheckFailed, KitError, AssertionError):
            if item.name.partition("__")[2] == self.check.replace("-", "_"):
                return None
            raise
