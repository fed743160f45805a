"""Ways of making a model smaller, a module each; its name is the ``kind`` in ``compress``.

A module holds ``Settings``, a frozen dataclass of what may be said beside the kind, and
``apply(work, settings)``, which changes a :class:`workbench.shipping.compressing.work.Work` and
gives a sentence of what that did. One that can train the model again afterwards has
``recover`` among its settings.
"""

from workbench.settings import Kinds

KINDS = Kinds("compression", "workbench.shipping.compressing.kinds", "int8")
