from .checking import Verdict as Verdict
from .checking import check as check
from .checking import solution as solution
from .shown_source import source as source
from .toys.merges import Merges as Merges
from .toys.next_letter import NextLetter as NextLetter
from .toys.sampler import Sampler as Sampler
from .tracking import progress as progress
