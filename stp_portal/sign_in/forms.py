"""The forms of signing in. Passwords and codes may be pasted, and are filled in by password managers."""

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.utils.translation import gettext_lazy as _

from . import factor

MOST_PASSWORD = 4096


class PasswordForm(AdminAuthenticationForm):
    """User name and password. What is wrong is never said: no name, wrong password, not staff, switched off."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _("The user name or the password is wrong. Both tell capital from small letters."),
    }
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=MOST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """A code of the app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=factor.MOST_TYPED,
        error_messages={"required": _("Enter the six digits that your app shows, or a recovery code.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false", "autocapitalize": "none"}
        ),
    )


class EnrolForm(forms.Form):
    """The enrolment code, where one is needed, and the app's first code."""

    enrolment = forms.CharField(
        label=_("Enrolment code"),
        max_length=factor.MOST_TYPED,
        help_text=_("An administrator gives it to you. It is good for three days and once."),
        error_messages={"required": _("Enter the enrolment code that an administrator gave you.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    code = forms.CharField(
        label=_("Six digits of the app"),
        max_length=factor.MOST_TYPED,
        error_messages={"required": _("Enter the six digits that your app shows.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}),
    )

    def __init__(self, *args, needs_code, **kwargs):
        super().__init__(*args, **kwargs)
        if not needs_code:
            del self.fields["enrolment"]
