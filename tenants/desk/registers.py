"""What waits in the registers beside the tenancy desk's reports: for the first page of the staff site."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parks.models import Correction, Park
from stp_portal.kit.roles import sees_all_parks
from tenants.models import ImportBatch
from tenants.models.batch import ImportState

BEGUN = (ImportState.UPLOADED, ImportState.REVIEWED)


def waiting(request, today):
    """(label, words, whether somebody has to act, address) of each page that this person may open, in order.

    At most three counts, however many rows there are. Names are not compared here: that is for the pages of those
    that may be one.
    """
    user, found = request.user, []
    if _sees(user, "parks", "correction"):
        count = Correction.objects.scope_for(user, today).waiting().count()
        url = reverse("admin:parks_correction_changelist", query={"state__exact": "waiting"} if count else None)
        words = ngettext("%(n)s waiting", "%(n)s waiting", count) % {"n": count}
        found.append((_("Reported mistakes"), words, count > 0, url))
    if _sees(user, "parks", "areareport"):
        count = Park.objects.scope_for(user, today).with_area_conflict().count()
        words = ngettext("%(n)s park", "%(n)s parks", count) % {"n": count}
        found.append((_("Differing areas"), words, count > 0, reverse("admin:parks_area_conflicts")))
    if _sees(user, "tenants", "importbatch"):
        count = ImportBatch.objects.scope_for(user, today).filter(state__in=BEGUN).count()
        words = ngettext("%(n)s begun, not brought in", "%(n)s begun, not brought in", count) % {"n": count}
        found.append((_("Imports"), words, False, reverse("admin:tenants_importbatch_changelist")))
    if sees_all_parks(user):
        if _sees(user, "tenants", "company"):
            found.append((_("Companies that may be one"), "", False, reverse("admin:tenants_duplicates")))
        if _sees(user, "parks", "hostinstitution"):
            found.append((_("Host institutions that may be one"), "", False, reverse("admin:parks_duplicate_hosts")))
    return found


def _sees(user, app, model):
    return user.has_perm(f"{app}.view_{model}") or user.has_perm(f"{app}.change_{model}")
