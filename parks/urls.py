"""Public addresses of the register. `<slug:…>` lets nothing odd through; the rest is 404."""

from django.urls import path, re_path

from parks import views

app_name = "parks"
urlpatterns = [
    path("", views.home, name="home"),
    path("parks/", views.park_list, name="park-list"),
    path("cities/<slug:slug>/", views.city_detail, name="city-detail"),
    path("regions/<slug:slug>/", views.region_detail, name="region-detail"),
    path("hosts/<slug:slug>/", views.host_detail, name="host-detail"),
    path("about/", views.about, name="about"),
    path("contact/", views.contact, name="contact"),
    path("open-data/", views.open_data, name="open-data"),
    path("parks/<slug:slug>/", views.park_detail, name="park-detail"),
    path("parks/<slug:slug>/share.txt", views.park_share, name="park-share"),
    path("parks/<slug:slug>/report/<slug:fact>/", views.correction_new, name="correction-new"),
    re_path(r"^corrections/(?P<token>[A-Za-z0-9_-]{43})/$", views.correction, name="correction"),
    path("feeds/events.atom", views.event_feed, name="feed"),
    re_path(
        r"^photos/(?P<stem>[0-9a-f]{32})-(?P<width>[0-9]{1,5})\.(?P<kind>webp|jpg)$",
        views.photo_file,
        name="photo-file",
    ),
]
