"""What a name in a file stands for, as far as the file's imports say."""

from __future__ import annotations

import re

from bn_lint.source import ir
from bn_lint.source.tree import SourceFile

_NN_HOME = re.compile(r"^torch\.nn\.modules\.(?:\w+\.)?([A-Z])")


class Names:
    """Import bindings of one file: local name to qualified name.

    Imports inside functions and `try` blocks count as if they stood at the top. A name that the
    module also binds by `def`, `class` or assignment at its top level is the module's own.
    """

    def __init__(self, file: SourceFile) -> None:
        self._bindings: dict[str, str] = {}
        own: set[str] = set()
        for piece in file.pieces:
            for node in piece.fragment.nodes("import", "from"):
                if node[0] == "import":
                    for name, bound in node[2]:
                        self._bindings[bound or name.partition(".")[0]] = name if bound else name.partition(".")[0]
                elif node[4] != "*" and not node[2]:
                    for name, bound in node[4]:
                        self._bindings[bound or name] = f"{node[3]}.{name}"
            for node in piece.fragment.body:
                if node[0] in ("def", "class"):
                    own.add(node[2])
                elif node[0] == "assign":
                    own.update(target[2] for target in node[2] if target[0] == "name")
        for name in own:
            self._bindings.pop(name, None)

    def qualified(self, expression: ir.Node | None) -> str | None:
        """The qualified name of a name or attribute chain that starts at an import, else None."""
        dotted = ir.dotted_name(expression)
        if dotted is None:
            return None
        root, dot, rest = dotted.partition(".")
        bound = self._bindings.get(root)
        return None if bound is None else f"{bound}{dot}{rest}"

    def torch_name(self, expression: ir.Node | None) -> str | None:
        """The qualified name of something of PyTorch's, by its public address (`torch.nn.BatchNorm2d`)."""
        name = self.qualified(expression)
        if name is None or not name.startswith("torch."):
            return None
        return _NN_HOME.sub(r"torch.nn.\1", name)

    def local_name(self, qualified: str) -> str | None:
        """How a module is written in this file: `nn` or `torch.nn` for torch.nn; None where it is not imported."""
        for bound, name in self._bindings.items():
            if name == qualified:
                return bound
        parent, _, last = qualified.rpartition(".")
        outer = self.local_name(parent) if parent else None
        return None if outer is None else f"{outer}.{last}"

    def imports(self, package: str) -> bool:
        """Whether the file imports a package or anything below it."""
        return any(name == package or name.startswith(package + ".") for name in self._bindings.values())
