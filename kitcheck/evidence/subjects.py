"""What is pictured of a kit, and how each is come by: MAAS, the Django servers, NGINX, Juju, Grafana, WordPress."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from harness.errors import AccessRefused, CheckFailed, KitError, UnexpectedAnswer
from harness.observing import grafana, wordpress
from harness.tunnel import plain
from kitcheck.evidence import drawn
from kitcheck.evidence.browser import NARROW, Shot

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from harness.kit import Kit
    from kitcheck.evidence.browser import Camera
    from kitcheck.evidence.doorway import Doorway

ANSWERS = 12
"""Requests through NGINX in which a second answer must turn up."""
WEB_PORT = 80
LOGIN = "KITCHECK_MAAS_LOGIN"
"""The environment variable with `user:password` of MAAS' own pages."""
TABLE = 960
"""Width of the table of machines, in CSS pixels."""
DASHBOARD = "/MAAS/r/machines"
"""MAAS 3.0 to 3.7: where its own pages show the machines."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture that was taken."""

    png: bytes
    source: str
    at: str
    note: str = ""
    """What is to be said about it."""


@dataclass
class Scene:
    """A kit and what pictures are made with."""

    kit: Kit
    camera: Camera
    doorway: Doorway
    maas_login: tuple[str, str] | None = None
    answers: list[tuple[Shot, str]] = field(default_factory=list["tuple[Shot, str]"])
    """What was seen through NGINX, and when."""

    @property
    def name(self) -> str:
        """The kit's name."""
        return self.kit.description.kit

    def framed(self, shot: Shot, source: str, *, at: str = "", note: str = "") -> Taken:
        """Return a page's picture with its address above it."""
        moment = at or now()
        html = drawn.framed(shot.png, address=shot.url, source=source, kit=self.name, at=moment)
        return Taken(self.camera.render(html, width=shot.width), source, moment, note)


def now() -> str:
    """Return the time as pictures bear it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def machines(scene: Scene) -> Taken:
    """Return MAAS' page of machines when its login is known; else, and when it fails, the table of its API."""
    url = scene.kit.description.maas.url
    note = f"drawn from MAAS' API, for {LOGIN}=user:password, the login of MAAS' own pages, is not set"
    if scene.maas_login is not None:
        try:
            return _maas_page(scene, urljoin(url, DASHBOARD), *scene.maas_login)
        except KitError as failure:
            note = f"drawn from MAAS' API, for its own page could not be pictured: {plain(str(failure))}"
    at = now()
    html = drawn.machines(scene.kit.machines(), kit=scene.name, url=url, at=at)
    return Taken(scene.camera.render(html, width=TABLE), "maas", at, note)


def _maas_page(scene: Scene, url: str, user: str, password: str) -> Taken:
    def log_in(page: Page) -> None:
        page.fill("input[name=username]", user)
        if not page.is_visible("input[name=password]"):  # MAAS 3.5 and later ask for one after the other
            page.keyboard.press("Enter")
        page.fill("input[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/machines**")

    shot = scene.camera.shoot(url, scene.doorway, scripts=True, before=log_in)
    return scene.framed(shot, "maas")


def django(position: int) -> Callable[[Scene], Taken]:
    """Return how the application on the first (0) or second (1) Django server is pictured."""

    def look(scene: Scene) -> Taken:
        host, settings = scene.kit.django_host(position), scene.kit.description.django
        url = f"http://{scene.kit.address(host)}:{settings.port}{settings.path}"
        return scene.framed(scene.camera.shoot(url, scene.doorway, width=NARROW), host)

    return look


def proxied(position: int) -> Callable[[Scene], Taken]:
    """Return how the first (0) answer through NGINX, or another one (1), is pictured."""

    def look(scene: Scene) -> Taken:
        host, settings = scene.kit.role("proxy"), scene.kit.description
        port = "" if settings.proxy.port == WEB_PORT else f":{settings.proxy.port}"
        url = f"http://{scene.kit.address(host)}{port}{settings.django.path}"
        seen = scene.answers
        while len(seen) <= position:
            seen.append((_another(scene, url), now()))
        shot, at = seen[position]
        same = position > 0 and shot.text == seen[0][0].text
        note = f"no other answer came in {ANSWERS} requests" if same else ""
        return scene.framed(shot, host, at=at, note=note)

    return look


