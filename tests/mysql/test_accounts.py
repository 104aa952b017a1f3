"""Who may log in from where, and what they may then do."""

from __future__ import annotations

import pytest

from simulators.mysql import MysqlError, Server
from tests.mysql.servers import CLIENT, made, refused, root, writer


def denied(server: Server, user: str, address: str, password: str | None, system_user: str | None = None) -> str:
    """Return the refusal of a login."""
    with pytest.raises(MysqlError) as error:
        server.connect(user, address, password, system_user=system_user)
    return error.value.shown()


def test_only_the_systems_root_is_root() -> None:
    """By the socket, who one is on the machine counts; over the network nobody is root."""
    server = made()

    assert root(server).query("SELECT CURRENT_USER()").rows == (("root@localhost",),)
    assert denied(server, "root", "localhost", None, "ubuntu") == (
        "ERROR 1698 (28000): Access denied for user 'root'@'localhost'"
    )
    assert denied(server, "root", CLIENT, None) == (
        f"ERROR 1045 (28000): Access denied for user 'root'@'{CLIENT}' (using password: NO)"
    )


def test_a_password_must_be_the_last_one() -> None:
    """`ALTER USER` replaces a password; a wrong one and none are refused, and told apart."""
    server = made()
    said = f"ERROR 1045 (28000): Access denied for user 'writer'@'{CLIENT}' (using password: "

    assert server.connect("writer", CLIENT, "secret").query("SELECT USER()").rows == ((f"writer@{CLIENT}",),)
    assert denied(server, "writer", CLIENT, "first") == f"{said}YES)"
    assert denied(server, "writer", CLIENT, None) == f"{said}NO)"


def test_a_client_from_whose_address_nobody_may_log_in() -> None:
    """A new server has no account for other machines: it does not even ask who is there."""
    assert denied(Server(), "writer", CLIENT, "x") == (
        f"ERROR 1130 (HY000): Host '{CLIENT}' is not allowed to connect to this MariaDB server"
    )


@pytest.mark.parametrize("pattern", ["172.16.%", "172.16.0.12", "172.16.0.0/255.255.240.0", "%"])
def test_hosts_of_an_account(pattern: str) -> None:
    """An account is for one address, for a pattern, for a network, or for everybody."""
    server = Server()
    root(server).run(f"CREATE USER 'a'@'{pattern}' IDENTIFIED BY 'x'; CREATE USER 'b'@'10.%' IDENTIFIED BY 'x'")

    assert server.connect("a", CLIENT, "x").query("SELECT CURRENT_USER()").rows == ((f"a@{pattern}",),)
    assert "1045" in denied(server, "b", CLIENT, "x")


def test_the_account_that_fits_best_counts() -> None:
    """Of two accounts of a user, that of the exact address is asked for its password."""
    server = Server()
    root(server).run(f"CREATE USER 'a'@'%' IDENTIFIED BY 'x'; CREATE USER 'a'@'{CLIENT}' IDENTIFIED BY 'y'")

    assert server.connect("a", CLIENT, "y").account.host == CLIENT
    assert "1045" in denied(server, "a", CLIENT, "x")


def test_grants_are_for_one_database() -> None:
    """A user sees and uses only what was granted; what is not there is no secret to root."""
    server = made()
    root(server).run("CREATE DATABASE other")
    session = writer(server)

    assert refused(session, "USE other") == (
        "ERROR 1044 (42000): Access denied for user 'writer'@'%' to database 'other'"
    )
    assert refused(session, "CREATE DATABASE mine").startswith("ERROR 1044 (42000)")
    assert refused(session, "SELECT * FROM other.t") == (
        f"ERROR 1142 (42000): SELECT command denied to user 'writer'@'{CLIENT}' for table `other`.`t`"
    )
    assert refused(session, "CREATE USER x").startswith("ERROR 1227 (42000)")
    assert refused(session, "GRANT SELECT ON blog.* TO 'writer'@'%'").startswith("ERROR 1044 (42000)")
    assert refused(session, "GRANT ALL ON *.* TO 'writer'@'%'").startswith("ERROR 1227 (42000)")
    assert refused(root(server), "USE nowhere") == "ERROR 1049 (42000): Unknown database 'nowhere'"
    assert session.query("SHOW DATABASES").rows == (("blog",), ("information_schema",))


def test_some_privileges_only() -> None:
    """Who may only read is refused everything else by name."""
    server = made()
    session = writer(server)
    root(server).run("CREATE USER reader IDENTIFIED BY 'r'; GRANT SELECT ON blog.* TO reader")
    reader = server.connect("reader", CLIENT, "r", "blog")

    assert reader.query("SELECT COUNT(*) FROM posts").rows == ((0,),)
    assert refused(reader, "DELETE FROM posts") == (
        f"ERROR 1142 (42000): DELETE command denied to user 'reader'@'{CLIENT}' for table `blog`.`posts`"
    )
    assert refused(reader, "DROP TABLE posts").startswith("ERROR 1044")
    root(server).run("REVOKE ALL PRIVILEGES ON blog.* FROM 'writer'@'%'")
    assert refused(session, "SELECT * FROM posts").startswith("ERROR 1142")


def test_accounts_come_and_go() -> None:
    """Making one twice, and changing or granting to one that is not there, is refused unless asked softly."""
    server = made()
    session = root(server)

    assert refused(session, "CREATE USER 'writer'@'%' IDENTIFIED BY 'x'") == (
        "ERROR 1396 (HY000): Operation CREATE USER failed for 'writer'@'%'"
    )
    assert refused(session, "GRANT ALL ON blog.* TO nobody").startswith("ERROR 1133 (28000)")
    assert refused(session, "DROP USER nobody").startswith("ERROR 1396")
    session.run("DROP USER IF EXISTS nobody; DROP USER IF EXISTS 'writer'@'%'")
    assert "1130" in denied(server, "writer", CLIENT, "secret")
    assert session.query("SELECT User FROM mysql.user WHERE Host = 'localhost'").rows == (
        ("mariadb.sys",),
        ("mysql",),
        ("root",),
    )
    assert session.query("SELECT User FROM mysql.user WHERE Host <> 'localhost'").rows == ()


def test_grants_are_shown() -> None:
    """`SHOW GRANTS` names what an account has."""
    assert writer().query("SHOW GRANTS").rows == (
        ("GRANT USAGE ON *.* TO `writer`@`%`",),
        ("GRANT ALL PRIVILEGES ON `blog`.* TO `writer`@`%`",),
    )
