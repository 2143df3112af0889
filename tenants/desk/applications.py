"""What waits about applications, offers and mail: for the first page of the staff site."""

from typing import NamedTuple

from django.db.models import Count, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stp_portal.kit.roles import sees_all_parks
from tenants import inbox
from tenants.models import Application, JobRun, Mail
from tenants.models.mail import MailState

from .lines import Line

LIST = "admin:tenants_application_changelist"


OLD_DAYS = inbox.OLD_DAYS


class Waiting(NamedTuple):
    """The lines by where they stand on the first page; each a tuple of Line."""

    answers: tuple = ()
    coming: tuple = ()
    portal: tuple = ()


def waiting(request, today):
    """The Waiting lines of the lists that this person may open.

    Each count is the number of rows of the list that it leads to. At most three queries, however many rows there are.
    """
    user, answers, coming, portal = request.user, (), (), []
    if user.has_perm("tenants.view_application"):
        answers, coming = _of_applications(user, today)
    if sees_all_parks(user) and user.has_perm("tenants.view_mail"):
        count = Mail.objects.filter(state=MailState.FAILED).count()
        url = reverse("admin:tenants_mail_changelist", query={"state__exact": MailState.FAILED.value})
        words = ngettext("%(n)s given up", "%(n)s given up", count) % {"n": count}
        portal.append(Line(_("Mail that could not be sent"), words, count > 0, url, count))
    if sees_all_parks(user) and user.has_perm("tenants.view_jobrun"):
        portal.append(_of_timed_work())
    return Waiting(answers, coming, tuple(portal))


def _of_timed_work():
    """How many runs are on record as failed; somebody has to act when the last one is among them."""
    newest = JobRun.objects.order_by("-started_at", "-pk").values("run")[:1]
    failed = JobRun.objects.filter(ok=False).aggregate(n=Count("pk"), now=Count("pk", filter=Q(run=Subquery(newest))))
    words = ngettext("%(n)s failure on record", "%(n)s failures on record", failed["n"]) % {"n": failed["n"]}
    url = reverse("admin:tenants_jobrun_changelist", query={"ok__exact": 0})
    return Line(_("Timed work"), words, failed["now"] > 0, url, failed["n"])


def _of_applications(user, today):
    rows = inbox.with_due(Application.objects.scope_for(user, today), today)
    asked = {
        "pseb": Q(due_since__isnull=False),
        "message": Q(message_since__isnull=False),
        "paper": Q(paper_since__isnull=False),
        "overdue": Q(overdue_on__isnull=False),
        "lapsing": Q(lapsing_on__isnull=False),
    }
    old = {
        f"{due}_{days}": Count("pk", filter=asked[due] & inbox.waiting_over(due, days, today))
        for due in ("pseb", "message", "paper")
        for days in OLD_DAYS
    }
    counts = rows.aggregate(
        **{due: Count("pk", filter=condition) for due, condition in asked.items()},
        **old,
        open=Count("pk", filter=Q(standing="waiting")),
    )

    def line(label, due, words, act):
        parts = tuple(
            (
                _("over %(days)s days") % {"days": days},
                counts[f"{due}_{days}"],
                reverse(LIST, query={"due": due, "age": days}),
            )
            for days in OLD_DAYS
            if counts.get(f"{due}_{days}")
        )
        count = counts[due]
        return Line(label, words % {"n": count}, act and count > 0, reverse(LIST, query={"due": due}), count, parts)

    def firms(due):
        return ngettext("of %(n)s firm", "of %(n)s firms", counts[due])

    waits = ngettext("%(n)s waits", "%(n)s wait", counts["pseb"])
    answers = (
        line(_("Applications waiting for PSEB"), "pseb", waits, True),
        line(
            _("Messages to answer"), "message", ngettext("from %(n)s firm", "from %(n)s firms", counts["message"]), True
        ),
        line(_("Papers to look at"), "paper", firms("paper"), True),
    )
    queue = ngettext("%(n)s in the queue", "%(n)s in the queue", counts["open"]) % {"n": counts["open"]}
    coming = (
        line(_("Papers of firms overdue"), "overdue", firms("overdue"), False),
        line(_("Papers of firms that lapse within 30 days"), "lapsing", firms("lapsing"), False),
        Line(_("The queue"), queue, False, reverse(LIST, query={"standing": "waiting"}), counts["open"]),
    )
    return answers, coming
