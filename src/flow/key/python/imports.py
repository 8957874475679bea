"""What one Python source imports, read from its syntax tree: nothing is executed.

Imports that cannot be read are `escapes`: code that computes a module's name, changes where modules are
looked for, or runs code from elsewhere. Python 3.8 and later.
"""

import ast

from loaders import CHANGES, ESCAPES, LOADERS, SEARCHES

BUILTINS = {"__import__", "exec"}
FAILED_IMPORT = {"BaseException", "Exception", "ImportError", "ModuleNotFoundError"}


class Import:
    """`import module` (names is None), or `from module import names`; level counts leading dots."""

    def __init__(self, module, names, level, lazy, line, column):
        self.module = module
        self.names = names
        self.level = level
        # It may never be reached, or its failure is expected.
        self.lazy = lazy
        self.line = line
        self.column = column


def read(tree):
    """-> (imports, escapes); an escape is (what, line, column), a line from 1, a column from 1."""
    reader = Reader(names_of(tree))
    reader.visit(tree)
    return reader.imports, reader.escapes


def exported(tree):
    """The literal `__all__`: names, [] where there is none, None where it is computed."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
                continue
            try:
                names.extend(str(name) for name in ast.literal_eval(node.value))
            except (ValueError, TypeError):
                return None
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "__all__"
        ):
            return None
    return names


def names_of(tree):
    """Local name -> the dotted name that an import bound it to, anywhere in the module."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                if alias.name == "*":
                    prefix = node.module + "."
                    for known in LOADERS | ESCAPES | SEARCHES:
                        if known.startswith(prefix) and "." not in known[len(prefix) :]:
                            names[known[len(prefix) :]] = known
                else:
                    names[alias.asname or alias.name] = node.module + "." + alias.name
    return names


class Reader(ast.NodeVisitor):
    def __init__(self, names):
        self.names = names
        self.imports = []
        self.escapes = []
        self.lazy = 0

    def dotted(self, node):
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id if node.id in BUILTINS else None)
        if isinstance(node, ast.Attribute):
            value = self.dotted(node.value)
            return None if value is None else value + "." + node.attr
        return None

    def escape(self, what, node):
        self.escapes.append((what, node.lineno, node.col_offset + 1))

    def add(self, node, module, names, level):
        self.imports.append(
            Import(module, names, level, self.lazy > 0, node.lineno, node.col_offset + 1)
        )

    def visit_lazily(self, nodes):
        self.lazy += 1
        for node in nodes:
            self.visit(node)
        self.lazy -= 1

    def visit_Import(self, node):
        for alias in node.names:
            self.add(node, alias.name, None, 0)

    def visit_ImportFrom(self, node):
        names = [alias.name for alias in node.names]
        self.add(node, node.module or "", names, node.level)

    def visit_If(self, node):
        checked = "typing.TYPE_CHECKING"
        if self.dotted(node.test) == checked:
            self.visit_lazily(node.orelse)
            return
        test = node.test
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            if self.dotted(test.operand) == checked:
                self.visit_all(node.body)
                return
        self.visit_nested(node)

    def visit_Try(self, node):
        expected = any(catches_failed_import(handler.type) for handler in node.handlers)
        (self.visit_lazily if expected else self.visit_all)(node.body)
        self.visit_lazily(node.handlers)
        self.visit_all(node.orelse + node.finalbody)

    visit_TryStar = visit_Try

    def visit_With(self, node):
        calls = [item.context_expr for item in node.items]
        expected = any(
            isinstance(call, ast.Call) and self.dotted(call.func) == "contextlib.suppress"
            for call in calls
        )
        self.visit_all(calls)
        (self.visit_lazily if expected else self.visit_all)(node.body)

    def visit_all(self, nodes):
        for node in nodes:
            self.visit(node)

    def visit_Call(self, node):
        called = self.dotted(node.func)
        if called in LOADERS:
            self.load(called, node)
            self.visit_all(node.args + node.keywords)
            return
        if isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
            owner = self.dotted(node.func.value)
            if owner in SEARCHES:
                self.escape(owner, node)
        self.generic_visit(node)

    def load(self, called, node):
        """A loader's first argument as an import."""
        argument = node.args[0] if node.args else None
        for keyword in node.keywords:
            if argument is None and keyword.arg in ("name", "mod_name", "package", "anchor"):
                argument = keyword.value
        text = argument.value if isinstance(argument, ast.Constant) else None
        if isinstance(text, str):
            level = len(text) - len(text.lstrip("."))
            relative = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
            own = any(is_own_name(each) for each in relative)
            # `import_module('.x', 'package')` is relative to another package than its own.
            if level == 0 or own:
                self.lazy += 1
                self.add(node, text.lstrip(".").split(":")[0], None, level)
                self.lazy -= 1
                return
        elif called.startswith("importlib.resources.") or called == "pkgutil.get_data":
            # A module that an import has bound, or the source's own package.
            if is_own_name(argument) or (argument is not None and self.dotted(argument)):
                return
            if argument is None:
                return
        self.escape(called, node)

    def visit_Name(self, node):
        self.refer(node)

    def visit_Attribute(self, node):
        if not self.refer(node):
            self.generic_visit(node)

    def refer(self, node):
        """A loader that is passed around may be called with anything."""
        name = self.dotted(node)
        if name in ESCAPES or name in LOADERS:
            self.escape(name, node)
            return True
        if name in SEARCHES and not isinstance(node.ctx, ast.Load):
            self.escape(name, node)
        if isinstance(node, ast.Name) and node.id == "__path__" and not isinstance(node.ctx, ast.Load):
            self.escape("__path__", node)
        return False

    def visit_Subscript(self, node):
        if not isinstance(node.ctx, ast.Load) and self.dotted(node.value) in SEARCHES:
            self.escape(self.dotted(node.value), node)
        self.generic_visit(node)

    def visit_nested(self, node):
        """What stands in such a statement may not be reached."""
        self.lazy += 1
        self.generic_visit(node)
        self.lazy -= 1

    visit_FunctionDef = visit_nested
    visit_AsyncFunctionDef = visit_nested
    visit_Lambda = visit_nested
    visit_For = visit_nested
    visit_While = visit_nested
    visit_Match = visit_nested


def is_own_name(node):
    """The source's own package: `__package__`, `__name__`, `__spec__.parent`."""
    if isinstance(node, ast.Attribute):
        return node.attr == "parent" and isinstance(node.value, ast.Name) and node.value.id == "__spec__"
    return isinstance(node, ast.Name) and node.id in ("__package__", "__name__")


def catches_failed_import(caught):
    if caught is None:
        return True
    if isinstance(caught, ast.Tuple):
        return any(catches_failed_import(each) for each in caught.elts)
    return isinstance(caught, ast.Name) and caught.id in FAILED_IMPORT
