"""The staff site in place of Django's own; the label stays `admin`."""

from django.contrib.admin.apps import AdminConfig


class StaffSiteConfig(AdminConfig):
    default_site = "stp_portal.admin_site.StaffSite"
