"""What our modules import, read from their text: none of it is run.

`Code.reached` follows the imports from some modules to all that decide what these do. Imports
inside functions count, as they are run sooner or later; those for types alone count where asked.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple


class Code:
    """The modules of a package, read and parsed once each."""

    def __init__(self, package: Path) -> None:
        self._package = package
        self._modules: dict[str, Module | None] = {}

    def reached(self, roots: Iterable[str], *, types: bool = False) -> list[Module]:
        """The roots and all that they import, by name. `types`: imports for types alone as well."""
        waiting, found = list(roots), dict[str, Module]()
        while waiting:
            name = waiting.pop()
            module = self._module(name)
            if module is None or name in found:
                continue
            found[name] = module
            waiting += [*module.imports, *(module.type_imports if types else ())]
            # Importing a.b.c runs a and a.b first.
            waiting += [name.rpartition(".")[0]]
        return [found[name] for name in sorted(found)]

    def _module(self, name: str) -> Module | None:
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def _read(self, name: str) -> Module | None:
        root, *rest = name.split(".")
        if root != self._package.name:
            return None
        place = self._package.joinpath(*rest)
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return Module(name, path.read_bytes())
        return None


class Module:
    """One of our modules: its text, and what it imports and reads, worked out from that."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.data = name, data

    @property
    def imports(self) -> tuple[str, ...]:
        """Names in dots; of `from a import b` both `a` and `a.b`, which may be a module."""
        return self._found.imports

    @property
    def type_imports(self) -> tuple[str, ...]:
        """Those under `if TYPE_CHECKING`."""
        return self._found.type_imports

    @property
    def templates(self) -> tuple[str, ...]:
        """The files and folders that it names by `TEMPLATES_DIR / "…"`."""
        return self._found.templates

    @property
    def libraries(self) -> set[str]:
        """The packages it imports that are neither ours nor Python's own."""
        roots = {name.partition(".")[0] for name in self.imports}
        return roots - sys.stdlib_module_names - {self.name.partition(".")[0]}

    @property
    def _found(self) -> _Found:
        return _find(self.data)


class _Found(NamedTuple):
    imports: tuple[str, ...]
    type_imports: tuple[str, ...]
    templates: tuple[str, ...]


@lru_cache(maxsize=512)
def _find(data: bytes) -> _Found:
    """What stands in a module of this text; parsed once, as it takes two milliseconds."""
    nodes = list(ast.walk(ast.parse(data)))
    guarded = {
        id(inner)
        for node in nodes
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    imports = [(id(node) in guarded, name) for node in nodes for name in _imported(node)]
    files = (_below_templates(node) for node in nodes if isinstance(node, ast.BinOp))
    return _Found(
        tuple(dict.fromkeys(name for for_types, name in imports if not for_types)),
        tuple(dict.fromkeys(name for for_types, name in imports if for_types)),
        tuple(sorted({file for file in files if file})),
    )


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _below_templates(node: ast.BinOp) -> str | None:
    """`a/b` for the expression `TEMPLATES_DIR / "a" / "b"`."""
    parts: list[str] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div):
        if not (isinstance(left.right, ast.Constant) and isinstance(left.right.value, str)):
            return None
        parts.insert(0, left.right.value)
        left = left.left
    is_root = isinstance(left, ast.Name) and left.id == "TEMPLATES_DIR"
    return "/".join(parts) if is_root else None
