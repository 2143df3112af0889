"""Forms and widgets of the staff site."""

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import models
from django.template import loader
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from .admin_reasons import asks, given, problem
from .text import AreaField, CleansText, MoneyField, WholeNumberField

MOST_KEY = 2**63 - 1


def on_of(request):
    """Today in Karachi, read once for each request."""
    if not hasattr(request, "staff_on"):
        request.staff_on = timezone.localdate()
    return request.staff_on


def field_classes(db_field):
    """The form field that reads what people type for this column, or None for Django's own."""
    if isinstance(db_field, models.DecimalField):
        if db_field.name.endswith("_sqft"):
            return AreaField
        if db_field.name.endswith("_pkr"):
            return MoneyField
    whole = isinstance(db_field, models.IntegerField) and not db_field.choices
    return WholeNumberField if whole and not db_field.primary_key else None


class StaffForm(CleansText, forms.ModelForm):
    """A staff form: cleans its text, refuses an old version, and shows what the database refused.

    `staff_version`, `staff_main` and `staff_refusal` are set by the page for each request.
    """

    staff_version = None
    staff_main = False
    staff_refusal = ""
    staff_request = None
    staff_reasons = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, KnownAutocomplete):
                row = self.instance._state.fields_cache.get(name)
                widget.known = {str(row.pk): str(row)} if row is not None else {}
        if self.is_bound and self.staff_version is not None and not self.staff_version.is_current:
            self.staff_version.bring_up_to_date(self)

    def clean(self):
        cleaned = super().clean()
        if self.staff_main:
            if self.staff_version is not None and not self.staff_version.is_current:
                self.add_error(None, self.staff_version.problem)
            elif self.instance.pk and self.staff_version is None and _is_versioned(self.instance):
                raise RuntimeError("A change page was submitted without a version check.")
            if asks(self, self.staff_reasons) and not given(self.staff_request):
                self.staff_request.staff_why_missing = True
                self.add_error(None, problem())
            if self.staff_refusal:
                self.add_error(None, self.staff_refusal)
        return cleaned


def _is_versioned(instance):
    return bool(getattr(type(instance), "pgh_event_models", None))


class KnownAutocomplete(AutocompleteSelect):
    """An autocomplete box that asks the database for its label only when the row did not bring it along,
    and that shows a forged value as nothing instead of breaking the page."""

    known = {}

    def build_attrs(self, base_attrs, extra_attrs=None):
        """An empty box says what to do: its words are also its name to a screen reader."""
        return super().build_attrs(base_attrs, extra_attrs) | {"data-placeholder": _("Type to search")}

    def optgroups(self, name, value, attr=None):
        chosen = [str(item) for item in value if _is_key(item)]
        options = []
        if not self.is_required and not self.allow_multiple_selected:
            options.append(self.create_option(name, "", "", False, 0))
        labels = {key: self.known[key] for key in chosen if key in self.known}
        if missing := [key for key in chosen if key not in labels]:
            rows = self.choices.queryset.using(self.db).filter(pk__in=missing)
            labels |= {str(row.pk): self.choices.field.label_from_instance(row) for row in rows}
        for key, label in labels.items():
            options.append(self.create_option(name, key, label, True, len(options)))
        return [(None, options, 0)]


def _is_key(value):
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= MOST_KEY


class FromTemplates:
    """Widget mixin: its template is one of the portal's own, not of the form renderer's."""

    def _render(self, template_name, context, renderer=None):
        return mark_safe(loader.render_to_string(template_name, context))  # noqa: S308 - a rendered template


class PrivateFileInput(FromTemplates, forms.ClearableFileInput):
    """A file field whose present file has no address: it links to the page that serves it after asking.

    `address` is a function of the row; `name_field` is the column with the file's own name.
    """

    template_name = "admin/widgets/private_file.html"

    def __init__(self, address, name_field, attrs=None):
        super().__init__(attrs)
        self.address, self.name_field = address, name_field

    def is_initial(self, value):
        return bool(value and getattr(value, "name", ""))

    def format_value(self, value):
        return value if self.is_initial(value) else None

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        row = getattr(value, "instance", None)
        saved = row is not None and row.pk and getattr(value, "_committed", False)
        context["widget"] |= {
            "href": self.address(row) if saved else "",
            "file_name": getattr(row, self.name_field, "") if saved else "",
        }
        return context
