"""Leases and their guided pages, for tests that walk through them."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from tenants.models import Lease, Letting, LettingRate
from tests.factories import LettingFactory
from tests.staff_pages import form_data

TODAY = timezone.localdate()


def days(count):
    """The day so many days from today."""
    return TODAY + dt.timedelta(days=count)


def words(day):
    return f"{day:%-d %B %Y}"


def let(first=-100, last=100, **kwargs):
    """A letting from so many days from today to so many."""
    return LettingFactory(commencement_date=days(first), expiry_date=days(last), **kwargs)


def page(name, row):
    return reverse(f"admin:tenants_{name}", args=[row.pk])


def change(lease):
    return reverse("admin:tenants_lease_change", args=[lease.pk])


def everything():
    """Every row that an action may write, to compare before and after."""
    return [list(model.objects.order_by("pk").values()) for model in (Lease, Letting, LettingRate)]


def previewed(client, url, **typed):
    """The answer to the first step."""
    return client.post(url, {"preview": "1", **typed})


def confirmed(client, url, **typed):
    """Both steps; the answer to the second."""
    shown = previewed(client, url, **typed)
    assert shown.context["effects"] is not None, shown.context["form"].errors
    return client.post(url, form_data(shown) | {"confirm": "1"})


def lines(*rows):
    """The fields of lines: suite, commencement, expiry, rent, basis, charge."""
    names = ("suite", "commencement_date", "expiry_date", "rent", "rent_basis", "service_charge_pkr")
    data = {"lines-TOTAL_FORMS": str(len(rows)), "lines-INITIAL_FORMS": "0"}
    for at, row in enumerate(rows):
        values = [*row, *["", "", "fixed", ""][len(row) - 2 :]]
        data |= {f"lines-{at}-{name}": str(value or "") for name, value in zip(names, values, strict=True)}
    return data
