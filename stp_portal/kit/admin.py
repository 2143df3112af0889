"""The base of every staff page: scope, versions, clean text, history, export; bad input never breaks a page."""

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import DataError, IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from . import history, version
from .admin_downloads import Downloads
from .admin_forms import KnownAutocomplete, StaffForm, field_classes, on_of
from .admin_reasons import AsksInline, AsksPage
from .constraints import words_for
from .text import clean_line

HISTORY_PER_PAGE = 50
MOST_QUERY_LENGTH = 100


class Scoped:
    """What a page and an inline share: rows, choices and form fields as this person may have them."""

    # False only where every member of staff sees every row; the queryset then needs no `scope_for`.
    scoped = True

    def get_queryset(self, request):
        """The rows that this person may see today."""
        rows = super().get_queryset(request)
        return rows.scope_for(request.user, on_of(request)) if self.scoped else rows

    def get_field_queryset(self, db, db_field, request):
        """What a foreign key may point to: the rows that this person may see of that model."""
        rows = super().get_field_queryset(db, db_field, request)
        if rows is None:
            rows = db_field.remote_field.model._default_manager.all()
        return rows.scope_for(request.user, on_of(request)) if hasattr(rows, "scope_for") else rows

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", KnownAutocomplete(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if form_class := field_classes(db_field):
            kwargs.setdefault("form_class", form_class)
        if isinstance(db_field, models.URLField):
            kwargs.setdefault("assume_scheme", "https")
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            # Beside a box one changes or adds what it names; deleting has a page of its own.
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field


class StaffInline(AsksInline, Scoped, admin.TabularInline):
    """Rows of a parent on its page."""

    form = StaffForm
    extra = 0
    show_change_link = False

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.staff_version = getattr(request, "staff_version", None)
        formset.form.staff_request = request
        return formset


