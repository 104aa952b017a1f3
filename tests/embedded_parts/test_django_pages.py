"""What the application answers on its host: the lab's measured table, and that it follows the host's own files."""

from __future__ import annotations

import re

import pytest

from simulators.embedded import django_site, postgresql
from simulators.embedded.call import NotSimulatedError
from simulators.embedded.host import Host
from tests.embedded_parts.kit import Browser, Kit, Page, browser, edit, on_loop, serve

GREETING = "Hello, world. You're at the tasks index."
FOLDER = "/home/ubuntu/tasks"
VIEWS, URLS = f"{FOLDER}/tasks/views.py", f"{FOLDER}/tasks/urls.py"
SETTINGS, ROOT_URLS = f"{FOLDER}/portfolio/settings.py", f"{FOLDER}/portfolio/urls.py"


async def log_in(visitor: Browser, password: str = "cloud", **headers: str) -> Page:
    """Log in to the admin; return its answer."""
    page = await visitor.get("/admin/login/?next=/admin/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    form = {"username": "cloud", "password": password, "next": "/admin/", "csrfmiddlewaretoken": token[1]}
    return await visitor.post("/admin/login/?next=/admin/", form, **headers)


@on_loop
async def test_each_address_answers_as_measured() -> None:
    """The lab's table of requests, on the embedded host."""
    kit = Kit()
    await kit.database()
    visitor = browser(await kit.django())
    root, bare, tasks, admin = [await visitor.get(path) for path in ("/", "/tasks", "/tasks/", "/admin/")]
    login = await visitor.get(admin.headers["location"])

    assert (root.status, "DEBUG = True" in root.text, "portfolio.urls" in root.text) == (404, True, True)
    assert (bare.status, bare.headers["location"]) == (301, "/tasks/")
    assert (tasks.status, tasks.text, tasks.headers["content-type"]) == (200, GREETING, "text/html; charset=utf-8")
    assert (admin.status, admin.headers["location"]) == (302, "/admin/login/?next=/admin/")
    assert (login.status, "csrfmiddlewaretoken" in login.text) == (200, True)


@on_loop
async def test_login() -> None:
    """302 with a session; 200 and none for a wrong password; 403 for a form of another site."""
    kit = Kit()
    await kit.database()
    host = await kit.django()
    right, wrong = await log_in(browser(host)), await log_in(browser(host), "guess")
    own = await log_in(browser(host), Origin="http://172.16.0.12:8080")
    foreign = await log_in(browser(host), Origin="http://elsewhere.example")

    assert [page.status for page in (right, wrong, own, foreign)] == [302, 200, 302, 403]
    assert [cookie.partition("=")[0] for cookie in right.cookies] == ["csrftoken", "sessionid"]
    assert all("sessionid" not in cookie for cookie in wrong.cookies)


@on_loop
async def test_static_files() -> None:
    """As with runserver, the admin's style is served, and a missing file is a debug page."""
    kit = Kit()
    await kit.database()
    visitor = browser(await kit.django())
    style, missing = await visitor.get("/static/admin/css/base.css"), await visitor.get("/static/nothing.css")

    assert (style.status, style.headers["content-type"], len(style.text) > 10_000) == (200, "text/css", True)
    assert missing.status == 404


@on_loop
async def test_database_gone() -> None:
    """While it runs: only what asks the database fails, and everything works when it is back."""
    kit = Kit()
    _, cluster = await kit.database()
    host = await kit.django()
    await cluster.stop()
    pages = [await browser(host).get(path) for path in ("/tasks/", "/admin/login/")]
    login = await log_in(browser(host))
    await cluster.start()

    assert [page.status for page in pages] == [200, 200]
    assert (login.status, "OperationalError at /admin/login/" in login.text) == (500, True)
    assert "connection to server at &quot;server1&quot; (172.16.0.11), port 5432 failed" in login.text
    assert (await log_in(browser(host))).status == 302


@on_loop
async def test_tables_missing() -> None:
    """Nobody ran `migrate`: PostgreSQL says so."""
    kit = Kit()
    _, cluster = await kit.database()
    host = await kit.django()
    cluster.drop_database("tasks")
    cluster.create_database("tasks", owner="cloud")
    login = await log_in(browser(host))

    assert login.status == 500
    assert "ProgrammingError at /admin/login/" in login.text
    assert "relation &quot;auth_user&quot; does not exist" in login.text


@pytest.mark.parametrize(
    "message",
    [
        "Olá, mundo!",
        'a "quoted" \\ text',
        "\N{ROCKET}\n<script>'1' && 2</script>",
        "All work. " * 12_000,
        "",
        "%s {0} {{ 7 }}",
    ],
)
@on_loop
async def test_message_follows_views_at_once(message: str) -> None:
    """Whatever text a group writes is what the page says, at its own path and at the lab's."""
    kit = Kit()
    await kit.database()
    host = await kit.django()
    visitor = browser(host)
    before = await visitor.get("/tasks/grupo/")
    edit(host, VIEWS, f'"{GREETING}"', repr(message))
    edit(host, URLS, "]", '    path("grupo/", views.index, name="group"),\n]')
    after = [await visitor.get(path) for path in ("/tasks/grupo/", "/tasks/", "/tasks/grupo")]

    assert before.status == 404
    assert [(page.status, page.text) for page in after] == [(200, message), (200, message), (301, "")]


@on_loop
async def test_paths_in_the_project() -> None:
    """A second function, and a path beside /tasks/."""
    kit = Kit()
    await kit.database()
    host = await kit.django()
    edit(host, VIEWS, "def index", 'def other(request):\n    return HttpResponse("the other")\n\n\ndef index')
    edit(host, ROOT_URLS, "import include, path", "import include, path\nfrom tasks import views")
    edit(host, ROOT_URLS, "]", '    path("other/", views.other),\n]')

    assert (await browser(host).get("/other/")).text == "the other"
    assert (await browser(host).get("/tasks/")).text == GREETING


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (VIEWS, f'HttpResponse("{GREETING}")', "HttpResponse(open('/etc/passwd').read())"),
        (VIEWS, f'HttpResponse("{GREETING}")', "HttpResponse('x', status=500)"),
        (VIEWS, "    return", "    request.session.flush()\n    return"),
        (VIEWS, "    return", "  return ("),
        (VIEWS, "def index", "@login_required\ndef index"),
        (VIEWS, "def index", "def other"),
        (URLS, "views.index", "views.nothing"),
        (URLS, "urlpatterns = [", "urlpatterns = make() + ["),
        (URLS, 'path("", views.index', 're_path("", views.index'),
        (ROOT_URLS, 'include("tasks.urls")', 'include("others.urls")'),
    ],
)
@on_loop
async def test_code_that_nobody_plays(path: str, old: str, new: str) -> None:
    """What a group's code would do is never guessed and never executed: nobody sees an answer."""
    kit = Kit()
    await kit.database()
    host = await kit.django()
    edit(host, path, old, new)

    with pytest.raises(NotSimulatedError):
        await browser(host).get("/tasks/")
    assert len(host.refused) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DEBUG = True", "DEBUG = False"),
        ('"PORT": "5432"', '"PORT": port()'),
        ("django.db.backends.postgresql", "mysql"),
    ],
)
@on_loop
async def test_settings_that_nobody_plays(old: str, new: str) -> None:
    """The same for settings: the page needs none of them, the database does."""
    kit = Kit()
    await kit.database()
    host = await kit.django()
    edit(host, SETTINGS, old, new)

    assert (await browser(host).get("/tasks/")).status == 200
    with pytest.raises(NotSimulatedError):
        await log_in(browser(host))


