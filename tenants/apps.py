"""Demand: who is in which suite, on what terms. May import `parks`, never the other way about."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("Tenancy desk")
