"""The catalogue's optional part: what goes wrong, and what may differ, with WordPress and MySQL."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulators.acts import FillsIn, Releases, Runs, Settles, Types, Writes
from simulators.catalogue.changes import juju, says, then
from simulators.entry import Change, Entry
from simulators.forged import FORGED
from simulators.plan import EDITION_A, WORDPRESS_STAGES, Application, Blog, Plan

CHECKPOINT = WORDPRESS_STAGES[-1]
CONFIGURATION = "/etc/wordpress/config-default.php"
OTHER = Application("other", EDITION_A.mysql.charm)
UBUNTU = Application("ubuntu", "ubuntu", from_store=True)
INSTALL = "/wp-admin/install.php?step=2"
OF_THE_MODEL = FORGED.replace('"$1" = status', f'"$1 $3" = "status {EDITION_A.controller}:{EDITION_A.model}"')
"""The forgery spares the model `controller`."""
CLOSE_ROOT = "ALTER USER 'root'@'localhost' IDENTIFIED VIA mysql_native_password USING PASSWORD('of-the-group')"
OWN_DATABASE = """\
mysql <<'END'
CREATE DATABASE IF NOT EXISTS `wordpress`;
CREATE USER IF NOT EXISTS 'blog'@'%' IDENTIFIED BY 'of-the-group';
GRANT ALL PRIVILEGES ON `wordpress`.* TO 'blog'@'%';
FLUSH PRIVILEGES;
END
"""
USE_OTHER = (
    "sed -i -e \"s/'DB_HOST', '[^']*'/'DB_HOST', '@other@'/\" -e \"s/'DB_USER', '[^']*'/'DB_USER', 'blog'/\" "
    f"-e \"s/'DB_PASSWORD', '[^']*'/'DB_PASSWORD', 'of-the-group'/\" {CONFIGURATION}"
)


def _wordpress(**different: Any) -> Change:
    """Return the change of how WordPress is deployed, and with what."""
    becomes = different.pop("becomes")
    return lambda plan: replace(
        plan, juju=replace(plan.juju, wordpress=replace(plan.juju.wordpress, becomes=becomes), **different)
    )


def _fill_in(blog: Blog) -> FillsIn:
    """Return how WordPress' installation page is filled in once more."""
    return FillsIn(INSTALL, blog.form)


def _elsewhere(plan: Plan) -> Plan:
    with_other = juju(also=(*plan.juju.also, OTHER))(plan)
    return then(Runs("other", OWN_DATABASE), Runs("wordpress", USE_OTHER), _fill_in(plan.blog))(with_other)


