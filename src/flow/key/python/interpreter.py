"""Which interpreter this is, and the folders where it looks for modules. Python 3.8 and later."""

import os
import site
import sys
import sysconfig

SITE_FOLDERS = ("site-packages", "dist-packages")


def version():
    """`cpython-3.11.7`; pre-releases and builds without the lock are other interpreters."""
    level = "" if sys.version_info[3] == "final" else "%s%d" % sys.version_info[3:]
    level += "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return "%s-%d.%d.%d%s" % (sys.implementation.name, *sys.version_info[:3], level)


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


def identifying_files(site_packages):
    """Files that say which interpreter this is and where it looks for modules."""
    real = os.path.realpath(sys.executable)
    files = [real, os.path.join(sys.prefix, "pyvenv.cfg")]
    if sysconfig.get_config_var("Py_ENABLE_SHARED"):
        library = sysconfig.get_config_var("INSTSONAME") or ""
        files.append(os.path.join(sysconfig.get_config_var("LIBDIR") or "", library))
    for folder in site_packages:
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
