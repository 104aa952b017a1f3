"""`python3` on a Django host: it runs the application's manage.py, and nothing else."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from simulators.embedded.call import NotSimulatedError

if TYPE_CHECKING:
    from simulators.embedded.call import Call

VERSION = "3.10.12"
"""Ubuntu 22.04's."""


async def python3(call: Call) -> int:
    """Run manage.py: `runserver ADDRESS` until it is killed, `migrate`, `ensure_superuser`; and say `--version`."""
    words = list(call.argv[1:])
    if words in (["--version"], ["-V"]):
        call.say(f"Python {VERSION}")
        return 0
    if not words or words[0].startswith("-"):
        raise call.refuse()
    script = call.path(words[0])
    if not call.host.files.is_file(script):
        call.err(f"python3: can't open file '{script}': [Errno 2] No such file or directory\n".encode())
        return 2
    if posixpath.basename(script) != "manage.py":
        raise call.refuse()
    if words[1:] in (["migrate"], ["ensure_superuser"]):
        from simulators.embedded.django_site.managing import ensure_superuser, migrate

        return (migrate if words[1] == "migrate" else ensure_superuser)(call)
    if words[1:2] != ["runserver"]:
        raise call.refuse()
    return await _runserver(call, posixpath.dirname(script), words[2:])


async def _runserver(call: Call, folder: str, words: list[str]) -> int:
    from simulators.embedded.django_site.runserver import Runserver, address

    def say(text: str) -> None:
        call.out(f"{text}\n".encode())

    where = address(words, call.host)
    server = Runserver(call.host, where, call.argv[1:], user=call.user, folder=folder)
    try:
        say("Watching for file changes with StatReloader\nPerforming system checks...\n")
        server.serve(say)
        return await server.over
    except OSError:
        call.err(b"Error: That port is already in use.\n")
        return 1
    except NotSimulatedError as error:
        call.host.refused.append(str(error))
        raise
    finally:
        server.stop()
