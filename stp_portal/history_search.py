"""Which events of the history a person may see, and which of them a search asks for."""

from django import forms
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import CharField, F, OuterRef, Q, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from pghistory.models import Context

from parks.models import Account
from stp_portal.kit.admin_forms import MOST_KEY
from stp_portal.kit.filter_fields import PickedDayField, Printable
from stp_portal.kit.history import is_tracked
from stp_portal.kit.history_read import plain_fields
from stp_portal.kit.roles import sees_all_parks
from stp_portal.kit.text import clean_line

MOST_WORDS = 100
# Kinds of rows that no role has a right over of their own: who may see the other sees them.
PART_OF = {
    "parks.Account": "auth.user",
    "parks.RoleGiven": "auth.user",
    "parks.DistinctHosts": "parks.hostinstitution",
    "tenants.DistinctCompanies": "tenants.company",
    "tenants.MergedCompany": "tenants.company",
    "tenants.ApplicationChoice": "tenants.application",
    "tenants.PassingOver": "tenants.application",
    "tenants.PaperRequest": "tenants.applicationpaper",
}


def kinds():
    """The models that have a history, the proxies' own model left out."""
    found = [model for model in apps.get_models() if is_tracked(model)]
    return [model for model in found if model is not get_user_model()]


def may_see(user, model):
    """Whether `user` may see rows of `model` at all."""
    app, name = PART_OF.get(model._meta.label, model._meta.label_lower).split(".")
    return user.has_perm(f"{app}.view_{name}")


def visible(user, on):
    """The events that `user` may see on the day `on`, a queryset by model.

    Who has some parks only sees rows that are there and in scope; the others see deleted ones too.
    """
    found = {}
    for model in kinds():
        if not may_see(user, model):
            continue
        events = model.pgh_event_model.objects.order_by()
        if not sees_all_parks(user):
            rows = model._default_manager.all()
            if not hasattr(rows, "scope_for"):
                continue
            events = events.filter(pgh_obj_id__in=rows.scope_for(user, on).order_by().values("pk"))
        found[model] = events
    return found


class WordsField(Printable, forms.CharField):
    """A few words, cleaned."""

    def __init__(self, **kwargs):
        super().__init__(max_length=MOST_WORDS, **kwargs)

    def clean(self, value):
        """One line."""
        return clean_line(super().clean(value))


class HistoryForm(forms.Form):
    """What is searched for. All boxes together narrow."""

    person = WordsField(label=_("Person"), required=False)
    since = PickedDayField(label=_("From"), required=False)
    until = PickedDayField(label=_("To"), required=False)
    kind = forms.ChoiceField(
        label=_("Kind of row"), required=False, error_messages={"invalid_choice": _("Select a kind of row.")}
    )
    field = WordsField(label=_("Field"), required=False)
    why = WordsField(label=_("Words of the reason"), required=False)
    row = forms.IntegerField(
        label=_("Number of the row"),
        required=False,
        min_value=1,
        max_value=MOST_KEY,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": _("The number of a row is digits, like 12.")},
    )

    def __init__(self, data, *, models):
        super().__init__(data)
        self.models = {model._meta.label_lower: model for model in models}
        named = [(key, capfirst(str(model._meta.verbose_name))) for key, model in self.models.items()]
        self.fields["kind"].choices = [("", _("All kinds")), *sorted(named, key=lambda pair: pair[1])]
        self.fields["kind"].chip_label = dict(named).get
        self.fields["person"].help_text = _("User name, or a part of it.")
        self.fields["field"].help_text = _("As it is called on the page, such as: rent.")

    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("“To” must not be before “From”."))
        return cleaned


def narrowed(sets, asked, midnight):
    """The querysets by model, narrowed by the cleaned data of the form; `midnight` makes a moment of a day."""
    kind, text = asked.get("kind"), asked.get("field")
    common = Q()
    if asked.get("since"):
        common &= Q(pgh_created_at__gte=midnight(asked["since"]))
    if asked.get("until"):
        common &= Q(pgh_created_at__lt=midnight(asked["until"], after=True))
    if asked.get("row") is not None:
        common &= Q(pgh_obj_id=asked["row"])
    for words, condition in ((asked.get("person"), _of_person), (asked.get("why"), _for_reason)):
        if words:
            common &= Q(pgh_context_id__in=Context.objects.filter(condition(words)).values("pk"))
    found = {}
    for model, events in sets.items():
        if kind and model._meta.label_lower != kind:
            continue
        fields = fields_called(model, text) if text else []
        if fields:
            found[model] = _changed(model, events.filter(common), fields)
        elif not text:
            found[model] = events.filter(common)
    return found


def _of_person(text):
    """Contexts of people called so then or now."""
    number = Cast("pk", CharField())
    ever = Account.pgh_event_model.objects.filter(username__icontains=text)
    called = ever.annotate(number=Cast("pgh_obj_id", CharField())).values("number")
    now = get_user_model().objects.filter(username__icontains=text).annotate(number=number).values("number")
    by = KeyTextTransform("user", "metadata")
    return Q(pk__in=Context.objects.annotate(by=by).filter(Q(by__in=called) | Q(by__in=now)).values("pk"))


def _for_reason(text):
    return Q(metadata__reason__icontains=text)


def fields_called(model, text):
    """The fields of `model` that are called so on the page, or in part."""
    text = text.lower()
    return [field for field in plain_fields(model) if text in str(field.verbose_name).lower()]


def _changed(model, events, fields):
    """The events that changed, set or took away one of `fields`."""
    earlier = model.pgh_event_model.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
    condition = Q(pk__in=[])
    for field in fields:
        name, old = field.attname, f"old_{field.attname}"
        events = events.annotate(**{old: Subquery(earlier.order_by("-pgh_id").values(name)[:1])})
        differs = Q(**{f"{name}__isnull": True, f"{old}__isnull": False})
        differs |= Q(**{f"{name}__isnull": False, f"{old}__isnull": True}) | (
            Q(**{f"{name}__isnull": False, f"{old}__isnull": False}) & ~Q(**{name: F(old)})
        )
        condition |= Q(pgh_label="update") & differs
        condition |= ~Q(pgh_label="update") & Q(**{f"{name}__isnull": False})
    return events.filter(condition)


def together(sets, most=None):
    """The union of the events of `sets`, newest first, as tuples of (moment, place in `sets`, event id, context).

    `most` events of each model are looked at, all without it.
    """
    parts = []
    for place, events in enumerate(sets.values()):
        part = events.annotate(place=Value(place)).values_list("pgh_created_at", "place", "pgh_id", "pgh_context_id")
        # One table alone is ordered and cut by whoever asks.
        cut = most and len(sets) > 1
        parts.append(part.order_by("-pgh_created_at", "-pgh_id")[:most] if cut else part)
    if not parts:
        return []
    whole = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return whole.order_by("-pgh_created_at", "-place", "-pgh_id")
