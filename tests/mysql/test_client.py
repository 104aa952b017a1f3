"""The command `mysql`: options, batch output, tables, refusals with their line."""

from __future__ import annotations

import pytest

from simulators.mysql import client
from tests.mysql.servers import made, root, writer


def options(*argv: str, own: str | None = None, env: dict[str, str] | None = None) -> client.Asked:
    """Return what a command line asks for; every file says the same."""
    return client.read_options(
        argv, user="root", env=env or {}, read=lambda path: f"[client]\nuser=u\npassword='of {path}'\n", own=own
    )


def said(sql: str, *argv: str) -> tuple[int, str, str]:
    """Return how statements end on an empty table of the user's."""
    out: list[str] = []
    err: list[str] = []
    status = client.run(writer(), options(*argv), sql, out=out.append, err=err.append)
    return status, "".join(out), "".join(err)


def test_batch_output() -> None:
    """A line for each row, tabs between values; what would break that is escaped, unless it is to be raw."""
    sql = "INSERT INTO posts (title, name) VALUES ('a\\tb\\nc\\\\d', 'x');\nSELECT ID, title, note FROM posts;"

    assert said(sql, "--batch") == (0, "ID\ttitle\tnote\n1\ta\\tb\\nc\\\\d\tNULL\n", "")
    assert said(sql, "--batch", "--skip-column-names") == (0, "1\ta\\tb\\nc\\\\d\tNULL\n", "")
    assert said(sql, "-BNr") == (0, "1\ta\tb\nc\\d\tNULL\n", "")
    assert said("SELECT * FROM posts; SELECT COUNT(*) FROM posts", "-B") == (0, "COUNT(*)\n0\n", "")


def test_a_table_for_people() -> None:
    """With `--table` there are lines around values; numbers stand to the right."""
    assert said("SELECT 7 AS n, 'abc' AS word", "-t")[1] == (
        "+---+------+\n| n | word |\n+---+------+\n| 7 | abc  |\n+---+------+\n"
    )


def test_the_first_refusal_ends_it() -> None:
    """With the line on which the statement begins; `--force` goes on, and the status is 1 all the same."""
    sql = "SELECT 1;\n\nSELECT *\nFROM none;\nSELECT 2;\n"
    rule = "--------------\n"
    error = f"{rule}SELECT *\nFROM none\n{rule}\nERROR 1146 (42S02) at line 3: Table 'blog.none' doesn't exist\n"

    assert said(sql, "-N") == (1, "1\n", error)
    assert said(sql, "-N", "--force") == (1, "1\n2\n", error)


def test_a_database_is_chosen_without_a_semicolon() -> None:
    """The client does `USE` itself, to the end of its line."""
    out: list[str] = []
    status = client.run(root(made()), options("-N"), "use blog\nSELECT DATABASE();", out=out.append, err=out.append)

    assert (status, out) == (0, ["blog\n"])


def test_options() -> None:
    """Users, passwords, servers and databases, in any form that the client takes."""
    assert options().host == ""
    assert options("-h", "localhost").host == ""
    asked = options("-u", "a", "-psecret", "--host=db", "--port=3307", "blog")
    assert (asked.user, asked.password, asked.host, asked.port, asked.database) == ("a", "secret", "db", 3307, "blog")
    assert options("--password=x", "-D", "d", "-e", "SELECT 1").execute == "SELECT 1"
    assert options("-p").asks_password
    assert options(env={"MYSQL_PWD": "y"}).password == "y"


def test_files_of_options() -> None:
    """One that is named, and the user's own, which `--no-defaults` and `--defaults-file` leave out."""
    assert options("--defaults-extra-file=/x").password == "of /x"
    assert options(own="/root/.my.cnf").user == "u"
    assert options("--no-defaults", own="/root/.my.cnf").user == "root"
    assert options("--defaults-file=/y", own="/root/.my.cnf").password == "of /y"
    assert options("-u", "b", own="/root/.my.cnf").user == "b"


@pytest.mark.parametrize("argv", [["--html"], ["-x"], ["a", "b"], ["--port=x"], ["--protocol=pipe"]])
def test_options_that_nobody_plays(argv: list[str]) -> None:
    """They are not passed over."""
    with pytest.raises(client.UnusableError):
        options(*argv)
