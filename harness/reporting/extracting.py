"""Makes the message catalogues: finds what is to be translated, brings the .po files up to date, compiles them.

`python -m harness.reporting.extracting` does it all; it needs Babel, which is installed for development only.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import rubric
from harness.reporting.languages import DOMAIN, LANGUAGES, catalogue_file

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parent.parent.parent
WORDS = ("harness/reporting/**/*.html", "harness/reporting/*.py", "kitcheck/course/page.py")
"""Where our own words are."""
JUDGES = ("harness/judging/*.py",)
"""Where every sentence is one that a report may show."""
COMPLAINTS = ("harness/*.py", "harness/juju/*.py", "harness/observing/*.py")
"""Where sentences are what is raised."""
RAISED = re.compile(r"KitError|CheckFailed|LeftToPerson|Unreachable|TimedOut|AccessRefused|UnexpectedAnswer|Outcome")
KEYWORDS = {"_": None, "gettext": None, "noted": None, "ngettext": (1, 2)}
_WORDS = re.compile(r"[A-Za-z]{2,}")
_NO_SENTENCE = re.compile(r"\\[sdw]|\(\?|\.\{|<[a-z]+>|\||^\s|2>")
"""Regular expressions, programs and pieces of sentences, which nobody says."""
_LEAST = 3
"""Words of a sentence that is worth a translation."""
_ALTERNATIVES = 12
"""Forms of one sentence that are told apart."""


@dataclass(frozen=True, slots=True)
class Found:
    """A message that is to be translated."""

    message: str | tuple[str, str]
    """Or its forms for one and for many."""
    where: str
    context: str | None = None


def found() -> list[Found]:
    """Return everything that is to be translated, each message once."""
    everything = [*words(), *titles(), *sentences()]
    return list({(each.message, each.context): each for each in reversed(everything)}.values())[::-1]


def words() -> Iterator[Found]:
    """Yield what templates and code mark as theirs."""
    from babel.messages.extract import extract

    for path in _files(WORDS):
        method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
        with path.open("rb") as file:
            for _, message, _, _ in extract(method, file, keywords=KEYWORDS, options={"newstyle_gettext": "true"}):
                several = (message[0], message[1]) if isinstance(message, tuple) else message
                yield Found(several, _name(path))


def titles() -> Iterator[Found]:
    """Yield the titles of features and checks."""
    for checkpoint in rubric.read(rubric.FEATURES).checkpoints:
        yield Found(checkpoint.title, f"features/{checkpoint.file.name}", "title")
        for check in checkpoint.checks:
            yield Found(check.title, f"features/{checkpoint.file.name}", "title")


def sentences() -> Iterator[Found]:
    """Yield what judges say and the harness raises, with a numbered gap for each value."""
    for path in _files(JUDGES):
        yield from _told(path, _Strings.everywhere(path))
    for path in _files(COMPLAINTS):
        yield from _told(path, _Strings.raised(path))


def update() -> list[str]:
    """Bring every catalogue up to date with what is found, compile it, and return one line for each."""
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po, write_po

    template = Catalog(project="Kitcheck", charset="utf-8", fuzzy=False)
    for each in found():
        flags = ("python-format",) if each.context is None and "%(" in "".join(each.message) else ()
        template.add(each.message, context=each.context, locations=[(each.where, 1)], flags=flags)
    lines: list[str] = []
    for code in LANGUAGES[1:]:
        compiled = catalogue_file(code)
        source = compiled.with_suffix(".po")
        catalogue: Catalog
        if source.exists():
            with source.open("rb") as file:
                catalogue = read_po(file, locale=code.replace("-", "_"), domain=DOMAIN)
        else:
            catalogue = Catalog(locale=code.replace("-", "_"), domain=DOMAIN, project="Kitcheck", charset="utf-8")
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        source.parent.mkdir(parents=True, exist_ok=True)
        with source.open("wb") as file:
            write_po(file, catalogue, width=110, include_lineno=False, sort_by_file=False)
        with compiled.open("wb") as file:
            write_mo(file, catalogue)
        missing = sum(1 for each in catalogue if each.id and not each.string)
        lines.append(f"{code}: {len(catalogue)} messages, {missing} without a translation")
    return lines


def _files(patterns: tuple[str, ...]) -> list[Path]:
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _told(path: Path, strings: Iterator[str]) -> Iterator[Found]:
    for text in strings:
        for line in text.split("\n"):
            if len(_WORDS.findall(re.sub(r"\{\d\}", " ", line))) >= _LEAST and not _NO_SENTENCE.search(line):
                yield Found(_renumbered(line), _name(path), "sentence")


def _renumbered(line: str) -> str:
    """Return a sentence whose gaps are numbered from 1; only nine have a number."""
    numbers = iter(range(1, 100))
    return re.sub(r"\{\d+\}", lambda _: f"{{{next(numbers)}}}", line)


class _Strings(ast.NodeVisitor):
    """Collects the texts of a module, each with gaps for its values."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @classmethod
    def everywhere(cls, path: Path) -> Iterator[str]:
        """Yield the texts of a module but its docstrings."""
        return cls._of(ast.parse(path.read_text(encoding="utf-8")))

    @classmethod
    def raised(cls, path: Path) -> Iterator[str]:
        """Yield the texts that a module gives to its errors."""
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and RAISED.search(ast.unparse(node.func)):
                yield from cls._of(*node.args, *(keyword.value for keyword in node.keywords))

    @classmethod
    def _of(cls, *nodes: ast.AST) -> Iterator[str]:
        collected = cls()
        for node in nodes:
            collected.visit(node)
        yield from dict.fromkeys(collected.texts)

    def visit_Expr(self, node: ast.Expr) -> None:  # noqa: N802 - the name is ast's
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:  # noqa: N802
        self._take(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:  # noqa: N802
        self._take(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:  # noqa: N802
        if not self._take(node):
            self.generic_visit(node)

    def _take(self, node: ast.expr) -> bool:
        texts = [text for text in (_text(each) for each in _forms(node)) if _WORDS.search(text)]
        self.texts += texts
        return bool(texts)


def _forms(node: ast.expr) -> list[tuple[str | None, ...]]:
    """Return the forms that a text can take, each as its parts, where None is a value."""
    match node:
        case ast.Constant(value=str(text)):
            return [(text,)]
        case ast.JoinedStr(values=values):
            parts = [value.value if isinstance(value, ast.FormattedValue) else value for value in values]
            forms: list[tuple[str | None, ...]] = [()]
            for part in parts:
                ways = _forms(part) if isinstance(part, ast.Constant | ast.IfExp) else [(None,)]
                forms = [form + way for form in forms for way in ways][:_ALTERNATIVES]
            return forms
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [one + other for one in _forms(left) for other in _forms(right)][:_ALTERNATIVES]
        case ast.IfExp(body=body, orelse=orelse):
            return _forms(body) + _forms(orelse)
        case _:
            return [(None,)]


def _text(form: tuple[str | None, ...]) -> str:
    numbers = iter(range(1, 100))
    return "".join(f"{{{next(numbers)}}}" if part is None else part for part in form)


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in update()))
