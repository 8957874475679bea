"""Where modules lie, as this interpreter's path finder would find them. Imports none of them.

Python 3.8 and later.
"""

import os
import pkgutil
import sys
from importlib.machinery import FrozenImporter

import interpreter


class Found:
    """Where a module lies. Without a file: a namespace package; `local`: neither standard nor installed."""

    def __init__(self, name, file, folders, local):
        self.name = name
        self.file = file
        # Where its submodules are looked for; None for a plain module.
        self.folders = folders
        self.local = local
        # It lies among what is installed, and no distribution has put it there.
        self.by_hand = False

    def is_builtin(self):
        return self.file is None and self.folders is None


class Finder:
    def __init__(self, search):
        self.search = search
        self.standard = interpreter.standard_folders()
        self.site = interpreter.site_folders(search)
        # Folder -> the names that were looked for in it; `*`: whatever is there.
        self.looked_at = {}

    def top(self, name):
        if name in sys.builtin_module_names or FrozenImporter.find_spec(name) is not None:
            return Found(name, None, None, False)
        found = self.find(name, self.search)
        if found is not None:
            return found
        # Finders that an editable installation has put there.
        for finder in sys.meta_path:
            if getattr(finder, "__module__", "").startswith("__editable__"):
                spec = finder.find_spec(name, None)
                if spec is not None and spec.origin is not None:
                    return self.found(name, spec)
        return None

    def find(self, name, folders):
        """As Python's own path finder does; namespace packages have portions in several folders."""
        tail = name.rpartition(".")[2]
        portions = []
        for folder in folders:
            if not self.is_standard(folder):
                self.looked_at.setdefault(folder, set()).add(tail)
                inner = os.path.join(folder, tail)
                if os.path.isdir(inner):
                    self.looked_at.setdefault(inner, set()).add("__init__")
            finder = pkgutil.get_importer(folder)
            spec = None if finder is None else finder.find_spec(name)
            if spec is None:
                continue
            if spec.loader is not None:
                return self.found(name, spec)
            portions.extend(spec.submodule_search_locations or [])
        if portions:
            return Found(name, None, portions, any(not self.is_installed(p) for p in portions))
        return None

    def found(self, name, spec):
        file = spec.origin
        known = file is None or self.is_standard(file) or self.is_installed(file)
        folders = spec.submodule_search_locations
        return Found(name, file, None if folders is None else list(folders), not known)

    def beside(self, package):
        """The names of all modules in a package's folders."""
        for folder in package.folders:
            self.looked_at.setdefault(folder, set()).add("*")
        return [entry.name for folder in package.folders for entry in pkgutil.iter_modules([folder])]

    def is_standard(self, path):
        return not self.is_installed(path) and any(inside(path, each) for each in self.standard)

    def is_installed(self, path):
        return any(inside(path, each) for each in self.site)


def inside(path, folder):
    return path == folder or path.startswith(folder.rstrip("/") + "/")
