"""Public addresses of the tenancy desk."""

from django.urls import path, re_path

from tenants import views

app_name = "tenants"
# The secret in the address of an application.
SECRET = r"(?P<token>[A-Za-z0-9_-]{43})"  # noqa: S105 - a pattern
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
    path("apply/", views.apply, name="apply"),
    path("apply/<str:token>/", views.apply_draft, name="apply-draft"),
    path("apply/<str:token>/<slug:step>/", views.apply_step, name="apply-step"),
    path("queue/", views.queue_page, name="queue"),
    path("verify/", views.verify, name="verify"),
    path("verify/<str:code>/", views.verify_code, name="verify-code"),
    path("applications/find/", views.application_find, name="application-find"),
    path("applications/found/", views.application_found, name="application-found"),
    re_path(rf"^applications/{SECRET}/$", views.application, name="application"),
    re_path(rf"^applications/{SECRET}/message/$", views.application_message, name="application-message"),
    re_path(rf"^applications/{SECRET}/papers/$", views.application_papers, name="application-papers"),
    re_path(rf"^applications/{SECRET}/choices/$", views.application_choices, name="application-choices"),
    re_path(rf"^applications/{SECRET}/add/$", views.application_choice_add, name="application-choice-add"),
    re_path(rf"^applications/{SECRET}/withdraw/$", views.application_withdraw, name="application-withdraw"),
    re_path(rf"^applications/{SECRET}/offer/$", views.application_offer, name="application-offer"),
    re_path(rf"^applications/{SECRET}/interest/$", views.application_interest, name="application-interest"),
    re_path(
        rf"^applications/{SECRET}/letters/(?P<number>[A-Z0-9-]{{1,30}})/$",
        views.application_letter,
        name="application-letter",
    ),
]
