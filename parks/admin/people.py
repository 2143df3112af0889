"""Who works here: accounts, roles, and which park manager has which park."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from parks.models import ParkAssignment, RoleGiven
from stp_portal.kit.admin import StaffModelAdmin
from stp_portal.kit.admin_forms import StaffForm
from stp_portal.kit.roles import ROLES
from stp_portal.kit.text import CleansText

# Rights above every role: only who has them may give them, and only they change who has them.
ABOVE_ROLES = ("is_superuser", "user_permissions")


@admin.register(ParkAssignment)
class AssignmentAdmin(StaffModelAdmin):
    menu_order = 9
    list_display = ("user", "park", "first_day", "last_day")
    list_display_links = ("user", "park")
    list_select_related = ("user", "park")
    autocomplete_fields = ("user", "park")
    search_fields = ("user__username", "user__first_name", "user__last_name", "park__name")


# Second factors have pages of their own that show no secret.
admin.site.unregister([User, Group, TOTPDevice, StaticDevice])


class AccountForm(StaffForm, UserAdmin.form):
    """An account; its texts are cleaned and its version is checked like all others."""


class NewAccountForm(CleansText, UserAdmin.add_form):
    """A new account; the password is left as typed."""


@admin.register(User)
class StaffUserAdmin(StaffModelAdmin, UserAdmin):
    scoped = False
    form = AccountForm
    related_history = ((RoleGiven, "user"),)
    add_form = NewAccountForm
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "groups")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email")}),
        (gettext_lazy("Rights"), {"fields": ("is_active", "is_staff", "groups", "is_superuser", "user_permissions")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_fieldsets(self, request, obj=None):
        """Without the rights above every role for those who have none of them."""
        if not obj or request.user.is_superuser:
            return super().get_fieldsets(request, obj)
        return [
            (title, options | {"fields": tuple(name for name in options["fields"] if name not in ABOVE_ROLES)})
            for title, options in self.fieldsets
        ]

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """The roles as boxes to tick: there are four."""
        if db_field.name == "groups":
            kwargs["widget"] = forms.CheckboxSelectMultiple
            kwargs["queryset"] = Group.objects.filter(name__in=ROLES).order_by("name")
            kwargs["help_text"] = ""
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        """A superuser's account is changed by superusers alone, its password included."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        """Accounts are switched off, never deleted: history names them."""
        return False


@admin.register(Group)
class StaffGroupAdmin(StaffModelAdmin, GroupAdmin):
    """Roles are made by `sync_roles`; here one sees what they hold."""

    scoped = False
    filter_horizontal = ()

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
