"""The forms of the steps, one thing a page. What a valid form said is kept as text and read again by the same form."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from stp_portal.kit.columns import CNIC
from stp_portal.kit.filter_fields import PickedDayField, RupeesField
from stp_portal.kit.sent_forms import BlockField
from stp_portal.kit.text import ascii_digits
from tenants.company_numbers import clean_ntn, clean_pseb, clean_secp
from tenants.models.application import MOST_MONTHS, MOST_SEATS, MOST_TEAM
from tenants.models.company import Activity
from tenants.models.paper import PaperKind

from .fields import MOST_EMAIL, MOST_WEBSITE, PublicEmail, PublicPhoneField, PublicUrl, WholeAreaField, count, line

MOST_DAYS_AHEAD = 5 * 366
MOST_NOTE = 1_000
MOST_MBPS = 1_000_000
MOST_NAME, MOST_PERSON = 200, 100


class StepForm(forms.Form):
    """One page of the application. `on` is today."""

    use_required_attribute = False

    def __init__(self, *args, on, **kwargs):
        self.on = on
        super().__init__(*args, **kwargs)
        for bound in self:
            if isinstance(bound.field, PickedDayField):
                bound.field.widget.attrs.setdefault("autocomplete", "off")

    def clean(self):
        """No number of an identity card in any text: the portal never keeps one."""
        data = super().clean()
        for name, value in list(data.items()):
            if isinstance(value, str) and CNIC.search(ascii_digits(value)):
                self.add_error(
                    name, _("This holds the number of an identity card (CNIC), which this portal never keeps.")
                )
        return data

    def kept(self):
        """What the valid form said, as texts that the same form reads again."""
        return {name: text_of(value) for name, value in self.cleaned_data.items()}


def text_of(value):
    """A cleaned value as text: the ISO form of a day, `1` for a tick, empty for nothing."""
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value)


class StartForm(forms.Form):
    """Nothing to fill in: what is said stands beside it."""

    use_required_attribute = False


class FirmForm(StepForm):
    """Who applies."""

    company_name = line(
        _("Name of your firm"),
        MOST_NAME,
        required=_("Enter the name of your firm."),
        hint=_("As it is registered."),
        autocomplete="organization",
    )
    activity = forms.ChoiceField(
        label=_("What does it mainly do?"),
        choices=Activity.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what your firm mainly does."),
            "invalid_choice": _("Choose from the list what your firm mainly does."),
        },
    )
    website = line(
        _("Website"),
        MOST_WEBSITE,
        kind=PublicUrl,
        autocomplete="url",
        inputmode="url",
        invalid=_("Enter the address of a website, like https://www.example.com, or leave it empty."),
    )


# How each number is read, and how many characters are kept of it.
NUMBERS = {"secp_number": (clean_secp, 20), "ntn": (clean_ntn, 20), "pseb_number": (clean_pseb, 30)}


class NumbersForm(StepForm):
    """The firm's registrations; each may stay unsaid."""

    secp_number = line(_("SECP registration number"), 40, hint=_("Seven digits, like 0123456."), spellcheck="false")
    secp_expiry_date = PickedDayField(label=_("SECP registration valid until"), required=False)
    ntn = line(
        _("NTN, the firm's tax number"),
        40,
        hint=_("Like 1234567-8. Not your CNIC: this portal never keeps one."),
        spellcheck="false",
    )
    ntn_expiry_date = PickedDayField(label=_("Tax registration valid until"), required=False)
    pseb_number = line(_("PSEB registration number"), 40, hint=_("Like Z-25-12345/26."), spellcheck="false")
    pseb_expiry_date = PickedDayField(label=_("PSEB registration valid until"), required=False)

    def clean(self):
        """The numbers in their one form; a day of expiry only with its number."""
        data = super().clean()
        for name, read, most in (
            ("secp_number", clean_secp, 20),
            ("ntn", clean_ntn, 20),
            ("pseb_number", clean_pseb, 30),
        ):
            if data.get(name):
                try:
                    data[name] = read(data[name])
                except ValidationError as error:
                    self.add_error(None, error)
                    continue
                if len(data[name]) > most:
                    self.add_error(name, _("This number is too long: check it."))
        for number, day in (
            ("secp_number", "secp_expiry_date"),
            ("ntn", "ntn_expiry_date"),
            ("pseb_number", "pseb_expiry_date"),
        ):
            if data.get(day) and number not in self.errors and not data.get(number):
                self.add_error(number, _("Give the number that is valid until this day, or leave both empty."))
        return data


