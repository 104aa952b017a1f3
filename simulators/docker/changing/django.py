"""Changes Django on one of its hosts: its files, its database, how it is started, and what answers on its port."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simulators.docker.hands import APT, SLOW_S
from simulators.plan import UNKNOWN_NAME
from simulators.tasks import editing as application
from simulators.tasks.editing import ANSIBLE_MARK, FOLDER, RUN, SETTINGS, START, URLS, VIEWS

if TYPE_CHECKING:
    from simulators.docker.hands import Hands
    from simulators.plan import Django, Plan

STUCK = Path(__file__).with_name("stuck.py")
PROCESS = "[m]anage.py runserver"
STOP = f"pkill -KILL -f '{PROCESS}'; while pgrep -f '{PROCESS}' > /dev/null; do sleep 0.02; done"
TABLES = (
    f"cd {FOLDER} && python3 manage.py migrate && DJANGO_SUPERUSER_USERNAME=cloud DJANGO_SUPERUSER_PASSWORD=cloud "
    "DJANGO_SUPERUSER_EMAIL=cloud@localhost python3 manage.py ensure_superuser"
)
OWN_POSTGRESQL = (
    "cd / && sudo -u postgres createuser -s cloud && sudo -u postgres createdb -O cloud tasks && "
    """sudo -u postgres psql -qXc "alter role cloud password 'cloud'" """
)
WITHOUT_START = f"crontab -l | grep -vxF '{START}' | crontab -"
WITHOUT_ANSIBLE = (
    f"crontab -l | grep -vxF '{ANSIBLE_MARK}' | crontab -",
    "sudo rm -rf ~/.ansible /root/.ansible",
    # A journal cannot lose single lines: it starts anew.
    "sudo journalctl --quiet --rotate && sudo find /run/log/journal /var/log/journal -name '*@*' -delete",
)


class Server:
    """Django on one host, as it was built and as the plan wants it."""

    def __init__(self, plan: Plan, host: str, hands: Hands) -> None:
        self.host = host
        self._plan = plan
        self._hands = hands
        self._wanted = plan.servers[host]
        built = plan.structure()
        self._built: Django = built.servers[host]
        self._path_differs = plan.path != built.path
        self.starts_anew = self._path_differs or self._differs("message", "port", "database", "running", "answers")
        """Whether the process that was built does not stay."""

    def change(self) -> None:
        """Stop Django if it does not stay, and change files and database."""
        if self.starts_anew:
            self._type(STOP)
        if self._differs("message"):
            self._hands.edit(VIEWS, lambda text: application.with_message(text, self._wanted.message), on=self.host)
        if self._path_differs:
            self._hands.edit(URLS, lambda text: application.with_path(text, self._plan.path), on=self.host)
        if self._differs("port"):
            self._hands.edit(RUN, lambda text: application.with_port(text, self._wanted.port), on=self.host)
        if self._differs("database"):
            self._change_database()
        if not self._wanted.starts_at_boot:
            self._type(WITHOUT_START)
        if self.host == self._plan.by_ansible and not self._wanted.traces_of_ansible:
            for command in WITHOUT_ANSIBLE:
                self._type(command)

    def start(self, *, database_serves: bool = True) -> None:
        """Start what does not run, and return when it answers, if it will: Django does not without its database."""
        if not (self.starts_anew and self._wanted.running):
            return
        if self._wanted.answers != "application":
            self._hands.write("/home/ubuntu/stuck.py", STUCK.read_text(encoding="utf-8"), on=self.host)
            self._start("/home/ubuntu", f"python3 stuck.py {self._wanted.port} {self._wanted.answers}")
        else:
            self._start(FOLDER, "./run.sh")
            if self._wanted.database == "unresolvable":
                return
            if self._wanted.database in ("name", "address") and not database_serves:
                return
        self._hands.until_open(self.host, self._wanted.port)

    def _differs(self, *what: str) -> bool:
        return any(getattr(self._wanted, each) != getattr(self._built, each) for each in what)

    def _change_database(self) -> None:
        database = self._wanted.database
        if database == "sqlite":
            self._hands.edit(SETTINGS, application.with_sqlite, on=self.host)
            self._type(TABLES)
            return
        name = {
            "name": self._plan.database,
            "address": self._hands.addresses[self._plan.database],
            "unresolvable": UNKNOWN_NAME,
            "own-postgresql": "localhost",
        }[database]
        self._hands.edit(SETTINGS, lambda text: application.with_database(text, name), on=self.host)
        if database == "own-postgresql":
            self._type(f"{APT} postgresql postgresql-contrib", within=SLOW_S)
            self._type(OWN_POSTGRESQL)
            self._type(TABLES)

    def _start(self, folder: str, command: str) -> None:
        """Leave something running that outlives the login, as cron would."""
        # Not `cd ... && ... &`: the shell that waits for both would keep the login's output open.
        self._type(f"cd {folder} && {{ setsid {command} < /dev/null > /dev/null 2>&1 & }}")

    def _type(self, command: str, within: float = 60.0) -> None:
        self._hands.type(command, on=self.host, within=within)
