"""The installed distributions that own top-level names, with all that they require. Python 3.8 and later."""

import importlib.metadata
import re


class Distributions:
    """Those that were counted, since something of them is imported."""

    def __init__(self):
        # (normalized name, version)
        self.counted = set()
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
            if any(each == known for known, _ in self.counted):
                continue
            distribution = self.installed.get(each)
            if distribution is None:
                continue
            self.counted.add((each, distribution.version))
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


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()
