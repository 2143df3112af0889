"""`/healthz`: the process answers. `/readyz`: it can also serve, with a database and all migrations."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def healthz(request):
    """Answers 200 without asking the database."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request):
    """Answers 200 when the database answers and no migration is missing, else 503 and which of them."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "no answer"}, status=503)
    if waiting:
        return JsonResponse(
            {"status": "unavailable", "database": "ok", "migrations": f"{len(waiting)} not applied"},
            status=503,
        )
    return JsonResponse({"status": "ok", "database": "ok", "migrations": "ok"})
