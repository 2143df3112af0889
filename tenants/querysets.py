"""Questions about demand, each asked in one place. Every date is passed in as `on` and is inclusive."""

from django.db.models import Case, Value, When

from parks.querysets import OfParkQuerySet


class EnquiryQuerySet(OfParkQuerySet):
    """Enquiries, in the scope of their park."""

    def waiting(self):
        """Those that nobody has answered or closed."""
        return self.filter(state="new")

    def received_before(self, moment):
        """Those received before the moment `moment`."""
        return self.filter(created_at__lt=moment)


def waiting_first():
    """An order for lists: the new ones first, of them the one that has waited longest."""
    return (Case(When(state="new", then=Value(0)), default=Value(1)), "created_at", "pk")
