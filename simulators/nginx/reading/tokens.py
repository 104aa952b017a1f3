"""Words and punctuation of a configuration, by NGINX' own rules (nginx 1.22: `ngx_conf_read_token`).

Crossplane's lexer is not used: it loses the last word of a file that ends early, gives no line for the end of a
directive, which is where NGINX says that something is wrong, and cuts words at a `}` where NGINX does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_WORD = 4096
"""Bytes that NGINX reads before it gives up on a word."""

_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_PLAIN = re.compile(r"(?:\\.|\$\{+|[^ \t\r\n;{\\])+", re.DOTALL)
_QUOTED = {quote: re.compile(rf"(?:\\.|[^{quote}\\])*", re.DOTALL) for quote in "\"'"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"t": "\t", "r": "\r", "n": "\n", '"': '"', "'": "'", "\\": "\\"}
_UNFINISHED = 'unexpected end of file, expecting ";" or "}"'


@dataclass(frozen=True, slots=True)
class Statement:
    """The words up to a punctuation mark."""

    words: tuple[str, ...]
    ending: str
    """`;`, `{`, `}`, or nothing at the end of the file."""
    line: int
    """Where the ending is: the line that NGINX names."""


class UnreadableError(Exception):
    """The text cannot be cut into words."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def statements(text: str) -> Iterator[Statement]:
    """Yield everything up to the end of the file, which is a statement too. Raises UnreadableError on the way."""
    words: list[str] = []
    at, line = 0, 1
    while True:
        if gap := _GAP.match(text, at):
            line += text.count("\n", at, gap.end())
            at = gap.end()
        if at >= len(text):
            if words:
                raise UnreadableError(_UNFINISHED, line)
            yield Statement((), "", line)
            return
        mark = text[at]
        if mark in ";{}":
            # NGINX says this of a mark at the start of a directive, and of a brace that comes before its semicolon
            if bool(words) is (mark == "}"):
                raise UnreadableError(f'unexpected "{mark}"', line)
            yield Statement(tuple(words), mark, line)
            words, at = [], at + 1
            continue
        word, after, lines = _word(text, at, line)
        words.append(word)
        at, line = after, line + lines


def _check_length(raw: str, quote: str, line: int) -> None:
    length = len(raw.encode(errors="surrogateescape"))
    if quote and length >= LONGEST_WORD:
        raise UnreadableError(f'too long parameter, probably missing terminating "{quote}" character', line)
    if length + len(quote) >= LONGEST_WORD:
        raise UnreadableError(f'too long parameter "{raw[:10]}..." started', line)


def _word(text: str, at: int, line: int) -> tuple[str, int, int]:
    """Return the word that starts there, where it ends, and how many lines it spans."""
    quote = text[at] if text[at] in "\"'" else ""
    start = at + len(quote)
    found = (_QUOTED[quote] if quote else _PLAIN).match(text, start)
    raw = found[0] if found else ""
    end = start + len(raw)
    lines = raw.count("\n")
    if len(raw) >= LONGEST_WORD // 4:
        _check_length(raw, quote, line)
    if end >= len(text) or (not quote and text[end] == "\\"):
        raise UnreadableError(_UNFINISHED, line + text.count("\n", at))
    if quote:
        end += 1
        following = text[end : end + 1]
        if following == "":
            raise UnreadableError(_UNFINISHED, line + lines)
        if following not in " \t\r\n;{)":
            raise UnreadableError(f'unexpected "{following}"', line + lines)
    return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[0]), raw), end, lines
