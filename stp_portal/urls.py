"""The portal's addresses: public pages in English without a prefix, the staff site under /admin/."""

from django.contrib import admin
from django.urls import include, path

from stp_portal.kit import health

urlpatterns = [
    path("", include("parks.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "stp_portal.kit.errors.bad_request"
handler403 = "stp_portal.kit.errors.forbidden"
handler404 = "stp_portal.kit.errors.not_found"
handler500 = "stp_portal.kit.errors.server_error"
