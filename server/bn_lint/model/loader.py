"""Finding, parsing and running the modules that code imports. Nothing is ever really imported."""

from __future__ import annotations

import logging
import re
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bn_lint.model.dependence import only_defines
from bn_lint.model.events import Entry
from bn_lint.model.frame import Abandoned, Frame, ModuleScope, Raised
from bn_lint.model.torch_.registry import lookup
from bn_lint.model.values import MISSING, Namespace, Unknown, Value
from bn_lint.source.tree import Piece, SourceFile

if TYPE_CHECKING:
    from bn_lint.model.evaluator import Evaluator

ReadFile = Callable[[Path], "SourceFile | None"]
ReadText = Callable[[Path], str]

# How far above a script its imports may start where nothing marks the top of the project.
_MAX_ANCESTORS = 3
_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
# What has to do with a registry: `@MODELS.register_module()`, `register("resnet", ResNet)`.
_REGISTRY = re.compile(r"(?i)regist(?!er_(?:buffer|parameter|\w*hook)\b)")
_REGISTER = re.compile(r"egist|EGIST")
_DECORATED = re.compile(r"(.{0,200}?)^(?:class|def)\s+(\w+)", re.MULTILINE | re.DOTALL)
_CALLED = re.compile(r"\w*(?:\.\w+)*\(\s*(?:\w+\s*=\s*)?[\"']?([\w./-]+)")
_ALL = re.compile(r"^__all__ *= *[\[(]([^\[\]()]*)[\])]", re.MULTILINE)
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_DEFINED = re.compile(r"^(?:class|def) ([a-zA-Z]\w*)", re.MULTILINE)
_STRING = re.compile(r"[\"']([\w./-]+)[\"']")


class Search:
    """Where the imports of a file are looked for: folders of the project, then installed packages."""

    def __init__(self, roots: tuple[Path, ...]) -> None:
        self.roots = roots


def package_of(path: Path) -> tuple[Path, str]:
    """The folder that a file's package lies in, and the file's dotted module name."""
    parts = [] if path.stem == "__init__" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        parts.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(parts) or path.stem


def relative_to(package: str, module: str, level: int) -> str:
    """The absolute name of a module that is named from a package, with so many dots before it."""
    if not level:
        return module
    base = package.split(".")
    base = base[: len(base) - level + 1]
    return ".".join([*base, module] if module else base)


def search_for(path: Path) -> Search:
    """The import search path of a file: its package's folder, and those above up to the project's top."""
    root, _ = package_of(path)
    roots = [root]
    for count, folder in enumerate((root, *root.parents)):
        if folder not in roots:
            roots.append(folder)
        source = folder / "src"
        if source != root and source.is_dir():
            roots.append(source)
        if any((folder / marker).exists() for marker in _MARKERS) or count >= _MAX_ANCESTORS:
            break
    roots += [site for site in installed_roots(roots) if site not in roots]
    return Search(tuple(roots))


def installed_roots(project_roots: list[Path]) -> list[Path]:
    """The site-packages of the project's own virtual environment, or of the one bn-lint runs in."""
    for root in project_roots:
        for name in (".venv", "venv"):
            sites = sorted((root / name).glob("lib/python3*/site-packages")) or sorted(
                (root / name).glob("Lib/site-packages")
            )
            if sites:
                return sites
    return [Path(sysconfig.get_paths()["purelib"])]


def _registered_in(text: str) -> Iterator[str]:
    """The keys by which a text registers something, or may: names of functions and classes, and strings."""
    for found in _REGISTER.finditer(text):
        if text.startswith("@", text.rfind("\n", 0, found.start()) + 1):
            decorated = _DECORATED.match(text, found.end())
            if decorated is not None:
                yield decorated[2]
                yield from _STRING.findall(decorated[1])
        else:
            called = _CALLED.match(text, found.end())
            if called is not None:
                yield called[1]


_log = logging.getLogger(__name__)


