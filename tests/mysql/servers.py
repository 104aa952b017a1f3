"""A server with a database and a user of it, as the lab's charm makes them, for all tests of this folder."""

from __future__ import annotations

import pytest

from simulators.mysql import MysqlError, Server, Session

MADE = """\
CREATE DATABASE IF NOT EXISTS `blog`;
CREATE USER IF NOT EXISTS 'writer'@'%' IDENTIFIED BY 'first';
ALTER USER 'writer'@'%' IDENTIFIED BY 'secret';
GRANT ALL PRIVILEGES ON `blog`.* TO 'writer'@'%';
FLUSH PRIVILEGES;
"""
POSTS = """\
CREATE TABLE posts (
  ID bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  title text NOT NULL,
  name varchar(10) NOT NULL DEFAULT '',
  made datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  note text,
  PRIMARY KEY (ID),
  UNIQUE KEY name (name),
  KEY made (made)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
"""
CLIENT = "172.16.0.12"


def root(server: Server) -> Session:
    """Return root's session by the socket."""
    return server.connect("root", "localhost", None, system_user="root")


def made() -> Server:
    """Return the server; its clock stands still at the beginning of 2027."""
    server = Server("server2", now=lambda: 1798761600.0)
    root(server).run(MADE)
    return server


def writer(server: Server | None = None) -> Session:
    """Return the user's session from another machine, in its database with an empty table."""
    session = (server or made()).connect("writer", CLIENT, "secret", "blog")
    session.run(POSTS)
    return session


def refused(session: Session, sql: str) -> str:
    """Return the refusal of a statement as the client prints it."""
    with pytest.raises(MysqlError) as error:
        session.run(sql)
    return error.value.shown()
