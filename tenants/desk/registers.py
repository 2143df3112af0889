"""What waits in the registers beside the tenancy desk's reports: for the first page of the staff site."""

from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parks.models import Correction, Park
from tenants.models import ImportBatch
from tenants.models.batch import BEGUN

from .lines import Line


class Waiting(NamedTuple):
    """The lines by where they stand on the first page; each a tuple of Line."""

    answers: tuple = ()
    care: tuple = ()


def waiting(request, today):
    """The Waiting lines of the lists that this person may open; at most three counts, however many rows there are."""
    user, answers, care = request.user, [], []
    if _sees(user, "parks", "correction"):
        count = Correction.objects.scope_for(user, today).waiting().count()
        url = reverse("admin:parks_correction_changelist", query={"state__exact": "waiting"})
        words = ngettext("%(n)s waiting", "%(n)s waiting", count) % {"n": count}
        answers.append(Line(_("Reported mistakes"), words, count > 0, url, count))
    if _sees(user, "parks", "areareport"):
        count = Park.objects.scope_for(user, today).with_area_conflict().count()
        words = ngettext("%(n)s park", "%(n)s parks", count) % {"n": count}
        care.append(Line(_("Differing areas"), words, count > 0, reverse("admin:parks_area_conflicts"), count))
    if _sees(user, "tenants", "importbatch"):
        count = ImportBatch.objects.scope_for(user, today).filter(state__in=BEGUN).count()
        words = ngettext("%(n)s begun, not brought in", "%(n)s begun, not brought in", count) % {"n": count}
        url = reverse("admin:tenants_importbatch_changelist", query={"begun": 1})
        care.append(Line(_("Imports"), words, False, url, count))
    return Waiting(tuple(answers), tuple(care))


def _sees(user, app, model):
    return user.has_perm(f"{app}.view_{model}") or user.has_perm(f"{app}.change_{model}")
