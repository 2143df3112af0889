"""The floor of the staff lists: the stock changelist over the same rows, with as many plain columns."""

from django.contrib import admin

from parks.models import Park, Suite
from tenants.models import Company, Lease

stock = admin.AdminSite(name="stock")
COLUMNS = {
    Park: ("name", "code", "city", "programme", "partnership", "listed", "last_verified_on"),
    Suite: ("number", "park", "floor", "kind", "lettable_area_sqft", "seats", "fit_out", "in_service_from"),
    Company: ("name", "activity", "size_class", "ntn", "pseb_number", "pseb_expiry_date", "public_listing", "demo"),
    Lease: ("number", "company", "park", "state", "signed_on", "deposit_pkr", "notice_months", "deed_on_file", "demo"),
}
for model, columns in COLUMNS.items():
    held = {field.name for field in model._meta.fields}
    related = tuple(name for name in columns if name in held and model._meta.get_field(name).is_relation)
    stock.register(
        model,
        type(
            "Plain",
            (admin.ModelAdmin,),
            {
                "list_display": tuple(name for name in columns if name in held),
                "list_select_related": related or False,
                "list_per_page": 50,
                "list_filter": tuple(name for name in ("programme", "kind", "activity", "state") if name in held),
                "search_fields": ("pk",),
            },
        ),
    )
# Under a name of its own: the frame's links lead to the portal's staff site.
urls = (stock.get_urls(), "stock", "stock")
