"""Options and words of a command line, read as Juju's commands read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from simulators.juju.cli.refusals import Misused

COMMON = "h|help debug v|verbose q|quiet show-log logging-config="
"""What every command takes."""
TRUE = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}


@dataclass(frozen=True, slots=True)
class Given:
    """What was typed after a command's name."""

    words: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Values by the option's long name, in the order typed."""
    switches: frozenset[str] = frozenset()
    """Long names of the options without a value that are on."""

    def option(self, name: str, default: str = "") -> str:
        """Return the last value of an option."""
        return self.options.get(name, (default,))[-1]

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of an option."""
        return self.options.get(name, ())


def known(spec: str) -> dict[str, tuple[str, bool]]:
    """Return what `m|model= relations` declares: for each spelling the long name, and whether it takes a value."""
    found: dict[str, tuple[str, bool]] = {}
    for each in spec.split():
        names = each.rstrip("=").split("|")
        found |= {name: (names[-1], each.endswith("=")) for name in names}
    return found


def parse(argv: Sequence[str], spec: str, *, interspersed: bool = True) -> Given:
    """Read a command line by the options that the command and every command take; raises Misused.

    Options may stand between words (unless not `interspersed`), and `--` ends them. Short options may be joined with
    their value (`-mopenstack`).
    """
    names = known(f"{COMMON} {spec}")
    words: list[str] = []
    options: dict[str, tuple[str, ...]] = {}
    switches: set[str] = set()
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            words += rest
            break
        if not word.startswith("-") or word == "-":
            words.append(word)
            if not interspersed:
                words += rest
                break
            continue
        for shown, name, value in _options(word, names):
            if name not in names:
                raise Misused(f"option provided but not defined: {shown}")
            long, takes_value = names[name]
            if not takes_value:
                if value is not None and value.lower() not in TRUE:
                    raise Misused(f'invalid value "{value}" for option {shown}: not a boolean')
                (switches.add if value is None or TRUE[value.lower()] else switches.discard)(long)
                continue
            if value is None:
                if not rest:
                    raise Misused(f"option needs an argument: {shown}")
                value = rest.pop(0)
            options[long] = (*options.get(long, ()), value)
    return Given(tuple(words), options, frozenset(switches))


def _options(word: str, names: Mapping[str, tuple[str, bool]]) -> list[tuple[str, str, str | None]]:
    """Return the options in a word: how each was spelt, its name, and its value when that is in the word."""
    if word.startswith("--"):
        name, equals, value = word[2:].partition("=")
        return [(f"--{name}", name, value if equals else None)]
    found: list[tuple[str, str, str | None]] = []
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        if names.get(letter, ("", False))[1] or letters.startswith("="):
            found.append((f"-{letter}", letter, letters.removeprefix("=") if letters else None))
            break
        found.append((f"-{letter}", letter, None))
    return found
