"""The forms of an import: the file, and what each of its columns is."""

from django import forms
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.text import CleansText
from tenants.importing.kinds import KINDS
from tenants.models import ImportBatch
from tenants.models.batch import LEFT_OUT, EmptyCells, ImportKind

from .import_sheet import unnamed_places

HINTS = {
    ImportKind.PARKS: gettext_lazy("One row a park. A park is found by its code, else by its name and city."),
    ImportKind.SUITES: gettext_lazy("One row a suite or desk. It is found by its park and number."),
    ImportKind.COMPANIES: gettext_lazy("One row a company. It is found by its web name, a number or its name."),
    ImportKind.LEASES: gettext_lazy("One row a letting. Rows with the same lease number are one lease."),
}


class UploadForm(CleansText, forms.Form):
    """A file and what its rows are. `kinds` are the kinds that this person may import."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What does the file hold?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the rows of the file are.")},
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("Excel (.xlsx) or CSV, at most 10 MB. Titles above the headings do no harm."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
        error_messages={
            "required": gettext_lazy("Choose an Excel or CSV file."),
            "empty": gettext_lazy("This file is empty. Save it again in Excel, then choose it here."),
        },
    )

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]
        if len(kinds) == 1:
            self.fields["kind"].initial = kinds[0].value


class ColumnsForm(CleansText, forms.Form):
    """What each column of the sheet is, and what an empty cell says. Saves into the batch."""

    empties = forms.ChoiceField(
        label=gettext_lazy("An empty cell"), choices=EmptyCells.choices, widget=forms.RadioSelect, required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Where this is from"),
        required=False,
        max_length=ImportBatch._meta.get_field("reason").max_length,
        help_text=gettext_lazy("A letter, a register, a date. It stands in the history of every row that changes."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args, batch, look, **kwargs):
        super().__init__(*args, **kwargs)
        self.batch, self.look = batch, look
        self.columns = {column.key: column for column in KINDS[batch.kind].columns}
        self.fields["empties"].initial = batch.empties
        self.fields["reason"].initial = batch.reason
        if batch.kind == ImportKind.LEASES:
            self.fields["reason"].help_text = _(
                "A letter, a register, a date: needed for new leases, which are known by it. It stands in the history."
            )
        given = batch.mapping if self._is_as_given() else {}
        for heading in look.headings:
            self.fields[field_name(heading)] = forms.ChoiceField(
                label=heading.name,
                choices=self.choices,
                initial=given.get(str(heading.place), heading.guess),
                required=False,
            )

    def _is_as_given(self):
        """Whether the batch's columns were already given for just this sheet."""
        batch, look = self.batch, self.look
        return bool(batch.mapping) and (batch.sheet, batch.header_row) == (look.sheet, look.header_row)

    @cached_property
    def choices(self):
        """What a column may be: those of the kind, then those that the portal computes itself."""
        given = [(key, self._label(column)) for key, column in self.columns.items() if not column.derived]
        computed = [(key, capfirst(column.label)) for key, column in self.columns.items() if column.derived]
        found = [("", _("Choose…")), (LEFT_OUT, _("Do not import")), (_("Columns of the register"), given)]
        return [*found, (_("Computed by the portal: recognised, left alone"), computed)] if computed else found

    @staticmethod
    def _label(column):
        label = capfirst(column.label)
        return _("%(column)s (needed)") % {"column": label} if column.required else label

    @property
    def asked(self):
        """Pairs of a heading and its field."""
        return [(heading, self[field_name(heading)]) for heading in self.look.headings]

    @property
    def open_questions(self):
        """How many headings are not known."""
        return sum(not field.value() for _heading, field in self.asked)

    @property
    def missing(self):
        """Labels of the columns that a new row needs and that no column of the sheet is taken for."""
        taken = {field.value() for _heading, field in self.asked}
        wanted = (column for key, column in self.columns.items() if column.required and key not in taken)
        return [capfirst(column.label) for column in wanted]

    def clean_empties(self):
        """As it stood, when the answer is not there."""
        return self.cleaned_data["empties"] or self.batch.empties

    def clean(self):
        cleaned = super().clean()
        taken = {}
        for heading in self.look.headings:
            name = field_name(heading)
            key = cleaned.get(name)
            if key is None:
                continue
            if not key:
                said = _("The portal does not know this heading. Choose what it is, or “Do not import”.")
                self.add_error(name, said)
            elif key != LEFT_OUT:
                taken.setdefault(key, []).append(heading)
        for key, headings in taken.items():
            for heading in headings if len(headings) > 1 else ():
                others = ", ".join(other.letter for other in headings if other is not heading)
                self.add_error(
                    field_name(heading),
                    _("Column %(others)s is “%(label)s” too. Keep one of them; choose “Do not import” for the others.")
                    % {"others": others, "label": capfirst(self.columns[key].label)},
                )
        if not self.errors and not any(key in taken for key, column in self.columns.items() if not column.derived):
            self.add_error(None, _("No column would be imported. Choose what at least one of them is."))
        return cleaned

    def fill(self):
        """Put the answers into the batch, unsaved."""
        batch, look, cleaned = self.batch, self.look, self.cleaned_data
        batch.sheet, batch.header_row, batch.columns = look.sheet, look.header_row, list(look.cells)
        chosen = {str(heading.place): cleaned[field_name(heading)] for heading in look.headings}
        batch.mapping = unnamed_places(look) | chosen
        batch.empties, batch.reason = cleaned["empties"], cleaned["reason"]
        return batch


def field_name(heading):
    """The name of a heading's field."""
    return f"column-{heading.place}"
