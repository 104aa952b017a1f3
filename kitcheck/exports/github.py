"""A result for GitHub Actions: the summary of a step in Markdown, and annotations in its log.

GitHub, https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands: a summary is GitHub
flavoured Markdown that is added to the file $GITHUB_STEP_SUMMARY, at most 1 MiB for a step; `::error title=T::message`,
`::warning` and `::notice` make annotations; after `::stop-commands::TOKEN` no command counts until `::TOKEN::`. How
`%`, line ends, `:` and `,` are written in commands is that of GitHub's own toolkit (`@actions/core`). Ten errors, ten
warnings and ten notices of a step are shown: https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from harness.errors import UsageError
from harness.printable import printable
from harness.result import Result, points
from harness.table import score
from harness.verdicts import CheckResult, Verdict
from kitcheck.exports import texts
from kitcheck.exports.withheld import Withheld

LONGEST = 1024 * 1024
"""Bytes of a step's summary."""
MOST = 10
"""Annotations of one kind."""
_COMMANDS = {Verdict.FAILED: "error", Verdict.ERROR: "warning", Verdict.MANUAL: "notice"}
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def document(result: Result, most: int = LONGEST) -> bytes:
    """Return the summary as Markdown, of at most `most` bytes: verdict, a table of all checks, why some did not pass.

    Every text of the kit is written so that it is neither Markdown nor HTML.
    """
    return texts.fitting(lambda limit: _summary(result, limit).encode(), most)


def commands(result: Result) -> str:
    """Return the workflow commands that annotate a run: an error for what failed, a warning for what could not be told.

    What a person grades is a notice. The last of a kind says how many more there are.
    """
    return "".join(
        f"{command}\n"
        for verdict, name in _COMMANDS.items()
        for command in _annotations(name, [check for check in result.checks if check.verdict is verdict])
    )


def step(environment: Mapping[str, str] | None = None) -> Path:
    """Return the file that takes the step's summary; UsageError outside of GitHub Actions."""
    path = (os.environ if environment is None else environment).get("GITHUB_STEP_SUMMARY")
    if not path:
        raise UsageError("--github is for a step of GitHub Actions: GITHUB_STEP_SUMMARY is not set")
    return Path(path)


def report(result: Result, out: IO[str], environment: Mapping[str, str] | None = None) -> None:
    """Add the summary to the step's, and write annotations to `out`; UsageError when the summary cannot be written.

    What the step's summary holds already stays, and its bytes count.
    """
    path = step(environment)
    try:
        taken = path.stat().st_size if path.exists() else 0
        with path.open("ab") as file:
            file.write(document(result, LONGEST - taken))
    except OSError as error:
        raise UsageError(f"{path}: the step's summary cannot be written: {error.strerror}") from None
    except Withheld:
        out.write(_command("warning", "Kitcheck", "the summary of this step is full: the result is not in it") + "\n")
    out.write(commands(result))
    out.flush()


@contextmanager
def commands_stopped(out: IO[str]) -> Generator[None]:
    """Write to `out` that no workflow command counts in between: what a kit says is shown there."""
    token = f"kitcheck-{secrets.token_hex(16)}"
    out.write(f"::stop-commands::{token}\n")
    out.flush()
    try:
        yield
    finally:
        out.write(f"::{token}::\n")
        out.flush()


def _annotations(name: str, checks: list[CheckResult]) -> list[str]:
    shown = checks if len(checks) <= MOST else checks[: MOST - 1]
    lines = [_command(name, f"{check.checkpoint}: {check.title}", texts.told(check, 400)) for check in shown]
    if len(checks) > len(shown):
        lines.append(_command(name, "Kitcheck", f"{len(checks) - len(shown)} more: see the summary of this step"))
    return lines


def _command(name: str, title: str, message: str) -> str:
    return f"::{name} title={_property(texts.line(title))}::{_data(printable(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _summary(result: Result, limit: int) -> str:
    lines = [f"## {_text(f'{texts.line(result.kit)}: {result.verdict}, {score(result.points)}')}", ""]
    if open_ := texts.undecided(result):
        lines += [_text(open_), ""]
    lines += ["| checkpoint | check | verdict | points |", "| --- | --- | --- | ---: |"]
    lines += [_row(check) for check in result.checks]
    told = [(check, texts.told(check, limit)) for check in result.checks]
    if any(why for _, why in told):
        lines += ["", "### Why", ""]
        lines += [f"- **{_text(texts.line(check.title))}**<br>{_text(why)}" for check, why in told if why]
    return "\n".join([*lines, "", ""])


def _row(check: CheckResult) -> str:
    worth = points(check)
    earned = "?" if worth.undecided else texts.number(worth.earned)
    cells = (
        check.checkpoint,
        texts.line(check.title),
        check.verdict.value,
        f"{earned} of {texts.number(check.possible)}",
    )
    return f"| {' | '.join(map(_text, cells))} |"


def _text(text: str) -> str:
    """Return `text` so that GitHub shows it as it is.

    CommonMark: a character reference never is a sign of Markdown, whatever it stands for.
    """
    marked = _PUNCTUATION.sub(lambda sign: f"&#{ord(sign[0])};", text)
    return marked.replace("\t", " ").replace("\n", "<br>")
