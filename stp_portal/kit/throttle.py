"""How often one client may do a thing in an hour. The counts stand in a table of the caller's app.

A table and not a cache: it is shared by all server processes, survives a restart, and counts in the transaction
of what it counts, so that what is rolled back is not counted. Django's database cache cannot add one atomically.
"""

import datetime as dt
import ipaddress

from django.conf import settings
from django.db import connections, router
from django.utils.crypto import salted_hmac

HOUR = dt.timedelta(hours=1)
# A household or an office has a whole /64 of IPv6 addresses and may change among them at will.
IPV6_PREFIX = 64


def client_address(request):
    """The address of the client as text, behind `PROXIES` proxies the one that the outermost of them saw.

    A forwarded address is believed only as far as the portal's own proxies wrote it.
    """
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if settings.PROXIES and len(forwarded) >= settings.PROXIES:
        address = forwarded[-settings.PROXIES]
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return request.META.get("REMOTE_ADDR", "")
    if known.version == 6 and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, IPV6_PREFIX), strict=False))
    return str(getattr(known, "ipv4_mapped", None) or known)


def hour_of(moment):
    """The full hour in which `moment` lies."""
    return moment.replace(minute=0, second=0, microsecond=0)


def client_key(request, moment):
    """The client's address as a hash that only this portal can make, another one in every hour."""
    text = f"{hour_of(moment).isoformat()} {client_address(request)}"
    return salted_hmac("stp_portal.kit.throttle", text, algorithm="sha256").hexdigest()


def take(counts, key, moment, most):
    """Count one more for `key` in the hour of `moment`; False, and nothing counted, when it had `most` already.

    `counts` is a model with client, hour and taken, unique by client and hour. One statement, so that requests
    at the same time cannot pass together; the row stays locked until the transaction ends.
    """
    using = router.db_for_write(counts)
    hour = hour_of(moment)
    table = connections[using].ops.quote_name(counts._meta.db_table)
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS c (client, hour, taken) VALUES (%s, %s, 1) "  # noqa: S608 - the model's table
            "ON CONFLICT (client, hour) DO UPDATE SET taken = c.taken + 1 WHERE c.taken < %s RETURNING taken",
            [key, hour, most],
        )
        passed = cursor.fetchone() is not None
    # Rows that another request is erasing are left to it: two that wait for each other would both be lost.
    past = counts.objects.using(using).filter(hour__lt=hour).select_for_update(skip_locked=True)
    counts.objects.using(using).filter(pk__in=list(past.values_list("pk", flat=True))).delete()
    return passed
