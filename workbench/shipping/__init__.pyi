from .measuring.bench import Bench as Bench
from .measuring.bench import flipped as flipped
from .measuring.bench import measure as measure
from .measuring.candidate import Candidate as Candidate
from .measuring.candidate import SavedModel as SavedModel
from .measuring.candidate import of_run as of_run
from .measuring.flips import changed_answers as changed_answers
