"""The tables of WordPress 6.1: names and columns are its interface to whoever reads its database."""

from __future__ import annotations

from collections.abc import Mapping

_ID = "bigint(20) unsigned NOT NULL AUTO_INCREMENT"
_REFERENCE = "bigint(20) unsigned NOT NULL DEFAULT 0"
_NUMBER = "int(11) NOT NULL DEFAULT 0"
_COUNT = "bigint(20) NOT NULL DEFAULT 0"
_DATE = "datetime NOT NULL DEFAULT '0000-00-00 00:00:00'"


def _word(length: int, default: str = "") -> str:
    return f"varchar({length}) NOT NULL DEFAULT '{default}'"


def _meta(of: str, key: str = "meta_id") -> Mapping[str, str]:
    return {key: _ID, of: _REFERENCE, "meta_key": "varchar(255) DEFAULT NULL", "meta_value": "longtext"}


TABLES: Mapping[str, Mapping[str, str]] = {
    "users": {
        "ID": _ID,
        "user_login": _word(60),
        "user_pass": _word(255),
        "user_nicename": _word(50),
        "user_email": _word(100),
        "user_url": _word(100),
        "user_registered": _DATE,
        "user_activation_key": _word(255),
        "user_status": _NUMBER,
        "display_name": _word(250),
    },
    "usermeta": _meta("user_id", "umeta_id"),
    "termmeta": _meta("term_id"),
    "terms": {"term_id": _ID, "name": _word(200), "slug": _word(200), "term_group": "bigint(10) NOT NULL DEFAULT 0"},
    "term_taxonomy": {
        "term_taxonomy_id": _ID,
        "term_id": _REFERENCE,
        "taxonomy": _word(32),
        "description": "longtext NOT NULL",
        "parent": _REFERENCE,
        "count": _COUNT,
    },
    "term_relationships": {"object_id": _REFERENCE, "term_taxonomy_id": _REFERENCE, "term_order": _NUMBER},
    "commentmeta": _meta("comment_id"),
    "comments": {
        "comment_ID": _ID,
        "comment_post_ID": _REFERENCE,
        "comment_author": "tinytext NOT NULL",
        "comment_author_email": _word(100),
        "comment_author_url": _word(200),
        "comment_author_IP": _word(100),
        "comment_date": _DATE,
        "comment_date_gmt": _DATE,
        "comment_content": "text NOT NULL",
        "comment_karma": _NUMBER,
        "comment_approved": _word(20, "1"),
        "comment_agent": _word(255),
        "comment_type": _word(20, "comment"),
        "comment_parent": _REFERENCE,
        "user_id": _REFERENCE,
    },
    "links": {
        "link_id": _ID,
        "link_url": _word(255),
        "link_name": _word(255),
        "link_image": _word(255),
        "link_target": _word(25),
        "link_description": _word(255),
        "link_visible": _word(20, "Y"),
        "link_owner": "bigint(20) unsigned NOT NULL DEFAULT 1",
        "link_rating": _NUMBER,
        "link_updated": _DATE,
        "link_rel": _word(255),
        "link_notes": "mediumtext NOT NULL",
        "link_rss": _word(255),
    },
    "options": {
        "option_id": _ID,
        "option_name": _word(191),
        "option_value": "longtext NOT NULL",
        "autoload": _word(20, "yes"),
    },
    "postmeta": _meta("post_id"),
    "posts": {
        "ID": _ID,
        "post_author": _REFERENCE,
        "post_date": _DATE,
        "post_date_gmt": _DATE,
        "post_content": "longtext NOT NULL",
        "post_title": "text NOT NULL",
        "post_excerpt": "text NOT NULL",
        "post_status": _word(20, "publish"),
        "comment_status": _word(20, "open"),
        "ping_status": _word(20, "open"),
        "post_password": _word(255),
        "post_name": _word(200),
        "to_ping": "text NOT NULL",
        "pinged": "text NOT NULL",
        "post_modified": _DATE,
        "post_modified_gmt": _DATE,
        "post_content_filtered": "longtext NOT NULL",
        "post_parent": _REFERENCE,
        "guid": _word(255),
        "menu_order": _NUMBER,
        "post_type": _word(20, "post"),
        "post_mime_type": _word(100),
        "comment_count": _COUNT,
    },
}
"""Columns by table, without the prefix."""
UNIQUE: Mapping[str, str] = {"options": "option_name"}
KEYS: Mapping[str, tuple[str, ...]] = {
    "users": ("user_login", "user_nicename", "user_email"),
    "posts": ("post_name", "post_parent", "post_author"),
    "postmeta": ("post_id", "meta_key"),
    "usermeta": ("user_id", "meta_key"),
    "options": ("autoload",),
}


def statements(prefix: str) -> list[str]:
    """Return what makes every table."""
    return [_statement(f"{prefix}{name}", name) for name in TABLES]


def _statement(whole: str, name: str) -> str:
    columns = TABLES[name]
    first = next(iter(columns))
    primary = "object_id, term_taxonomy_id" if name == "term_relationships" else first
    lines = [f"{column} {kind}" for column, kind in columns.items()]
    lines.append(f"PRIMARY KEY ({primary})")
    if name in UNIQUE:
        lines.append(f"UNIQUE KEY {UNIQUE[name]} ({UNIQUE[name]})")
    lines += [f"KEY {column} ({column})" for column in KEYS.get(name, ())]
    return f"CREATE TABLE {whole} ({', '.join(lines)}) DEFAULT CHARACTER SET utf8mb4"
