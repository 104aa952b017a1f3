"""One site for the time of one request: its configuration, its database, its options, its address, its links."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from simulators.mysql import MysqlError, Value, literal

if TYPE_CHECKING:
    from simulators.mysql import Session
    from simulators.wordpress.asked import Asked
    from simulators.wordpress.configuration import Configuration
    from simulators.wordpress.surroundings import Surroundings

NO_TABLE = 1146
NONCE_SECONDS = 43_200
"""Half of the time for which a nonce is valid."""
Row = Mapping[str, Value]


@dataclass
class Site:
    """A site, as one request finds it."""

    configuration: Configuration
    session: Session
    around: Surroundings
    host: str
    """As the request names it."""
    _options: dict[str, str] = field(default_factory=dict[str, str])

    # Database

    def rows(self, sql: str, *values: Value) -> list[Row]:
        """Return the rows of a query; `{name}` is a table, `?` a value. Raises MysqlError."""
        result = self.session.query(self._filled(sql, values))
        return [dict(zip(result.columns, row, strict=True)) for row in result.rows]

    def change(self, sql: str, *values: Value) -> int:
        """Do a statement, and return the number that AUTO_INCREMENT gave. Raises MysqlError."""
        return self.session.query(self._filled(sql, values)).last_id

    def insert(self, table: str, **values: Value) -> int:
        """Insert a row, and return its number."""
        names, marks = ", ".join(values), ", ".join("?" for _ in values)
        return self.change(f"INSERT INTO {{{table}}} ({names}) VALUES ({marks})", *values.values())  # noqa: S608 -- names of ours

    def _filled(self, sql: str, values: tuple[Value, ...]) -> str:
        given = iter(values)
        head, brace, rest = sql.partition("{")
        if brace:
            name, _, tail = rest.partition("}")
            sql = f"{head}{self.configuration.prefix}{name}{tail}"
        pieces = sql.split("?")
        return pieces[0] + "".join(f"{literal(next(given))}{piece}" for piece in pieces[1:])

    @property
    def installed(self) -> bool:
        """Whether the tables are there, with options in them."""
        try:
            return bool(self.rows("SELECT option_value FROM {options} WHERE option_name = 'siteurl'"))
        except MysqlError as error:
            if error.number == NO_TABLE:
                return False
            raise

    def option(self, name: str, default: str = "") -> str:
        """Return an option's value."""
        if not self._options:
            found = self.rows("SELECT option_name, option_value FROM {options}")
            self._options = {str(each["option_name"]): str(each["option_value"]) for each in found}
        return self._options.get(name, default)

    def set_option(self, name: str, value: str) -> None:
        """Set an option, for the next requests as well."""
        self.change(
            "INSERT INTO {options} (option_name, option_value) VALUES (?, ?) "
            "ON DUPLICATE KEY UPDATE option_value = VALUES(option_value)",
            name,
            value,
        )
        self._options.clear()

    # Addresses

    @cached_property
    def url(self) -> str:
        """The site's address, without a slash at its end."""
        return (self.configuration.constants.get("WP_SITEURL") or self.option("siteurl")).rstrip("/")

    @cached_property
    def home(self) -> str:
        """The front page's address, without a slash at its end."""
        return (self.configuration.constants.get("WP_HOME") or self.option("home")).rstrip("/")

    @property
    def rest(self) -> str:
        """Where the REST API begins; a path goes behind it."""
        structure = self.option("permalink_structure")
        if not structure:
            return f"{self.home}/index.php?rest_route=/"
        return f"{self.home}/index.php/wp-json/" if structure.startswith("/index.php/") else f"{self.home}/wp-json/"

    def link(self, post: Row) -> str:
        """Return a post's or a page's address."""
        structure = self.option("permalink_structure")
        is_page = post["post_type"] == "page"
        if not structure or post["post_status"] != "publish":
            return f"{self.home}/?{'page_id' if is_page else 'p'}={post['ID']}"
        if is_page:
            start = "/index.php" if structure.startswith("/index.php/") else ""
            return f"{self.home}{start}/{post['post_name']}/"
        year, month, day = str(post["post_date"])[:10].split("-")
        path = structure
        tags = {"year": year, "monthnum": month, "day": day, "postname": post["post_name"], "post_id": post["ID"]}
        for tag, value in tags.items():
            path = path.replace(f"%{tag}%", str(value))
        return f"{self.home}{path}"

    # Secrets

    def signed(self, scheme: str, text: str) -> str:
        """Return what only this site can make of a text: WordPress' `wp_hash`."""
        return hmac.new(self.configuration.secret(scheme), text.encode(), hashlib.md5).hexdigest()

    def nonce(self, action: str, user: int, token: str, *, before: int = 0) -> str:
        """Return the number that proves that a link is from us; of the last half day with `before` 1."""
        tick = math.ceil(self.around.now() / NONCE_SECONDS) - before
        return self.signed("nonce", f"{tick}|{action}|{user}|{token}")[-12:-2]

    def time(self) -> str:
        """Return now, in UTC, as the database has it."""
        import time

        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.around.now()))


def of(asked: Asked, configuration: Configuration, around: Surroundings) -> Site:
    """Return the site that is asked, with its database open. Raises MysqlError when it cannot be reached."""
    server, port = configuration.server
    constants = configuration.constants
    session = around.connect(server, port, constants.get("DB_USER", ""), constants.get("DB_PASSWORD", ""))
    session.use(configuration.database)
    return Site(configuration, session, around, asked.host)
