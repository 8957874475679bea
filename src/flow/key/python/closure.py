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
import importlib.metadata  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import pkgutil  # noqa: E402
import re  # noqa: E402
import site  # noqa: E402
import sysconfig  # noqa: E402
from importlib.machinery import FrozenImporter  # noqa: E402

import imports  # noqa: E402

sys.path.pop(0)

SITE_FOLDERS = ("site-packages", "dist-packages")


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


class Closure:
    def __init__(self, root, entry, code):
        self.root = root
        self.script_folder = os.path.dirname(os.path.join(root, entry))
        self.search = unique([self.script_folder, root, *map(os.path.realpath, sys.path)])
        self.standard = standard_folders()
        self.site = site_folders(self.search)
        self.known = {}
        self.modules = {}
        # Folders that have to be on the stage's path: below code/, in the order of the search.
        self.bases = {root: "."}
        self.looked_at = {}
        self.distributions = set()
        self.missing = []
        self.relative = []
        self.escapes = []
        self.broken = []
        self.installed = {}
        self.owners = None
        self.add_file("__main__", os.path.join(root, entry), "")
        for path in code:
            name = re.sub(r"(/__init__)?\.py$", "", path).replace("/", ".")
            package = name if path.endswith("/__init__.py") else name.rpartition(".")[0]
            self.add_file(name, os.path.join(root, path), package, counted=False)

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

    def resolve(self, name):
        """Every package on the way to a module, and the module; None where one of them is missing."""
        if name in self.known:
            return self.known[name]
        parent, _, _ = name.rpartition(".")
        if parent == "":
            found = self.top(name)
            if found is not None and not self.is_builtin(found):
                self.count_installed(found)
        else:
            above = self.resolve(parent)
            if above is None or not above.local:
                found = above
            else:
                found = None if above.folders is None else self.find(name, above.folders)
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
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            self.broken.append({"file": file, "line": line, "message": str(error)})
            return
        if counted:
            self.modules[file] = {**module, "syntax": digest(ast.dump(tree).encode("utf-8", "surrogatepass"))}
        self.follow(tree, file, package)

    def place(self, base, name):
        """Where a folder that modules are found in lies below code/."""
        if inside(base, self.root) and not self.is_installed(base):
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
        inside = [entry for folder in package.folders for entry in pkgutil.iter_modules([folder])]
        for folder in package.folders:
            self.looked_at.setdefault(folder, set()).add("*")
        return [entry.name for entry in inside]

    def path(self):
        """The stage's PYTHONPATH below code/: the root, then the project's folders, then linked ones."""
        order = {folder: index for index, folder in enumerate(self.search)}
        last = len(order)
        known = [(order.get(base, last), where) for base, where in self.bases.items()]
        return unique(where for _, where in sorted(known))

    def is_builtin(self, found):
        return found.file is None and found.folders is None

    def is_standard(self, path):
        return not self.is_installed(path) and any(inside(path, each) for each in self.standard)

    def is_installed(self, path):
        return any(inside(path, each) for each in self.site)

    def count_installed(self, found):
        """The distributions that own a top-level name, with all that they require and that is there."""
        places = [found.file] if found.file is not None else found.folders
        if not any(self.is_installed(place) for place in places):
            return
        if self.owners is None:
            self.installed = installed_distributions()
            self.owners = owners_of_names(self.installed)
        names = self.owners.get(found.name, [])
        if not names:
            # Put there by hand: counted by content, as what lies in the project.
            found.local = found.by_hand = True
        for name in names:
            self.count_distribution(name)

    def count_distribution(self, name):
        queue = [name]
        while queue:
            each = normalized(queue.pop())
            if any(each == known for known, _ in self.distributions):
                continue
            distribution = self.installed.get(each)
            if distribution is None:
                continue
            self.distributions.add((each, distribution.version))
            # Extras count too where they are installed: packages use what they find.
            for requirement in distribution.requires or []:
                required = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement.strip())
                if required is not None:
                    queue.append(required.group())


def installed_distributions():
    """By normalized name; of two of one name the first on the path is the one that is used."""
    found = {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        if name is not None:
            found.setdefault(normalized(name), distribution)
    return found


def owners_of_names(installed):
    """Top-level name -> the distributions that put it there."""
    owners = {}
    for name, distribution in installed.items():
        tops = set((distribution.read_text("top_level.txt") or "").split())
        for file in distribution.files or []:
            part = file.parts[0]
            if len(file.parts) > 1:
                tops.add(part)
            elif re.search(r"\.(py|so|pyd)$", part):
                tops.add(part.split(".")[0])
        # Debian's own (an .egg-info file) tell nothing but their name.
        if not tops:
            tops.add(name.replace("-", "_"))
        for top in tops:
            owners.setdefault(top, []).append(name)
    return owners


def standard_folders():
    names = ("stdlib", "platstdlib")
    folders = [sysconfig.get_path(name) for name in names]
    zipped = "python%d%d.zip" % sys.version_info[:2]
    folders += [path for path in sys.path if os.path.basename(path) == zipped]
    return unique(os.path.realpath(folder) for folder in folders if folder)


def site_folders(search):
    named = [path for path in search if os.path.basename(path.rstrip("/")) in SITE_FOLDERS]
    places = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
    if site.ENABLE_USER_SITE:
        places.append(site.getusersitepackages())
    return unique([*named, *(os.path.realpath(place) for place in places if place)])


def interpreter_files(site_names):
    """Files that say which interpreter this is and where it looks for modules."""
    real = os.path.realpath(sys.executable)
    files = [real, os.path.join(sys.prefix, "pyvenv.cfg")]
    if sysconfig.get_config_var("Py_ENABLE_SHARED"):
        library = sysconfig.get_config_var("INSTSONAME") or ""
        files.append(os.path.join(sysconfig.get_config_var("LIBDIR") or "", library))
    for folder in site_names:
        for name in listed(folder):
            if name.endswith(".pth") or name.startswith("__editable__"):
                files.append(os.path.join(folder, name))
    return unique(files)


def listed(folder):
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def unique(values):
    return list(dict.fromkeys(values))


def inside(path, folder):
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def main():
    request = json.load(sys.stdin)
    closure = Closure(request["root"], request["entry"], request["code"])
    answer = {
        "executable": sys.executable,
        "version": "%s-%d.%d.%d%s" % (sys.implementation.name, *sys.version_info[:3], suffix()),
        "path": closure.path(),
        "modules": sorted(closure.modules.values(), key=lambda module: module["path"]),
        "distributions": [
            {"name": name, "version": version} for name, version in sorted(closure.distributions)
        ],
        "missing": closure.missing,
        "relative": closure.relative,
        "escapes": closure.escapes,
        "broken": closure.broken,
        "lookedAt": [
            {"folder": folder, "names": sorted(names)}
            for folder, names in sorted(closure.looked_at.items())
            if folder not in closure.site
        ],
        "site": closure.site,
        "interpreterFiles": interpreter_files(closure.site),
    }
    json.dump(answer, sys.stdout)


def suffix():
    """Pre-releases and builds without the lock are other interpreters."""
    level = "" if sys.version_info[3] == "final" else "%s%d" % sys.version_info[3:]
    return level + ("t" if sysconfig.get_config_var("Py_GIL_DISABLED") else "")


main()
