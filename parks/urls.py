"""Public addresses of the register. `<slug:…>` lets nothing odd through; the rest is 404."""

from django.urls import path, re_path

from parks import views

app_name = "parks"
urlpatterns = [
    path("", views.home, name="home"),
    path("parks/", views.park_list, name="park-list"),
    path("parks/<slug:slug>/", views.park_detail, name="park-detail"),
    re_path(
        r"^photos/(?P<stem>[0-9a-f]{32})-(?P<width>[0-9]{1,5})\.(?P<kind>webp|jpg)$",
        views.photo_file,
        name="photo-file",
    ),
]
