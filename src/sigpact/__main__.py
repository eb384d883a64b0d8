"""`python -m sigpact`: the command line."""

import sys

from sigpact.cli import main

sys.exit(main())
