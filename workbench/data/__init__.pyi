from .doctor import check as check
from .examples import load_examples as load_examples
from .rendering.preview import preview as preview
from .sources import load as load
from .splits import fold_recipes as fold_recipes