class Loader:
    """Module scopes by file, run when something is first read from them."""

    def __init__(self, evaluator: Evaluator, read: ReadFile, text: ReadText) -> None:
        self._ev = evaluator
        self._read = read
        self._text = text
        self._by_path: dict[Path, ModuleScope] = {}
        self._found: dict[tuple[tuple[Path, ...], str], ModuleScope | None] = {}
        self._searches: dict[Path, Search] = {}
        self._ran: set[int] = set()
        # The pieces with functions that ran while something was imported: what the import made depends on them.
        self._ran_then: set[Piece] = set()
        # The files of each package that register something, by its key, and those whose tables a woken one has filled.
        self._registering: dict[Path, dict[str, list[Path]]] = {}
        self._asking: dict[ModuleScope, bool] = {}
        self._keys: dict[Path, tuple[str, set[str]]] = {}
        self._woken: dict[Path, set[Path]] = {}

    def scope_of(self, path: Path) -> ModuleScope | None:
        """The scope of a file, not yet run; None where it cannot be read."""
        scope = self._by_path.get(path)
        if scope is None:
            file = self._read(path)
            if file is None:
                return None
            _, name = package_of(path)
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            search = self._searches.get(path.parent)
            if search is None:
                search = self._searches[path.parent] = search_for(path)
            scope = ModuleScope(name, package, file, search)
            scope.vars["__name__"] = name
            scope.vars["__file__"] = str(path)
            self._by_path[path] = scope
        return scope

    def find(self, dotted: str, search: Search) -> ModuleScope | None:
        """The module with an absolute name."""
        key = (search.roots, dotted)
        if key in self._found:
            return self._found[key]
        found = None
        relative = dotted.replace(".", "/")
        for root in search.roots:
            for candidate in (root / relative / "__init__.py", root / f"{relative}.py"):
                if candidate.is_file():
                    found = self.scope_of(candidate)
                    break
            else:
                folder = root / relative
                if found is None and folder.is_dir() and any(folder.glob("*.py")):
                    found = ModuleScope(dotted, dotted, None, search)  # a namespace package
                    break
                continue
            break
        self._found[key] = found
        return found

    def package_files(self, path: Path) -> list[Path]:
        """The Python files of the package that a file belongs to, or those beside it."""
        root, name = package_of(path)
        top = root / name.partition(".")[0]
        if not top.is_dir():
            top = path.parent
            return sorted(top.glob("*.py"))
        return sorted(top.rglob("*.py"))

    def absolute(self, scope: ModuleScope, module: str, level: int) -> str:
        """The absolute name of a module named in an import of `scope`."""
        return relative_to(scope.package, module, level)

    def purge(self, path: Path) -> dict[Path, list[Path]]:
        """Forget a file, and every file that an import in it has led from to this one. Gives what these imported."""
        self._registering.clear()
        self._asking.clear()
        imported = {other: [*self.imported(other), *self._holding(other)] for other in self._by_path}
        gone = {path}
        while more := {other for other, files in imported.items() if other not in gone and not gone.isdisjoint(files)}:
            gone |= more
        for other in gone:
            scope = self._by_path.pop(other, None)
            if scope is not None:
                self._ran.discard(id(scope))
        self._ran_then = {piece for piece in self._ran_then if piece.file.path not in gone}
        self._found = {
            key: scope
            for key, scope in self._found.items()
            if scope is None or scope.file is None or scope.file.path not in gone
        }
        return {other: imported[other] for other in gone if other in imported}

    def _holding(self, path: Path) -> Iterator[Path]:
        """The woken files that have put something into a table of a file."""
        return (woken for woken, files in self._woken.items() if path in files)

    def wake(self, f: Frame, key: str) -> bool:
        """Run the modules that register something by a key that a table lacks, in the packages of the code that asks.
        Whether there were any.

        An import is followed when what it binds is needed; real code has run the whole package by then.
        """
        asks = self._asking.get(f.module)
        if asks is None:
            file = f.module.file
            asks = self._asking[f.module] = file is not None and _REGISTRY.search(file.source.text) is not None
        if not asks:
            return False
        asking: dict[Path, None] = {}  # innermost first
        frame: Frame | None = f
        while frame is not None:
            if frame.module.file is not None:
                asking[frame.module.file.path] = None
            frame = frame.caller
        woken = False
        for code in asking:
            for path in self._registered(code).get(key, ()):
                other = self.scope_of(path)
                if other is not None and id(other) not in self._ran:
                    woken = True
                    before, self._ev.pieces_entered = self._ev.pieces_entered, set()
                    self.run(other)
                    self._woken[path] = {piece.file.path for piece in self._ev.pieces_entered} - {path}
                    self._ev.pieces_entered |= before
        return woken

    def _registered(self, path: Path) -> dict[str, list[Path]]:
        found = self._registering.get(path.parent)
        if found is None:
            root, name = package_of(path)
            top = root / name.partition(".")[0]
            if top not in self._registering:
                self._registering[top] = defaultdict(list)
                for each in self.package_files(path):
                    for key in self._keys_in(each):
                        self._registering[top][key].append(each)
            found = self._registering[path.parent] = self._registering[top]
        return found

    def _keys_in(self, path: Path) -> set[str]:
        text = self._text(path)
        before, keys = self._keys.get(path, ("", set[str]()))
        if before is not text:
            keys = set(_registered_in(text))
            self._keys[path] = text, keys
        return keys

    def ran_at_import(self, piece: Piece) -> bool:
        """Whether a function in a piece ran while something was imported."""
        return piece in self._ran_then

    @property
    def paths(self) -> Iterable[Path]:
        """The files that have a scope."""
        return self._by_path

    def imported(self, path: Path) -> list[Path]:
        """The files that imports in a file have led to so far."""
        scope = self._by_path.get(path)
        if scope is None or scope.file is None:
            return []
        names: set[str] = set()
        for piece in scope.file.pieces:
            if "import" not in piece.fragment.text:
                continue
            for node in piece.fragment.nodes("import", "from"):
                if node[0] == "import":
                    for name, _ in node[2]:
                        parts = name.split(".")
                        names.update(".".join(parts[: i + 1]) for i in range(len(parts)))
                else:
                    base = self.absolute(scope, node[3], node[2])
                    names.add(base)
                    if node[4] != "*":
                        names.update(f"{base}.{name}" for name, _ in node[4])
        found = (self._found.get((scope.search.roots, name)) for name in names)
        return [other.file.path for other in found if other is not None and other.file is not None]

    def importable(self, scope: ModuleScope, module: str, level: int) -> bool:
        """Whether an import in `scope` would find its module."""
        name = self.absolute(scope, module, level)
        top = name.partition(".")[0]
        if top in ("torch", "numpy") or (top in sys.stdlib_module_names and top != "apex"):
            return True
        return self.find(name, scope.search) is not None

    def module(self, scope: ModuleScope, name: str) -> Value:
        """The value of a module with an absolute name."""
        known = lookup(name)
        if known is not MISSING:
            return known
        top = name.partition(".")[0]
        # PyTorch is known by its tables alone, whether it is installed or not.
        if top == "torch" or top in sys.stdlib_module_names:
            return Namespace(name)
        found = self.find(name, scope.search)
        if found is not None:
            return found
        return Unknown(name)

    def told_by_text(self, scope: ModuleScope) -> list[str] | None:
        """The names that `import *` binds of an installed module, without parsing it; None where only running it tells.

        A package of models imports hundreds of modules so, of which a model needs a few; what they register by a key
        is found when it is asked for.
        """
        if scope.file is None or id(scope) in self._ran or _INSTALLED.isdisjoint(scope.file.path.parts):
            return None
        text, keys = scope.file.source.text, self._keys_in(scope.file.path)
        lists = _ALL.findall(text)
        if text.count("__all__") != len(lists) or len(lists) > 1 or not (lists or keys):
            return None
        return [*(_STRING.findall(lists[0]) if lists else _DEFINED.findall(text)), *keys]

    def run(self, scope: ModuleScope) -> None:
        """Run a module's top level, once. What it cannot do is left undone."""
        if id(scope) in self._ran or scope.file is None:
            return
        self._ran.add(id(scope))
        ev = self._ev
        with ev.importing():
            missed, stops = ev.missed, len(ev.stops)
            before, ev.pieces_entered = ev.pieces_entered, set()
            frame: Frame | None = None
            for piece in scope.file.pieces:
                try:
                    frame = Frame(ev, scope, piece, scope.vars, None, None, None)
                    if not only_defines(piece.fragment):
                        ev.enter(piece)
                    ev.executable(piece)(frame)
                except (Raised, Abandoned, RecursionError) as error:
                    # The other statements may still run.
                    ev.stops.append((Entry(f"import {scope.name}", None), error))
                    ev.refuel()
                except Exception:
                    _log.debug("evaluating the top level of %s failed", scope.name, exc_info=True)
                    ev.missed += 1
                    ev.refuel()
            self._ran_then |= ev.pieces_entered
            ev.pieces_entered |= before
            scope.eventful = ev.missed > missed or len(ev.stops) > stops or ev.path.decisions > 0
