"""The outbox, to be read, and the runs of timed work, with a button that does it now."""

import re

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.defaultfilters import linebreaksbr
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from stp_portal.kit.admin import StaffModelAdmin
from stp_portal.kit.admin_forms import on_of
from tenants import due, outbox
from tenants.models import JobRun, Mail
from tenants.models.mail import MailState

# What opens the pages of a firm: whoever has it answers for the firm.
KEYS = re.compile(r"(?<=/)[A-Za-z0-9_-]{43}(?=/)")
AGAIN = (MailState.FAILED, MailState.KEPT)


class ReadOnlyAdmin(StaffModelAdmin):
    """Rows that the portal writes itself."""

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """Every mail with its state. Without a mail server this list is where it is read."""

    menu_order = 7
    change_form_template = "admin/tenants/mail/change_form.html"
    # What a phone shows first is what the list is opened for.
    list_display = ("subject", "state", "to", "application", "created_at", "done_at")
    list_display_links = ("subject",)
    list_select_related = ("application",)
    list_filter = ("state", "kind")
    search_fields = ("=to", "subject", "=application__reference")
    search_help_text = gettext_lazy("Words of the subject, a whole address, or the reference of an application.")
    ordering = ("-created_at", "-pk")
    fields = (
        *("state", "to", "subject", "words", "letter", "application", "kind", "created_at", "tries", "in_doubt"),
        *("next_try_at", "done_at", "last_error", "message_id"),
    )

    @admin.display(description=gettext_lazy("text"))
    def words(self, obj):
        """The text. Once it has been sent, without the keys that are the firm's alone."""
        return linebreaksbr(KEYS.sub("…", obj.body) if obj.state == MailState.SENT else obj.body)

    def get_urls(self):
        again = path(
            "<int:pk>/again/", self.admin_site.admin_view(require_POST(self.again_view)), name="tenants_mail_again"
        )
        return [again, *super().get_urls()]

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        """With the button to send it again, for who may."""
        context["may_send_again"] = (
            obj is not None and obj.state in AGAIN and request.user.has_perm("tenants.change_mail")
        )
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def again_view(self, request, pk):
        """Put a mail that was given up back among those that wait."""
        rows = Mail.objects.scope_for(request.user, on_of(request))
        mail = rows.filter(pk=pk).first() if pk < 2**63 else None
        if mail is None:
            raise Http404
        if not request.user.has_perm("tenants.change_mail"):
            raise PermissionDenied
        if outbox.send_again(mail):
            messages.success(request, _("The mail waits to be sent again. It leaves with the next run of timed work."))
        else:
            messages.warning(request, _("This mail waits already, or was sent: nothing was changed."))
        return HttpResponseRedirect(reverse("admin:tenants_mail_change", args=[mail.pk]))


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    """What timed work did, and what of it failed."""

    menu_order = 8
    scoped = False
    change_list_template = "admin/tenants/jobrun/change_list.html"
    list_display = ("job", "ok", "started_at", "result", "what_failed", "finished_at")
    list_display_links = ("job",)
    list_filter = ("ok", "job")
    search_fields = ("job", "error", "result")
    search_help_text = gettext_lazy("Words of the work, its result or its error.")
    ordering = ("-started_at", "-pk")
    fields = ("job", "started_at", "finished_at", "ok", "result", "error", "run")

    @admin.display(description=gettext_lazy("error"))
    def what_failed(self, obj):
        """The beginning of the error."""
        return obj.error[:120]

    def get_urls(self):
        now = path("now/", self.admin_site.admin_view(require_POST(self.now_view)), name="tenants_jobrun_now")
        return [now, *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        """With the button to do the work now, for who may send mail."""
        may = request.user.has_perm("tenants.change_mail")
        return super().changelist_view(request, {"may_run": may, **(extra_context or {})})

    def now_view(self, request):
        """Do all timed work now."""
        if not request.user.has_perm("tenants.change_mail"):
            raise PermissionDenied
        rows = due.run()
        if rows is None:
            messages.warning(request, _("Another run is under way. Look again in a moment."))
        elif failed := [row.job for row in rows if not row.ok]:
            said = ngettext("%(n)s job failed: %(jobs)s.", "%(n)s jobs failed: %(jobs)s.", len(failed))
            messages.error(request, said % {"n": len(failed), "jobs": ", ".join(failed)})
        else:
            messages.success(request, _("All timed work is done. The list says what came of it."))
        return HttpResponseRedirect(reverse("admin:tenants_jobrun_changelist"))
