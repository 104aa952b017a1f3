"""Expands words: variables, command substitutions, splitting at blanks, and patterns of file names."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from typing import TYPE_CHECKING

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.shell.accounts import account, home
from simulators.embedded.shell.session import Buffer, ShellExit, State, Streams
from simulators.embedded.shell.syntax import Literal, Substitution, Tilde, Variable, Word
from simulators.embedded.shell.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

Piece = tuple[str, bool]
"""Text of a word, and whether it was quoted."""

SET_BY_BASH = frozenset({
    *("BASH", "BASHOPTS", "BASHPID", "BASH_VERSION", "BASH_VERSINFO", "COLUMNS", "DIRSTACK", "EPOCHSECONDS", "GROUPS"),
    *("FUNCNAME", "HISTFILE", "HOSTTYPE", "IFS", "LINENO", "LINES", "MACHTYPE", "MAIL", "OLDPWD", "OPTIND", "OSTYPE"),
    *("PIPESTATUS", "PPID", "PS1", "PS2", "PS4", "RANDOM", "SECONDS", "SHELLOPTS", "SHLVL", "SSH_CLIENT"),
    *("SSH_CONNECTION", "SSH_TTY", "TERM", "XDG_RUNTIME_DIR", "XDG_SESSION_ID"),
})  # fmt: skip
"""Variables that a real shell has and that are not simulated, unless somebody sets them."""


async def arguments(words: Sequence[Word], state: State, streams: Streams, *, line: int, command: str) -> list[str]:
    """Return what words expand to: each may become none, one or several."""
    found: list[str] = []
    for word in words:
        for field in await _fields(word, state, streams, line):
            found += _matching(field, state, command)
    return found


async def value(word: Word, state: State, streams: Streams, *, line: int) -> str:
    """Return what a word expands to where it is not split, as in an assignment."""
    text: list[str] = []
    for part in word:
        if isinstance(part, Variable) and part.name in "@*":
            text.append(" ".join(state.arguments))
        else:
            text.append(await _text(part, state, streams, line))
    return "".join(text)


async def _fields(word: Word, state: State, streams: Streams, line: int) -> list[list[Piece]]:
    fields: list[list[Piece]] = [[]]
    for part in word:
        if isinstance(part, Variable) and part.name == "@" and part.quoted and not part.operator:
            for n, argument in enumerate(state.arguments):
                if n > 0:
                    fields.append([])
                fields[-1].append((argument, True))
            continue
        text = await _text(part, state, streams, line)
        if isinstance(part, Tilde) or part.quoted:
            fields[-1].append((text, True))
        elif isinstance(part, Literal):
            fields[-1].append((text, False))
        else:
            _add_split(fields, text)
    return [field for field in fields if field]


def _add_split(fields: list[list[Piece]], text: str) -> None:
    """Add unquoted text, which begins a new field at each run of blanks."""
    for n, piece in enumerate(re.split(r"[ \t\n]+", text)):
        if n > 0 and fields[-1]:
            fields.append([])
        if piece:
            fields[-1].append((piece, False))


async def _text(part: Literal | Tilde | Variable | Substitution, state: State, streams: Streams, line: int) -> str:
    match part:
        case Literal():
            return part.text
        case Tilde():
            if part.user == "":
                return state.variables.get("HOME") or home(state.host, state.user)
            there = account(state.host, part.user)
            return f"~{part.user}" if there is None else there.home
        case Variable():
            return await _variable(part, state, streams, line)
        case Substitution():
            from simulators.embedded.shell.evaluating import run_subshell

            output = Buffer()
            state.status = await run_subshell(part.script, state, Streams(streams.stdin, output.write, streams.err))
            return output.content.decode("utf-8", "surrogateescape").replace("\0", "").rstrip("\n")


async def _variable(part: Variable, state: State, streams: Streams, line: int) -> str:
    found = _lookup(part.name, state)
    if part.operator == "#":
        return str(len(found or ""))
    given = found is not None and (found != "" or ":" not in part.operator)
    if part.operator.endswith("-"):
        return found or "" if given else await value(part.operand, state, streams, line=line)
    if part.operator.endswith("+"):
        return await value(part.operand, state, streams, line=line) if given else ""
    if found is None:
        if state.requires_variables:
            words = "unbound variable" if state.dialect == "bash" else "parameter not set"
            streams.err(state.complaint(line, f"{part.name}: {words}"))
            raise ShellExit(127 if state.dialect == "bash" else 2)
        return ""
    return found


def _lookup(name: str, state: State) -> str | None:
    if name.isdigit():
        if name == "0":
            return state.name
        number = int(name) - 1
        return state.arguments[number] if number < len(state.arguments) else None
    match name:
        case "?":
            return str(state.status)
        case "#":
            return str(len(state.arguments))
        case "@" | "*":
            return " ".join(state.arguments)
        case "$":
            return str(_pid(state))
        case "!" | "-":
            raise NotSimulatedError(f"${name}")
        case "HOSTNAME" | "UID" | "EUID" if name not in state.variables and state.dialect == "bash":
            known = account(state.host, state.user)
            return state.host.name if name == "HOSTNAME" else str(known.uid if known is not None else "")
        case _ if name in SET_BY_BASH and name not in state.variables:
            raise NotSimulatedError(f"${name}")
        case _:
            return state.variables.get(name)


def _pid(state: State) -> int:
    """Return the shell's process id; its process is only there from now on, and whoever runs the shell ends it."""
    if not state.pid:
        process = state.host.start(state.name, user=state.user, folder=state.folder)
        state.pid.append(process.pid)
    return state.pid[0]


def _matching(field: list[Piece], state: State, command: str) -> list[str]:
    """Return the files that match a field's unquoted pattern, or the field itself."""
    text = "".join(piece for piece, _ in field)
    if not re.search(r"[*?]|\[[^/]+\]", "".join("-" * len(piece) if quoted else piece for piece, quoted in field)):
        return [text]
    pattern = "".join(re.sub(r"([*?\[])", r"[\1]", piece) if quoted else piece for piece, quoted in field)
    pattern = pattern.replace("[^", "[!")
    hidden = [part for part in pattern.split("/") if part.startswith(".") and part not in (".", "..")]
    if any(fnmatch.fnmatchcase(name, part) for part in hidden for name in (".", "..")):
        raise NotSimulatedError(command)  # whether these two match depends on the shell's version
    absolute = posixpath.normpath(posixpath.join(state.folder, pattern)) + ("/" if pattern.endswith("/") else "")
    found = View(state.host, state.user, command).glob(absolute)
    if not pattern.startswith("/"):
        found = [posixpath.relpath(each, state.folder) + ("/" if each.endswith("/") else "") for each in found]
        found = [f"./{each}" for each in found] if pattern.startswith("./") else found
    return found or [text]
