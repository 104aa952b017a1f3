"""Makes the message catalogues: finds what is to be translated, brings the .po files up to date, compiles them.

`python -m harness.reporting.extracting` does it all; it needs Babel, which is installed for development only.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness import rubric
from harness.reporting.languages import DOMAIN, LANGUAGES, catalogue_file

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parent.parent.parent
WORDS = (
    *("harness/reporting/**/*.html", "harness/reporting/*.py", "kitcheck/course/page.py", "kitcheck/evidence/*.py"),
    *("kitcheck/course/serving/**/*.html", "kitcheck/course/serving/*.py"),
)
"""Where our own words are."""
JUDGES = ("harness/judging/*.py",)
"""Where every sentence is one that a report may show."""
COMPLAINTS = (
    *(f"harness/{name}.py" for name in ("access", "connection", "known_hosts", "login", "ssh", "tunnel", "http")),
    *(f"harness/{name}.py" for name in ("maas", "grafana", "mysql", "wordpress", "wordpress_login", "outcome", "kit")),
    *(f"harness/juju/{name}.py" for name in ("api", "client_files", "command")),
    "harness/observing/*.py",
)
"""Where sentences are what is raised. What tells of malformed answers is left out: it names fields, and is rare."""
COMPOSED = (
    "{1} and {2}",
    "needs “{1}”, which failed",
    "needs “{1}”, which was skipped",
    "needs “{1}”, which could not be told",
    "a fault of Kitcheck itself: {1}",
    "grading was interrupted before this check was done",
    "this check was never made",
    "tidying up after the check did not work: {1}",
    "connection refused at {1}:{2}",
    "no route to {1}:{2}",
    "the database host",
    "the first Django host",
    "the second Django host",
    "both Django hosts",
    "the proxy",
    "graded by a person",
    "MAAS is too busy: it still answers {1} with 503",
    "{1} answers {2} at {3}.",
    "'{1}' is exposed",
    "{1} (the database host) and {2} (the first Django host)",
    "{1} (the database host), {2} (the first Django host) and {3} (the second Django host)",
    "{1} (the database host), {2} (the first Django host), {3} (the second Django host) and {4} (the proxy)",
    "nothing listens on {1}:{2} (connection refused)",
    "is the service running on {1}? `sudo ss -tlnp` there shows what listens",
    "{1}:{2} cannot be reached inside the kit ({3})",
    "is the machine with {1} on? MAAS shows its power; `ping {2}` on main",
    "a model '{1}'",
    "PostgreSQL on {1}",
    "{1} is '{2}': {3}.",
    "{1} is '{2}': no message.",
    "{1} is waiting: {2}.",
    "{1} is waiting: {2}; machine {3} is '{4}'.",
    "{1} is waiting: {2}; machine {3} is '{4}': {5}.",
    (
        "Nothing listens on port 5432 of {1}: the PostgreSQL cluster is down. The unit 'postgresql' says active all "
        "the same: it is only a wrapper around the clusters."
    ),
    "{1} is '{2}'",
    "{1} is at {2}",
    ": {1} now",
    "'{1}' of '{2}'",
    "{1} still belongs to Juju in MAAS.",
    "{1} still belong to Juju in MAAS.",
    "{1}, tagged `{2}`, is '{3}'",
    "fails: {1}",
    "{1} with no address",
    "no address",
    "no message",
    "nothing",
    "Connection refused",
    "Connection reset by peer",
    "Connection timed out",
    "Network is unreachable",
    "No route to host",
    "the checkpoint",
    "nothing was graded yet",
    "excused by {1}: {2}",
    "excused until {1} by {2}: {3}",
    "lateness waived by {1}: {2}",
    "{1} points for {2} by {3}: {4}",
    "{1} late: {2} points off",
    "attempt {1} is to be graded again: attempt {2} counts until then",
    "not used is the mark for {1}, which grading decided or did not make",
)
"""Sentences that the code puts together in more than one place, and words that stand in their gaps."""
RAISED = re.compile(r"KitError|CheckFailed|LeftToPerson|Unreachable|TimedOut|AccessRefused|UnexpectedAnswer|Outcome")
KEYWORDS = {"_": None, "gettext": None, "noted": None, "ngettext": (1, 2)}
_WORDS = re.compile(r"[A-Za-z]{2,}")
_NO_SENTENCE = re.compile(
    r"\\[sdw]|\(\?|\.\{\d*,|<(?:title|meta|body)\b|\||^\s|2>|\{job=|^(Welcome to|Briefly|Juju gen)|^\{1\}\{2\}”"
)
"""Regular expressions, programs, other systems' texts and pieces of sentences, which nobody says."""
_DAY = datetime(2026, 1, 1, tzinfo=UTC)
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
    for sentence in COMPOSED:
        yield Found(sentence, "harness/reporting/extracting.py", "sentence")
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
        _sign(catalogue, code)
        source.parent.mkdir(parents=True, exist_ok=True)
        with source.open("wb") as file:
            write_po(file, catalogue, width=110, include_lineno=False, sort_by_file=False)
        with compiled.open("wb") as file:
            write_mo(file, catalogue)
        missing = sum(1 for each in catalogue if each.id and not each.string)
        lines.append(f"{code}: {len(catalogue)} messages, {missing} without a translation")
    return lines


def _sign(catalogue: Catalog, code: str) -> None:
    """Give a catalogue a head that is the same each time: what has not changed leaves no difference behind."""
    catalogue.fuzzy = False
    catalogue.header_comment = f"# Kitcheck's reports in {code}; `python -m harness.reporting.extracting` updates it."
    catalogue.project, catalogue.version = "Kitcheck", "reports"
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    catalogue.creation_date = catalogue.revision_date = _DAY


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

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        self._take(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._take(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
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
