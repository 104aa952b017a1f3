"""Who types a page notices whatever is not as the page says: else the paths would prove nothing."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent

import pytest

from tests.paths.printed import copied, fits
from tests.paths.reading import Typed, Written, steps
from tests.paths.typing_it import Reader

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the pages' commands are for a POSIX shell")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Return where the page is."""
    return tmp_path / "page.md"


def _follow(reader: Reader, page: Path, text: str) -> None:
    page.write_text(f"# Page\n\n## Ten minutes\n\n{dedent(text)}", encoding="utf-8")
    reader.follow(steps(page))


def _complaint(reader: Reader, page: Path, text: str) -> str:
    """Return what is said of a page that is wrong."""
    with pytest.raises(AssertionError) as raised:
        _follow(reader, page, text)
    return str(raised.value)


def test_what_a_page_tells_to_do(page: Path) -> None:
    """Commands with what they print and their terminal, and files; other blocks and other sections are for the eye."""
    page.write_text(
        dedent(
            """
            ## Before
            ```console
            $ not this
            ```
            ## Ten minutes
            ```console
            $ ls -1 \\
            > --all
            .
            ...
            $ false  # exit status 1
            ```
            ```console second
            $ kitcheck watch --kit kit.yaml
            failed
            ^C  # exit status 1
            ```
            ```console second
            more
            ```
            ```yaml kit.yaml
            kit:
              name: a
            ```
            ```python add to steps/new.py
            pass
            ```
              ```python add to steps/new.py under WAYS = (
                "b",
              ```
            ```python
            for_the_eye()
            ```
            ## After
            """
        ),
        encoding="utf-8",
    )

    assert steps(page) == [
        Typed(8, "first", "ls -1 \\\n--all", (".", "..."), 0),
        Typed(12, "first", "false", (), 1),
        Typed(15, "second", "kitcheck watch --kit kit.yaml", ("failed",), 0),
        Typed(17, "second", "^C", (), 1),
        Typed(19, "second", "", ("more",), 0),
        Written(22, "kit.yaml", "kit:\n  name: a\n", adds=False),
        Written(26, "steps/new.py", "pass\n", adds=True),
        Written(29, "steps/new.py", '  "b",\n', adds=True, under="WAYS = ("),
    ]


def test_page_without_the_section(page: Path) -> None:
    """A title that was changed is noticed: nothing typed would be nothing wrong."""
    page.write_text("## Ten Minutes\n```console\n$ true\n```\n", encoding="utf-8")

    with pytest.raises(AssertionError, match="nothing is to be done in a section 'Ten minutes'"):
        steps(page)


@pytest.mark.parametrize(
    ("said", "seen", "same"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\nb", "a \nb\n\n", True),
        ("a", "a\nb\n", False),
        ("a\nb", "a\n", False),
        ("", "a\n", False),
        ("a\n...", "a\n", True),
        ("...\nb", "a\nb\n", True),
        ("...\nb", "b\na\n", False),
        ("a\n...\nc\n...\nd", "a\nb\nc\nc\nd\n", True),
        ("a\n...\nc\n...\nd", "a\nd\nc\n", False),
        ("a\n...\na", "a\n", False),
        ("a\n...\nb\n...\nb", "a\nb\n", False),
        ("passed in ... s", "passed in 0.3 s\n", True),
        ("passed in ... s", "failed in 0.3 s\n", False),
        ("(.*)", "a\n", False),
    ],
)
def test_lines_that_stand_for_others(said: str, seen: str, *, same: bool) -> None:
    """`...` stands for lines or for text, and nothing else does."""
    assert fits(said.splitlines(), seen) is same


def test_what_is_copied_from_above() -> None:
    """`...` in a command is what was printed there, the last time; without anything of that kind it is noticed."""
    seen = "main  ssh -p 1 -i a you@there\nmain  ssh -p 2 -i b you@there\nhttp://there/?token=abc\nnext\n"

    assert copied("ssh -p ... you@there ls", seen) == "ssh -p 2 -i b you@there ls"
    assert copied("curl 'http://there/?token=...'", seen) == "curl 'http://there/?token=abc'"
    assert copied("curl http://there/?token=...", seen) == "curl http://there/?token=abc"
    assert copied("ssh -p ... me@there", seen) is None


def test_page_that_is_right(reader: Reader, page: Path) -> None:
    """Folders and variables last from one command to the next, files are written, a second terminal knows nothing."""
    text = """
    ```yaml a.txt
    one
    ```
    ```yaml add to a.txt
    two
    ```
    ```yaml add to a.txt under one
      and a half
    ```
    ```console
    $ cat a.txt
    one
      and a half
    two
    $ mkdir deeper && cd deeper && what=here
    $ echo $what in $(basename "$PWD"); cat
    here in deeper
    $ printf half; exit_with() { return "$1"; }; exit_with 3  # exit status 3
    half
    ```
    ```console second
    $ echo ${what:-nothing} in $(basename "$PWD") of ${HOME##*/}, ${USER:-nobody}
    nothing in reader of home, nobody
    ```
    """
    _follow(reader, page, text)

    assert (reader.folder / "a.txt").read_text() == "one\n  and a half\ntwo\n"


@pytest.mark.parametrize(
    ("where", "complaint"),
    [
        ("a.txt under two", "line 8: a.txt has 0 lines 'two', and not one"),
        ("a.txt under one", "line 8: a.txt has 2 lines 'one', and not one"),
        ("b/c.txt", "line 8: b/c.txt is to be written where no folder is"),
    ],
)
def test_place_that_is_not_there(reader: Reader, page: Path, where: str, complaint: str) -> None:
    """What the page adds to is not guessed."""
    (reader.folder / "a.txt").write_text("one\none\n")

    assert complaint in _complaint(reader, page, f"```console\n$ true\n```\n```text add to {where}\nx\n```\n")


