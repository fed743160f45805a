"""Where a run can be worked on: this machine, a cluster. A file an engine.

An engine has ``submit``, ``status`` and ``cancel`` (see :mod:`.base`); everything else of a run is
its folder's, wherever the work is done.
"""
