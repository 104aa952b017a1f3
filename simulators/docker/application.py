"""The files of the lab's application as a group edits them: each function returns a file's text with one thing changed.

All raise KitError when the text does not have the one place that they change.
"""

from __future__ import annotations

import json
import re

from harness.errors import KitError, UsageError
from simulators.plan import LAB_PATH

FOLDER = "/home/ubuntu/tasks"
"""Where the application is on a Django host."""
VIEWS, URLS = f"{FOLDER}/tasks/views.py", f"{FOLDER}/tasks/urls.py"
SETTINGS, RUN = f"{FOLDER}/portfolio/settings.py", f"{FOLDER}/run.sh"
START = "@reboot cd /home/ubuntu/tasks && ./run.sh"
"""What starts it at boot, in ubuntu's crontab."""
ANSIBLE_MARK = "#Ansible: tasks"
"""The line that Ansible writes above its own."""
SQLITE = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / "db.sqlite3",
    }
}
"""


def require_path(path: str) -> None:
    """Raise UsageError for a path that the application cannot have."""
    if not re.fullmatch(r"/tasks/([A-Za-z0-9_-]+/)*", path):
        raise UsageError(f"plan: path {path!r} cannot be built: expected one below /tasks/, as /tasks/grupo/")


def with_message(views: str, message: str) -> str:
    """Return views.py with another text in `index`: any text at all."""
    # JSON's escapes are Python's too, and it leaves no line break and no quote in the way.
    literal = json.dumps(message, ensure_ascii=False)
    return once(views, r'HttpResponse\(".*"\)', f"HttpResponse({literal})", "tasks/views.py")


def with_path(urls: str, path: str) -> str:
    """Return urls.py with the group's path, and with none of its own for the lab's path."""
    plain = re.sub(r'(?m)^.*name="group".*\n', "", urls)
    below = path.removeprefix(LAB_PATH)
    line = f'    path("{below}", views.index, name="group"),\n' if below else ""
    return once(plain, r"(?m)^\]", f"{line}]", "tasks/urls.py")


def with_port(run: str, port: int) -> str:
    """Return run.sh serving on another port."""
    return once(run, r"(?m)\b0:\d+$", f"0:{port}", "run.sh")


def with_database(settings: str, host: str) -> str:
    """Return settings.py naming another host, or address, of PostgreSQL."""
    return once(settings, r'"HOST": ".*"', f'"HOST": "{host}"', "portfolio/settings.py")


def with_sqlite(settings: str) -> str:
    """Return settings.py with a file of its own as the database."""
    return once(settings, r"(?ms)^DATABASES = \{\n.*?^\}\n", SQLITE, "portfolio/settings.py")


def once(text: str, pattern: str, new: str, file: str) -> str:
    """Return `text` with the one match of `pattern` replaced by `new` as it stands."""
    edited, count = re.subn(pattern, lambda _: new, text)
    if count != 1:
        raise KitError(f"{file} has {count} places like {pattern!r}, expected one")
    return edited
