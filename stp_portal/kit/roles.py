"""The names of the four roles, and who has which. What each may do is said by each app's `roles.py`."""

ADMINISTRATOR = "Administrator"
LETTINGS_OFFICER = "Lettings officer"
PARK_MANAGER = "Park manager"
AUDITOR = "Auditor"
ROLES = (ADMINISTRATOR, LETTINGS_OFFICER, PARK_MANAGER, AUDITOR)


def role_names(user):
    """The roles of an active member of staff; asked of the database once for each user object, so a role
    taken away counts from the next request on."""
    if not (user.is_active and user.is_staff):
        return frozenset()
    if not hasattr(user, "_role_names"):
        user._role_names = frozenset(user.groups.values_list("name", flat=True)) & frozenset(ROLES)
    return user._role_names


def has_role(user, role):
    """Whether `user` has `role`; a superuser has them all but for the park manager's narrower view."""
    return role in role_names(user)


def sees_all_parks(user):
    """Whether `user` may see every park: a superuser, or any role but park manager alone."""
    if user.is_active and user.is_staff and user.is_superuser:
        return True
    return bool(role_names(user) & {ADMINISTRATOR, LETTINGS_OFFICER, AUDITOR})
