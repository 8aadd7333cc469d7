"""Start the worker from its folder, under a name of its own, so that no module of it can hide one of the user's."""

from __future__ import annotations

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location

_NAME = "_bn_lint_worker"


def _load() -> None:
    folder = os.path.dirname(os.path.abspath(__file__))
    # Python puts the folder it runs first on the path: take it away again.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != folder]
    spec = spec_from_file_location(_NAME, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder])
    assert spec is not None
    assert spec.loader is not None
    package = module_from_spec(spec)
    sys.modules[_NAME] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    _load()
    from importlib import import_module

    import_module(f"{_NAME}.serve").main()
