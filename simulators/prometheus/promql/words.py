"""Cuts a PromQL expression into words, and says where one cannot be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


class QueryError(Exception):
    """An expression that Prometheus refuses: `1:4: parse error: ...`."""

    def __init__(self, message: str, text: str = "", at: int = 0) -> None:
        line, start = text.count("\n", 0, at) + 1, text.rfind("\n", 0, at) + 1
        super().__init__(f"{line}:{at - start + 1}: parse error: {message}")


class NotSimulatedError(Exception):
    """PromQL that Prometheus would answer, and this stand-in does not."""

    def __init__(self, what: str) -> None:
        super().__init__(f"not simulated: {what}")


WordKind = Literal["number", "duration", "identifier", "string", "operator", "end"]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of an expression."""

    kind: WordKind
    text: str
    at: int
    """Where it begins."""

    @property
    def shown(self) -> str:
        """As error messages name it."""
        if self.kind == "end":
            return "end of input"
        if self.kind == "operator" and self.text in OPERATORS:
            return f"<op:{self.text}>"
        if self.kind == "identifier" and self.text.lower() in KEYWORDS:
            return f"<{self.text.lower()}>"
        return f'{self.kind} "{self.text}"' if self.kind != "operator" else f'"{self.text}"'


OPERATORS = ("==", "!=", ">=", "<=", "=~", "!~", ">", "<", "+", "-", "*", "/", "%", "^", "=")
KEYWORDS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset"})
WORDS = 500
"""Of an expression that are read."""
_SPACE = re.compile(r"(?:\s+|#[^\n]*)*")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+(?![a-zA-Z0-9_])")
_IDENTIFIER = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`[^`]*`')
_PUNCTUATION = ("(", ")", "{", "}", "[", "]", ",", "@")


def words_of(text: str) -> list[Word]:
    """Return the words of an expression, with an end after them. Raises QueryError."""
    found: list[Word] = []
    at, braces = 0, 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at >= len(text):
            found.append(Word("end", "", at))
            return found
        word = _word(text, at)
        if braces and word.kind in {"number", "duration"}:
            raise QueryError(f"unexpected character inside braces: '{text[at]}'", text, at)
        braces += {"{": 1, "}": -1}.get(word.text, 0) if word.kind == "operator" else 0
        if braces < 0:
            raise QueryError("unexpected character: '}'", text, at)
        found.append(word)
        if len(found) > WORDS:
            raise NotSimulatedError(f"an expression of more than {WORDS} words")
        at += len(word.text)


def _word(text: str, at: int) -> Word:
    for kind, pattern in (
        ("duration", _DURATION),
        ("number", _NUMBER),
        ("identifier", _IDENTIFIER),
        ("string", _STRING),
    ):
        match = pattern.match(text, at)
        if match:
            return Word(kind, match[0], at)  # pyright: ignore[reportArgumentType] - one of the kinds
    for operator in (*OPERATORS, *_PUNCTUATION):
        if text.startswith(operator, at):
            return Word("operator", operator, at)
    if text[at] in "\"'`":
        raise QueryError("unterminated quoted string", text, at)
    raise QueryError(f"unexpected character: '{text[at]}'", text, at)


def unquoted(word: Word) -> str:
    """Return what a string word says."""
    inner = word.text[1:-1]
    if word.text[0] == "`":
        return inner
    simple = {"n": "\n", "t": "\t", "r": "\r"}
    return re.sub(r"\\(.)", lambda found: simple.get(found[1], found[1]), inner)
