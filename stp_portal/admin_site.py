"""The staff site: its name, its Content-Security-Policy, its routes."""

from functools import update_wrapper

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from parks.export_log import record_export
from stp_portal import history_pages
from stp_portal.kit.admin_boxes import BoxAnswers
from stp_portal.kit.admin_forms import on_of
from stp_portal.sign_in import account, accounts, again, enrolment, factor, sessions, steps
from tenants.desk.my_day import my_day
from tenants.desk.overview import first_page
from tenants.desk.urls import routes

# Django's admin runs its own scripts from static files; nothing inline, nothing from elsewhere.
staff_policy = csp_update({"script-src": [SELF], "connect-src": [SELF]})

MENU_END = 100


def _guarded(view):
    """A step of signing in: never cached, under the staff site's policy."""
    return never_cache(login_not_required(csrf_protect(staff_policy(view))))


class StaffSite(admin.AdminSite):
    """The admin of the portal, under /admin/."""

    site_header = _("STP portal: staff")
    site_title = _("STP portal")
    index_title = _("Staff pages")
    empty_value_display = "–"
    # The index names every list; the width belongs to the tables.
    enable_nav_sidebar = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Rows of a register are not deleted by ticking a page of them.
        self.disable_action("delete_selected")

    def admin_view(self, view, cacheable=False):
        """A staff page: for staff only, with the staff site's policy, asking again before what is dangerous."""
        return update_wrapper(staff_policy(super().admin_view(again.guarded(view), cacheable)), view)

    def has_permission(self, request):
        """Active staff, signed in with a second factor, in a session that nobody has ended."""
        return super().has_permission(request) and request.user.is_verified() and sessions.of(request) is not None

    @method_decorator([never_cache, login_not_required, staff_policy])
    def login(self, request, extra_context=None):
        """The first step of signing in, at /admin/login/."""
        return steps.password_step(request)

    @method_decorator(never_cache)
    def logout(self, request, extra_context=None):
        """Signing out, at /admin/logout/; by POST alone."""
        if request.method == "POST":
            steps.sign_out(request)
        return super().logout(request, extra_context)

    @method_decorator(never_cache)
    def password_change(self, request, extra_context=None):
        """One's own password, at /admin/password_change/."""
        return account.change_password(request)

    def autocomplete_view(self, request):
        """The answers for the boxes, at /admin/autocomplete/."""
        return BoxAnswers.as_view(admin_site=self)(request)

    def get_app_list(self, request, app_label=None):
        """The portal's own lists first, each app's in the order of its pages' `menu_order`, then by name."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda row: (self._menu_order(row["model"]), str(row["name"])))
        return sorted(apps, key=lambda app: app["app_label"] == "auth")

    def record_export(self, request, **facts):
        """Write down that a list leaves as a file: `name`, `kind`, `rows` and `filters`."""
        return record_export(request, **facts)

    def _menu_order(self, model):
        return getattr(self._registry[model], "menu_order", MENU_END)

    def index(self, request, extra_context=None):
        """My day: what waits for somebody and what comes up, how much is let today, then every list."""
        today = on_of(request)
        own = {"title": _("My day"), "day": my_day(request, today), "desk": first_page(request, today)}
        return super().index(request, {**own, **(extra_context or {})})

    def get_urls(self):
        """With the reports of the tenancy desk; without Django's redirect by content type and id, which asks
        nobody who may see the object."""
        own = [route for route in super().get_urls() if getattr(route, "name", "") != "view_on_site"]
        return [
            *self._sign_in_steps(),
            *self._accounts(),
            *history_pages.routes(self.admin_view),
            *routes(self.admin_view),
            *own,
        ]

    def _accounts(self):
        """One's own account, and what administrators do about the signing in of another."""
        return [*account.routes(self.admin_view), *accounts.routes(self.admin_view)]

    def about_sign_in(self, user):
        """What an account's page says of its signing in; a dictionary."""
        return accounts.about(user)

    def set_password(self, request, user):
        """The page on which another account's password is set; who may is asked by the caller."""
        return accounts.set_password(request, user)

    def account_made(self, request, user):
        """Record that the first password of `user` was set by the person of `request`."""
        accounts.note_password(request, user)

    def hand_over(self, request, user, password):
        """The page that shows a password made by the portal, once."""
        return accounts.handed_over(request, user, password)

    def account_closed(self, user):
        """End the sessions of an account that may no longer come in."""
        sessions.end_all(user)

    def take_factor(self, user, *, reason):
        """Take the second factor of `user` away, end its sessions and lift its locks; for the command line."""
        accounts.set_back(user, reason=reason)

    def enrolment_code(self, user):
        """A new enrolment code for `user`; "" where the account needs none to set up its second factor."""
        return "" if enrolment.is_first(user) else enrolment.make_code(user)

    def has_factor(self, user):
        """Whether `user` has a second factor."""
        return factor.device_of(user) is not None

    def _sign_in_steps(self):
        """The pages between the password and a session: open to whoever has the half state."""
        pages = (("login_code", "code", steps.code_step), ("login_enrol", "enrol", steps.enrol_step))
        return [path(f"login/{place}/", _guarded(view), name=name) for name, place, view in pages]
