"""Turns the text of a command line into commands, with tree-sitter's grammar of bash; each text once per process."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.shell import words
from simulators.embedded.shell.faults import certain_fault, unexpected
from simulators.embedded.shell.syntax import (
    Assignment,
    Both,
    For,
    Group,
    If,
    Item,
    Negated,
    Node,
    Pipeline,
    Redirect,
    Redirected,
    Script,
    Simple,
    While,
    Word,
)

if TYPE_CHECKING:
    from tree_sitter import Node as Tree
    from tree_sitter import Parser

_SIMPLE = frozenset({
    "command", "declaration_command", "unset_command", "test_command", "variable_assignment", "variable_assignments"
})  # fmt: skip
_OPERATORS = frozenset({"<", ">", ">>", ">&", "<&", "&>", "&>>", ">|", ">&-", "<&-"})
_ENDS = frozenset({b"", b" ", b"\t", b"\n", b";", b"&", b"|", b"(", b")", b"<", b">", b"`"})
"""What may follow a word."""
_RESERVED = frozenset({"then", "do", "done", "fi", "elif", "else", "esac", "}", "in"})
_HERE = frozenset({"<<", "<<-", "heredoc_start", "heredoc_body", "heredoc_end", "file_redirect", "\n"})
"""What a here-document consists of."""
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


@functools.cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


@functools.lru_cache(maxsize=2048)
def parse(text: str) -> Script:
    """Return the commands of a text.

    Raises ShellSyntaxError with bash's words, NotSimulatedError for syntax that is not evaluated.
    """
    root = _parser().parse(text.encode("utf-8", "surrogateescape")).root_node
    try:
        if root.has_error:
            raise certain_fault(text) or NotSimulatedError(text)
        return _Reader(text).script(root.children)
    except RecursionError:
        raise NotSimulatedError(f"{text[:60]}... (too deeply nested)") from None


class _Reader:
    """Reads one tree with its text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._source = text.encode("utf-8", "surrogateescape")

    def _between(self, start: int, end: int) -> str:
        return self._source[start:end].decode("utf-8", "surrogateescape")

    def _refused(self, tree: Tree) -> NotSimulatedError:
        return NotSimulatedError(self._between(tree.start_byte, tree.end_byte))

    def script(self, trees: Sequence[Tree]) -> Script:
        items: list[Item] = []
        for tree in trees:
            if tree.type == "&" and items:
                items[-1] = Item(items[-1].command, True, items[-1].text)
            elif tree.is_named and tree.type != "comment":
                items.append(Item(self.node(tree), False, self._between(tree.start_byte, tree.end_byte)))
            elif tree.type not in (";", "\n", "comment"):
                raise self._refused(tree)
        return Script(tuple(items))

    def node(self, tree: Tree) -> Node:
        if tree.type in _SIMPLE:
            return self._simple(tree, tree.start_byte, tree.end_byte, [])
        match tree.type:
            case "redirected_statement":
                return self._redirected(tree)
            case "pipeline":
                return self._pipeline(tree)
            case "negated_command":
                return Negated(self.node(tree.children[1]))
            case "list" if len(tree.children) == 3:
                left, operator, right = tree.children
                return Both(self.node(left), operator.type, self.node(right))
            case "subshell" | "compound_statement" if tree.children[0].type in ("(", "{"):
                return Group(self.script(tree.children[1:-1]), tree.type == "subshell")
            case "for_statement":
                return self._for(tree)
            case "while_statement":
                *condition, body = tree.children[1:]
                return While(self.script(condition), tree.children[0].type == "until", self._body(body))
            case "if_statement":
                return self._if(tree)
            case _:
                raise self._refused(tree)

    def _pipeline(self, tree: Tree) -> Node:
        commands = [self.node(child) for child in tree.children[::2]]
        marks = [child.type for child in tree.children[1::2]]
        if not set(marks) <= {"|", "|&"}:
            raise self._refused(tree)
        errors = tuple(mark == "|&" for mark in marks)
        # `! a | b` negates the pipeline; the grammar gives the `!` to its first command.
        if isinstance(commands[0], Negated):
            return Negated(Pipeline((commands[0].body, *commands[1:]), errors))
        return Pipeline(tuple(commands), errors)

    def _body(self, tree: Tree) -> Script:
        if tree.type != "do_group":
            raise self._refused(tree)
        return self.script(tree.children[1:-1])

    def _for(self, tree: Tree) -> Node:
        keyword, variable, *rest = tree.children
        body = rest[-1]
        if keyword.type != "for" or rest[0].type != "in":
            raise self._refused(tree)
        end = next((each.start_byte for each in rest if each.type == ";"), body.start_byte)
        values = words.split(self._between(rest[0].end_byte, end).strip())
        return For(
            self._between(variable.start_byte, variable.end_byte),
            tuple(words.word(value, parse) for value in values),
            self._body(body),
        )

    def _if(self, tree: Tree) -> Node:
        branches: list[tuple[Script, Script]] = []
        otherwise: Script | None = None
        plain = [child for child in tree.children[1:-1] if child.type not in ("elif_clause", "else_clause")]
        for child in [None, *tree.children]:
            if child is None or child.type == "elif_clause":
                inside = plain if child is None else child.children[1:]
                then = next(n for n, each in enumerate(inside) if each.type == "then")
                branches.append((self.script(inside[:then]), self.script(inside[then + 1 :])))
            elif child.type == "else_clause":
                otherwise = self.script(child.children[1:])
        return If(tuple(branches), otherwise)

    def _redirected(self, tree: Tree) -> Node:
        body = tree.child_by_field_name("body")
        redirects = [child for child in tree.children if child != body]
        if body is None:
            return self._simple(tree, tree.start_byte, tree.end_byte, redirects)
        return self._attached(body, redirects, tree.end_byte)

    def _attached(self, body: Tree, redirects: list[Tree], end: int) -> Node:
        """Return a command with its redirections, which the grammar gives to the whole list or pipeline before them."""
        if body.type in _SIMPLE:
            return self._simple(body, body.start_byte, end, redirects)
        if body.type == "list" and len(body.children) == 3:
            left, operator, right = body.children
            return Both(self.node(left), operator.type, self._attached(right, redirects, end))
        if body.type == "pipeline":
            whole = self._pipeline(body)
            last = self._attached(body.children[-1], redirects, end)
            inner = whole.body if isinstance(whole, Negated) else whole
            if not isinstance(inner, Pipeline):
                raise self._refused(body)
            changed = Pipeline((*inner.commands[:-1], last), inner.with_errors)
            return Negated(changed) if isinstance(whole, Negated) else changed
        if body.type == "negated_command":
            return Negated(self._attached(body.children[1], redirects, end))
        found, extra = self._redirects(redirects)
        if extra:
            raise self._refused(body)
        return Redirected(self.node(body), tuple(found), self._between(body.start_byte, end))

    def _redirects(self, trees: Sequence[Tree]) -> tuple[list[Redirect], list[tuple[int, int]]]:
        """Return redirections, and where arguments stand that the grammar took for further targets."""
        found: list[Redirect] = []
        extra: list[tuple[int, int]] = []
        for tree in trees:
            if tree.type == "heredoc_redirect":
                found.append(self._here_document(tree))
                inside, more = self._redirects([each for each in tree.children if each.type == "file_redirect"])
                found += inside
                extra += more
                continue
            operator = next((child for child in tree.children if child.type in _OPERATORS), None)
            if tree.type != "file_redirect" or operator is None:
                raise self._refused(tree)
            descriptor = 0 if operator.type.startswith("<") else 1
            if tree.children[0].type == "file_descriptor":
                written = self._between(tree.children[0].start_byte, tree.children[0].end_byte)
                if written not in ("0", "1", "2"):
                    raise self._refused(tree)
                descriptor = int(written)
            spans: list[tuple[int, int]] = []
            for child in tree.children_by_field_name("destination"):
                if spans and spans[-1][1] == child.start_byte:
                    spans[-1] = (spans[-1][0], child.end_byte)
                else:
                    spans.append((child.start_byte, child.end_byte))
            target = self._between(*spans[0]) if spans else "-"
            if spans and self._source[spans[0][1] : spans[0][1] + 1] not in _ENDS:
                raise self._refused(tree)  # `2>&1x`: the grammar loses what follows
            if (not spans) != operator.type.endswith("-"):
                raise self._refused(tree)
            extra += spans[1:]
            kind = {">|": ">"}.get(operator.type, operator.type.removesuffix("-"))
            row = tree.start_point.row + 1
            found.append(Redirect(descriptor, kind, words.word(target, parse), target, row))
        return found, extra

    def _here_document(self, tree: Tree) -> Redirect:
        """Return `<<END` with its lines as the text; lines in which something is to be expanded are refused."""
        kinds = [child.type for child in tree.children]
        if not set(kinds) <= _HERE or kinds[0] not in ("<<", "<<-"):
            raise self._refused(tree)
        delimiter, body, end = (
            next(child for child in tree.children if child.type == f"heredoc_{part}")
            for part in ("start", "body", "end")
        )
        text = self._between(body.start_byte, end.start_byte)
        literal = self._between(delimiter.start_byte, delimiter.end_byte)[:1] in ("'", '"', "\\")
        if not literal and re.search(r"[$`\\]", text):
            raise self._refused(tree)
        lines = text.splitlines(keepends=True)
        if kinds[0] == "<<-":
            lines = [line.lstrip("\t") for line in lines]
        text = "".join(line for line in lines if line.strip(" \t") or line.endswith("\n"))
        return Redirect(0, "<<", words.word("-", parse), text, tree.start_point.row + 1)

    def _simple(self, tree: Tree, start: int, end: int, redirects: list[Tree]) -> Simple:
        """Return a simple command: its text without redirections, read word by word."""
        if tree.type == "test_command" and tree.children[0].type != "[":
            raise self._refused(tree)
        inside = [child for child in tree.children if child.type.endswith("_redirect")]
        redirects = sorted(
            [*inside, *redirects] if tree.type == "command" else redirects, key=lambda each: each.start_byte
        )
        found, extra = self._redirects(redirects)
        pieces: list[str] = []
        at = start
        for each in redirects:
            pieces += [self._between(at, each.start_byte), " "]
            pieces += [f"{self._between(*span)} " for span in extra if each.start_byte <= span[0] < each.end_byte]
            at = each.end_byte
        written = words.split("".join([*pieces, self._between(at, end)]).strip())
        assignments: list[Assignment] = []
        while written and (assigned := _ASSIGNMENT.fullmatch(written[0])) is not None:
            assignments.append(Assignment(assigned[1], words.word(assigned[2], parse)))
            del written[0]
        if written and written[0] in _RESERVED:
            raise unexpected(written[0], self._text)
        if written and re.match(r"[A-Za-z_][A-Za-z0-9_]*(\[.*\])?\+?=", written[0]):
            raise self._refused(tree)
        spelled: tuple[Word, ...] = tuple(words.word(each, parse) for each in written)
        return Simple(tuple(assignments), spelled, tuple(found), self._between(start, end), tree.start_point.row + 1)