@on_loop
async def test_hosts_of_many_kits_share_nothing() -> None:
    """Two kits side by side in one process: messages, paths, sessions and rows are each kit's own."""
    kits = [Kit(), Kit()]
    hosts: list[Host] = []
    for number, kit in enumerate(kits):
        await kit.database()
        host = await kit.django()
        edit(host, VIEWS, GREETING, f"kit {number}")
        edit(host, URLS, 'path(""', f'path("kit-{number}/"')
        hosts.append(host)
    for host in reversed(hosts):
        await log_in(browser(host))
    visitors = [browser(host) for host in hosts]
    for visitor in visitors:
        await log_in(visitor)
    said = [(await visitor.get(f"/tasks/kit-{number}/")).text for number, visitor in enumerate(visitors)]
    crossed = [(await visitor.get(f"/tasks/kit-{1 - number}/")).status for number, visitor in enumerate(visitors)]
    visitors[0].cookies, visitors[1].cookies = visitors[1].cookies, visitors[0].cookies
    entered = [(await visitor.get("/admin/")).status for visitor in visitors]

    assert (said, crossed, entered) == (["kit 0", "kit 1"], [404, 404], [302, 302])


@pytest.mark.parametrize("database", ["server1", "SERVER1", "server1.maas", "172.16.0.11"])
@on_loop
async def test_database_by_name_or_address(database: str) -> None:
    """settings.py names the database host as the group likes."""
    kit = Kit()
    await kit.database()

    assert (await log_in(browser(await kit.django(database=database)))).status == 302


