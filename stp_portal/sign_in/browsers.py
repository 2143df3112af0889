"""What a browser calls itself, in words that its owner knows it by."""

from django.utils.translation import gettext as _

# In this order: a browser names those that it wants to be taken for behind its own name.
NAMES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("UCBrowser", "UC Browser"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_words(agent):
    """Like “Firefox on Windows”; “unknown browser” for what tells neither."""
    name = next((name for mark, name in NAMES if mark in agent), None)
    system = next((name for mark, name in SYSTEMS if mark in agent), None)
    if name and system:
        return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
    return name or system or _("unknown browser")
