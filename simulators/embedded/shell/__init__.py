"""The shell on each host of an embedded kit: command lines, evaluated from the host's state.

What is not simulated raises NotSimulatedError, past everything, to whoever asked.
"""

from simulators.embedded.shell.accounts import add_account
from simulators.embedded.shell.furnishing import furnish
from simulators.embedded.shell.interactive import converse
from simulators.embedded.shell.programs import NOT_INSTALLED
from simulators.embedded.shell.services import reboot
from simulators.embedded.shell.shell import Shell, runner

__all__ = ["NOT_INSTALLED", "Shell", "add_account", "converse", "furnish", "reboot", "runner"]
