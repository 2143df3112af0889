"""The portal's own addresses, and the floors beside them."""

from django.urls import path

from stp_portal.urls import handler400, handler403, handler404, handler500
from stp_portal.urls import urlpatterns as portal
from tests.bench import floors, space_floors, stock

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    *portal,
    path("bench/parks/", floors.park_list),
    path("bench/parks/<slug:slug>/", floors.park_detail),
    path("bench/space/", space_floors.space),
    path("bench/space-of/<slug:slug>/", space_floors.park),
    path("bench/rent-roll/", space_floors.rent_roll),
    path("bench/stock/", stock.urls),
    path("bench/fixed/", floors.fixed),
]
