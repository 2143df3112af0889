"""Two companies that are one: what hangs on the one moves to the other, and its addresses lead there."""

from contextlib import contextmanager
from functools import partial

import pghistory
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from parks import images
from stp_portal.kit.constraints import words_for
from tenants.models import Application, Company, CompanyContact, DistinctCompanies, Lease, MergedCompany
from tenants.models.company import COMPANY_TRIGGER_MESSAGES
from tenants.models.lease_states import TRIGGER_MESSAGES

from .errors import Refused, cleaned, reason_given

# What may be taken over, in groups that make sense only together. Consent is none of it: whoever agreed to be named
# agreed for the row that stands there, and the web name stays so that no address of the kept company breaks.
TAKEN = {
    "name": ("name",),
    "name_ur": ("name_ur",),
    "secp_number": ("secp_number",),
    "ntn": ("ntn",),
    "pseb_number": ("pseb_number", "pseb_expiry_date"),
    "activity": ("activity",),
    "size_class": ("size_class",),
    "website": ("website",),
    "logo": ("logo_stem", "logo_width", "logo_height", "logo_widths"),
    "note": ("note",),
}
# Every key to a company, as (model, field): who adds one says in `_move` what becomes of it.
POINTING = {
    (Lease, "company"),
    (Application, "company"),
    (CompanyContact, "company"),
    (MergedCompany, "company"),
    (DistinctCompanies, "first"),
    (DistinctCompanies, "second"),
}
SAME_PERSON = ("name", "role", "email", "phone")
DEADLOCK, TRIES = "40P01", 3


def merge_companies(*, kept, merged, take=(), both_notes=False, by, today, reason):
    """Merge the company `merged` into `kept` and return the latter as it is then; the row `merged` is gone.

    Leases, contacts (but exact doubles), what was merged into it and what it is known to differ from move. `take` are
    keys of TAKEN whose values come from `merged`; everything else stays as `kept` has it, its consent too.
    `both_notes` writes the two notes below each other. Raises Refused; nothing is done then.
    """
    reason_given(reason, _("Say how it is known that the two are one."))
    unknown = set(take) - set(TAKEN)
    if unknown:
        raise TypeError(f"not facts of a company that can be taken over: {sorted(unknown)}")
    for attempt in range(1, TRIES + 1):
        try:
            with _told(), transaction.atomic(), pghistory.context(user=by.pk, reason=reason.strip()):
                one, other = locked_pair(kept, merged)
                _merge(one, other, by, reason.strip())
                _take(one, other, take, both_notes)
                return Company.objects.get(pk=one.pk)
        except OperationalError as error:
            # Somebody drafts a lease in the ring: whoever is thrown out of it tries again.
            if getattr(error.__cause__, "pgcode", "") != DEADLOCK or attempt == TRIES:
                raise


def locked_pair(one, other):
    """Both companies as they are now, locked until the transaction ends, in the order of the arguments.

    Leases first, then companies, then contacts, each by key: the order of whoever renews a lease and of whoever saves
    a company. Raises Refused when one of them is gone.
    """
    keys = sorted({one.pk, other.pk})
    if len(keys) < 2:
        raise Refused(_("A company cannot be merged into itself."))
    leases = Lease.objects.select_for_update(of=["self"]).filter(company__in=keys).order_by("pk")
    list(leases.values_list("pk"))
    found = {row.pk: row for row in Company.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    # From here on nobody writes a lease of either; what came meanwhile is locked as well.
    list(leases.values_list("pk"))
    contacts = CompanyContact.objects.select_for_update().filter(company__in=keys).order_by("pk")
    list(contacts.values_list("pk"))
    gone = next((row for row in (one, other) if row.pk not in found), None)
    if gone is not None:
        into = MergedCompany.objects.select_related("company").filter(former_id=gone.pk).first()
        if into is not None:
            raise Refused(
                _("%(name)s has meanwhile been merged into %(company)s.") % {"name": into.name, "company": into.company}
            )
        raise Refused(_("Somebody has deleted this meanwhile."))
    return found[one.pk], found[other.pk]


def _merge(kept, merged, by, reason):
    """Move what hangs on `merged`, let its row go, and write down where it went."""
    if kept.demo != merged.demo:
        raise Refused(_("Demonstration rows cannot be mixed with real ones."))
    _move(kept, merged)
    # By no cascade: a key that nobody moved has to be seen.
    Company.objects.filter(pk=merged.pk)._raw_delete(Company.objects.db)
    with connection.cursor() as cursor:
        # Such a key is refused here, in words, rather than at the end of the transaction.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    MergedCompany.objects.create(
        company=kept, former_id=merged.pk, slug=merged.slug, name=merged.name, by=by, reason=reason
    )


def _take(kept, merged, take, both_notes):
    """Write what `kept` takes over. The row `merged` is gone by now: its numbers may be there only once."""
    before = kept.logo_stem
    columns = [column for key, group in TAKEN.items() if key in take for column in group]
    for column in columns:
        setattr(kept, column, getattr(merged, column))
    if both_notes and merged.note:
        kept.note = "\n\n".join(filter(None, (kept.note, merged.note)))
        columns.append("note")
        most = Company._meta.get_field("note").max_length
        if len(kept.note) > most:
            raise Refused({"note": _("The two notes are together longer than %(most)s signs.") % {"most": most}})
    if columns:
        cleaned(kept)
        kept.save(update_fields=columns)
    for stem in {before, merged.logo_stem} - {"", kept.logo_stem}:
        transaction.on_commit(partial(_forget_logo, stem))


def _move(kept, merged):
    """Let every row that points to `merged` point to `kept`."""
    Lease.objects.filter(company=merged).update(company=kept)
    Application.objects.filter(company=merged).update(company=kept)
    known = set(kept.contacts.values_list(*SAME_PERSON))
    for contact in merged.contacts.order_by("pk"):
        if tuple(getattr(contact, name) for name in SAME_PERSON) in known:
            contact.delete()
    CompanyContact.objects.filter(company=merged).update(company=kept)
    MergedCompany.objects.filter(company=merged).update(company=kept)
    for pair in DistinctCompanies.objects.filter(first=merged) | DistinctCompanies.objects.filter(second=merged):
        other = pair.second_id if pair.first_id == merged.pk else pair.first_id
        first, second = sorted((kept.pk, other))
        if other == kept.pk or DistinctCompanies.objects.filter(first=first, second=second).exists():
            pair.delete()
        else:
            DistinctCompanies.objects.filter(pk=pair.pk).update(first=first, second=second)


def _forget_logo(stem):
    if not Company.objects.filter(logo_stem=stem).exists():
        images.remove(stem)


@contextmanager
def _told():
    try:
        yield
    except IntegrityError as error:
        kinds = [Company, Lease, CompanyContact, MergedCompany, DistinctCompanies]
        raise Refused(words_for(error, kinds, COMPANY_TRIGGER_MESSAGES | TRIGGER_MESSAGES)) from error
