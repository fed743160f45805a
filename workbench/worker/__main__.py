"""``python -m workbench.worker RUN``: see :mod:`.supervisor`."""

import sys

from .supervisor import main

if __name__ == "__main__":
    sys.exit(main())
