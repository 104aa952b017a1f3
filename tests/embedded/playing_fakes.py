"""`python -m tests.embedded.playing_fakes`: `python -m simulators.embedded` with shells and a builder of our own."""

from __future__ import annotations

import os

from simulators.embedded.__main__ import main
from tests.embedded.fakes import SHELLS, build_nothing

os._exit(main(shells=SHELLS, build=build_nothing))
