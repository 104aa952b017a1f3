"""What a page consists of, as the standard library's parser reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = {"meta", "link", "img", "br", "hr", "input", "rect"}
"""Elements without an end."""
LEADING_AWAY = ("src", "srcset", "data", "poster", "action", "formaction", "background", "xlink:href", "ping")
"""Attributes by which a page fetches something."""


@dataclass
class Element:
    """One element with its attributes."""

    tag: str
    attributes: dict[str, str]


@dataclass
class Page:
    """What was found in a page."""

    elements: list[Element] = field(default_factory=list[Element])
    text: list[str] = field(default_factory=list[str])
    """What a reader sees, piece by piece."""
    unbalanced: list[str] = field(default_factory=list[str])
    """Ends without a beginning, and elements that are never ended."""
    headings: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    @property
    def words(self) -> str:
        """All that a reader sees, in one line."""
        return " ".join(" ".join(self.text).split())

    @property
    def ids(self) -> list[str]:
        """The ids of all elements."""
        return [each.attributes["id"] for each in self.elements if "id" in each.attributes]

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements of one kind that have these attributes; `class_` is one of the element's classes."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            each
            for each in self.elements
            if each.tag == tag
            and all(
                value in each.attributes.get(name, "").split()
                if name == "class"
                else each.attributes.get(name) == value
                for name, value in wanted.items()
            )
        ]

    @property
    def alive(self) -> list[str]:
        """Everything that runs or fetches something, or leads out of the page."""
        found = [
            each.tag for each in self.elements if each.tag in {"script", "iframe", "object", "embed", "link", "base"}
        ]
        for each in self.elements:
            for name, value in each.attributes.items():
                inside = value.startswith(("#", "data:image/png;base64,"))
                if name.startswith("on") or name == "style" or (name in LEADING_AWAY and not inside):
                    found.append(f"{each.tag} {name}={value}")
                if name == "href" and not value.startswith("#"):
                    found.append(f"{each.tag} href={value}")
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []
        self.heading: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        if tag not in EMPTY:
            self.open.append(tag)
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self.heading = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.page.unbalanced.append(f"</{tag}>")
        else:
            self.open.pop()
        if self.heading is not None and tag[0] == "h" and tag[1:].isdigit():
            self.page.headings.append((int(tag[1]), " ".join("".join(self.heading).split())))
            self.heading = None

    def handle_data(self, data: str) -> None:
        if "style" in self.open[-1:]:
            return
        self.page.text.append(data)
        if self.heading is not None:
            self.heading.append(data)


def read(html: str) -> Page:
    """Return what a page consists of."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.unbalanced += [f"<{tag}>" for tag in reader.open]
    return reader.page


def skipped_levels(page: Page) -> list[str]:
    """Return the headings that are more than one level below the one before."""
    found: list[str] = []
    before = 0
    for level, text in page.headings:
        if level > before + 1:
            found.append(f"h{level} {text} after h{before}")
        before = level
    return found
