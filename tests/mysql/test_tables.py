"""Databases and tables that are made, shown and removed."""

from __future__ import annotations

from tests.mysql.servers import POSTS, made, refused, root, writer


def test_a_table_is_described() -> None:
    """Types, keys and defaults as MySQL shows them."""
    session = writer()

    assert session.query("DESCRIBE posts").rows == (
        ("ID", "bigint(20) unsigned", "NO", "PRI", None, "auto_increment"),
        ("title", "text", "NO", "", None, ""),
        ("name", "varchar(10)", "NO", "UNI", "", ""),
        ("made", "datetime", "NO", "MUL", "0000-00-00 00:00:00", ""),
        ("note", "text", "YES", "", None, ""),
    )
    assert session.query("SHOW COLUMNS FROM blog.posts") == session.query("DESC posts")
    assert session.query("SHOW TABLES").rows == (("posts",),)
    assert session.query("SHOW TABLES LIKE 'x%'").rows == ()


def test_a_table_that_is_there_already() -> None:
    """It is refused, unless the statement says that it may be there."""
    session = writer()

    assert refused(session, POSTS) == "ERROR 1050 (42S01): Table 'posts' already exists"
    session.run(POSTS.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))
    session.run("DROP TABLE posts; DROP TABLE IF EXISTS posts")
    assert refused(session, "DROP TABLE posts") == "ERROR 1051 (42S02): Unknown table 'blog.posts'"


def test_a_table_is_emptied() -> None:
    """TRUNCATE leaves nothing, and counts from one again."""
    session = writer()
    session.run("INSERT INTO posts (title) VALUES ('a'); TRUNCATE TABLE posts")

    assert session.query("INSERT INTO posts (title) VALUES ('b')").last_id == 1


def test_databases_come_and_go() -> None:
    """With everything that is in them; one that is called as SQLite's own are, too."""
    server = made()
    session = root(server)
    writer(server)

    session.run(
        "CREATE DATABASE main CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; USE main; CREATE TABLE t (a int)"
    )
    assert session.query("SELECT COUNT(*) FROM main.t").rows == ((0,),)
    assert refused(session, "CREATE DATABASE main") == (
        "ERROR 1007 (HY000): Can't create database 'main'; database exists"
    )
    session.run("DROP DATABASE main; DROP DATABASE blog")
    assert refused(session, "SELECT * FROM blog.posts") == "ERROR 1146 (42S02): Table 'blog.posts' doesn't exist"
    assert refused(session, "SHOW TABLES") == "ERROR 1046 (3D000): No database selected"
    assert refused(session, "DROP DATABASE blog").startswith("ERROR 1008 (HY000)")
    assert [name for (name,) in session.query("SHOW DATABASES").rows] == [
        "information_schema",
        "mysql",
        "performance_schema",
        "sys",
    ]


def test_what_information_schema_tells() -> None:
    """Tables and columns of those databases that one may see, in either letter case."""
    server = made()
    session = writer(server)
    session.run("INSERT INTO posts (title) VALUES ('a')")
    root(server).run("CREATE DATABASE other; USE other; CREATE TABLE posts (a int)")
    asked = "SELECT table_schema, table_name, TABLE_ROWS FROM information_schema.tables WHERE table_name LIKE '%posts'"

    assert session.query(asked).rows == (("blog", "posts", 1),)
    assert root(server).query(asked).rows == (("blog", "posts", 1), ("other", "posts", 0))
    assert session.query(
        "SELECT column_name FROM INFORMATION_SCHEMA.COLUMNS "
        "WHERE columns.table_schema = DATABASE() AND column_key = 'PRI'"
    ).rows == (("ID",),)
    assert session.query("SELECT schema_name FROM information_schema.schemata").rows == (
        ("blog",),
        ("information_schema",),
    )


def test_definitions_that_nobody_plays() -> None:
    """Columns of other types, other keys and partitions are refused."""
    session = writer()

    for sql in (
        "CREATE TABLE t (a geometry)",
        "CREATE TABLE t (a int, FULLTEXT KEY b (a))",
        "CREATE TABLE t (a int) PARTITION BY HASH (a)",
        "ALTER TABLE posts ADD x int",
        "CREATE INDEX i ON posts (title)",
    ):
        assert refused(session, sql).startswith("ERROR 1064 (42000): not simulated: ")