class StaffModelAdmin(Downloads, AsksPage, Scoped, admin.ModelAdmin):
    """Pages of one model. Objects that the person may not see answer 404."""

    form = StaffForm
    list_per_page = 50
    list_max_show_all = 500
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    save_on_top = False
    view_on_site = False
    # Lookups that links of the site itself use, beside those of `list_filter`.
    allowed_lookups = ()
    # Rows beside the inline ones that belong to this model's history: pairs of model and key.
    related_history = ()
    # Messages of constraints that stand in triggers, by name.
    constraint_messages = {}

    # --- rows and searching

    def get_search_results(self, request, queryset, search_term):
        """The model's own search where it has one, so that lists, boxes and pages find the same rows."""
        search_term = clean_line(search_term)[:MOST_QUERY_LENGTH]
        if hasattr(queryset, "search"):
            return (queryset.search(search_term) if search_term else queryset), False
        return super().get_search_results(request, queryset, search_term)

    def lookup_allowed(self, lookup, value, request):
        """Only the filters that the page offers: other lookups would be a way around scope and into regexes."""
        allowed = set(self.allowed_lookups)
        for item in self.get_list_filter(request):
            if hasattr(item, "parameter_name"):
                allowed.add(item.parameter_name)
                continue
            path = item[0] if isinstance(item, tuple | list) else item
            allowed |= {f"{path}{end}" for end in ("", "__exact", "__isnull", "__id__exact", "__in")}
        return lookup in allowed

    def get_changelist_instance(self, request):
        """The list, with anything in the address that it cannot use refused alike."""
        for key in request.GET:
            ours = key in {"q", "p", "o", "all", "e", "_popup", "_to_field", "_facets"}
            if not ours and not self.lookup_allowed(key, request.GET[key], request):
                raise IncorrectLookupParameters(key)
        if not request.GET:
            return super().get_changelist_instance(request)
        try:
            # The savepoint keeps a refused value from spoiling a transaction around this page.
            with transaction.atomic():
                return super().get_changelist_instance(request)
        except (ValueError, OverflowError, ValidationError, DataError) as error:
            raise IncorrectLookupParameters(str(error)) from error

    def changelist_view(self, request, extra_context=None):
        if ERROR_FLAG in request.GET:
            messages.warning(request, _("That filter was not understood. The whole list is shown."))
            return HttpResponseRedirect(request.path)
        selected = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        if not all(is_key(value) for value in selected):
            raise Http404
        title = str(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title[:1].upper() + title[1:], **(extra_context or {})})

    # --- one object

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """An object that is not there, or not for this person, is 404; Django would redirect to the index."""
        raise Http404

    def version_related(self, request, obj):
        """Pairs of model and key for the inline rows that the page's version token covers."""
        inlines = [
            (inline.model, models_key(inline.model, self.model, inline.fk_name))
            for inline in self.get_inline_instances(request, obj)
            if history.is_tracked(inline.model)
        ]
        return [*inlines, *self.related_history]

    def get_object(self, request, object_id, from_field=None):
        """The object; for the change page its version is read first, so that it is never newer than the values."""
        # An empty `_to_field` names no field; Django would look for one without a name.
        from_field = from_field or None
        if not getattr(request, "staff_changes", False) or not history.is_tracked(self.model):
            return super().get_object(request, object_id, from_field)
        seen = super().get_object(request, object_id, from_field)
        if seen is None:
            return None
        related = self.version_related(request, seen)
        if request.method == "POST":
            version.lock(self.model, seen.pk, related)
            request.staff_version = version.Version(self.model, seen.pk, related, request.POST.get(version.FIELD, ""))
            request.staff_token = request.staff_version.now
        else:
            request.staff_token = version.token_of(self.model, seen.pk, related)
        return super().get_object(request, object_id, from_field)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.staff_version = getattr(request, "staff_version", None) if change else None
        form.staff_main = True
        form.staff_refusal = getattr(request, "staff_refusal", "")
        form.staff_request = request
        return form

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """The change page. What only the database refuses comes back as the same form with a sentence."""
        request.staff_changes = True
        request.staff_saved = []
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (IntegrityError, DataError) as error:
            discard_files(request.staff_saved)
            kinds = [self.model, *(inline.model for inline in self.get_inline_instances(request))]
            request.staff_refusal = words_for(error, kinds, self.constraint_messages)
        # Once more from the start: a rule of the form may now see what the database saw, and name it.
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request, context, *args, **kwargs):
        context["version_field"] = version.FIELD
        # A new object has no version yet.
        context["version_token"] = getattr(request, "staff_token", "")
        sent = getattr(request, "staff_version", None)
        if sent is not None and not sent.is_current:
            context["version_changes"] = sent.changes()
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        request.staff_saved.append(form)
        super().save_model(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        request.staff_saved.extend(formset.forms)
        super().save_formset(request, form, formset, change)

    def delete_view(self, request, object_id, extra_context=None):
        """As Django's, but a row that became used in the meantime is named instead of breaking the page."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except (ProtectedError, IntegrityError):
            messages.error(request, _("Not deleted: other rows of the register refer to it."))
            return HttpResponseRedirect(reverse(self.url_name("change"), args=[object_id]))

    # --- history

    def former_keys(self, obj):
        """Keys of rows that are part of `obj` by now, and whose histories are part of its own."""
        return ()

    def history_view(self, request, object_id, extra_context=None):
        """What was changed on this object and its inline rows, from the event tables."""
        if not history.is_tracked(self.model):
            return super().history_view(request, object_id, extra_context)
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        links = [
            (inline.model, models_key(inline.model, self.model, inline.fk_name))
            for inline in self.get_inline_instances(request, obj)
            if history.is_tracked(inline.model) and inline.has_view_or_change_permission(request, obj)
        ]
        links += self.related_history
        wanted, hidden = {}, {}
        for pk in (obj.pk, *self.former_keys(obj)):
            # A row that was once under each of two keys stands there once.
            wanted.setdefault(self.model, set()).update(history.newest_ids(history.events_of(self.model, pk)))
            for model, link in links:
                hidden[model] = (link,)
                wanted.setdefault(model, set()).update(history.newest_ids(history.events_of(model, pk, link)))
        page = Paginator(history.told(wanted, hidden), HISTORY_PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %(name)s") % {"name": obj},
            "subtitle": None,
            "page": page,
            "groups": history.grouped(page.object_list),
            "object": obj,
            "opts": self.opts,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return render(request, "admin/object_history.html", context)

    def url_name(self, page):
        """The route name of one of this model's pages."""
        return f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"

    def object_or_404(self, request, pk, permission):
        """The object for a page of our own: 404 out of scope, 403 without the permission (a verb)."""
        obj = self.get_object(request, str(pk))
        if obj is None:
            raise Http404
        if not getattr(self, f"has_{permission}_permission")(request, obj):
            raise PermissionDenied
        return obj


def is_key(value):
    """Whether a submitted primary key can be one."""
    return value.isascii() and value.isdigit() and len(value) <= 18


def models_key(child, parent, fk_name=None):
    """The name of the foreign key by which `child` hangs on `parent`."""
    if fk_name:
        return fk_name
    return next(
        field.name
        for field in child._meta.fields
        if isinstance(field, models.ForeignKey) and field.remote_field.model is parent
    )


def discard_files(forms):
    """Take back the files that forms of a failed save have just written to their storages."""
    for form in forms:
        for name in getattr(form, "changed_data", ()):
            file = getattr(form.instance, name, None) if hasattr(form.instance, name) else None
            if isinstance(file, models.fields.files.FieldFile) and file and file._committed:
                file.storage.delete(file.name)
