"""Rules that a new password keeps, beside those of Django."""

import secrets
import string

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Words of the portal that whoever knows its name tries first.
PORTAL_WORDS = ("stp", "pseb", "portal", "technologypark", "softwarepark", "islamabad", "pakistan")
# A shorter user name stands in too many words.
SHORTEST_NAME = 3
# No 0/o, 1/l/i: passwords that are read from paper.
LETTERS = "".join(letter for letter in string.ascii_lowercase + string.digits if letter not in "0o1li")
GROUPS, GROUP = 5, 4


def plain(text):
    """Small letters and digits alone: what a password is searched for words in."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


class NoPortalWords:
    """Refuses a password in which the portal's own words or the user name stand."""

    def validate(self, password, user=None):
        """Raises ValidationError."""
        text = plain(password)
        name = plain(user.get_username()) if user is not None else ""
        if len(name) >= SHORTEST_NAME and name in text:
            raise ValidationError(_("The password contains the user name."), code="password_has_name")
        if any(word in text for word in PORTAL_WORDS):
            raise ValidationError(
                _("The password contains a word that stands for this portal, like “stp” or “pseb”."),
                code="password_has_portal_word",
            )

    def get_help_text(self):
        """The rule in a sentence."""
        return _("Your password can’t contain your user name or a word of this portal, like “stp” or “pseb”.")


class NotThePresent:
    """Refuses the password that the account has now."""

    def validate(self, password, user=None):
        """Raises ValidationError."""
        if user is not None and user.pk and user.has_usable_password() and user.check_password(password):
            raise ValidationError(_("That is the password now. Choose a different one."), code="password_unchanged")

    def get_help_text(self):
        """The rule in a sentence."""
        return _("Your password can’t be the one that you have now.")


def made():
    """A new password of 20 random letters and digits in groups of four, without a word of the portal."""
    while True:
        groups = ["".join(secrets.choice(LETTERS) for _one in range(GROUP)) for _two in range(GROUPS)]
        text = "-".join(groups)
        if not any(word in plain(text) for word in PORTAL_WORDS):
            return text