@on_loop
async def test_own_postgresql() -> None:
    """A PostgreSQL of the server's own asks for the password, even on loopback, and holds the data there."""
    kit = Kit()
    _, shared = await kit.database()
    host = await kit.django()
    own = postgresql.install(host)
    own.create_role("cloud", password="cloud")
    own.create_database("tasks", owner="cloud")
    await own.start()
    django_site.name_database(host, "localhost")
    django_site.make_tables(host)
    login = await log_in(browser(host))
    sessions = "select count(*) from django_session"

    assert login.status == 302
    assert own.databases["tasks"].connection.execute(sessions).fetchone() == (1,)
    assert shared.databases["tasks"].connection.execute(sessions).fetchone() == (0,)


@on_loop
async def test_sqlite_file() -> None:
    """ENGINE sqlite3 keeps the data in a file of the host; without the file there are no tables."""
    kit = Kit()
    _, shared = await kit.database()
    host = await kit.django()
    text = host.files.read(SETTINGS).decode()
    sqlite = '{"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}\n'
    host.files.write(SETTINGS, re.sub(r"(?ms)^DATABASES = .*?^\}\n", f"DATABASES = {sqlite}", text))
    django_site.make_tables(host)
    login = await log_in(browser(host))
    is_file = host.files.is_file(f"{FOLDER}/db.sqlite3")
    host.files.remove(f"{FOLDER}/db.sqlite3")
    gone = await log_in(browser(host))

    assert (login.status, is_file, gone.status) == (302, True, 500)
    assert "OperationalError" in gone.text
    assert shared.databases["tasks"].connection.execute("select count(*) from django_session").fetchone() == (0,)


@on_loop
async def test_form_that_is_too_long() -> None:
    """Django refuses it by its length; what is beyond the bound is never read."""
    kit = Kit()
    await kit.database()
    host = await kit.django()
    visitor = browser(host)
    await visitor.get("/admin/login/")

    assert (await visitor.post("/admin/login/", {"username": "x" * 3_000_000})).status == 400


@on_loop
async def test_server_on_loopback_and_other_port() -> None:
    """`runserver` without an address listens for this machine only, on 8000."""
    kit = Kit()
    await kit.database()
    host = await kit.django()
    await serve(host, "8000")

    assert {port: listener.bind for port, listener in host.listeners.items()} == {8080: "0.0.0.0", 8000: "127.0.0.1"}