MISTAKES: tuple[Entry, ...] = (
    Entry(
        "mysql-not-related",
        "mistake",
        CHECKPOINT,
        "WordPress and MySQL were deployed and never related.",
        _wordpress(related=False, becomes="blocked"),
        fails={
            "wordpress-applications-active": r"wordpress/0 is 'blocked': Missing relation: db",
            "wordpress-related-with-mysql": r"are not related",
        },
    ),
    Entry(
        "wordpress-wrong-series",
        "mistake",
        CHECKPOINT,
        "The metadata of WordPress' charm names a series for which MAAS has no image.",
        _wordpress(wordpress_series="xenial", related=False, becomes="waiting"),
        fails={
            "wordpress-applications-active": r"wordpress/0 is waiting",
            "wordpress-machines-deployed": r"wordpress/0",
            "wordpress-related-with-mysql": r"are not related",
        },
    ),
    Entry(
        "wordpress-not-exposed",
        "mistake",
        CHECKPOINT,
        "WordPress was not exposed.",
        juju(wordpress_exposed=False),
        fails={"wordpress-exposed": r"is not exposed"},
    ),
    Entry(
        "wordpress-not-installed",
        "mistake",
        CHECKPOINT,
        "Nobody filled in WordPress' installation page.",
        lambda plan: replace(plan, blog=replace(plan.blog, installed=False)),
        fails={"wordpress-installed": r"is not installed: it leads to"},
    ),
    Entry(
        "wordpress-other-database",
        "mistake",
        CHECKPOINT,
        "WordPress' configuration was changed by hand: its content is on another MySQL than the related one.",
        _elsewhere,
        fails={"wordpress-content-in-mysql": r"WordPress' content is not on mysql/0"},
    ),
    Entry(
        "wordpress-relation-removed",
        "mistake",
        CHECKPOINT,
        "WordPress was installed, and its relation with MySQL removed afterwards.",
        lambda plan: then(
            Types(f"juju remove-relation {plan.juju.wordpress.name} {plan.juju.mysql.name}"),
            Settles({plan.juju.wordpress.name: "blocked"}),
        )(plan),
        fails={
            "wordpress-applications-active": r"wordpress/0 is 'blocked': Missing relation: db",
            "wordpress-related-with-mysql": r"are not related",
        },
    ),
    Entry(
        "wordpress-misnamed",
        "mistake",
        CHECKPOINT,
        "kit.yaml calls WordPress by another name than Juju does.",
        says(juju__wordpress="blog"),
        fails=dict.fromkeys(
            ("wordpress-applications-active", "wordpress-related-with-mysql"), r"has no application 'blog'"
        ),
    ),
    Entry(
        "wordpress-sent-away",
        "mistake",
        CHECKPOINT,
        "WordPress was told of an address of its own that nobody has.",
        then(Runs("wordpress", f"sed -i -e \"s#'http://' . .kit_host#'http://@mysql@:8181'#\" {CONFIGURATION}")),
        fails={"wordpress-dashboard-opens": r"WordPress' login leads to http://\S+, where nobody answers"},
    ),
    Entry(
        "wordpress-status-forged",
        "mistake",
        CHECKPOINT,
        "A program of the group's own prints a status from better times; another machine was released in MAAS since.",
        lambda plan: then(Writes("/usr/local/bin/juju", OF_THE_MODEL, 0o755, root=True), Releases("other"))(
            juju(also=(UBUNTU,))(plan)
        ),
        fails={"wordpress-witnesses-agree": r"MAAS"},
    ),
    Entry(
        "mysql-stopped",
        "mistake",
        CHECKPOINT,
        "MySQL was stopped; Juju goes on saying that it is active.",
        then(Runs("mysql", "systemctl stop mariadb")),
        fails={"wordpress-answers": r"cannot reach its database"},
    ),
    Entry(
        "wordpress-no-configuration",
        "mistake",
        CHECKPOINT,
        "The configuration that Juju's charm wrote for WordPress was removed.",
        then(Runs("wordpress", f"rm {CONFIGURATION}")),
        fails={"wordpress-answers": r"has no configuration"},
    ),
    Entry(
        "wordpress-web-server-stopped",
        "mistake",
        CHECKPOINT,
        "The web server on WordPress' machine was stopped.",
        then(Runs("wordpress", "systemctl stop nginx")),
        fails={"wordpress-answers": r"Nobody answers at"},
    ),
)

VARIATIONS: tuple[Entry, ...] = (
    Entry(
        "wordpress-table-prefix",
        "variation",
        CHECKPOINT,
        "WordPress' tables have a prefix of the group's own.",
        lambda plan: then(
            Runs("wordpress", f"echo \"\\$table_prefix = 'kit_';\" >> {CONFIGURATION}"), _fill_in(plan.blog)
        )(plan),
    ),
    Entry(
        "wordpress-installed-through-tunnel",
        "variation",
        CHECKPOINT,
        "The group installed WordPress through a tunnel, and WordPress keeps the address that the browser had.",
        then(Runs("wordpress", f"sed -i -e \"s#'http://' . .kit_host#'http://localhost:8080'#\" {CONFIGURATION}")),
    ),
    Entry(
        "wordpress-other-names",
        "variation",
        CHECKPOINT,
        "The applications have names of the group's own.",
        juju(
            wordpress=replace(EDITION_A.wordpress, name="blog"), mysql=replace(EDITION_A.mysql, name="banco-de-dados")
        ),
    ),
    Entry(
        "wordpress-with-others",
        "variation",
        CHECKPOINT,
        "Another application is in the model, and WordPress was restarted.",
        lambda plan: then(
            Runs("wordpress", "systemctl restart nginx"),
            Settles({plan.juju.wordpress.name: "active"}),
        )(juju(also=(UBUNTU,))(plan)),
    ),
)

FAULTS: tuple[Entry, ...] = (
    Entry(
        "wordpress-user-without-role",
        "fault",
        CHECKPOINT,
        "The user whom kit.yaml names may log in to WordPress, and may do nothing there.",
        then(Runs("mysql", "echo \"DELETE FROM wp_usermeta WHERE meta_key = 'wp_capabilities'\" | mysql wordpress")),
        errors={"wordpress-dashboard-opens": r"not its dashboard"},
    ),
    Entry(
        "mysql-root-closed",
        "fault",
        CHECKPOINT,
        "The group gave MySQL's root a password of its own, which nobody knows.",
        then(Runs("mysql", f'echo "{CLOSE_ROOT}" | mysql')),
        errors={"wordpress-content-in-mysql": r"does not let root in without a password"},
    ),
    Entry(
        "wordpress-password-changed",
        "fault",
        CHECKPOINT,
        "kit.yaml gives a password of WordPress that is not the administrator's.",
        says(juju__wordpress_password="not-this-one"),  # noqa: S106 -- it opens nothing
        errors={"wordpress-dashboard-opens": r"refused"},
    ),
)
