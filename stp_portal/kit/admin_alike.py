"""Staff forms that ask before a row is saved whose name is like another's. Works without a script."""

from django.utils.translation import gettext as _

from .roles import sees_all_parks

# The button that says so, and the keys of the rows that stood beside it.
ANOTHER, SEEN = "_another", "_alike"


class AsksAlike:
    """Form mixin: `find_alike()` returns rows with names like the typed one; the form is refused until they are
    said to be others. `alike` holds those that were found, `told_apart` those that the person has told apart."""

    name_fields = ("name", "name_ur")
    alike = told_apart = ()

    def find_alike(self):
        """Rows with like names, the likest first."""
        raise NotImplementedError

    def clean(self):
        cleaned = super().clean()
        named = any(cleaned.get(name) for name in self.name_fields)
        if named and (not self.instance.pk or any(name in self.changed_data for name in self.name_fields)):
            self._ask()
        return cleaned

    def _ask(self):
        found = self.find_alike()
        sent = self.staff_request.POST if self.staff_request is not None else {}
        seen = set(sent.get(SEEN, "").split("-")) if ANOTHER in sent else set()
        # Whoever came since then has not been looked at.
        if all(str(row.pk) in seen for row in found):
            self.told_apart = found
        else:
            self.alike = found
            self.add_error(None, _("Nothing was saved yet: the register has a name like this one. Is it the same?"))


class AsksAlikePage:
    """Admin mixin for the page of such a form. `keep_apart(request, obj, others)` records what was told apart."""

    def keep_apart(self, request, obj, others):
        """Remember that `obj` and `others` are different."""
        raise NotImplementedError

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if form.told_apart:
            self.keep_apart(request, form.instance, form.told_apart)

    def changelist_view(self, request, extra_context=None):
        """The list, which leads those who see all rows to the pairs that may be one."""
        return super().changelist_view(
            request, {"may_see_pairs": sees_all_parks(request.user), **(extra_context or {})}
        )

    def render_change_form(self, request, context, *args, **kwargs):
        found = getattr(context["adminform"].form, "alike", ())
        context["alike"] = [(row, self.alike_facts(row)) for row in found]
        context["alike_seen"] = "-".join(str(row.pk) for row in found)
        context["alike_names"] = {"another": ANOTHER, "seen": SEEN}
        return super().render_change_form(request, context, *args, **kwargs)

    def alike_facts(self, row):
        """What tells a row from another of its name, in a few words."""
        return ""
