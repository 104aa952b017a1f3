"""Takes the words of a command line apart: quotes, escapes, expansions, and where each of them ends.

tree-sitter finds the commands; inside a word its tree is not exact enough (`$a$b.txt` comes as two words, blanks before
an expansion belong to the `$`), so words are read from the text itself, as POSIX describes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.shell.syntax import (
    Literal,
    Part,
    Script,
    ShellSyntaxError,
    Substitution,
    Tilde,
    Variable,
    Word,
)

Parse = Callable[[str], Script]
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = "?$#@*!-0123456789"
_BRACES = re.compile(r"\{[^{}'\"\s]*(?:,|\.\.)[^{}'\"\s]*\}")
_TILDE = re.compile(r"~([A-Za-z0-9_-]*)(?=/|$)")
_PARAMETER = re.compile(r"([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[?$#@*!-])(?:(:?[-+])(.*))?", re.DOTALL)


def unterminated(mark: str) -> ShellSyntaxError:
    """Return the error for a quote or bracket that is never closed."""
    if mark in "'\"":
        return ShellSyntaxError(
            f"unexpected EOF while looking for matching `{mark}'", "Syntax error: Unterminated quoted string"
        )
    sh = "EOF in backquote substitution" if mark == "`" else f'end of file unexpected (expecting "{mark}")'
    return ShellSyntaxError(f"unexpected EOF while looking for matching `{mark}'", f"Syntax error: {sh}")


def end_of(text: str, at: int) -> int:
    """Return the position after whatever begins at `at`: an escape, quotes, an expansion, or one character.

    Raises ShellSyntaxError when it is not closed.
    """
    mark = text[at]
    if mark == "\\":
        return min(at + 2, len(text))
    if mark == "'":
        close = text.find("'", at + 1)
        if close < 0:
            raise unterminated("'")
        return close + 1
    if mark in '"`':
        return _until(text, at + 1, mark)
    if mark == "$" and text[at + 1 : at + 2] in ("(", "{"):
        return _until(text, at + 2, ")" if text[at + 1] == "(" else "}")
    return at + 2 if mark == "$" and text[at + 1 : at + 2] == "$" else at + 1


def _until(text: str, at: int, close: str) -> int:
    """Return the position after the `close` that ends what begins before `at`."""
    while at < len(text):
        mark = text[at]
        if mark == close:
            return at + 1
        if close == "`":
            at += 2 if mark == "\\" else 1
        elif close == '"' and mark == "'":
            at += 1
        elif close == ")" and mark == "(":
            at = _until(text, at + 1, ")")
        else:
            at = end_of(text, at)
    raise unterminated(close)


def require_closed(text: str) -> None:
    """Raise ShellSyntaxError when a quote or an expansion is never closed; comments are not looked at."""
    at = 0
    while at < len(text):
        if text[at] == "#" and (at == 0 or text[at - 1] in " \t\n;&|()"):
            at = text.find("\n", at)
            if at < 0:
                return
        at = end_of(text, at)


def split(text: str) -> list[str]:
    """Return the words of a simple command as they are written. Raises NotSimulatedError when it is not simple."""
    words: list[str] = []
    begin: int | None = None
    at = 0
    while at < len(text):
        mark = text[at]
        if mark in " \t" or (mark == "\\" and text[at + 1 : at + 2] == "\n" and begin is None):
            if begin is not None:
                words.append(text[begin:at])
                begin = None
            at += 1 if mark in " \t" else 2
            continue
        if mark in ";&|<>()\n" or (mark == "#" and begin is None):
            raise NotSimulatedError(text)
        begin = at if begin is None else begin
        at = end_of(text, at)
    if begin is not None:
        words.append(text[begin:])
    return words


def word(text: str, parse: Parse) -> Word:
    """Return a word's parts. Raises NotSimulatedError for expansions that are not simulated, ShellSyntaxError."""
    if (braces := _BRACES.search(_unquoted(text))) is not None:
        raise NotSimulatedError(f"{braces[0]} in {text}")
    tilde = _TILDE.match(text)
    if tilde is None:
        parts = _parts(text, parse, quoted=False)
        if any(isinstance(part, Literal) and not part.quoted and "$" in part.text for part in parts) and any(
            isinstance(part, Variable | Substitution) and not part.quoted for part in parts
        ):
            raise NotSimulatedError(text)  # bash 5 splits what is expanded beside a bare `$` in a way of its own
        return tuple(parts)
    return (Tilde(tilde[1]), *_parts(text[tilde.end() :], parse, quoted=False))


def _unquoted(text: str) -> str:
    """Return the text with blanks instead of everything that is quoted or expanded."""
    found: list[str] = []
    at = 0
    while at < len(text):
        end = end_of(text, at)
        found.append(text[at] if end == at + 1 else " ")
        at = end
    return "".join(found)


def _parts(text: str, parse: Parse, *, quoted: bool) -> list[Part]:
    parts: list[Part] = []
    plain: list[str] = []

    def flush() -> None:
        if plain:
            parts.append(Literal("".join(plain), quoted))
            plain.clear()

    at = 0
    while at < len(text):
        mark, end = text[at], end_of(text, at) if not quoted or text[at] not in "'\"" else at + 1
        inside = text[at + 1 : end - 1]
        if mark == "\\":
            escaped = text[at + 1 : at + 2]
            if escaped == "\n":
                pass
            elif not quoted:
                flush()
                parts.append(Literal(escaped or "\\", quoted=True))
            else:
                plain.append(escaped if escaped and escaped in '$`"\\' else "\\" + escaped)
        elif mark == "'" and not quoted:
            flush()
            parts.append(Literal(inside, quoted=True))
        elif mark == '"' and not quoted:
            flush()
            parts += _parts(inside, parse, quoted=True) or [Literal("", quoted=True)]
        elif mark == "`":
            flush()
            parts.append(Substitution(parse(re.sub(r"\\([$`\\])", r"\1", inside)), quoted))
        elif mark == "$":
            part, end = _dollar(text, at, end, parse, quoted=quoted)
            if part is None:
                plain.append("$")
            else:
                flush()
                parts.append(part)
        else:
            plain.append(mark)
        at = end
    flush()
    return parts


def _dollar(text: str, at: int, end: int, parse: Parse, *, quoted: bool) -> tuple[Part | None, int]:
    """Return what the `$` at `at` begins, None for a mere `$`, and the position after it."""
    following = text[at + 1 : at + 2]
    if following == "(":
        if text.startswith("((", at + 1):
            raise NotSimulatedError(text[at:end])
        return Substitution(parse(text[at + 2 : end - 1]), quoted), end
    if following == "{":
        return _parameter(text[at + 2 : end - 1], parse, quoted=quoted), end
    if (name := NAME.match(text, at + 1)) is not None:
        return Variable(name[0], quoted), name.end()
    if following and following in _SPECIAL:
        return Variable(following, quoted), at + 2
    if following and following in "'\"[" and not quoted:
        raise NotSimulatedError(text[at:])
    return None, at + 1


def _parameter(inside: str, parse: Parse, *, quoted: bool) -> Variable:
    if inside.startswith("#") and NAME.fullmatch(inside, 1):
        return Variable(inside[1:], quoted, "#")
    found = _PARAMETER.fullmatch(inside)
    if found is None:
        raise NotSimulatedError(f"${{{inside}}}")
    name, operator, operand = found[1], found[2] or "", found[3] or ""
    if quoted:
        return Variable(name, quoted, operator, tuple(_parts(operand, parse, quoted=True)))
    return Variable(name, quoted, operator, word(operand, parse))
