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
    path("space/", views.space_list, name="space-list"),
    path("space/need/", views.need_new, name="need-new"),
    re_path(r"^space/need/sent/(?P<token>[-A-Za-z0-9_:]{1,120})/$", views.need_sent, name="need-sent"),
    path("space/<slug:slug>/<int:pk>/", views.suite_detail, name="suite-detail"),
    path("space/<slug:slug>/<int:pk>/share.txt", views.suite_share, name="suite-share"),
    path("companies/", views.company_list, name="company-list"),
    path("companies/<slug:slug>/", views.company_detail, name="company-detail"),
    path("companies/<slug:slug>/logo-<int:width>.<str:kind>/", views.company_logo, name="company-logo"),
    path("compare/", views.compare, name="compare"),
]
