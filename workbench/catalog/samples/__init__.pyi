from .stored import add as add
from .stored import download_size as download_size
from .stored import fetch as fetch
from .stored import find as find
from .stored import status as status
from .wholeness import folder_of as folder_of
from .wholeness import is_cached as is_cached
