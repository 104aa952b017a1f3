"""Carries out the commands of a line, as bash and dash do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from simulators.embedded.call import Call, NotSimulatedError
from simulators.embedded.shell import built_in, expanding
from simulators.embedded.shell.executing import ProgramMissingError, execute
from simulators.embedded.shell.parsing import parse
from simulators.embedded.shell.redirecting import RedirectionError, redirected
from simulators.embedded.shell.session import Buffer, Dialect, Input, LoopLeft, ShellExit, State, Streams
from simulators.embedded.shell.syntax import (
    Both,
    For,
    Group,
    If,
    Item,
    Negated,
    Node,
    Pipeline,
    Redirected,
    Script,
    ShellSyntaxError,
    Simple,
    Substitution,
    While,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


async def run_text(text: str, state: State, streams: Streams) -> int:
    """Carry out a text in a shell until its end or `exit`, and return its exit status.

    Raises NotSimulatedError.
    """
    try:
        return await run_commands(text, state, streams)
    except ShellExit as left:
        state.status = left.status
        return left.status
    finally:
        end_own_process(state)


async def run_commands(text: str, state: State, streams: Streams) -> int:
    """Carry out a text in a shell that goes on afterwards, and return its exit status. Raises ShellExit for `exit`."""
    try:
        script = parse(text)
    except ShellSyntaxError as error:
        streams.err(_syntax_message(error, state))
        state.status = 2
        return 2
    return await _script(script, state, streams)


def end_own_process(state: State) -> None:
    """End the shell's own process, if `$$` ever asked for it."""
    for pid in state.pid:
        if (process := state.host.processes.get(pid)) is not None:
            state.host.end(process)
    state.pid.clear()


async def run_called(call: Call, text: str, dialect: Dialect, *, name: str, arguments: tuple[str, ...] = ()) -> int:
    """Carry out a text in a new shell that a program starts: `sh -c TEXT`, or a script."""
    state = State.called(call, dialect, name=name, arguments=arguments)
    stdin = Input(call.stdin)
    status = await run_text(text, state, Streams(stdin, call.out, call.err))
    if stdin.data != call.stdin:
        call.taken()
    return status


async def run_subshell(script: Script, state: State, streams: Streams) -> int:
    """Carry out commands in a copy of the shell, and return their exit status."""
    inner = state.copy()
    try:
        return await _script(script, inner, streams)
    except ShellExit as left:
        return left.status


def _syntax_message(error: ShellSyntaxError, state: State) -> bytes:
    if state.dialect == "sh":
        return state.complaint(error.line, error.sh)
    prefix = "-bash: " if state.is_interactive else f"{state.name}: -c: line {error.line}: "
    return "".join(f"{prefix}{line}\n" for line in error.bash.split("\n")).encode("utf-8", "surrogateescape")


async def _script(script: Script, state: State, streams: Streams) -> int:
    for item in script.items:
        if item.in_background:
            await _in_background(item, state, streams)
            state.status = 0
        else:
            state.status = await _node(item.command, state, streams)
    return state.status if script.items else 0


async def _in_background(item: Item, state: State, streams: Streams) -> None:
    """Let a command go on. What it refuses at once is refused here, what it refuses later is kept by the host."""
    inner = state.copy()
    refused: list[NotSimulatedError] = []

    async def job() -> None:
        try:
            await _node(item.command, inner, Streams(Input(), streams.out, streams.err))
        except ShellExit:
            pass
        except NotSimulatedError as refusal:
            refused.append(refusal)
            state.host.refused.append(str(refusal))

    state.host.keep(job())
    await asyncio.sleep(0)
    if refused:
        raise refused[0]


async def _node(node: Node, state: State, streams: Streams) -> int:
    match node:
        case Simple():
            return _checked(await _simple(node, state, streams), state)
        case Pipeline():
            return _checked(await _pipeline(node, state, streams), state)
        case Group(body, is_subshell=True):
            return _checked(await run_subshell(body, state, streams), state)
        case Group(body):
            return await _script(body, state, streams)
        case Redirected():
            try:
                inner = await redirected(node.redirects, state, streams, command=node.text, has_command=True)
            except RedirectionError as error:
                streams.err(error.message)
                return _checked(error.status, state)
            return await _node(node.body, state, inner)
        case Negated(body):
            return 1 if await _condition(body, state, streams) == 0 else 0
        case Both():
            return await _both(node, state, streams)
        case For() | While():
            return await _loop(node, state, streams)
        case If():
            for condition, body in node.branches:
                if await _condition(condition, state, streams) == 0:
                    return await _script(body, state, streams)
            return 0 if node.otherwise is None else await _script(node.otherwise, state, streams)


