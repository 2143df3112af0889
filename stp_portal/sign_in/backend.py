"""Who may sign in at all."""

from django.contrib.auth.backends import ModelBackend


class StaffBackend(ModelBackend):
    """Active members of staff. For others it is as if the password were wrong: same words, same work, same rows."""

    def user_can_authenticate(self, user):
        """Active and staff."""
        return super().user_can_authenticate(user) and user.is_staff
