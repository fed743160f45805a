"""``workbench resume RUN``"""

from ._steering import add_arguments as add_arguments
from ._steering import run as run

ORDER = 41
HELP = "Go on with a paused, stopped, failed or died run."
