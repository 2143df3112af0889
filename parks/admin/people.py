"""Who works here: accounts, roles, and which park manager has which park."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from parks.models import ParkAssignment, RoleGiven
from stp_portal.kit.admin import StaffModelAdmin
from stp_portal.kit.admin_forms import StaffForm
from stp_portal.kit.passwords import made
from stp_portal.kit.roles import ROLES
from stp_portal.kit.text import CleansText

# Rights above every role: only who has them may give them, and only they change who has them.
ABOVE_ROLES = ("is_superuser", "user_permissions")


@admin.register(ParkAssignment)
class AssignmentAdmin(StaffModelAdmin):
    reason_for = ("user", "park", "first_day", "last_day")
    reason_when_new = True
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


class NewAccountForm(CleansText, UserCreationForm):
    """A new account. The password is left as typed; with both boxes empty the portal makes one, `generated`."""

    generated = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password1"].required = self.fields["password2"].required = False

    def clean(self):
        """Fills in a password where none was typed."""
        typed = [self.cleaned_data.get(name) for name in ("password1", "password2")]
        if not any(typed):
            self.generated = made()
            self.cleaned_data["password1"] = self.cleaned_data["password2"] = self.generated
        elif not all(typed):
            self.add_error("password2", self.error_messages["password_mismatch"])
        return super().clean()


@admin.register(User)
class StaffUserAdmin(StaffModelAdmin, UserAdmin):
    reason_for = ("groups", "is_active", "is_staff", "is_superuser", "user_permissions")
    scoped = False
    form = AccountForm
    related_history = ((RoleGiven, "user"),)
    add_form = NewAccountForm
    add_form_template = "admin/sign_in/add_account.html"
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "groups")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username",)}),
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

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj is not None:
            context["sign_in"] = self.admin_site.about_sign_in(obj)
            context["may_act"] = self.has_change_permission(request, obj) and obj != request.user
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            self.admin_site.account_made(request, obj)
        elif not (obj.is_active and obj.is_staff):
            self.admin_site.account_closed(obj)
        request.staff_password = getattr(form, "generated", "")

    def response_add(self, request, obj, post_url_continue=None):
        """On to the account's page; a password that the portal made is shown first, once."""
        if request.staff_password:
            return self.admin_site.hand_over(request, obj, request.staff_password)
        return super().response_add(request, obj, post_url_continue)

    def user_change_password(self, request, id, form_url=""):
        """Another account's password."""
        return self.admin_site.set_password(request, self.object_or_404(request, id, "change"))

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
