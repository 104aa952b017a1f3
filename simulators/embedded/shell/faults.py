"""What bash refuses for certain, in its words.

tree-sitter also stumbles over texts that bash accepts (`[ a b c ]`, `for i in; do`): where it does, this is the judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulators.embedded.shell.syntax import ShellSyntaxError
from simulators.embedded.shell.words import end_of, require_closed

_OPERATORS = re.compile(r"&&|\|\||;;|\|&|[;&|()\n]")
_REDIRECTION = re.compile(r"\d*(?:>>|>&|<&|>\||<<<|<<-?|<>|&>>|&>|>|<)-?")
_JOINING = frozenset({"&&", "||", "|", "|&"})
_CLOSED_BY = {"if": "fi", "do": "done", "{": "}", "(": ")", "then": "fi", "else": "fi", "elif": "fi"}
_OPENING = frozenset({"if", "while", "until", "do", "then", "else", "elif", "{", "!", "("})
"""Words after which a command begins."""


def certain_fault(text: str) -> ShellSyntaxError | None:
    """Return the error that bash and dash report for a text; None when we are not sure that they do."""
    try:
        require_closed(text)
    except ShellSyntaxError as error:
        return error if "\n" not in text else None
    if re.search(r"\b(case|select|function|time|coproc)\b|\[\[|\(\(|<<|\n", text):
        return None
    open_: list[str] = []
    begins, last = True, ""
    for word in _tokens(text):
        if word == "(" and not begins:
            return None
        if word in _CLOSED_BY.values() and (begins or word == ")"):
            if not open_ or open_[-1] != word or (begins and last not in (";", "&", ")", "fi", "done", "}")):
                return unexpected(word, text)
            open_.pop()
            begins, last = False, word
            continue
        if word in _JOINING or word in (";", "&"):
            if begins:
                return unexpected(word, text)
            begins, last = True, word
            continue
        if begins and word in _CLOSED_BY and word not in ("then", "else", "elif"):
            open_.append(_CLOSED_BY[word])
        begins, last = begins and word in _OPENING, word
    if last in _JOINING or open_:
        expecting = f' (expecting "{open_[-1]}")' if open_ and last not in _JOINING else ""
        return ShellSyntaxError(
            "syntax error: unexpected end of file", f"Syntax error: end of file unexpected{expecting}"
        )
    return None


def unexpected(word: str, text: str) -> ShellSyntaxError:
    """Return the error for a word where none like it can stand."""
    line = text.split("\n", 1)[0]
    return ShellSyntaxError(
        f"syntax error near unexpected token `{word}'\n`{line}'", f'Syntax error: "{word}" unexpected'
    )


def _tokens(text: str) -> Iterator[str]:
    """Yield operators and words, redirections left out."""
    at = 0
    while at < len(text):
        if text[at] in " \t":
            at += 1
        elif text[at] == "#":
            return
        elif (found := _REDIRECTION.match(text, at)) is not None or (found := _OPERATORS.match(text, at)) is not None:
            if found.re is _OPERATORS:
                yield found[0]
            at = found.end()
        else:
            begin = at
            while at < len(text) and text[at] not in " \t\n;&|()<>":
                at = end_of(text, at)
            yield text[begin:at]
