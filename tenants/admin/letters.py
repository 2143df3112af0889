"""The staff pages of letters: what was issued, with the exact files, and the words of each kind in their versions."""

import logging

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_http_methods, require_safe

from parks.file_log import recorder
from stp_portal.kit.admin import StaffModelAdmin
from stp_portal.kit.admin_forms import on_of
from stp_portal.kit.private_files import serve
from stp_portal.kit.sent_forms import BlockField, LineField
from tenants.letters.issue import LANGUAGE, template_in_use
from tenants.letters.pdf import code_text, draw
from tenants.letters.values import sample
from tenants.letters.words import ALLOWED, BLOCKS, INLINE, mistakes
from tenants.models import Letter, LetterTemplate
from tenants.models.letter import LetterKind

from .letter_pages import LetterPages

logger = logging.getLogger("stp.private_files")


def pdf_response(data, name):
    """A PDF to look at, which no cache keeps and which can do nothing else in the browser."""
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response


def may_open(user):
    """Whether `user` may open the files of letters, which name the firm's contact."""
    return user.has_perm("tenants.view_letter") and user.has_perm("tenants.view_companycontact")


@admin.register(Letter)
class LetterAdmin(LetterPages, StaffModelAdmin):
    """Letters as they were issued. Nobody edits or deletes one; a new one is issued on the page of its row."""

    menu_order = 5
    list_display = ("number", "kind", "firm", "application", "lease", "issued_at", "issued_by", "opened")
    list_display_links = ("number",)
    csv_exclude = ("opened",)
    list_select_related = ("application", "lease__company", "issued_by")
    list_filter = ("kind",)
    search_fields = ("=number", "=application__reference", "=lease__number", "lease__company__name")
    search_help_text = gettext_lazy("Number of the letter, the application or the lease, or the company.")
    fields = (
        *("number", "kind", "words_used", "firm", "application", "lease", "issued_at", "issued_by"),
        *("opened", "size_bytes", "checksum", "code_shown", "demo"),
    )

    def has_add_permission(self, request):
        """Letters are issued on the page of their application or lease alone."""
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        file = path(
            "<int:pk>/file/", self.admin_site.admin_view(require_safe(self.file_view)), name="tenants_letter_file"
        )
        return [file, *self.letter_urls(), *super().get_urls()]

    def file_view(self, request, pk):
        """The exact file, to those who may see its row and the firm's contact; 404 to everyone else."""
        rows = Letter.objects.scope_for(request.user, on_of(request))
        letter = rows.filter(pk=pk).first() if pk < 2**63 else None
        allowed = letter is not None and may_open(request.user)
        logger.info("file of letter %s %s to %s", pk, "served" if allowed else "refused", request.user.get_username())
        if not allowed:
            raise Http404
        record = recorder(request, row=letter, name=f"{letter.number}.pdf", subject=letter.lease or letter.application)
        return serve(letter.file, f"{letter.number}.pdf", record=record)

    def get_queryset(self, request):
        named = Coalesce("lease__company__name", "application__company_name")
        return super().get_queryset(request).annotate(firm_name=named)

    @admin.display(description=gettext_lazy("firm"), ordering="firm_name")
    def firm(self, obj):
        """The company of the lease, else as the application names it."""
        return obj.firm_name

    firm.csv = "firm_name"

    @admin.display(description=gettext_lazy("words"))
    def words_used(self, obj):
        """The version of the words."""
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:tenants_lettertemplate_change", args=[obj.template_id]),
            obj.template,
        )

    @admin.display(description=gettext_lazy("file"))
    def opened(self, obj):
        """A link to the exact file."""
        return format_html(
            '<a href="{}">{}<span class="visually-hidden"> {}</span></a>',
            reverse("admin:tenants_letter_file", args=[obj.pk]),
            _("Download"),
            obj.number,
        )

    @admin.display(description=gettext_lazy("code"))
    def code_shown(self, obj):
        """The code in groups of four, with the page that answers for it."""
        if not obj.code:
            return None
        url = reverse("tenants:verify-code", args=[obj.code])
        return format_html('<a href="{}" rel="noreferrer">{}</a>', url, code_text(obj.code))

    def get_list_display(self, request):
        """Without the files for those who may not open them."""
        return [name for name in super().get_list_display(request) if name != "opened" or may_open(request.user)]

    def get_fields(self, request, obj=None):
        return [name for name in self.fields if name != "opened" or may_open(request.user)]


