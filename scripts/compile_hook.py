"""Compiles the evaluator when a wheel is built and HATCH_BUILD_HOOKS_ENABLE=1 is set: it then runs twice as fast.

Cython takes the modules as they are; the Python files stay in the wheel beside what they became, for tracebacks. The
wheel fits one version of Python on one platform. Needs a C compiler, and some minutes. Without the variable (and for
`pip install -e`, whose files must stay what runs) nothing is compiled.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SERVER = "server"
# The only modules whose time counts: those that run for every layer of every model.
_MODULES = ("bn_lint/model/**/*.py", "bn_lint/source/*.py")


class CompileHook(BuildHookInterface[Any]):
    _output: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds the extension modules to the wheel. Raises whatever the C compiler's failure raises."""
        if version == "editable":
            return
        from Cython.Build import cythonize
        from setuptools import Distribution
        from setuptools.command.build_ext import build_ext

        root = Path(self.root)
        self._output = output = Path(tempfile.mkdtemp(prefix="bn-lint-"))
        modules = sorted(
            path.relative_to(root).as_posix()
            for pattern in _MODULES
            for path in (root / _SERVER).glob(pattern)
            if path.name != "__init__.py"
        )
        os.chdir(root)
        # Annotations name what a value is for a reader; Cython would take `dict[...]` to exclude a subclass of dict.
        directives = {"language_level": 3, "annotation_typing": False}
        cores = os.cpu_count() or 1
        extensions = cythonize(modules, nthreads=cores, build_dir=str(output / "c"), compiler_directives=directives)
        for extension in extensions:
            extension.name = extension.name.removeprefix(f"{_SERVER}.")
            extension.extra_compile_args = ["-g0"] if os.name == "posix" else []
        command = build_ext(Distribution({"name": "bn-lint", "ext_modules": extensions}))
        command.build_lib, command.build_temp, command.parallel = str(output / "lib"), str(output / "o"), cores
        command.ensure_finalized()
        command.run()
        for extension in extensions:
            built = Path(command.get_ext_fullpath(extension.name))
            build_data["force_include"][str(built)] = built.relative_to(output / "lib").as_posix()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel is written: what it was made from can go."""
        if self._output is not None:
            shutil.rmtree(self._output, ignore_errors=True)
