"""Writes what follows from the code as it is now: the API document, the map, the event shapes.

A process of its own does it, ``python -m commands.contexts.records``: a command that has changed
the code has imported it before. One process for all three, because its imports take seconds.
"""

import runpy

from commands.contract import contract
from commands.modules import modules

if __name__ == "__main__":
    contract()
    modules()
    runpy.run_module("tests.architecture.test_event_shapes", run_name="__main__")
