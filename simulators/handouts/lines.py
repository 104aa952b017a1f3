"""What a handout has its readers type, line by line, and what each line must bring about: the shape of the data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from simulators.plan import ALL_STAGES

OUTSIDE, MAIN = "outside", "main"
"""Where lines are typed besides the servers and units, which have names of their own."""
QUICK_S = 60.0
"""Seconds that a line may take when the data do not say more."""
NAME = r"^[a-z0-9][a-z0-9-]*$"
VALUES = ("api-key", "maas", "main", "router", "controller", "machine", "unit", "known")
"""What goes into blanks; the last three have a name after them: a host, an application, a value remembered."""
Kind = Literal["printed", "asked", "corrected"]
"""A line as the handout prints it; one that it only asks for in words; one printed wrongly, put right."""


def _pattern(text: object) -> object:
    if isinstance(text, str):
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from None
    return text


def _stage(text: object) -> object:
    if text not in ALL_STAGES:
        raise ValueError(f"expected one of {', '.join(ALL_STAGES)}")
    return text


Pattern = Annotated[str, BeforeValidator(_pattern)]
Stage = Annotated[str, BeforeValidator(_stage)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(_Part):
    """What is typed when a program asks."""

    prompt: Pattern
    """What it shows then."""
    type: str
    """May have blanks in it, as a line."""
    secret: bool = False
    """Whether the program must not show it."""
    optional: bool = False
    """Whether the program may do without asking."""


class File(_Part):
    """A file that the group writes before it types the line."""

    path: str
    """Relative to the home folder of main's user."""
    text: str
    kind: Kind
    """Whether the handout prints it so."""


class Screen(_Part):
    """What is done in a program that takes the whole screen."""

    shows: Pattern
    """What is on it when it can be used."""
    replace_by: str | None = None
    """The text that replaces what an editor (nano) has open; None: it is only looked at, until `state` has come."""


class Tunnel(_Part):
    """The proof that a tunnel leads where it should."""

    url: str
    """Asked for here, through the tunnel."""
    status: int = 200
    body: Pattern = ""
    """What the answer has in it."""
    note: str = ""
    """What is different about it in a simulated kit."""


class State(_Part):
    """What can be seen of the kit afterwards, in time."""

    machines: Mapping[str, str] = Field(default_factory=dict)
    """Status names as MAAS shows them, by host name."""
    applications: Mapping[str, str] = Field(default_factory=dict)
    """Workload statuses in the current model, by application; empty: it is gone."""
    answers: str = ""
    """An address of HTTP that answers, asked from main; may have blanks in it."""
    body: Pattern = ""
    """What that answer has in it."""

    def __bool__(self) -> bool:
        """Return whether there is anything to be seen."""
        return bool(self.machines or self.applications or self.answers)


