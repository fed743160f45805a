from . import catalog as catalog
from . import data as data
from . import inspection as inspection
from . import lesson as lesson
from . import nets as nets
from . import plots as plots
from . import talking as talking
from . import tasks as tasks
from . import training as training
from . import widgets as widgets
from .data.doctor import check as check
from .errors import WorkbenchError as WorkbenchError
from .inspection.reporting.report import report as report
from .plots.rate_search import find_rate as find_rate
from .recipe import Recipe as Recipe
from .talking.opening import open_talk as open_talk
from .talking.opening import talk as talk
from .training.api import fine_tune as fine_tune
from .training.api import start as start
from .training.distilling.shortening import shorten as shorten
from .training.folds import cross_validate as cross_validate
from .training.run import Run as Run
from .training.run import open_run as open_run
from .training.run import runs as runs
from .widgets.panels.app import Workbench as Workbench

__version__: str
