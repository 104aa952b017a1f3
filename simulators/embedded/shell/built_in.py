"""Commands that are the shell's own: they change it, or its messages are the shell's."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from simulators.embedded.call import Call, NotSimulatedError
from simulators.embedded.shell import printing, processes, programs, testing
from simulators.embedded.shell.session import LoopLeft, ShellExit, State, Streams
from simulators.embedded.shell.view import View, reason
from simulators.embedded.shell.words import NAME


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One call of a builtin."""

    argv: tuple[str, ...]
    state: State
    streams: Streams
    line: int
    text: str

    @property
    def call(self) -> Call:
        """The same as a program would see it."""
        return self.state.call(self.argv, self.streams)

    def say(self, text: str) -> int:
        """Print a line, and return the exit status 0."""
        self.streams.out(f"{text}\n".encode("utf-8", "surrogateescape"))
        return 0

    def complain(self, text: str, status: int = 1) -> int:
        """Print a message as the shell writes it, and return the exit status. Dash ends with 2 for most of them."""
        self.streams.err(self.state.complaint(self.line, f"{self.argv[0]}: {text}"))
        return status

    def refuse(self) -> NotSimulatedError:
        """Return what to raise for what is not simulated."""
        return NotSimulatedError(self.text)

    @property
    def is_sh(self) -> bool:
        """Whether the shell is dash."""
        return self.state.dialect == "sh"


async def _cd(call: BuiltIn) -> int:
    state, words = call.state, [word for word in call.argv[1:] if word != "--"]
    if any(word.startswith("-") and word != "-" for word in words):
        raise call.refuse()
    if len(words) > 1:
        if call.is_sh:
            raise call.refuse()
        return call.complain("too many arguments")
    written = words[0] if words else state.variables.get("HOME", "")
    if written == "-":
        if "OLDPWD" not in state.variables:
            return call.complain("OLDPWD not set", 2 if call.is_sh else 1)
        written = state.variables["OLDPWD"]
        call.say(written)
    path = posixpath.normpath(posixpath.join(state.folder, written))
    view = View(state.host, state.user, call.text)
    try:
        kind = view.kind(path)
    except PermissionError as error:
        return _not_entered(call, written, reason(error))
    if path == "/root" and state.user != "root":
        return _not_entered(call, written, "Permission denied")
    if kind != "folder":
        return _not_entered(call, written, "No such file or directory" if kind is None else "Not a directory")
    state.variables |= {"OLDPWD": state.folder, "PWD": path}
    state.folder = path
    return 0


def _not_entered(call: BuiltIn, written: str, why: str) -> int:
    return call.complain(f"can't cd to {written}", 2) if call.is_sh else call.complain(f"{written}: {why}")


async def _pwd(call: BuiltIn) -> int:
    if call.argv[1:] not in ((), ("-L",), ("-P",)):
        raise call.refuse()
    return call.say(call.state.folder)


async def _exit(call: BuiltIn) -> int:
    words = list(call.argv[1:])
    if not words:
        raise ShellExit(call.state.status)
    if not words[0].lstrip("+-").isdigit():
        call.complain(f"Illegal number: {words[0]}" if call.is_sh else f"{words[0]}: numeric argument required")
        raise ShellExit(2)
    if len(words) > 1:
        return call.complain("too many arguments")
    raise ShellExit(int(words[0]) & 0xFF)


async def _export(call: BuiltIn) -> int:
    if len(call.argv) == 1 or call.argv[1].startswith("-"):
        raise call.refuse()
    for word in call.argv[1:]:
        name, equals, value = word.partition("=")
        if not NAME.fullmatch(name):
            if call.is_sh:
                call.complain(f"{name}: bad variable name")
                raise ShellExit(2)
            return call.complain(f"`{word}': not a valid identifier")
        call.state.exported.add(name)
        if equals:
            call.state.variables[name] = value
    return 0


async def _unset(call: BuiltIn) -> int:
    for name in call.argv[1:]:
        if not NAME.fullmatch(name):
            raise call.refuse()
        call.state.variables.pop(name, None)
        call.state.exported.discard(name)
    return 0


async def _set(call: BuiltIn) -> int:
    words = list(call.argv[1:])
    if not words:
        raise call.refuse()
    while words:
        word = words.pop(0)
        if len(word) < 2 or word[0] not in "+-" or not set(word[1:]) <= set("eu"):
            raise call.refuse()
        for letter in word[1:]:
            if letter == "e":
                call.state.exits_on_error = word[0] == "-"
            else:
                call.state.requires_variables = word[0] == "-"
    return 0


