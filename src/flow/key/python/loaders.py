"""What of Python's own library loads modules or decides where they are looked for, by dotted name."""

# Calls that import what their first argument names; anything but a literal there escapes.
LOADERS = {
    "__import__",
    "builtins.__import__",
    "importlib.__import__",
    "importlib.import_module",
    "importlib.util.find_spec",
    "importlib.resources.contents",
    "importlib.resources.files",
    "importlib.resources.is_resource",
    "importlib.resources.open_binary",
    "importlib.resources.open_text",
    "importlib.resources.path",
    "importlib.resources.read_binary",
    "importlib.resources.read_text",
    "pkgutil.get_data",
    "pkgutil.resolve_name",
    "runpy.run_module",
}

# Whatever they are given, they load what nobody can read here.
ESCAPES = {
    "builtins.exec",
    "exec",
    "importlib.machinery.ExtensionFileLoader",
    "importlib.machinery.SourceFileLoader",
    "importlib.machinery.SourcelessFileLoader",
    "importlib.metadata.entry_points",
    "importlib.util.spec_from_file_location",
    "importlib.util.spec_from_loader",
    "importlib_metadata.entry_points",
    "imp.load_module",
    "imp.load_source",
    "pkg_resources.iter_entry_points",
    "pkg_resources.load_entry_point",
    "pkgutil.extend_path",
    "pkgutil.iter_modules",
    "pkgutil.walk_packages",
    "runpy.run_path",
    "site.addsitedir",
}

# Where modules are looked for: reading is harmless, changing escapes.
SEARCHES = {"sys.path", "sys.meta_path", "sys.path_hooks"}
CHANGES = {"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"}
