"""``workbench stop RUN``"""

from ._steering import add_arguments as add_arguments
from ._steering import run as run

ORDER = 42
HELP = "Finish the step, checkpoint, end the process."
