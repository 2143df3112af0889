"""The portal's addresses: public pages in English without a prefix, the staff site under /admin/."""

from django.contrib import admin
from django.urls import include, path

from parks import views
from stp_portal.kit import health
from tenants.sitemaps import SpaceSitemap

urlpatterns = [
    path("", include("tenants.urls")),
    path("", include("parks.urls")),
    path("admin/", admin.site.urls),
    path("sitemap.xml", views.sitemap, {"others": {"space": SpaceSitemap}}, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security, name="security"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "stp_portal.kit.errors.bad_request"
handler403 = "stp_portal.kit.errors.forbidden"
handler404 = "stp_portal.kit.errors.not_found"
handler500 = "stp_portal.kit.errors.server_error"
