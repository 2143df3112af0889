"""What waits about applications, offers and mail: for the first page of the staff site."""

from django.db.models import Count, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stp_portal.kit.roles import sees_all_parks
from tenants import inbox
from tenants.models import Application, JobRun, Mail
from tenants.models.mail import MailState

LIST = "admin:tenants_application_changelist"


def waiting(request, today):
    """(label, words, whether somebody has to act, address) of each list that this person may open, in order.

    Each count is the number of rows of the list that it leads to. At most three queries, however many rows there are.
    """
    user, found = request.user, []
    if user.has_perm("tenants.view_application"):
        found += _of_applications(user, today)
    if sees_all_parks(user) and user.has_perm("tenants.view_mail"):
        count = Mail.objects.filter(state=MailState.FAILED).count()
        url = reverse("admin:tenants_mail_changelist", query={"state__exact": MailState.FAILED.value})
        words = ngettext("%(n)s given up", "%(n)s given up", count) % {"n": count}
        found.append((_("Mail that could not be sent"), words, count > 0, url))
    if sees_all_parks(user) and user.has_perm("tenants.view_jobrun"):
        found.append(_of_timed_work())
    return found


def _of_timed_work():
    """How many runs are on record as failed; somebody has to act when the last one is among them."""
    newest = JobRun.objects.order_by("-started_at", "-pk").values("run")[:1]
    failed = JobRun.objects.filter(ok=False).aggregate(n=Count("pk"), now=Count("pk", filter=Q(run=Subquery(newest))))
    words = ngettext("%(n)s failure on record", "%(n)s failures on record", failed["n"]) % {"n": failed["n"]}
    url = reverse("admin:tenants_jobrun_changelist", query={"ok__exact": 0})
    return _("Timed work"), words, failed["now"] > 0, url


def _of_applications(user, today):
    rows = inbox.with_due(Application.objects.scope_for(user, today), today)
    counts = rows.aggregate(
        pseb=Count("pk", filter=Q(due_since__isnull=False)),
        message=Count("pk", filter=Q(message_since__isnull=False)),
        paper=Count("pk", filter=Q(paper_since__isnull=False)),
        overdue=Count("pk", filter=Q(overdue_on__isnull=False)),
        open=Count("pk", filter=Q(standing="waiting")),
    )
    firms = [ngettext("of %(n)s firm", "of %(n)s firms", counts[key]) for key in ("paper", "overdue")]
    lines = (
        (_("Applications waiting for PSEB"), "pseb", ngettext("%(n)s waits", "%(n)s wait", counts["pseb"]), True),
        (_("Messages to answer"), "message", ngettext("from %(n)s firm", "from %(n)s firms", counts["message"]), True),
        (_("Papers to look at"), "paper", firms[0], True),
        (
            _("Papers of firms overdue"),
            "overdue",
            ngettext("of %(n)s firm", "of %(n)s firms", counts["overdue"]),
            False,
        ),
    )
    for label, due, words, act in lines:
        yield label, words % {"n": counts[due]}, act and counts[due] > 0, reverse(LIST, query={"due": due})
    words = ngettext("%(n)s in the queue", "%(n)s in the queue", counts["open"]) % {"n": counts["open"]}
    yield _("The queue"), words, False, reverse(LIST, query={"standing": "waiting"})