class WordsForm(forms.Form):
    """A new version of the words of `kind`. `based_on` is the version that was on the page when it was opened."""

    use_required_attribute = False

    based_on = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    subject = LineField(
        label=gettext_lazy("subject"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"controls": gettext_lazy("The subject must be one line of plain text.")},
    )
    body = BlockField(
        label=gettext_lazy("text"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"class": "vLargeTextField", "rows": 24}),
        help_text=gettext_lazy("Paragraphs with an empty line between them. Names in braces from the list below."),
    )
    reason = LineField(
        label=gettext_lazy("why it is changed"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("Required, and kept with the version. A preview needs none."),
        error_messages={"controls": gettext_lazy("The reason must be one line of plain text.")},
    )

    def __init__(self, *args, kind, newest, preview=False, **kwargs):
        self.kind, self.newest, self.preview = kind, newest, preview
        super().__init__(*args, **kwargs)

    def clean(self):
        said = self.cleaned_data
        for field, sentences in mistakes(self.kind, said.get("subject", ""), said.get("body", "")).items():
            for sentence in sentences:
                self.add_error(field, sentence)
        if self.preview:
            return said
        if not said.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say why the words are changed."))
        if said.get("based_on") != self.newest.version:
            self.add_error(
                None,
                _(
                    "Somebody made version %(version)s while this page was open. Compare it with what you typed, which "
                    "is kept, and save again."
                )
                % {"version": self.newest.version},
            )
        elif not self.errors and (said["subject"], said["body"]) == (self.newest.subject, self.newest.body):
            self.add_error(None, _("These are the words of version %(n)s.") % {"n": self.newest.version})
        return said


@admin.register(LetterTemplate)
class LetterTemplateAdmin(StaffModelAdmin):
    """The words of letters. A version never changes: new words are a new version, with the reason."""

    menu_order = 6
    # Words are the same for all parks.
    scoped = False
    list_display = ("__str__", "subject", "made_at", "made_by", "reason")
    list_select_related = ("made_by",)
    list_filter = ("kind",)
    fields = ("kind", "version", "subject", "body", "made_at", "made_by", "reason")

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        preview = path(
            "preview/<str:kind>/",
            self.admin_site.admin_view(require_safe(self.preview_view)),
            name="tenants_lettertemplate_preview",
        )
        return [preview, *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        """The list, under a table of the six letters with what is in use."""
        newest = {}
        for row in LetterTemplate.objects.order_by("kind", "-version").distinct("kind").select_related("made_by"):
            newest[row.kind] = row
        kinds = [{"kind": kind, "label": label, "newest": newest.get(kind)} for kind, label in LetterKind.choices]
        return super().changelist_view(request, {"kinds": kinds, **(extra_context or {})})

    def preview_view(self, request, kind):
        """The words in use, drawn with invented rows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in LetterKind.values:
            raise Http404
        return self._preview(kind, template_in_use(kind), on_of(request))

    @staticmethod
    def _preview(kind, words, on):
        with override(LANGUAGE):
            return pdf_response(draw(sample(kind=kind, template=words, day=on)), f"preview-{kind}.pdf")

    def add_view(self, request, form_url="", extra_context=None):
        """New words for the letter `kind` of the address, beginning with those in use."""
        return require_http_methods(["GET", "HEAD", "POST"])(self._words_view)(request)

    def _words_view(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        kind = request.GET.get("kind", "")
        if kind not in LetterKind.values:
            messages.warning(request, _("Choose the letter whose words you want to change."))
            return HttpResponseRedirect(reverse(self.url_name("changelist")))
        newest = template_in_use(kind)
        wants_preview = "preview" in request.POST
        if request.method != "POST":
            initial = {"based_on": newest.version, "subject": newest.subject, "body": newest.body}
            return self._words_page(request, kind, newest, WordsForm(kind=kind, newest=newest, initial=initial))
        form = WordsForm(request.POST, kind=kind, newest=newest, preview=wants_preview)
        if not form.is_valid():
            return self._words_page(request, kind, newest, form)
        said = form.cleaned_data
        words = LetterTemplate(
            kind=kind,
            version=newest.version + 1,
            subject=said["subject"],
            body=said["body"],
            reason=said["reason"],
            made_by=request.user,
        )
        if wants_preview:
            return self._preview(kind, words, on_of(request))
        try:
            with transaction.atomic():
                words.save(force_insert=True)
        except IntegrityError:
            form.newest = newest = template_in_use(kind)
            form.add_error(None, _("Somebody made the next version meanwhile. Compare it and save again."))
            return self._words_page(request, kind, newest, form)
        messages.success(
            request,
            _("Version %(n)s is in use from now on. Letters issued before stay as they are.") % {"n": words.version},
        )
        return HttpResponseRedirect(reverse(self.url_name("changelist")))

    def _words_page(self, request, kind, newest, form):
        label = LetterKind(kind).label
        if form.is_bound:
            # Saving once more is saving over the version that the page now names.
            form.data = form.data.copy()
            form.data["based_on"] = newest.version
        names = [(f"{{{name}}}", (INLINE | BLOCKS)[name], name in BLOCKS) for name in ALLOWED[kind]]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Words of the letter: %(kind)s") % {"kind": label},
            "opts": self.opts,
            "form": form,
            "kind": kind,
            "newest": newest,
            "names": names,
            "has_errors": bool(form.errors),
            "back": reverse(self.url_name("changelist")),
        }
        request.current_app = self.admin_site.name
        return render(request, "admin/tenants/lettertemplate/words.html", context)
