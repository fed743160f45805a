"""``workbench pause RUN``"""

from ._steering import add_arguments as add_arguments
from ._steering import run as run

ORDER = 40
HELP = "Finish the step, checkpoint, hold the process ready."