def _another(scene: Scene, url: str) -> Shot:
    """Return an answer that says something else than those seen already; the last one when none does."""
    shot = scene.camera.shoot(url, scene.doorway, width=NARROW)
    for _ in range(ANSWERS - 1):
        if all(shot.text != earlier.text for earlier, _ in scene.answers):
            break
        shot = scene.camera.shoot(url, scene.doorway, width=NARROW)
    return shot


def juju_status(scene: Scene) -> Taken:
    """Return what `juju status` prints on main, as a terminal shows it."""
    names = scene.kit.description.juju
    model = f"{names.controller}:{names.model}"
    arguments = ["juju", "status", "-m", model, "--relations"]
    command = shlex.join(arguments)
    told = scene.kit.access.run(f"PATH=$PATH:/snap/bin {command}", timeout=30.0, record=False)
    output = told.text + told.error_text
    if not output.strip():
        raise UnexpectedAnswer(f"`{command}` on main printed nothing, and ended with status {told.exit_status}")
    at = now()
    html = drawn.terminal(command, scene.kit.log.redact(output), kit=scene.name, at=at)
    return Taken(scene.camera.render(html), "main", at)


def grafana_source(scene: Scene) -> Taken:
    """Return Grafana's page about the data source that counts. Raises CheckFailed when there is none."""
    found = grafana.chosen(scene.kit)
    if found is None:
        raise CheckFailed("Grafana has no data source that points at Prometheus")
    return _grafana_page(scene, f"/connections/datasources/edit/{quote(found.uid, safe='')}")


def grafana_dashboard(scene: Scene) -> Taken:
    """Return Grafana's first dashboard that has panels. Raises CheckFailed when there is none."""
    found = next((each for each in grafana.dashboards(scene.kit) if each.panels), None)
    if found is None:
        raise CheckFailed("Grafana has no dashboard with a panel")
    return _grafana_page(scene, f"/d/{quote(found.uid, safe='')}")


def _grafana_page(scene: Scene, path: str) -> Taken:
    client = grafana.grafana(scene.kit)
    host = urlsplit(client.url).hostname or ""
    shot = scene.camera.shoot(client.url + path, scene.doorway, scripts=True, cookies=client.log_in())
    return scene.framed(shot, scene.kit.access.names.get(host, host))


def wordpress_front(scene: Scene) -> Taken:
    """Return WordPress' front page, under the name to which it leads visitors."""
    url, source = _wordpress(scene)
    return scene.framed(scene.camera.shoot(f"{url}/", scene.doorway, scripts=True), source)


def wordpress_dashboard(scene: Scene) -> Taken:
    """Return WordPress' dashboard. Raises AccessRefused when kit.yaml has no login of it."""
    settings = scene.kit.description.juju
    if settings.wordpress_user is None or settings.wordpress_password is None:
        raise AccessRefused("kit.yaml has no juju.wordpress_user and juju.wordpress_password")
    user, password = settings.wordpress_user, settings.wordpress_password.get_secret_value()

    def log_in(page: Page) -> None:
        page.fill("input[name=log]", user)
        page.fill("input[name=pwd]", password)
        page.click("input[name=wp-submit]")
        page.wait_for_url("**/wp-admin/**")

    def log_out(page: Page) -> None:
        with suppress(Exception):  # the picture is taken; the session ends by itself, too
            page.goto(str(page.locator("a[href*='action=logout']").first.get_attribute("href")))

    url, source = _wordpress(scene)
    shot = scene.camera.shoot(f"{url}/wp-login.php", scene.doorway, scripts=True, before=log_in, after=log_out)
    return scene.framed(shot, source)


def _wordpress(scene: Scene) -> tuple[str, str]:
    """Return WordPress' root as it calls itself, for which the doorway knows the way, and its machine's name."""
    site = wordpress.wordpress(scene.kit)
    address, _, port = site.address.partition(":")
    name, _, named_port = site.netloc.partition(":")
    scene.doorway.aliases[f"{name}:{named_port or WEB_PORT}"] = (address, int(port or WEB_PORT))
    return f"http://{site.netloc}", scene.kit.access.names.get(address, address)


SUBJECTS: Mapping[str, Callable[[Scene], Taken]] = {
    "machines": machines,
    "django-1": django(0),
    "django-2": django(1),
    "proxy-1": proxied(0),
    "proxy-2": proxied(1),
    "juju-status": juju_status,
    "grafana-source": grafana_source,
    "grafana-dashboard": grafana_dashboard,
    "wordpress": wordpress_front,
    "wordpress-dashboard": wordpress_dashboard,
}
"""How each subject of `captions.WANTED` is pictured. Raises KitError or CheckFailed when it cannot be."""
