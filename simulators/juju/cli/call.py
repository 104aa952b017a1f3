"""One command that was typed: its words and options, and the way to say something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from simulators.juju.cli.flags import Given
from simulators.juju.cli.refusals import Misused

if TYPE_CHECKING:
    from simulators.juju.surroundings import Surroundings

Edition = Literal["3.6", "2.9"]
VERSIONS: Mapping[Edition, str] = {"3.6": "3.6.8", "2.9": "2.9.51"}
"""Of the client, and of the controllers that it bootstraps."""


@dataclass(frozen=True, slots=True)
class Call:
    """A command that was typed."""

    name: str
    given: Given
    around: Surroundings
    edition: Edition

    @property
    def old(self) -> bool:
        """Whether this is Juju 2.9."""
        return self.edition == "2.9"

    @property
    def version(self) -> str:
        """The client's version."""
        return VERSIONS[self.edition]

    @property
    def words(self) -> tuple[str, ...]:
        """What was typed besides options."""
        return self.given.words

    def on(self, switch: str) -> bool:
        """Return whether an option without a value is on."""
        return switch in self.given.switches

    def option(self, name: str, default: str = "") -> str:
        """Return an option's last value."""
        return self.given.option(name, default)

    def at_most(self, count: int) -> None:
        """Refuse more words than that; raises Misused."""
        if extra := self.words[count:]:
            quoted = " ".join(f'"{each}"' for each in extra)
            raise Misused(f"unrecognized args: [{quoted}]")

    def info(self, text: str) -> None:
        """Say how it goes, on standard error, as Juju does; nothing with `--quiet`."""
        if not self.on("quiet"):
            self.around.err(f"{text}\n")

    def print(self, text: str) -> None:
        """Print a result: to standard output, or into the file of `--output`."""
        if path := self.option("output"):
            self.around.write(path, text, mode=0o644)
        else:
            self.around.out(text)

    def format(self, default: str, *also: str) -> str:
        """Return the format that was asked for; raises Misused for one that the command does not have."""
        allowed = {default, "json", "yaml", *also}
        asked = self.option("format", default)
        if asked not in allowed:
            raise Misused(f'invalid value "{asked}" for option --format: unknown format "{asked}"')
        return asked

    def show(self, value: Any, form: str) -> None:
        """Print a value as json or yaml."""
        from simulators.juju.cli import formats

        self.print(formats.json_text(value) if form == "json" else formats.yaml_text(value))


def pairs(words: tuple[str, ...], what: str = "key=value") -> dict[str, str]:
    """Return options given as `key=value`; raises Misused."""
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise Misused(f'expected "{what}", got "{word}"')
        found[key] = value
    return found
