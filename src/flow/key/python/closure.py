"""The closure of a Python stage's imports, as this interpreter would find them. Imports nothing of it.

Reads {root, entry, code} (JSON; root absolute, the others relative to it) from standard input and writes
to standard output what python.ts describes. Python 3.8 and later.
"""

import sys

OWN_FOLDER = sys.path.pop(0)
sys.dont_write_bytecode = True
sys.path.insert(0, OWN_FOLDER)
import ast  # noqa: E402
import hashlib  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import threading  # noqa: E402

import imports  # noqa: E402
import interpreter  # noqa: E402
from distributions import Distributions  # noqa: E402
from finder import Finder, inside  # noqa: E402
from interpreter import unique  # noqa: E402

sys.path.pop(0)


class Closure:
    def __init__(self, root, entry, code):
        self.root = root
        self.script_folder = os.path.dirname(os.path.join(root, entry))
        search = unique([self.script_folder, root, *map(os.path.realpath, sys.path)])
        self.finder = Finder(search)
        self.distributions = Distributions()
        self.known = {}
        self.modules = {}
        # Folders that have to be on the stage's path: below code/, in the order of the search.
        self.bases = {root: "."}
        self.missing = []
        self.relative = []
        self.escapes = []
        self.broken = []
        self.add_file("__main__", os.path.join(root, entry), "")
        for path in code:
            name = re.sub(r"(/__init__)?\.py$", "", path).replace("/", ".")
            package = name if path.endswith("/__init__.py") else name.rpartition(".")[0]
            self.add_file(name, os.path.join(root, path), package, counted=False)

    def resolve(self, name):
        """Every package on the way to a module, and the module; None where one of them is missing."""
        if name in self.known:
            return self.known[name]
        parent, _, _ = name.rpartition(".")
        if parent == "":
            found = self.finder.top(name)
            if found is not None and not found.is_builtin():
                self.count_installed(found)
        else:
            above = self.resolve(parent)
            if above is None or not above.local:
                found = above
            else:
                found = None if above.folders is None else self.finder.find(name, above.folders)
                if found is not None and above.by_hand:
                    found.local = found.by_hand = True
        self.known[name] = found
        if found is not None and found.local and found.file is not None:
            package = name if found.folders is not None else parent
            self.add_file(name, found.file, package)
        return found

    def add_file(self, name, file, package, counted=True):
        parts = 1 if name == "__main__" else name.count(".") + 1
        if os.path.basename(file).startswith("__init__."):
            parts += 1
        base = file
        for _ in range(parts):
            base = os.path.dirname(base)
        try:
            with open(file, "rb") as stream:
                data = stream.read()
        except OSError as error:
            self.broken.append({"file": file, "line": 1, "message": str(error)})
            return
        module = {
            "file": file,
            "path": os.path.normpath(os.path.join(self.place(base, name), os.path.relpath(file, base))),
            "bytes": digest(data),
        }
        if not file.endswith(".py") and name != "__main__":
            self.escapes.append({"what": "compiled", "file": file, "line": 1, "column": 1})
            if counted:
                self.modules[file] = {**module, "syntax": module["bytes"]}
            return
        try:
            tree = ast.parse(data)
        except (SyntaxError, ValueError, RecursionError) as error:
            line = getattr(error, "lineno", None) or 1
            self.broken.append({"file": file, "line": line, "message": str(error)})
            return
        if counted:
            self.modules[file] = {**module, "syntax": digest(ast.dump(tree).encode("utf-8", "surrogatepass"))}
        self.follow(tree, file, package)

    def place(self, base, name):
        """Where a folder that modules are found in lies below code/."""
        if inside(base, self.root) and not self.finder.is_installed(base):
            where = os.path.relpath(base, self.root)
            if base != self.script_folder:
                self.bases.setdefault(base, where)
            return where
        # Outside of the project: a folder of its own for each top-level name.
        where = ".linked/" + name.split(".")[0]
        self.bases.setdefault(base + "/" + name.split(".")[0], where)
        return where

    def follow(self, tree, file, package):
        found, escapes = imports.read(tree)
        for what, line, column in escapes:
            self.escapes.append({"what": what, "file": file, "line": line, "column": column})
        for one in found:
            place = {"file": file, "line": one.line, "column": one.column}
            name = one.module
            if one.level > 0:
                base = package.split(".") if package else []
                if one.level > len(base):
                    if not one.lazy:
                        self.relative.append(place)
                    continue
                base = base[: len(base) - one.level + 1]
                name = ".".join([*base, *([name] if name else [])])
            target = self.resolve(name)
            if target is None:
                self.missing.append({**place, "name": name, "lazy": one.lazy})
                continue
            self.follow_names(one.names or [], target)

    def follow_names(self, names, target):
        """`from package import name` may mean a submodule."""
        if not target.local or target.folders is None:
            return
        if "*" in names:
            names = self.all_of(target)
        for name in names:
            self.resolve(target.name + "." + name)

    def all_of(self, package):
        if package.file is None:
            return []
        with open(package.file, "rb") as stream:
            names = imports.exported(ast.parse(stream.read()))
        if names is not None:
            return names
        # Computed: any of the modules beside it.
        return self.finder.beside(package)

    def path(self):
        """The stage's PYTHONPATH below code/: the root, then the project's folders, then linked ones."""
        order = {folder: index for index, folder in enumerate(self.finder.search)}
        last = len(order)
        known = [(order.get(base, last), where) for base, where in self.bases.items()]
        return unique(where for _, where in sorted(known))

    def count_installed(self, found):
        """The distributions that own a top-level name, with all that they require and that is there."""
        places = [found.file] if found.file is not None else found.folders
        if not any(self.finder.is_installed(place) for place in places):
            return
        names = self.distributions.owners_of(found.name)
        if not names:
            # Put there by hand: counted by content, as what lies in the project.
            found.local = found.by_hand = True
        for name in names:
            self.distributions.count(name)


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def main():
    request = json.load(sys.stdin)
    closure = Closure(request["root"], request["entry"], request["code"])
    answer = {
        "executable": sys.executable,
        "version": interpreter.version(),
        "path": closure.path(),
        "modules": sorted(closure.modules.values(), key=lambda module: module["path"]),
        "distributions": [each for _, each in sorted(closure.distributions.counted.items())],
        "byVersion": closure.distributions.by_version,
        "distributionRecords": closure.distributions.records,
        "missing": closure.missing,
        "relative": closure.relative,
        "escapes": closure.escapes,
        "broken": closure.broken,
        "lookedAt": [
            {"folder": folder, "names": sorted(names)}
            for folder, names in sorted(closure.finder.looked_at.items())
            if folder not in closure.finder.site
        ],
        "site": closure.finder.site,
        "interpreterFiles": interpreter.identifying_files(closure.finder.site),
    }
    json.dump(answer, sys.stdout)


def with_deep_stack(work):
    """Python runs a sum of thousands of terms, whose syntax tree is as deep as the sum is long."""
    failures = []

    def run():
        try:
            work()
        except BaseException as error:
            failures.append(error)

    sys.setrecursionlimit(1_000_000)
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    try:
        threading.stack_size(512 * 1024 * 1024)
        thread = threading.Thread(target=run)
        thread.start()
    except (ValueError, RuntimeError):
        # So much address space is not there: shallow trees need less.
        sys.setrecursionlimit(1000)
        work()
        return
    thread.join()
    if failures:
        raise failures[0]


with_deep_stack(main)
