"""How a command ends when it cannot do what was typed."""

from __future__ import annotations

NO_CONTROLLERS = """\
No controllers registered.

Please either create a new controller using "juju bootstrap" or connect to
another controller that you have been given access to using "juju register".
"""
NO_CURRENT_CONTROLLER = """\
No selected controller.

Please use "juju switch" to select a controller.
"""
NO_CURRENT_MODEL = """\
No selected model.

Please use "juju models" to see models available to you.
You can set current model by running "juju switch"
or specify any other model on the command line using the "-m" option.
"""


class Refused(Exception):
    """The command fails: `ERROR` and the message on standard error, exit status 1."""

    status = 1


class Misused(Refused):
    """The command was not typed as it must be: exit status 2."""

    status = 2


class Silent(Exception):
    """The command fails with status 1, and has said already why."""


def not_simulated(what: str) -> Refused:
    """Return the refusal of what this simulator does not have."""
    return Refused(f"{what}: not simulated")
