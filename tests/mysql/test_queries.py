"""SELECT, INSERT, UPDATE, DELETE as MySQL means them, and what is refused because SQLite would mean something else."""

from __future__ import annotations

import pytest

from simulators.mysql import literal
from tests.mysql.servers import made, refused, root, writer


def test_what_is_inserted_is_found() -> None:
    """Numbers are counted from the first row of a statement on; the last one is told."""
    session = writer()

    first = session.query("INSERT INTO posts (title, name) VALUES ('a', 'x'), ('b', 'y')")

    assert (first.affected, first.last_id) == (2, 1)
    assert session.query("SELECT LAST_INSERT_ID()").rows == ((1,),)
    assert session.query("SELECT ROW_COUNT()").rows == ((-1,),)
    assert session.query("SELECT ID, title, made, note FROM blog.posts WHERE name = 'Y'").rows == (
        (2, "b", "0000-00-00 00:00:00", None),
    )
    assert session.query("UPDATE `posts` SET title = CONCAT(title, '!') WHERE ID IN (1, 2)").affected == 2
    assert session.query("DELETE FROM posts WHERE title = 'a!'").affected == 1
    assert session.query("SELECT COUNT(*) FROM posts").rows == ((1,),)


@pytest.mark.parametrize("text", ["it's", 'a "b"', "a\\b", "a\nb\tc", "", "é ☃", "%_", "a\0b", "; --", "?{posts}"])
def test_texts_come_back_as_they_were(text: str) -> None:
    """Whatever is in a text, quoted it goes in and comes out the same."""
    session = writer()
    session.query(f"INSERT INTO posts (title) VALUES ({literal(text)})")

    assert session.query("SELECT title FROM posts").rows == ((text,),)
    assert session.query(f"SELECT COUNT(*) FROM posts WHERE title = {literal(text)}").rows == ((1,),)


def test_strings_in_both_quotes_and_with_backslashes() -> None:
    """Double quotes make strings; a backslash takes away what comes after it; a quote twice is one."""
    assert writer().query("""SELECT "a", 'b\\'c', 'd''e', "f\\"g", 'h\\\\i', 'j\\tk' """).rows == (
        ("a", "b'c", "d'e", 'f"g', "h\\i", "j\tk"),
    )


def test_patterns_of_like() -> None:
    """A backslash makes `_` and `%` ordinary; letter case does not matter."""
    session = writer()
    session.query("INSERT INTO posts (title, name) VALUES ('wp_posts', 'a'), ('wpXposts', 'b'), ('other', 'c')")

    assert session.query("SELECT name FROM posts WHERE title LIKE 'WP%'").rows == (("a",), ("b",))
    assert session.query("SELECT name FROM posts WHERE title LIKE 'wp\\_posts'").rows == (("a",),)
    assert session.query("SELECT name FROM posts WHERE title LIKE '%Posts' AND name <> 'a'").rows == (("b",),)


def test_tables_with_other_names_and_databases() -> None:
    """Tables are joined, renamed, and named with their database, also before a column."""
    session = writer()
    session.query("INSERT INTO posts (title, name) VALUES ('a', 'x'), ('b', 'y')")

    assert session.query("SELECT p.title FROM posts AS p, blog.posts q WHERE p.ID = q.ID AND q.name = 'y'").rows == (
        ("b",),
    )
    assert session.query("SELECT blog.posts.title FROM blog.posts ORDER BY blog.posts.ID DESC LIMIT 1").rows == (
        ("b",),
    )
    assert session.query("SELECT title FROM posts WHERE ID = (SELECT MAX(ID) FROM posts)").rows == (("b",),)
    assert session.query("SELECT p.ID FROM posts p LEFT JOIN posts q ON q.ID = p.ID + 1 WHERE q.ID IS NULL").rows == (
        (2,),
    )


def test_some_rows_at_most() -> None:
    """UPDATE and DELETE take an order and a limit; SELECT one with an offset before it."""
    session = writer()
    session.query("INSERT INTO posts (title, name) VALUES ('a', '1'), ('b', '2'), ('c', '3')")

    assert session.query("UPDATE posts SET title = 'z' ORDER BY ID DESC LIMIT 1").affected == 1
    assert session.query("DELETE FROM posts WHERE title <> 'z' LIMIT 1").affected == 1
    assert session.query("SELECT title FROM posts ORDER BY ID LIMIT 1, 5").rows == (("z",),)


def test_a_row_that_is_there_already() -> None:
    """It is refused, passed over, replaced, or changed, as the statement says."""
    session = writer()
    session.query("INSERT INTO posts (title, name) VALUES ('a', 'x')")
    again = "INTO posts (title, name) VALUES ('b', 'x')"

    assert refused(session, f"INSERT {again}") == "ERROR 1062 (23000): Duplicate entry for key 'name'"
    assert session.query(f"INSERT IGNORE {again}").affected == 0
    session.query(f"INSERT {again} ON DUPLICATE KEY UPDATE title = VALUES(title)")
    assert session.query("SELECT ID, title FROM posts").rows == ((1, "b"),)
    session.query("REPLACE INTO posts (title, name) VALUES ('c', 'x')")
    assert session.query("SELECT title FROM posts WHERE ID > 1").rows == (("c",),)


