"""GitHub Actions: the step summary, read by a Markdown parser, and workflow commands, read as the runner does."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from harness.errors import UsageError
from harness.verdicts import Verdict
from kitcheck.exports import github
from tests.exports import made_up


def tokens(content: bytes) -> list[Token]:
    """Return what a Markdown parser makes of a summary, inner tokens included."""
    outer = MarkdownIt("commonmark").enable("table").parse(content.decode())
    return [token for each in outer for token in (each, *(each.children or ()))]


def rows(content: bytes) -> list[list[str]]:
    """Return the texts of the table's cells."""
    found: list[list[str]] = []
    for token, following in zip(stream := tokens(content), stream[1:], strict=False):
        if token.type == "tr_open":
            found.append([])
        if token.type in ("th_open", "td_open"):
            found[-1].append("".join(child.content for child in following.children or ()))
    return found


def commands(text: str) -> list[tuple[str, str, str]]:
    """Return the workflow commands in a log: name, title, message, as the runner decodes them."""
    found: list[tuple[str, str, str]] = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(\w+) title=([^,:]*)::(.*)", line)
        assert match is not None, line
        title = match[2].replace("%2C", ",").replace("%3A", ":")
        found.append((match[1], decoded(title), decoded(match[3])))
    return found


def decoded(text: str) -> str:
    """Return a command's text without its escapes."""
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_summary() -> None:
    """The verdict is the heading, all checks are a table, and what did not pass is explained."""
    content = github.document(made_up.every_verdict())
    headings = [token.content for token, before in pairs(content) if before.type == "heading_open"]

    assert headings[1] == "Why"
    assert MarkdownIt().render(content.decode()).startswith("<h2>kit-r: failed, 1.5 of 7.5 points, 3 undecided</h2>")
    assert rows(content) == [
        ["checkpoint", "check", "verdict", "points"],
        ["checkpoint-1", "It passed", "passed", "1.5 of 1.5"],
        ["checkpoint-1", "It failed", "failed", "0 of 2"],
        ["checkpoint-1", "It skipped", "skipped", "0 of 1"],
        ["checkpoint-1", "It error", "error", "? of 2"],
        ["checkpoint-1", "It manual", "manual", "? of 1"],
    ]
    assert made_up.BODY not in content.decode()


def pairs(content: bytes) -> list[tuple[Token, Token]]:
    """Return each token with the one before it."""
    stream = MarkdownIt("commonmark").parse(content.decode())
    return list(zip(stream[1:], stream, strict=False))


def test_hostile_texts_stay_texts() -> None:
    """No link, image, code or emphasis of the kit's making, and no HTML but our line ends."""
    stream = tokens(github.document(made_up.hostile()))
    html = {token.content for token in stream if token.type.startswith("html")}

    assert {token.type for token in stream} & {"link_open", "image", "code_inline", "em_open", "fence"} == set()
    assert html == {"<br>"}
    assert len([token for token in stream if token.type == "strong_open"]) == 2
    assert [len(row) for row in rows(github.document(made_up.hostile()))] == [4, 4, 4, 4]


def test_lines_stay_lines() -> None:
    """Blank and indented lines of the kit end no list and begin no code."""
    told = made_up.result(made_up.check(Verdict.FAILED, 1, "one\n\n    two\n\n3. three"))
    stream = tokens(github.document(told))

    assert [token.type for token in stream if token.type in ("code_block", "ordered_list_open")] == []
    assert len([token for token in stream if token.content == "    two"]) == 4


def test_summary_is_bounded() -> None:
    """A step's summary may have 1 MiB."""
    assert len(github.document(made_up.many(300))) <= 1024 * 1024


def test_annotations() -> None:
    """What failed is an error, what could not be told a warning, what a person grades a notice."""
    found = commands(github.commands(made_up.every_verdict()))

    assert [(name, title) for name, title, _ in found] == [
        ("error", "checkpoint-1: It failed"),
        ("warning", "checkpoint-1: It error"),
        ("notice", "checkpoint-1: It manual"),
    ]
    assert found[0][2].splitlines()[0] == "it answers 502"


def test_annotations_cannot_be_forged() -> None:
    """Line ends, colons and commas of the kit make neither commands nor parameters."""
    found = commands(github.commands(made_up.hostile()))

    assert [name for name, _, _ in found] == ["error", "warning"]
    assert all(len(line) < 12_000 for line in github.commands(made_up.hostile()).splitlines())


def test_percent_signs_come_back() -> None:
    """What looks like an escape is one of ours or none."""
    told = made_up.result(made_up.check(Verdict.FAILED, 1, "50%0A, 5%25"))

    assert commands(github.commands(told))[0][2].splitlines()[0] == "50%0A, 5%25"


def test_ten_of_a_kind() -> None:
    """The tenth says how many more there are."""
    found = commands(github.commands(made_up.many(15)))

    assert len(found) == 10
    assert found[-1][2] == "6 more: see the summary of this step"


def test_report(tmp_path: Path) -> None:
    """The summary is added to what the step has written before."""
    summary, out = tmp_path / "summary.md", io.StringIO()
    summary.write_bytes(b"# Before\n\n")

    github.report(made_up.decided(), out, {"GITHUB_STEP_SUMMARY": str(summary)})

    assert summary.read_bytes() == b"# Before\n\n" + github.document(made_up.decided())
    assert out.getvalue() == github.commands(made_up.decided())


def test_report_into_a_full_summary(tmp_path: Path) -> None:
    """It is left alone, for GitHub would refuse all of it, and the log says so."""
    summary, out = tmp_path / "summary.md", io.StringIO()
    summary.write_bytes(b"x" * 1024 * 1024)

    github.report(made_up.decided(), out, {"GITHUB_STEP_SUMMARY": str(summary)})

    assert summary.stat().st_size == 1024 * 1024
    assert commands(out.getvalue())[0] == (
        "warning",
        "Kitcheck",
        "the summary of this step is full: the result is not in it",
    )


def test_elsewhere_it_is_refused() -> None:
    """There is no summary outside of a step."""
    with pytest.raises(UsageError, match="GITHUB_STEP_SUMMARY is not set"):
        github.step({})


def test_commands_do_not_count_while_the_kit_is_shown() -> None:
    """The token cannot be guessed, and commands count again afterwards, also after an error."""
    out = io.StringIO()

    def show() -> None:
        with github.commands_stopped(out):
            out.write("::error::from the kit\n")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        show()
    first, _, last = out.getvalue().splitlines()

    assert re.fullmatch("::stop-commands::kitcheck-[0-9a-f]{32}", first)
    assert last == f"::{first.removeprefix('::stop-commands::')}::"
