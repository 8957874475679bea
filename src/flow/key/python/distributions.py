"""The installed distributions that own top-level names, with all that they require. Python 3.8 and later."""

import csv
import hashlib
import importlib.metadata
import json
import os
import re

# Of a distribution's own notes, what programs read; the others tell how and when it was installed.
NOTES = ("METADATA", "entry_points.txt")


class Distributions:
    """Those that were counted, since something of them is imported."""

    def __init__(self):
        # Normalized name -> what the key holds of it.
        self.counted = {}
        # Normalized name -> the digest of the files of those that the key knows by their versions alone.
        self.by_version = {}
        # Files that say what was installed under a name and version.
        self.records = []
        # Read when the first name is asked for: a closure without packages need not look.
        self.installed = None
        self.owners = None

    def owners_of(self, name):
        """The distributions that put a top-level name there."""
        if self.owners is None:
            self.installed = installed_distributions()
            self.owners = owners_of_names(self.installed)
        return self.owners.get(name, [])

    def count(self, name):
        """With all that it requires and that is there."""
        queue = [name]
        while queue:
            each = normalized(queue.pop())
            if each in self.counted:
                continue
            distribution = self.installed.get(each)
            if distribution is None:
                continue
            content = content_of(distribution)
            self.counted[each] = {
                "name": each,
                "version": distribution.version,
                **({} if content is None else {"content": content}),
            }
            if content is None and not is_editable(distribution):
                files = files_of(distribution)
                if any(not is_note(path) for path, _ in files):
                    self.by_version[each] = digest_of(files)
            self.records.extend(records_of(distribution))
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


def content_of(distribution):
    """The digest of its files, where it comes from a folder, a file or a repository: there one version can
    be anything. None for what an index gave, and for an editable one, whose files count by themselves.
    """
    direct = direct_url_of(distribution)
    if direct is None or is_editable(distribution):
        return None
    files = files_of(distribution)
    told = [direct.get("vcs_info"), direct.get("archive_info")]
    return digest_of(files if any(not is_note(path) for path, _ in files) else told)


def direct_url_of(distribution):
    try:
        direct = json.loads(distribution.read_text("direct_url.json") or "null")
    except ValueError:
        return None
    return direct if isinstance(direct, dict) else None


def is_editable(distribution):
    direct = direct_url_of(distribution)
    return direct is not None and bool(direct.get("dir_info", {}).get("editable"))


def files_of(distribution):
    """Path and digest of each file, as its installer recorded them."""
    rows = csv.reader((distribution.read_text("RECORD") or "").splitlines())
    return sorted(row[:2] for row in rows if len(row) > 1 and row[1] and is_content(row[0]))


def digest_of(about):
    text = "flow.distribution.v1\n" + json.dumps(about, sort_keys=True)
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_content(path):
    """Not a script, whose first line names an interpreter, nor what was compiled here."""
    if path.startswith(("../", "/")) or path.endswith(".pyc"):
        return False
    return not is_note(path) or path.rpartition("/")[2] in NOTES


def is_note(path):
    return path.partition("/")[0].endswith(".dist-info")


def records_of(distribution):
    folder = getattr(distribution, "_path", None)
    if folder is None or not os.path.isdir(str(folder)):
        return []
    return [os.path.join(str(folder), name) for name in ("direct_url.json", "RECORD")]


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


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()
