"""Public addresses of the tenancy desk."""

from django.urls import path, re_path

from tenants import views

app_name = "tenants"
urlpatterns = [
    path("parks/<slug:slug>/ask/", views.enquiry_new, name="enquiry-new"),
    re_path(
        r"^parks/(?P<slug>[-a-zA-Z0-9_]+)/ask/sent/(?P<token>[-A-Za-z0-9_:]{1,120})/$",
        views.enquiry_sent,
        name="enquiry-sent",
    ),
]
