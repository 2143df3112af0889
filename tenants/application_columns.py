"""What a file of applications says beside the columns of the list. Files are read elsewhere: none is imported."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stp_portal.kit.columns import DerivedColumn, TextColumn

from .models import Application

VIEW_CONTACTS = "tenants.view_companycontact"


def _label(name):
    return Application._meta.get_field(name).verbose_name


def _text(name, **kwargs):
    return TextColumn(name, _label(name), get=lambda row: getattr(row, name), **kwargs)


def _plain(name):
    return DerivedColumn(name, _label(name))


APPLICATIONS = (
    _text("reference"),
    DerivedColumn(
        "received_on", _("received"), get=lambda row: timezone.localtime(row.created_at).replace(tzinfo=None).date()
    ),
    _text("company_name"),
    *(_text(name) for name in ("secp_number", "ntn", "pseb_number")),
    *(_plain(name) for name in ("secp_expiry_date", "ntn_expiry_date", "pseb_expiry_date")),
    DerivedColumn("activity", _label("activity"), get=lambda row: row.get_activity_display()),
    *(_plain(name) for name in ("wanted_area_sqft", "wanted_seats", "move_in", "months", "budget_pkr")),
    *(_plain(name) for name in ("team_size", "women_staff", "power_hours", "generator", "internet_mbps")),
    *(_text(name, permission=VIEW_CONTACTS) for name in ("contact_name", "contact_role", "email", "phone")),
)
