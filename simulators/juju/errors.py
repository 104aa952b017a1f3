"""What Juju refuses, as its API says it."""

from __future__ import annotations


class ApiError(Exception):
    """An error that the API answers, or that an item of an answer carries."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        """As clients compare it: `not found`, `already exists`, `unauthorized access`..., or empty."""


class ControllerUnreachableError(Exception):
    """Nobody answers at the controller's addresses; the message says of each what happened, in Go's words."""