def test_rows_that_a_table_does_not_take() -> None:
    """A column without a value, one that must not be NULL, one that is too long, and columns that are not there."""
    session = writer()

    assert refused(session, "INSERT INTO posts (name) VALUES ('x')") == (
        "ERROR 1364 (HY000): Field 'title' doesn't have a default value"
    )
    assert refused(session, "INSERT INTO posts (title) VALUES (NULL)") == (
        "ERROR 1048 (23000): Column 'title' cannot be null"
    )
    assert refused(session, "INSERT INTO posts (title, name) VALUES ('a', '12345678901')") == (
        "ERROR 1406 (22001): Data too long for column 'name' at row 1"
    )
    for sql, clause in {
        "SELECT none FROM posts": "SELECT",
        "SELECT ID FROM posts WHERE none = 1": "WHERE",
        "SELECT ID FROM posts ORDER BY none": "ORDER BY",
        "UPDATE posts SET none = 1": "SET",
        "INSERT INTO posts (none) VALUES (1)": "INSERT INTO",
    }.items():
        assert refused(session, sql) == f"ERROR 1054 (42S22): Unknown column 'none' in '{clause}'"
    assert refused(session, "INSERT INTO posts (title) VALUES (1, 2)").startswith("ERROR 1136 (21S01)")


def test_tables_and_databases_that_are_not_there() -> None:
    """Each has its number; letter case matters in tables' names."""
    session = writer()

    assert refused(session, "SELECT * FROM none") == "ERROR 1146 (42S02): Table 'blog.none' doesn't exist"
    assert refused(session, "DELETE FROM Posts").startswith("ERROR 1146")
    assert refused(root(made()), "SELECT * FROM posts") == "ERROR 1046 (3D000): No database selected"
    assert refused(root(made()), "SELECT * FROM none.posts") == ("ERROR 1146 (42S02): Table 'none.posts' doesn't exist")
    assert refused(root(made()), "USE none") == "ERROR 1049 (42000): Unknown database 'none'"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 || 0",
        "SELECT 7 / 2",
        "SELECT 1 == 1",
        "SELECT SLEEP(1)",
        "SELECT load_extension('x')",
        "SELECT @mine",
        "SELECT @@innodb_version",
        "SELECT title FROM posts WHERE title REGEXP 'a'",
        "SELECT DATE_ADD(NOW(), INTERVAL 1 DAY)",
        "SELECT rowid FROM posts",
        "PRAGMA table_info(posts)",
        "ATTACH 'x' AS y",
        "INSERT INTO posts SET title = 'a'",
        "SELECT * FROM performance_schema.threads",
        "/*!40101 SELECT 1 */",
        "LOCK TABLES posts WRITE",
        "SELECT 'never closed",
        "nonsense",
    ],
)
def test_what_nobody_plays_is_refused(sql: str) -> None:
    """With the number of a syntax error, and words that say whose fault it is."""
    server = made()
    session = writer(server)

    assert refused(root(server) if "performance" in sql else session, sql).startswith(
        "ERROR 1064 (42000): not simulated: "
    )


def test_sqlites_own_tables_are_not_there() -> None:
    """What keeps the rows does not show."""
    assert refused(writer(), "SELECT * FROM sqlite_master").startswith("ERROR 1146")


def test_functions_and_variables() -> None:
    """Of the server, of the session, and of texts; headings are as they were written."""
    session = writer()

    found = session.query("SELECT NOW(), DATABASE(), LENGTH('é'), CHAR_LENGTH('é'), IF(1, 'a', 'b'), @@hostname")

    assert found.rows == (("2027-01-01 00:00:00", "blog", 2, 1, "a", "server2"),)
    assert found.columns[:2] == ("NOW()", "DATABASE()")
    assert found.columns[5] == "@@hostname"
    assert session.query("SHOW VARIABLES LIKE 'bind%'").rows == (("bind_address", "127.0.0.1"),)


def test_a_transaction_that_is_taken_back() -> None:
    """ROLLBACK undoes, COMMIT keeps, and a session that ends in between undoes as well."""
    server = made()
    session = writer(server)
    session.run("START TRANSACTION; INSERT INTO posts (title, name) VALUES ('a', '1'); COMMIT")
    session.run("BEGIN; INSERT INTO posts (title, name) VALUES ('b', '2'); ROLLBACK")
    session.run("BEGIN; INSERT INTO posts (title, name) VALUES ('c', '3')")
    session.close()

    assert root(server).query("SELECT title FROM blog.posts").rows == (("a",),)
