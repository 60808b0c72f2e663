"""`python -m aua_runtime.cli`: the command `aua-router` where it is not on the path."""

import sys

from aua_runtime.cli import main

sys.exit(main())
