"""``workbench cancel RUN``"""

from ._steering import add_arguments as add_arguments
from ._steering import run as run

ORDER = 43
HELP = "End the work at once, and take the run back from a cluster's queue."