class Line(_Part):
    """One line, typed once."""

    id: str = Field(pattern=NAME)
    number: int | None = None
    """Its place among the lines that the handout prints."""
    printed: str | None = None
    asked: str | None = None
    corrected: str | None = None
    source: str = "the handout"
    """Where it is printed: `an earlier print`, `the previous handout`."""
    where: str = MAIN
    blanks: Mapping[str, str] = Field(default_factory=dict)
    """What stands in the line for something that each group has of its own, and which value goes there."""
    files: tuple[File, ...] = ()
    answers: tuple[Answer, ...] = ()
    screen: Screen | None = None
    tunnel: Tunnel | None = None
    status: int = 0
    """The exit status that it must have."""
    output: Pattern = ""
    """What it must have said, or shown."""
    state: State = State()
    note: str = ""
    """What is worth knowing of how it goes."""
    wrong: str = ""
    """Why it cannot work as it is printed; it fails then, and `output` is what the real tool says."""
    opens: str = ""
    """The machine whose shell it leads into, as a name for `where`."""
    leaves: bool = False
    """Whether it ends the shell it is typed into."""
    remembers: str = ""
    """The name of a value that `output`'s first group becomes: a password, a machine's id."""
    within: float = QUICK_S
    """Seconds."""

    @model_validator(mode="after")
    def _is_one_line(self) -> Self:
        texts = [each for each in (self.printed, self.asked, self.corrected) if each is not None]
        if len(texts) != 1:
            raise ValueError("expected exactly one of `printed`, `asked` and `corrected`")
        if not texts[0].strip() or "\n" in texts[0]:
            raise ValueError("expected one line that is not empty")
        if (self.number is not None) and self.printed is None:
            raise ValueError("only a printed line has a number")
        for blank, value in self.blanks.items():
            if value.partition(" ")[0] not in VALUES:
                raise ValueError(f"blank {blank!r} is {value!r}: expected one of {', '.join(VALUES)}")
        if missing := [blank for blank in self.blanks if blank not in self.text]:
            raise ValueError(f"the line has no blank {missing[0]!r}")
        if self.where == OUTSIDE and not (self.text.startswith("ssh ") and self.tunnel):
            raise ValueError("outside only `ssh` is typed, and what leads through the tunnel is told under `tunnel`")
        if self.where != OUTSIDE and self.tunnel:
            raise ValueError("a tunnel begins outside")
        if self.wrong and (self.status == 0 or not self.output):
            raise ValueError("a line that is wrong fails: its `status` is not 0, and `output` says with which message")
        if self.remembers and re.compile(self.output).groups != 1:
            raise ValueError("`output` must have one group, which is remembered")
        return self

    @property
    def text(self) -> str:
        """The line, with its blanks."""
        return self.printed or self.asked or self.corrected or ""

    @property
    def kind(self) -> Kind:
        """Who wrote it."""
        if self.printed is not None:
            return "printed"
        return "asked" if self.asked is not None else "corrected"


class Grading(_Part):
    """The place at which the group hands in: checkpoints that must be passed then."""

    grade: tuple[Stage, ...]
    kit_yaml: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    """What the group's kit.yaml says then beyond the simulated kit's own, by part."""


class Browse(_Part):
    """What the group does in a browser, which no line says."""

    id: str = Field(pattern=NAME)
    browse: Literal["dashboard", "wordpress"]


def _kind(entry: object) -> str:
    """Return what an entry of the file is meant to be, by the key that only it has."""
    keys = cast("set[str]", set(entry) if isinstance(entry, dict) else getattr(entry, "model_fields_set", set()))  # pyright: ignore[reportUnknownArgumentType] - whatever YAML has
    return next((key for key in ("grade", "browse") if key in keys), "line")


Entry = Annotated[
    Annotated[Line, Tag("line")] | Annotated[Browse, Tag("browse")] | Annotated[Grading, Tag("grade")],
    Discriminator(_kind),
]


class Edition(_Part):
    """One edition of the handout."""

    edition: Literal["A", "B"]
    begins: Stage | None = None
    """The checkpoint that stands already; none: all machines are Ready."""
    lines: tuple[Entry, ...]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        seen: set[str] = set()
        open_: list[str] = [MAIN]
        for each in self.typed:
            if each.id in seen:
                raise ValueError(f"line {each.id!r} is there twice")
            seen.add(each.id)
            if each.where not in (OUTSIDE, open_[-1]):
                raise ValueError(f"line {each.id!r} is typed on {each.where}, and the shell there is not open")
            if each.opens:
                open_.append(each.opens)
            if each.leaves:
                open_.pop()
            if not open_:
                raise ValueError(f"line {each.id!r} leaves main")
        numbers = [each.number for each in self.typed if each.number is not None]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError(f"the numbers of printed lines are not 1, 2, 3...: {numbers}")
        if len(open_) > 1:
            raise ValueError(f"nobody leaves {open_[-1]}")
        return self

    @property
    def typed(self) -> tuple[Line, ...]:
        """Every line, in order."""
        return tuple(each for each in self.lines if isinstance(each, Line))

    @property
    def printed(self) -> tuple[Line, ...]:
        """Those that are printed."""
        return tuple(each for each in self.typed if each.kind == "printed")