class NeedsForm(StepForm):
    """How much space, from when, for how long, for how much."""

    wanted_area_sqft = WholeAreaField(label=_("Area of your own, in sq ft"), help_text=_("Like 1,200."), required=False)
    wanted_seats = count(
        _("Or: desks in a shared hall"),
        MOST_SEATS,
        _("Desks must be a whole number from 1 to 5,000, like 8."),
        hint=_("How many. Leave this empty if you need an area of your own."),
    )
    move_in = PickedDayField(
        label=_("From when?"),
        error_messages={"required": _("Enter the day from which you need the space.")},
    )
    months = count(
        _("For how many months?"),
        MOST_MONTHS,
        _("Months must be a whole number from 1 to 120, like 36."),
        required=_("Enter for how many months you need the space, like 36."),
        hint=_("Leases usually run 11, 36 or 60 months."),
    )
    budget_pkr = RupeesField(
        which=_("The budget"),
        chip="",
        label=_("Budget a month, in rupees"),
        help_text=_("Rent and service charge together, like 95,000. Helps PSEB to offer what fits."),
        required=False,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wanted_area_sqft"].widget.attrs.update(inputmode="numeric", autocomplete="off")
        self.fields["move_in"].widget.attrs["min"] = self.on.isoformat()

    def clean(self):
        """An area or desks, and a day to come within five years."""
        data = super().clean()
        area, seats = data.get("wanted_area_sqft"), data.get("wanted_seats")
        if not {"wanted_area_sqft", "wanted_seats"} & set(self.errors):
            if area and seats:
                self.add_error(
                    "wanted_area_sqft",
                    _("Give an area or a number of desks, not both. If you need both, apply for each."),
                )
            elif not area and not seats:
                self.add_error("wanted_area_sqft", _("Enter how much area you need, or how many desks."))
        day = data.get("move_in")
        if day and day < self.on:
            self.add_error("move_in", _("The day must be today or later."))
        elif day and (day - self.on).days > MOST_DAYS_AHEAD:
            self.add_error("move_in", _("The day must be within five years from today."))
        return data


class TeamForm(StepForm):
    """Who will work there, and what they need."""

    team_size = count(
        _("How many people will work there?"),
        MOST_TEAM,
        _("People must be a whole number from 1 to 100,000, like 12."),
        required=_("Enter how many people will work there, like 12."),
    )
    women_staff = count(
        _("How many of them are women?"), MOST_TEAM, _("Women must be a whole number, like 4."), least=0
    )
    power_hours = count(
        _("Hours of power you need a day"), 24, _("Hours must be a whole number from 0 to 24."), least=0
    )
    generator = forms.TypedChoiceField(
        label=_("Do you need a generator?"),
        choices=[("1", _("Yes")), ("", _("No"))],
        coerce=bool,
        empty_value=False,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose yes or no.")},
    )
    internet_mbps = count(
        _("Internet you need, in Mbit/s"), MOST_MBPS, _("Internet must be a whole number of Mbit/s, like 50.")
    )
    needs_note = BlockField(
        label=_("What else matters to you?"),
        help_text=_("Such as parking, a prayer room, work at night. At most 1,000 characters."),
        required=False,
        max_length=MOST_NOTE,
        error_messages={"max_length": _("This must be 1,000 characters or fewer; it has %(show_value)s.")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self):
        """Women are among the people."""
        data = super().clean()
        if data.get("women_staff") is not None and data.get("team_size") and data["women_staff"] > data["team_size"]:
            self.add_error("women_staff", _("This is more than the people who will work there."))
        return data


class ContactForm(StepForm):
    """Whom PSEB writes to."""

    contact_name = line(
        _("Your name"), MOST_PERSON, required=_("Enter your name."), autocomplete="name", spellcheck="false"
    )
    contact_role = line(
        _("Your role in the firm"), MOST_PERSON, hint=_("Like director."), autocomplete="organization-title"
    )
    email = line(
        _("Your e-mail address"),
        MOST_EMAIL,
        kind=PublicEmail,
        required=_("Enter your e-mail address."),
        invalid=_("Enter an e-mail address, like name@example.com."),
        hint=_("The link to your application goes there, and every answer."),
        autocomplete="email",
        spellcheck="false",
        type="email",
    )
    phone = PublicPhoneField(
        label=_("Your phone number"),
        help_text=_("With its area code, like 042 111 111 459 or 0300 1234567."),
        error_messages={
            "required": _("Enter your phone number."),
            "controls": _("The phone number must be one line without control characters."),
        },
    )


class PaperForm(StepForm):
    """One file and what it shows."""

    kind = forms.ChoiceField(
        label=_("What does it show?"),
        choices=[("", _("Choose a paper")), *PaperKind.choices],
        error_messages={
            "required": _("Choose what the paper shows."),
            "invalid_choice": _("Choose from the list what the paper shows."),
        },
    )
    file = forms.FileField(
        label=_("The file"),
        help_text=_("PDF, JPEG or PNG, up to 10 MB and 50 pages. A photo of the paper will do."),
        allow_empty_file=True,
        error_messages={
            "required": _("Choose a file."),
            "missing": _("Choose a file."),
            "invalid": _("The file did not arrive. Choose it again."),
        },
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"}),
    )


class LinkForm(StepForm):
    """Where the link to a draft is to go."""

    email = line(
        _("Mail this link to"),
        MOST_EMAIL,
        kind=PublicEmail,
        required=_("Enter your e-mail address."),
        invalid=_("Enter an e-mail address, like name@example.com."),
        autocomplete="email",
        spellcheck="false",
        type="email",
    )


class CheckForm(StepForm):
    """The declaration, and what tells people from programs."""

    declared = forms.BooleanField(
        label=_(
            "I may apply for this firm. What stands here is true, and PSEB may check it with SECP, the tax authority "
            "and its own register."
        ),
        error_messages={"required": _("Tick the declaration if you agree with it.")},
    )
    subject = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