async def _read(call: BuiltIn) -> int:
    names = [word for word in call.argv[1:] if word != "-r"]
    if not names or not all(NAME.fullmatch(name) for name in names):
        raise call.refuse()
    line = call.streams.stdin.line()
    text = line.decode("utf-8", "surrogateescape").rstrip("\n")
    if "\\" in text and "-r" not in call.argv:
        raise call.refuse()
    values = text.strip(" \t").split(None, len(names) - 1) if text.strip(" \t") else []
    for n, name in enumerate(names):
        call.state.variables[name] = values[n].rstrip(" \t") if n < len(values) else ""
    return 0 if line.endswith(b"\n") else 1


async def _leave_loop(call: BuiltIn) -> int:
    name, depth, *more = [*call.argv, "1"]
    if not depth.isdigit() or depth == "0" or len(more) > 1:
        raise call.refuse()
    if not call.state.loops:
        if not call.is_sh:
            call.complain("only meaningful in a `for', `while', or `until' loop")
        return 0
    raise LoopLeft(min(int(depth), call.state.loops), again=name == "continue")


async def _command(call: BuiltIn) -> int:
    """`command -v NAME...`, or a command that is not a function, of which there are none here."""
    words = list(call.argv[1:])
    if words and words[0] == "-v":
        return _described(call, words[1:2] if call.is_sh else words[1:], lambda name, path: path or name)
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        from simulators.embedded.shell.executing import execute

        return await execute(call.call.with_words(*words))
    raise call.refuse()


async def _type(call: BuiltIn) -> int:
    if any(word.startswith("-") for word in call.argv[1:]):
        raise call.refuse()
    return _described(call, list(call.argv[1:]), lambda name, path: f"{name} is {path or 'a shell builtin'}")


def _described(call: BuiltIn, names: list[str], describe: Callable[[str, str], str]) -> int:
    """Print what each name means to the shell; return 1 when one means nothing (bash: when all do)."""
    if not names:
        raise call.refuse()
    found: list[bool] = []
    for name in names:
        try:
            path = "" if name in COMMANDS or name == "exec" else found_at(call.call, name)
        except LookupError:
            raise call.refuse() from None
        found.append(path is not None)
        if path is not None:
            call.say(describe(name, path))
        elif call.argv[0] == "type":
            if call.is_sh:
                call.say(f"{name}: not found")
            else:
                call.complain(f"{name}: not found")
        elif call.is_sh:
            return 127
    if call.argv[0] == "type":
        return 0 if all(found) else (127 if call.is_sh else 1)
    return 0 if any(found) else 1


def found_at(call: Call, name: str) -> str | None:
    """Return where a program is, by its name or path; None when there is none. Raises LookupError if we cannot tell."""
    if "/" not in name:
        return programs.search(call.host, name, call.env.get("PATH", ""), call.folder)
    path = call.path(name)
    there = programs.is_there(call.host, path)
    if there is None:
        there = View.of(call).kind(path) == "file"
    return name if there else None


async def _kill(call: BuiltIn) -> int:
    return processes.kill(call.call, complain=call.complain, whose="dash" if call.is_sh else "bash")


async def _true(_call: BuiltIn) -> int:
    return 0


async def _false(_call: BuiltIn) -> int:
    return 1


async def _echo(call: BuiltIn) -> int:
    return printing.echo(call.call, escapes=call.is_sh)


async def _printf(call: BuiltIn) -> int:
    return printing.printf(call.call)


async def _test(call: BuiltIn) -> int:
    def complain(text: str) -> int:
        if call.is_sh:
            raise call.refuse()
        return call.complain(text, 2)

    if call.is_sh and "==" in call.argv:
        raise call.refuse()
    return testing.test(call.call, complain)


COMMANDS: Mapping[str, Callable[[BuiltIn], Awaitable[int]]] = {
    ":": _true,
    "[": _test,
    "break": _leave_loop,
    "cd": _cd,
    "command": _command,
    "continue": _leave_loop,
    "echo": _echo,
    "exit": _exit,
    "export": _export,
    "false": _false,
    "kill": _kill,
    "printf": _printf,
    "pwd": _pwd,
    "read": _read,
    "set": _set,
    "test": _test,
    "true": _true,
    "type": _type,
    "unset": _unset,
}
