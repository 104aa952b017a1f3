"""`python -m kitcheck`: the program where its folder of scripts is not on the path."""

import sys

from kitcheck.program import main

sys.exit(main())
