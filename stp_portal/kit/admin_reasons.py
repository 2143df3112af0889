"""Why: asked for on a page where money, a stage, a decision or a deletion is changed, and kept in the history."""

import pghistory
from django.forms.formsets import DELETION_FIELD_NAME
from django.utils.translation import gettext as _

from .text import clean_line

FIELD = "_why"
MOST_WHY = 300
# As a `reason_for`: whatever is changed.
ANY = "*"


def given(request):
    """The reason that came with the form, one line, empty without one."""
    return clean_line(request.POST.get(FIELD, ""))[:MOST_WHY]


def asks(form, names):
    """Whether a valid form changes one of the fields `names`, or anything where they hold ANY."""
    changed = set(form.changed_data) - {DELETION_FIELD_NAME}
    return bool(changed if ANY in names else changed & set(names))


class AsksFormSet:
    """Inline rows that are not saved without a reason; `staff_reasons` names the fields that ask for one."""

    staff_reasons = ()
    staff_when_new = True
    staff_request = None

    def clean(self):
        super().clean()
        if self.staff_request is None or given(self.staff_request):
            return
        deleted = set(self.deleted_forms) if self.can_delete else set()
        for form in self.forms:
            gone = form in deleted and form.instance.pk
            asked = self.staff_when_new or form.instance.pk
            if gone or (form not in deleted and not form.errors and asked and asks(form, self.staff_reasons)):
                self.staff_request.staff_why_missing = True
                form.add_error(None, problem())


class AsksInline:
    """An inline some of whose fields ask for a reason when they change; every deletion does."""

    reason_for = ()
    # Whether a new row asks too, when it fills such a field.
    reason_when_new = True

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        asked = {
            "staff_reasons": self.reason_for,
            "staff_when_new": self.reason_when_new,
            "staff_request": request,
        }
        return type(formset.__name__, (AsksFormSet, formset), asked)


class AsksPage:
    """A page of one row some of whose fields ask for a reason when they change; its deletion does too."""

    reason_for = ()
    # Whether a new row asks too: of a stage, or of a right, there is no smaller step than a new row.
    reason_when_new = False

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.staff_reasons = self.reason_for if change or self.reason_when_new else ()
        return form

    def asks_why(self, request, obj):
        """Whether the page has a box for the reason."""
        inlines = self.get_inline_instances(request, obj)
        return bool(((obj is not None or self.reason_when_new) and self.reason_for) or inlines)

    def render_change_form(self, request, context, *args, **kwargs):
        change, obj = kwargs.get("change"), kwargs.get("obj")
        may = self.has_change_permission(request, obj) if change else self.has_add_permission(request)
        if may and self.asks_why(request, obj if change else None):
            context |= box(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        keep(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        keep(request)
        if request.method == "POST" and request.POST and not given(request):
            request.staff_why_missing = True
            # As if it was only asked for: the page comes again, with a sentence at the box.
            request.POST = type(request.POST)("", encoding=request.encoding)
        return super().delete_view(request, object_id, {**box(request), **(extra_context or {})})


def keep(request):
    """Write the reason of a form into the history of what it changes."""
    if request.method == "POST" and given(request):
        pghistory.context(reason=given(request))


def box(request):
    """What the templates need for the box."""
    missing = getattr(request, "staff_why_missing", False)
    return {
        "why_field": FIELD,
        "why_given": given(request) if request.method == "POST" else "",
        "why_problem": problem() if missing else "",
    }


def problem():
    """The sentence where a reason is missing."""
    return _("Say in the box “Why” at the end of the page why this is changed: the history keeps it.")
