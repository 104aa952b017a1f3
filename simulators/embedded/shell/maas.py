"""maas: MAAS' own command on an embedded main, with the manners of the one that Docker kits have."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin, urlsplit

from simulators.embedded.asking import NoWebError, UnresolvedError, ask
from simulators.embedded.shell.accounts import home
from simulators.embedded.shell.view import View, reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.embedded.asking import Answer
    from simulators.embedded.call import Call, Command
    from simulators.embedded.host import Host
    from simulators.maas.cli import Operation, Profile

PROGRAM = "/snap/bin/maas"
PROFILES = ".maascli.json"
"""Where a user's logins are kept, below the home folder."""


def install(host: Host, keys: Mapping[str, str]) -> None:
    """Give a host the command; `keys` are the API keys of MAAS' users, by name."""
    host.files.link(PROGRAM, "/usr/bin/snap")
    host.commands[PROGRAM] = _command(keys)


def _command(keys: Mapping[str, str]) -> Command:
    async def run(call: Call) -> int:
        # Kits whose main nobody types on do not pay for it.
        from simulators.maas.cli import CommandError

        try:
            return await _Typed(call, keys).run()
        except CommandError as error:
            call.err(f"maas: {error}\n".encode("utf-8", "surrogateescape"))
            return 2

    return run


