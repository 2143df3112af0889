"""The pages of free space and of companies, for search engines."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse
from django.utils import timezone

from parks.models import Suite

from .models import Company
from .space import offered


class SpaceSitemap(Sitemap):
    """The search, the form for needs, the companies that are shown, how to apply, the queue, and every suite that has
    a page. What changes there changes with the days, so no day of a last change is given."""

    def items(self):
        """Addresses, the suites park by park."""
        on = timezone.localdate()
        suites = offered(Suite.objects.filter(park__listed=True), on)
        companies = Company.objects.shown(on).order_by("slug").values_list("slug", flat=True)
        return [
            *(reverse(f"tenants:{name}") for name in ("space-list", "need-new", "company-list", "apply", "queue")),
            *(reverse("tenants:company-detail", args=[slug]) for slug in companies),
            *(
                reverse("tenants:suite-detail", args=row)
                for row in suites.order_by("park__slug", "floor", "position", "pk").values_list("park__slug", "pk")
            ),
        ]

    def location(self, item):
        return item
