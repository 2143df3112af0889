"""Columns of a letting that repeat its lease, filled by the database at each write.

A value from memory may be stale; the composite foreign keys would refuse it.
"""

from django.db import models
from django.db.models import Subquery


def _of_lease(field, instance, column):
    lease = field.model._meta.get_field("lease").related_model
    return Subquery(lease._base_manager.filter(pk=instance.lease_id).values(column))


class LeaseStateField(models.CharField):
    """The state of the row's lease. The attribute in memory is not refreshed by `save()`."""

    def pre_save(self, instance, add):
        """What a bulk load gives, else the state as the database has it at the write."""
        if add and getattr(instance, self.attname):
            return getattr(instance, self.attname)
        return _of_lease(self, instance, "state")


class LeaseParkField(models.ForeignKey):
    """The park of the row's lease. The attribute in memory is not refreshed by `save()`."""

    def pre_save(self, instance, add):
        """What a bulk load gives, else the park as the database has it at the write."""
        if add and getattr(instance, self.attname):
            return getattr(instance, self.attname)
        return _of_lease(self, instance, "park_id")
