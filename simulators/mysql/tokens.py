"""SQL as MySQL reads it, word by word: strings with backslashes, names in backticks, comments, statements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from simulators.mysql.errors import not_simulated

Value = int | float | str | bytes | None
"""What a field holds."""
Kind = Literal["word", "name", "string", "number", "sign", "variable"]

_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}
_TOKEN = re.compile(
    r"""(?P<space>\s+|--(?=\s|$)[^\n]*|\#[^\n]*|/\*(?!!).*?\*/)
    |(?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
    |(?P<name>`(?:[^`]|``)+`)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w$])|\.\d+)
    |(?P<variable>@@(?:(?:global|session|local)\.)?\w+)
    |(?P<word>[\w$]+)
    |(?P<sign><=>|<>|!=|<=|>=|\|\||&&|:=|<<|>>|==|->|[-+*(),.;=<>@/%!^&|~?:{}\[\]])""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a statement."""

    kind: Kind
    text: str
    """As written; of strings and names, what they mean."""
    before: str
    """The white space before it."""
    line: int
    """Of the whole text, counted from 1."""
    start: int
    """Where it begins in the whole text."""
    end: int

    def says(self, *words: str) -> bool:
        """Return whether it is one of these keywords or signs, given in capitals."""
        return self.kind in ("word", "sign") and self.text.upper() in words


Statement = Sequence[Token]


def statements(text: str) -> Iterator[Statement]:
    """Yield each statement's words, without the semicolon. Raises MysqlError for what cannot be read."""
    found: list[Token] = []
    before, at, line = "", 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise not_simulated(text[at : at + 60].split("\n")[0])
        kind, written = match.lastgroup, match[0]
        if kind == "space":
            before = " " if written[0] in "-#/" else written
        elif written == ";" and kind == "sign":
            if found:
                yield found
            found, before = [], ""
        else:
            place = (line, at, match.end())
            found.append(Token(kind, _meaning(kind, written), before, *place))  # pyright: ignore[reportArgumentType] -- the groups' names
            before = ""
        line += written.count("\n")
        at = match.end()
    if found:
        yield found


def _meaning(kind: str | None, written: str) -> str:
    if kind == "name":
        return written[1:-1].replace("``", "`")
    if kind != "string":
        return written
    quote, inside = written[0], written[1:-1]
    return re.sub(
        rf"\\(.)|{quote}{quote}",
        lambda found: quote if found[1] is None else _ESCAPES.get(found[1], found[1]),
        inside,
        flags=re.DOTALL,
    )


def literal(value: Value) -> str:
    """Return a value as it is written in a statement."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    if isinstance(value, int | float):
        return str(value)
    quoted = value.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0").replace("\n", "\\n")
    return f"'{quoted}'"


def written(tokens: Statement) -> str:
    """Return words as a person would write them, for messages."""
    marks = {"string": "'{}'", "name": "`{}`"}
    parts = [f"{' ' if each.before else ''}{marks.get(each.kind, '{}').format(each.text)}" for each in tokens]
    return "".join(parts).strip()


class Reader:
    """Walks through the words of one statement."""

    def __init__(self, tokens: Statement) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def next(self) -> Token | None:
        """The next word; None at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, *words: str) -> bool:
        """Go past these keywords if they come next, all of them; return whether they did."""
        following = self.tokens[self.at : self.at + len(words)]
        if len(following) < len(words) or not all(one.says(word) for one, word in zip(following, words, strict=True)):
            return False
        self.at += len(words)
        return True

    def want(self, *words: str) -> None:
        """Go past these keywords. Raises MysqlError when others come."""
        if not self.take(*words):
            raise self.refusal()

    def name(self) -> str:
        """Return a name, quoted or not. Raises MysqlError."""
        token = self.next
        if token is None or token.kind not in ("word", "name"):
            raise self.refusal()
        self.at += 1
        return token.text

    def string(self) -> str:
        """Return a string's content. Raises MysqlError."""
        token = self.next
        if token is None or token.kind != "string":
            raise self.refusal()
        self.at += 1
        return token.text

    def end(self) -> None:
        """Raise MysqlError unless everything was read."""
        if self.next is not None:
            raise self.refusal()

    def rest(self) -> Statement:
        """Return what was not read yet, which then counts as read."""
        found = self.tokens[self.at :]
        self.at = len(self.tokens)
        return found

    def refusal(self) -> Exception:
        """Return the refusal of the whole statement."""
        return not_simulated(written(self.tokens))
