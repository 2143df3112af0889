"""What the database refused, in the words of the constraint that refused it."""

from django.utils.translation import gettext as _

UNIQUE, FOREIGN_KEY, NOT_NULL = "23505", "23503", "23502"


def words_for(error, kinds, also=None):
    """A sentence for an IntegrityError or DataError; `kinds` are the models whose constraints may have fired.

    `also` maps names of constraints that stand in triggers to their messages.
    """
    diag = getattr(error.__cause__, "diag", None)
    name = getattr(diag, "constraint_name", None) or ""
    if also and name in also:
        return str(also[name])
    for model in kinds:
        for constraint in model._meta.constraints:
            if constraint.name == name:
                return str(constraint.violation_error_message)
    code = getattr(error.__cause__, "pgcode", None)
    if code == UNIQUE:
        return _("Another row already has this value: %(field)s.") % {"field": _unique_field(name, kinds)}
    if code == FOREIGN_KEY:
        return _("Something that this page refers to was removed meanwhile, or is still referred to elsewhere.")
    if code == NOT_NULL:
        return _("A value is missing: %(field)s.") % {"field": getattr(diag, "column_name", "") or "?"}
    return _("The database refused these values. Check numbers and dates for a slip of the keys.")


def _unique_field(name, kinds):
    """The screen name of the unique field whose index is `name`."""
    for model in kinds:
        for field in model._meta.concrete_fields:
            if field.unique and name.startswith(f"{model._meta.db_table}_{field.column}_"):
                return field.verbose_name
    return name
