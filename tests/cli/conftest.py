"""The program under test: run in this process, with made-up kits behind it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from harness import grading, quick_dataclasses
from kitcheck.program import main
from tests.grading import made_up
from tests.grading.made_up import Lab


@dataclass(frozen=True)
class Ran:
    """How the program ended."""

    status: int
    out: str
    err: str


Kitcheck = Callable[..., Ran]
"""Runs the program with these arguments."""


@pytest.fixture
def kitcheck(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kitcheck:
    """Return a function that runs the program."""

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["kitcheck", *map(str, arguments)])
        # what a program does for speed is not for all tests that follow
        monkeypatch.setattr(quick_dataclasses, "write_methods_later", lambda: None)
        monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", "__all__")
        thresholds = gc.get_threshold()
        capsys.readouterr()
        status = main()
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        printed = capsys.readouterr()
        return Ran(status, printed.out, printed.err)

    return run


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Return a made-up lab, which is what `kitcheck grade` grades."""
    lab = Lab(tmp_path)
    assign = partial(grading.assign, features=lab.features, describe=made_up.pytest_kitcheck_describe)
    monkeypatch.setattr(grading, "assign", assign)
    for name in ("carry_out", "carry_out_each"):
        monkeypatch.setattr(grading, name, _with_made_up_kits(getattr(grading, name)))
    return lab


def _with_made_up_kits(carry_out: Callable[..., Any]) -> Callable[..., Any]:
    def with_made_up_kits(*arguments: Any, plugins: Sequence[object] = (), **options: Any) -> Any:
        return carry_out(*arguments, plugins=[made_up, *plugins], **options)

    return with_made_up_kits