def test_output_that_differs(reader: Reader, page: Path) -> None:
    """The complaint names the page's line and the command, and shows both."""
    said = _complaint(reader, page, "```console\n$ echo one; echo two >&2\none\nthree\n```\n")

    assert said == (
        "line 6: echo one; echo two >&2\nprinted something else (exit status 0)\n"
        "the page says:\n  one\n  three\nprinted was:\n  one\n  two\n"
    )


def test_exit_status_that_differs(reader: Reader, page: Path) -> None:
    """Also when everything printed is as it should be."""
    said = _complaint(reader, page, "```console\n$ echo one; false\none\n```\n")

    assert "line 6: echo one; false\nended with 1, and not with 0\n" in said


def test_command_that_hangs(newcomer: dict[str, str], tmp_path: Path, page: Path) -> None:
    """It is waited for only so long, and ended, with everything that it has started."""
    with Reader(tmp_path, newcomer, longest=0.5) as reader:
        said = _complaint(reader, page, "```console\n$ mkfifo a; sleep 600 <> a & cat /dev/zero > /dev/null\n```\n")

    assert "\nhas not ended within 0.5 s\n" in said
    with pytest.raises(OSError, match="No such device or address"):
        os.open(tmp_path / "a", os.O_WRONLY | os.O_NONBLOCK)  # nobody is left who has it open


STAYS = """\
#!/bin/sh
test "$2" = untrapped || trap 'echo interrupted; exit 7' INT
trap 'echo > asked; exit 0' TERM
echo looking
while ! test -e mended; do sleep 0.02; done
echo mended
test "$3" = --until-passed && exit 0
while :; do sleep 0.02; done
"""


@pytest.fixture
def watching(newcomer: dict[str, str], tmp_path: Path) -> Path:
    """Put a program in the place of `kitcheck` that stays until something is mended; return its folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "kitcheck"
    program.write_text(STAYS)
    program.chmod(0o755)
    newcomer["PATH"] = f"{folder}{os.pathsep}{newcomer['PATH']}"
    return folder


@pytest.mark.usefixtures("watching")
@pytest.mark.parametrize("before", ["looking", "...", "looking\n    ..."])
def test_command_that_stays(reader: Reader, page: Path, before: str) -> None:
    """It is left alone when the page's lines were printed, looked at again later, and ended by Ctrl-C."""
    text = f"""
    ```console second
    $ kitcheck watch
    {before}
    ```
    ```console
    $ touch mended
    ```
    ```console second
    mended
    ^C  # exit status 7
    interrupted
    $ echo free
    free
    ```
    """
    _follow(reader, page, text)

    assert (reader.folder / "mended").exists()


@pytest.mark.usefixtures("watching")
def test_command_that_dies_of_control_c(reader: Reader, page: Path) -> None:
    """Its terminal goes on, as a real one does."""
    _follow(
        reader, page, "```console\n$ kitcheck watch untrapped\nlooking\n^C  # exit status 130\n$ echo on\non\n```\n"
    )


@pytest.mark.usefixtures("watching")
def test_command_that_stays_until_the_end(newcomer: dict[str, str], tmp_path: Path, page: Path) -> None:
    """It is asked to end, so that it can clean up, and is not killed."""
    with Reader(tmp_path, newcomer) as reader:
        _follow(reader, page, "```console\n$ kitcheck watch\nlooking\n```\n")

    assert (tmp_path / "asked").exists()


@pytest.mark.usefixtures("watching")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("$ kitcheck watch\nlooking\n^C\ninterrupted\n", "ended with 7, and not with 0"),
        ("$ kitcheck watch\nlooking\n$ true\n", "kitcheck watch still runs there: ^C is missing"),
        ("$ kitcheck watch\nlooking\n^C  # exit status 7\n", "printed something else (exit status 7)"),
        ("$ touch mended; kitcheck watch . --until-passed\nlooking\nsomething\n", "printed something else"),
        ("$ touch mended; kitcheck watch\nlooking\nmended\n^C  # exit status 7\nmended\n", "printed something else"),
    ],
)
def test_command_that_stays_otherwise(reader: Reader, page: Path, text: str, complaint: str) -> None:
    """How it ends, what it says last, and that the page tells how to get out of it."""
    assert complaint in _complaint(reader, page, f"```console\n{text}```\n")


@pytest.mark.usefixtures("watching")
def test_command_that_ends_when_all_is_mended(reader: Reader, page: Path) -> None:
    """It is waited for when the page shows the last that it prints, and its exit status is looked at then."""
    text = """
    ```console second
    $ kitcheck watch . --until-passed  # exit status 3
    looking
    ```
    ```console
    $ touch mended
    ```
    ```console second
    mended
    ```
    """

    assert "ended with 0, and not with 3" in _complaint(reader, page, text)


@pytest.mark.usefixtures("watching")
def test_command_that_stays_without_a_word(newcomer: dict[str, str], tmp_path: Path, page: Path) -> None:
    """What the page shows and is never printed is not waited for without end."""
    with Reader(tmp_path, newcomer, longest=0.5) as reader:
        said = _complaint(reader, page, "```console\n$ kitcheck watch\nlooking\nfound\n```\n")

    assert "line 6: kitcheck watch\nhas not printed this within 0.5 s\n" in said