def _checked(status: int, state: State) -> int:
    """Return the status of a command; `set -e` ends the shell unless it is 0 or the command is a condition."""
    state.status = status
    if status != 0 and state.exits_on_error and not state.conditions:
        raise ShellExit(status)
    return status


async def _condition(body: Node | Script, state: State, streams: Streams) -> int:
    state.conditions += 1
    try:
        status = await (_script(body, state, streams) if isinstance(body, Script) else _node(body, state, streams))
    finally:
        state.conditions -= 1
    state.status = status
    return status


async def _both(node: Both, state: State, streams: Streams) -> int:
    status = await _condition(node.left, state, streams)
    if (status == 0) != (node.operator == "&&"):
        return status
    return await _node(node.right, state, streams)


async def _loop(node: For | While, state: State, streams: Streams) -> int:
    status = 0
    state.loops += 1
    try:
        if isinstance(node, For):
            words = await expanding.arguments(node.words, state, streams, line=1, command=f"for {node.variable} in ...")
            for word in words:
                state.variables[node.variable] = word
                status = await _turn(node.body, state, streams)
        else:
            while (await _condition(node.condition, state, streams) == 0) != node.until:
                status = await _turn(node.body, state, streams)
                await asyncio.sleep(0)  # an endless loop must not stop everybody else
    except LoopLeft as left:
        if left.depth > 1:
            raise LoopLeft(left.depth - 1, again=left.again) from None
        status = 0
    finally:
        state.loops -= 1
    return status


async def _turn(body: Script, state: State, streams: Streams) -> int:
    try:
        return await _script(body, state, streams)
    except LoopLeft as left:
        if not left.again or left.depth > 1:
            raise
        return 0


async def _pipeline(node: Pipeline, state: State, streams: Streams) -> int:
    """Run the commands one after the other: what each prints is known whole before the next one reads it."""
    stdin, status = streams.stdin, 0
    last = len(node.commands) - 1
    if any(node.with_errors) and state.dialect == "sh":
        raise NotSimulatedError("|& in /bin/sh")
    for n, command in enumerate(node.commands):
        inner = state.copy()
        buffer = Buffer()
        out = streams.out if n == last else buffer.write
        err = buffer.write if n < last and node.with_errors[n] else streams.err
        try:
            status = await _node(command, inner, Streams(stdin, out, err))
        except ShellExit as left:
            status = left.status
        stdin = Input(buffer.content)
    return status


async def _simple(node: Simple, state: State, streams: Streams) -> int:
    words = await expanding.arguments(node.words, state, streams, line=node.line, command=node.text)
    try:
        inner = await redirected(node.redirects, state, streams, command=node.text, has_command=bool(words))
    except RedirectionError as error:
        streams.err(error.message)
        return error.status
    values: dict[str, str] = {}
    for each in node.assignments:
        values[each.name] = await expanding.value(each.value, state, inner, line=node.line)
        if not words:
            state.variables |= values
    if not words:
        return state.status if _substitutes(node) else 0
    return await _run(words, values, node, state, inner)


def _substitutes(node: Simple) -> bool:
    """Return whether the status is that of a command substitution."""
    parts = [part for each in node.assignments for part in each.value] + [part for word in node.words for part in word]
    return any(isinstance(part, Substitution) for part in parts)


async def _run(words: Sequence[str], values: dict[str, str], node: Simple, state: State, streams: Streams) -> int:
    name = words[0]
    command = built_in.COMMANDS.get(name)
    if name == "exec" and len(words) > 1:
        state.status = await _program(words[1:], values, node, state, streams)
        raise ShellExit(state.status)
    if command is None:
        return await _program(words, values, node, state, streams)
    kept = {each: state.variables.get(each) for each in values}
    state.variables |= values
    try:
        return await command(built_in.BuiltIn(tuple(words), state, streams, node.line, node.text))
    finally:
        for each, value in kept.items():
            if value is None:
                state.variables.pop(each, None)
            else:
                state.variables[each] = value


async def _program(words: Sequence[str], values: dict[str, str], node: Simple, state: State, streams: Streams) -> int:
    try:
        return await execute(state.call(tuple(words), streams, {**state.env, **values}))
    except ProgramMissingError as missing:
        why = missing.why
        if state.dialect == "sh":
            why = "not found" if missing.status == 127 else "Permission denied"
        streams.err(state.complaint(node.line, f"{missing.name}: {why}"))
        return missing.status
