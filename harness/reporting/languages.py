"""The languages of the reports: words from the message catalogues, numbers and times as readers write them."""

from __future__ import annotations

import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from harness.errors import UsageError
from harness.reporting import sentences
from harness.reporting.words import OVERALL, VERDICTS, noted
from harness.verdicts import Overall, Points, Verdict

LANGUAGES = ("en", "pt-BR")
"""What `--lang` takes; each but English has a folder under `locale`."""
NAMES = {"en": "English", "pt-BR": "Português (Brasil)"}
"""What those call them who read them."""
_POINTS = re.compile(r"(?<=\d)\.(?=\d+ points )")
"""What stands in a number of points, in a remark."""
LOCALE = Path(__file__).resolve().parent / "locale"
DOMAIN = "kitcheck"


@dataclass(frozen=True, slots=True)
class Said:
    """A text and the language that it is in."""

    text: str
    lang: str

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language of the reports."""

    code: str
    """As HTML's `lang` has it: `pt-BR`."""
    catalogue: gettext.NullTranslations
    patterns: tuple[sentences.Pattern, ...]
    """What judges and the harness say, with gaps for what differs."""
    comma: str
    """Between a number's whole part and the rest."""

    def text(self, message: str) -> str:
        """Return a message of ours in this language; the message itself where the catalogue lacks it."""
        return self.catalogue.gettext(message) if message else ""

    def title(self, english: str) -> Said:
        """Return the title of a feature or check; in English where it is no title of ours."""
        found = self.catalogue.pgettext("title", english) if english else english
        return Said(found, "en" if found == english else self.code)

    def said(self, english: str) -> Said:
        """Return what a judge said, line by line; what no pattern fits stays English, and then all of it does."""
        if self.code == "en" or not english:
            return Said(english, "en")
        lines = [self._line(line) for line in english.split("\n")]
        if any(line is None for line in lines):
            return Said(english, "en")
        return Said("\n".join(line or "" for line in lines), self.code)

    def statements(self, english: str) -> Said:
        """Return what a grade's remark says: statements with a semicolon between them, in which people's words stay."""
        if self.code == "en" or not english:
            return Said(english, "en")
        told = [self.said(part) for part in _POINTS.sub(self.comma, english).split("; ")]
        known = any(part.lang == self.code for part in told)
        return Said("; ".join(part.text for part in told), self.code if known else "en")

    def verdict(self, verdict: Verdict) -> str:
        """Return the word for what a check says."""
        return self.text(VERDICTS[verdict])

    def overall(self, verdict: Overall) -> str:
        """Return the word for what a checkpoint or kit says."""
        return self.text(OVERALL[verdict])

    def number(self, value: float) -> str:
        """Return a number with as many digits as it needs."""
        return f"{round(value, 2):g}".replace(".", self.comma)

    def score(self, worth: Points) -> str:
        """Return points as people say them: `9 of 12 points`."""
        return self.text(noted("%(earned)s of %(possible)s points")) % {
            "earned": self.number(worth.earned),
            "possible": self.number(worth.possible),
        }

    def points(self, value: float) -> str:
        """Return a number of points with its word: `1 point`, `1.5 points`."""
        one, many = noted("%(points)s point"), noted("%(points)s points")
        return self._several(one, many, value) % {"points": self.number(value)}

    def undecided(self, value: float) -> str:
        """Return that so many points are not decided yet."""
        said = self._several(
            noted("%(points)s point is not decided yet."), noted("%(points)s points are not decided yet."), value
        )
        return said % {"points": self.number(value)}

    def seconds(self, value: float) -> str:
        """Return a duration: `0.4 s`."""
        return f"{value:.1f} s".replace(".", self.comma)

    def moment(self, at: datetime) -> str:
        """Return a time in UTC, biggest part first, which no reader takes for another."""
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

    def span(self, length: timedelta) -> str:
        """Return how much time that is: `2 d 3 h`, `3 h 5 min`."""
        minutes = max(1, round(length.total_seconds() / 60))
        days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
        if days:
            return f"{days} d {hours} h" if hours else f"{days} d"
        return f"{hours} h {rest} min" if hours else f"{rest} min"

    def _several(self, one: str, many: str, value: float) -> str:
        # a catalogue counts in whole numbers only
        return self.text(one if value == 1 else many)

    def _line(self, line: str) -> str | None:
        if not line.strip():
            return line
        return sentences.translated(line, self.patterns, self._title_or_same)

    def _title_or_same(self, text: str) -> str:
        return self.catalogue.pgettext("title", text) if text else text


def chosen(name: str) -> str:
    """Return the code of the language that `name` means: `pt-BR`, `pt_BR` and `pt` are the same one.

    UsageError, with the list of those that there are.
    """
    wanted = name.strip().lower().replace("_", "-")
    for code in LANGUAGES:
        if wanted in (code.lower(), code.lower().partition("-")[0]):
            return code
    raise UsageError(f"--lang {name}: no such language: there are {', '.join(LANGUAGES)}")


def of(name: str) -> Language:
    """Return a language by its name; UsageError when there is no such one."""
    return _language(chosen(name))


@lru_cache(maxsize=len(LANGUAGES))
def _language(code: str) -> Language:
    if code == "en":
        return Language(code, gettext.NullTranslations(), (), ".")
    path = catalogue_file(code)
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    return Language(code, catalogue, sentences.patterns(messages(path.read_bytes(), "sentence")), ",")


@lru_cache(maxsize=1)
def known_sentences() -> tuple[sentences.Pattern, ...]:
    """Return the English patterns of what judges say, by which the same cause is known in several kits."""
    found = messages(catalogue_file(LANGUAGES[1]).read_bytes(), "sentence")
    return sentences.patterns({message: message for message in found})


def catalogue_file(code: str) -> Path:
    """Return where the compiled catalogue of a language is."""
    return LOCALE / code.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.mo"


def messages(compiled: bytes, context: str) -> Mapping[str, str]:
    """Return the messages of one context from a compiled catalogue, in the format of GNU gettext.

    The standard library looks messages up and cannot list them. GNU gettext: a table of lengths and offsets of all
    messages, and one of all translations; a context stands before its message, with U+0004 between them.
    """
    order = "little" if compiled[:4] == b"\xde\x12\x04\x95" else "big"

    def number(offset: int) -> int:
        return int.from_bytes(compiled[offset : offset + 4], order)

    def text(entry: int) -> str:
        length, start = number(entry), number(entry + 4)
        return compiled[start : start + length].decode("utf-8")

    count, originals, translations = number(8), number(12), number(16)
    pairs = ((text(originals + 8 * n), text(translations + 8 * n)) for n in range(count))
    start = f"{context}\x04"
    return {message.removeprefix(start): translated for message, translated in pairs if message.startswith(start)}
