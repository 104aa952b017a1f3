"""One request, understood: who asks, for what, with which parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.maas.models import Token, User
from simulators.maas.refusals import invalid, unauthorised

if TYPE_CHECKING:
    from simulators.maas.region import Region

_TRUE = {"true", "t", "1", "yes", "y", "on"}
_FALSE = {"false", "f", "0", "no", "n", "off", ""}


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters from the query and the body. A name may have several values."""

    values: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def all(self, name: str) -> list[str]:
        """Return every value of a parameter."""
        return self.values.get(name, [])

    def listed(self, name: str) -> list[str]:
        """Return the values of a parameter that takes lists: repeated, or separated by commas or blanks."""
        return [item for value in self.all(name) for item in re.split(r"[,\s]+", value) if item]

    def text(self, name: str, default: str = "") -> str:
        """Return the last value of a parameter, as forms do."""
        values = self.all(name)
        return values[-1] if values else default

    def required(self, name: str) -> str:
        """Return a parameter that must be there and not be empty, or refuse with 400."""
        value = self.text(name).strip()
        if not value:
            raise invalid(name, "This field is required.")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean in any of the spellings that clients use, or refuse with 400."""
        value = self.text(name).strip().lower() if name in self.values else str(default).lower()
        if value not in _TRUE | _FALSE:
            raise invalid(name, f"Expected true or false, got {self.text(name)[:40]!r}.")
        return value in _TRUE

    def number(self, name: str, default: int, *, low: int | None = None, high: int | None = None) -> int:
        """Return a whole number, or refuse with 400."""
        if name not in self.values:
            return default
        text = self.text(name).strip()
        # The length is bounded first: turning thousands of digits into a number is slow on purpose.
        if len(text) > 18 or not re.fullmatch(r"[+-]?[0-9]+", text):
            raise invalid(name, "Enter a whole number.")
        number = int(text)
        if low is not None and number < low:
            raise invalid(name, f"Ensure this value is greater than or equal to {low}.")
        if high is not None and number > high:
            raise invalid(name, f"Ensure this value is less than or equal to {high}.")
        return number


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation."""

    region: Region
    params: Params
    path: dict[str, str]
    """What the placeholders of the handler's path matched, as `system_id`."""
    base: str
    """Scheme, host and port by which the client reached us."""
    user_or_none: User | None = None
    token: Token | None = None
    """The API key that signed the request."""
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    data: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What was sent, in its order, without `op`: error messages repeat it."""

    @property
    def user(self) -> User:
        """Who calls; operations that are not anonymous may rely on it."""
        if self.user_or_none is None:
            raise unauthorised()
        return self.user_or_none
