"""The table behind a staff list, as values for a file."""

from html import unescape

from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

CHUNK = 500


def csv_table(model_admin, request, queryset):
    """Header and rows of `queryset` with the list's columns. A column's `csv` attribute names the plain
    value (an attribute of the row) where the screen shows words."""
    names = [
        name
        for name in model_admin.get_list_display(request)
        if name != "action_checkbox" and name not in model_admin.csv_exclude
    ]
    header = [str(label_for_field(name, model_admin.model, model_admin)) for name in names]
    if related := model_admin.list_select_related:
        queryset = queryset.select_related(*related)
    return header, ([_value(model_admin, name, row) for name in names] for row in queryset.iterator(CHUNK))


def _value(model_admin, name, row):
    """One cell: the plain value of a field or of the column."""
    plain = getattr(getattr(model_admin, name, None), "csv", None)
    if plain:
        return getattr(row, plain)
    try:
        field, _attribute, value = lookup_field(name, row, model_admin)
    except ObjectDoesNotExist:
        return None
    if field is not None and field.flatchoices:
        return dict(field.flatchoices).get(value, value)
    return unescape(strip_tags(value)) if isinstance(value, SafeString) else value
