"""What all pages share: templates that escape everything, one style sheet, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.printable import printable
from harness.reporting.words import SIGNS

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment
    from markupsafe import Markup

    from harness.reporting.languages import Language

TEMPLATES = Path(__file__).resolve().parent / "templates"


def page(template: str, language: Language, **content: object) -> str:
    """Return the page that a template makes of `content`: whole, self-contained, without scripts."""
    text = (
        _environment(language)
        .get_template(template)
        .render(language=language, signs=SIGNS, css=_css(), policy=policy(), **content)
    )
    # a line feed is left alone by every way to a file
    return text.replace("\r", "")


@lru_cache(maxsize=1)
def policy() -> str:
    """Return the Content-Security-Policy of a page: its own style sheet, pictures inside it, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_css().encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


@lru_cache(maxsize=1)
def _css() -> str:
    return (TEMPLATES / "page.css").read_text(encoding="utf-8").replace("\r\n", "\n")


@lru_cache(maxsize=4)
def _environment(language: Language) -> Environment:
    from jinja2 import FileSystemLoader

    return environment(language, FileSystemLoader(TEMPLATES))


def environment(language: Language, loader: BaseLoader) -> Environment:
    """Return what makes pages of templates: everything is escaped, what is missing is an error, `_()` translates."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(language.catalogue, newstyle=True)  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue] - added by the extension
    environment.filters["commands"] = _commands
    return environment


def _shown(value: object) -> object:
    """Return a plain text without what a page must not hold; what is escaped already has been through here."""
    return printable(value) if type(value) is str else value


def _commands(text: str) -> Markup:
    """Return a text, escaped, in which what stands between backticks is shown as a command."""
    from markupsafe import Markup, escape

    parts = printable(text).split("`")
    if len(parts) % 2 == 0:
        return escape("`".join(parts))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )
