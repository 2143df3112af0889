"""The forms of a decision on a reported mistake: what is to be done, and the value as it would be written."""

from django import forms
from django.forms import Media
from django.utils import timezone
from django.utils.translation import gettext_lazy

from parks import correction_facts as facts
from parks.columns import PARKS
from parks.models import AreaReport, Park, StageEvent
from parks.models.correction import MOST_TEXT, CorrectionFact, CorrectionState
from stp_portal.kit.cells import BadCell
from stp_portal.kit.text import CleansText, clean_line

CHANGE, BY_HAND, DECLINE = "change", "by_hand", "decline"
WAYS = {
    CHANGE: gettext_lazy("Accept: change the register to the value entered"),
    BY_HAND: gettext_lazy("Accept: it is corrected already, or was corrected by hand"),
    DECLINE: gettext_lazy("Decline: nothing is changed"),
}
MOST_REASON = 300
PREFIX = "fact"
# What the calendars and boxes of the staff site stand on.
SCRIPTS = Media(js=["admin/js/vendor/jquery/jquery.js", "admin/js/jquery.init.js", "admin/js/core.js"])
STAGE_FIELDS = ("stage", "certainty", "on", "on_precision", "known_by", "source", "note")
AREA_FIELDS = ("kind", "area_sqft", "reported_on", "reported_on_precision", "source", "note")


class DecisionForm(CleansText, forms.Form):
    """What is to be done with a report, and what the reporter is told."""

    how = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is to be done.")},
    )
    answer = forms.CharField(
        label=gettext_lazy("Answer to the reporter"),
        required=False,
        max_length=MOST_TEXT,
        help_text=gettext_lazy("Shown on the page of the report, to whoever has its address. No names of people."),
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
    )

    def __init__(self, data=None, *, changes):
        super().__init__(data)
        self.fields["how"].choices = [(key, words) for key, words in WAYS.items() if key != CHANGE or changes]
        if changes:
            self.fields["how"].initial = CHANGE

    def clean(self):
        """A decision that changes nothing by itself is explained."""
        data = super().clean()
        how = data.get("how")
        if how == DECLINE and not data.get("answer") and "answer" not in self.errors:
            self.add_error("answer", gettext_lazy("Say why nothing is changed: the reporter reads it."))
        elif how == BY_HAND and not data.get("answer") and "answer" not in self.errors:
            self.add_error("answer", gettext_lazy("Say what was corrected: the reporter reads it."))
        data["how_words"] = WAYS.get(how, "")
        return data

    @property
    def state(self):
        """The state that a valid form decides on."""
        declined = self.cleaned_data["how"] == DECLINE
        return CorrectionState.DECLINED if declined else CorrectionState.ACCEPTED


def may_write(user, fact):
    """Whether this person has the rights on what the fact is kept in."""
    if fact == CorrectionFact.STAGE:
        return user.has_perm("parks.add_stageevent")
    if fact == CorrectionFact.AREA:
        return user.has_perm("parks.add_areareport") and user.has_perm("parks.change_areareport")
    return user.has_perm("parks.change_park")


def fact_form(site, request, correction, park, data=None):
    """The form of the page on which the fact is edited, cut down to it and filled with what was reported.

    None for facts that are done by hand, and where this person may not write the fact.
    """
    fact = correction.fact
    if fact in facts.BY_HAND or not may_write(request.user, fact):
        return None
    model, names = {
        CorrectionFact.STAGE: (StageEvent, STAGE_FIELDS),
        CorrectionFact.AREA: (AreaReport, AREA_FIELDS),
    }.get(fact, (Park, (fact,)))
    page = site.get_model_admin(model)
    instance = park if model is Park else None
    base = page.get_form(request, instance, change=instance is not None, fields=list(names))
    if not set(names) <= set(base.base_fields):
        # Read-only for this person on that page.
        return None
    kind = AreaFactForm if model is AreaReport else FactForm
    # Its version is that of the fact alone, which the decision compares.
    form_class = type("CorrectionFactForm", (kind, base), {"staff_main": False, "names": names})
    return form_class(data, instance=instance, prefix=PREFIX, correction=correction, park=park)


def proposal(correction):
    """What a report means as a value of its fact, read as a cell of a file would be; None when it cannot be."""
    key = "covered_area_sqft" if correction.fact == CorrectionFact.AREA else correction.fact
    column = next(column for column in PARKS if column.key == key)
    try:
        return column.read(correction.proposed)
    except BadCell:
        return None


def row_named(rows, name):
    """The key of the one row that is called so, or that alone is found by these words; None otherwise."""
    found = list(rows.filter(name__iexact=name)[:2]) or list(rows.search(name)[:2])
    return found[0].pk if len(found) == 1 else None


class FactForm:
    """Mixin: begins with what was reported, as far as it can be read, and gives its values to the action."""

    unread = False

    def __init__(self, data=None, *, correction, park, **kwargs):
        self.park = park
        super().__init__(data, **kwargs)
        if data is None:
            self.begin(correction)

    def begin(self, correction):
        """Fill in what the report proposes."""
        name = "area_sqft" if correction.fact == CorrectionFact.AREA else correction.fact
        value = proposal(correction)
        if value is not None and hasattr(self.fields[name], "queryset"):
            value = row_named(self.fields[name].queryset, value)
        self.unread = value is None
        if value is not None:
            self.initial[name] = value
        if name == "stage":
            # Not dated by the report: it was so when the report came.
            self.initial["known_by"] = timezone.localtime(correction.created_at).date()

    def values(self):
        """What is written."""
        return {name: self.cleaned_data[name] for name in self.names}


class AreaFactForm(FactForm):
    """A figure, whether the page shows it, and why."""

    def __init__(self, data=None, *, park, **kwargs):
        super().__init__(data, park=park, **kwargs)
        self.fields["shown"] = forms.BooleanField(
            label=gettext_lazy("Show this figure on the page"),
            required=False,
            initial=True,
            help_text=gettext_lazy("A figure that is reported already is not entered twice; it is only chosen."),
        )
        self.fields["chosen_because"] = forms.CharField(
            label=gettext_lazy("Why this figure is shown and not another"),
            required=False,
            max_length=MOST_REASON,
            help_text=gettext_lazy("Needed where the page shows another figure; for staff and the history."),
            widget=forms.TextInput(attrs={"class": "vTextField"}),
        )

    def clean(self):
        """A figure that takes the place of another says why."""
        data = super().clean()
        because = data["chosen_because"] = clean_line(data.get("chosen_because") or "")
        shown = self.park.area_reports.filter(chosen=True).first()
        same = shown is not None and (shown.kind, shown.area_sqft) == (data.get("kind"), data.get("area_sqft"))
        if data.get("shown") and shown is not None and not same and not because:
            self.add_error("chosen_because", gettext_lazy("Say why this figure is shown and not another."))
        return data

    def values(self):
        return super().values() | {name: self.cleaned_data[name] for name in ("shown", "chosen_because")}
