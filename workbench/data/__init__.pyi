from .doctor import check as check
from .examples import load_examples as load_examples
from .reading.sources import load as load
from .rendering.preview import preview as preview
from .splits import fold_recipes as fold_recipes