class _Typed:
    """One command line. Its methods raise CommandError, whose message goes to the standard error."""

    def __init__(self, call: Call, keys: Mapping[str, str]) -> None:
        from simulators.maas import cli

        self._call = call
        self._keys = keys
        self._cli = cli
        self._file = posixpath.join(home(call.host, call.user), PROFILES)
        self._on_screen = call.terminal is not None and call.out is call.terminal.out

    async def run(self) -> int:
        """Do it; return the exit status."""
        words = list(self._call.argv[1:])
        if not words or {"-h", "--help"} & set(words):
            raise self._call.refuse()
        match words:
            case ("apikey", *rest):
                return self._api_key(rest)
            case ("login", name, url, *key) if len(key) < 2:
                return await self._log_in(name, url, key[0] if key else None)
            case ("logout", name):
                profiles = self._profiles()
                if profiles.pop(name, None) is None:
                    raise self._cli.CommandError(f"there is no profile '{name}'")
                return self._save(profiles)
            case ("list",):
                return self._say(*(f"{each.name} {each.url} {each.key}".rstrip() for each in self._profiles().values()))
            case ("refresh",):
                profiles = {name: await self._profile(name, p.url, p.key) for name, p in self._profiles().items()}
                return self._save(profiles)
            case (name, *_) if name in self._cli.COMMANDS:
                raise self._cli.wrong_usage(name)
            case _:
                return await self._use(words[0], words[1:])

    def _api_key(self, words: list[str]) -> int:
        """Print a user's key. MAAS 3.x reads it from its database, which only root may."""
        match words:
            case ["--username" | "-u", user]:
                pass
            case [word] if word.startswith("--username="):
                user = word.partition("=")[2]
            case _:
                raise self._cli.wrong_usage("apikey")
        if self._call.user != "root":
            raise self._cli.CommandError("only root can see API keys: sudo maas apikey --username=USER")
        if user not in self._keys:
            raise self._cli.CommandError(f"there is no user '{user}'")
        return self._say(self._keys[user])

    async def _log_in(self, name: str, site: str, word: str | None) -> int:
        fault, url = self._cli.CommandError, self._cli.api_url(site)
        if not re.fullmatch(r"\w[\w.@-]*", name) or name in self._cli.COMMANDS:
            raise fault(f"'{name}' cannot be a profile's name")
        key = await self._read_key(word)
        if key:
            answer = await self._send("GET", f"{url}users/?op=whoami", key)
            if answer.status == 401:
                raise fault("The MAAS server rejected your API key.")
            if answer.status != 200:
                raise fault(f"MAAS at {url} gave an unexpected response: {answer.status}")
        self._save(self._profiles() | {name: await self._profile(name, url, key)})
        return self._say(f"Logged in to {url} as profile '{name}'.", f"See `maas {name} --help` for what can be done.")

    async def _read_key(self, word: str | None) -> str:
        """Return the key that was given, piped in or typed; empty for anonymous access."""
        terminal = self._call.terminal
        if word is None and terminal is not None:
            terminal.out(b"API key (leave empty for anonymous access): ")
            word = await terminal.read_secret() or ""
        key = (self._call.read().decode("utf-8", "replace") if word in (None, "-") else word).partition("\n")[0].strip()
        if key and not re.fullmatch(r"[!-9;-~]+:[!-9;-~]+:[!-9;-~]+", key):
            raise self._cli.CommandError("an API key has three parts joined by colons, as `sudo maas apikey` prints it")
        return key

    async def _profile(self, name: str, url: str, key: str) -> Profile:
        """Return a login with what MAAS says that it can do."""
        answer = await self._send("GET", f"{url}describe/", "")
        kind = dict(answer.headers).get("content-type")
        if answer.status != 200 or kind != "application/json":
            raise self._cli.CommandError(f"expected a description of MAAS at {url}, got {answer.status} {kind}")
        return self._cli.Profile(name, url, key, json.loads(answer.body))

    async def _use(self, name: str, words: list[str]) -> int:
        """Run `RESOURCE OPERATION [PARAMETER]... [NAME=VALUE]...`."""
        choose, fault = self._cli.choose, self._cli.CommandError
        profiles = self._profiles()
        if name not in profiles:
            if name in self._cli.NOT_SIMULATED:
                raise fault(f"'{name}' is not simulated")
            known = ", ".join(sorted(profiles)) or "none"
            raise fault(f"'{name}' is neither a command nor a profile (profiles: {known}; see `maas --help`)")
        if len(words) < 2:
            raise self._call.refuse()
        profile, said = profiles[name], f"{name} {words[0]}"
        operations = choose(profile.resources, words[0], f"resource of maas {name}")
        operation: Operation = choose(operations, words[1], f"operation of maas {said}")
        count, rest = len(operation.parameters), words[2:]
        if len(rest) < count:
            usage = " ".join(["usage: maas", said, words[1], *operation.parameters, "[NAME=VALUE | NAME@=FILE]..."])
            raise fault(f"{operation.parameters[len(rest)]} is missing; {usage}")
        return await self._perform(profile, operation, rest[:count], [self._pair(word) for word in rest[count:]])

    async def _perform(
        self, profile: Profile, operation: Operation, places: list[str], pairs: list[tuple[str, str | bytes]]
    ) -> int:
        """Send one request; print what came back and return 0, or 2 when MAAS refused."""
        path = operation.path
        for name, value in zip(operation.parameters, places, strict=True):
            path = path.replace("{" + name + "}", quote(value, safe=""))
        query: list[tuple[str, str | bytes]] = [("op", operation.op)] if operation.op else []
        body, kind = b"", None
        if operation.method in {"POST", "PUT"} and pairs:
            body, kind = self._cli.multipart(pairs)
        else:
            query += pairs
        url = urljoin(profile.url, "/").rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
        answer = await self._send(operation.method, url, profile.key, body, kind)
        good = 200 <= answer.status < 300
        if good and self._on_screen:
            self._say("Success.", "Machine-readable output follows:")
        self._call.out(answer.body + (b"\n" if self._on_screen or not good else b""))
        return 0 if good else 2

    async def _send(self, method: str, url: str, key: str, body: bytes = b"", kind: str | None = None) -> Answer:
        headers = [("accept", "*/*"), ("user-agent", "maas")]
        headers += [("authorization", self._cli.sign(key))] if key else []
        headers += [("content-type", kind)] if kind else []
        if urlsplit(url).scheme != "http":
            raise self._call.refuse()
        try:
            return await ask(self._call.host, method, url, headers=headers, body=body)
        except NoWebError:
            raise self._call.refuse() from None
        except OSError as error:
            why = error.strerror or str(error)
            if isinstance(error, UnresolvedError):
                why = f"[Errno {error.errno}] {why}"
            raise self._cli.CommandError(f"cannot reach MAAS at {url.partition('?')[0]}: {why}") from None

    def _pair(self, word: str) -> tuple[str, str | bytes]:
        """Return name and value of `name=value`, or of `name@=file` with the file's content."""
        name, equals, value = word.partition("=")
        if not equals or not name.strip("@"):
            raise self._cli.CommandError(f"expected NAME=VALUE or NAME@=FILE, got {word!r}")
        if not name.endswith("@"):
            return name, value
        try:
            return name[:-1], View.of(self._call).read(self._call.path(value))
        except OSError as error:
            raise self._cli.CommandError(f"cannot read {value}: {reason(error)}") from None

    def _profiles(self) -> dict[str, Profile]:
        """Return all logins by name."""
        try:
            said = json.loads(self._call.host.files.read(self._file))
            return {name: self._cli.Profile(**each) for name, each in said.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError):
            raise self._cli.CommandError(f"cannot read {self._file}; remove it and log in again") from None

    def _save(self, profiles: Mapping[str, Profile]) -> int:
        self._call.host.files.write(self._file, json.dumps({name: asdict(each) for name, each in profiles.items()}))
        self._call.host.files.modes[self._file] = 0o600
        return 0

    def _say(self, *lines: str) -> int:
        for line in lines:
            self._call.say(line)
        return 0
