"""Through what a change came: a page, an import, a command, timed work. Written into the context of its history."""

import contextlib
import uuid
from contextvars import ContextVar

import pghistory
from django.db import connection
from django.utils.translation import gettext as _
from pghistory import middleware as stock
from pghistory import runtime

PAGE, IMPORT, COMMAND, TIMED = "page", "import", "command", "timed work"
# Pages on which one row is written as it stands; every other route is an act with a name.
PLAIN = ("_add", "_change", "_changelist")
MOST_NAME = 100

_source = ContextVar("history_source", default=None)


class WSGIRequest(stock.WSGIRequest):
    """A request that tells the history who it is from, as soon as that is known."""

    def __setattr__(self, attr, value):
        super().__setattr__(attr, value)
        if attr == "user":
            pghistory.context(name=name_of(value))


class HistoryMiddleware(stock.HistoryMiddleware):
    """Writes person (key and name), address and route of each request into the context of what it changes."""

    def get_context(self, request):
        """The metadata of the request's context; `name` is the user name as it is now."""
        return super().get_context(request) | {"name": name_of(getattr(request, "user", None)), "through": PAGE}

    def __call__(self, request):
        with pghistory.context(**self.get_context(request)):
            request.__class__ = WSGIRequest
            return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        """Name the page or, of a list whose ticked rows are acted on, the action."""
        route = request.resolver_match.view_name or ""
        if route.endswith("_changelist") and request.method == "POST":
            act = request.POST.get("action", "")
            route = f"{route} {act}" if act.isidentifier() else route
        pghistory.context(action=route[:MOST_NAME])


def name_of(user):
    """The user name of somebody signed in, None of anybody else."""
    return user.get_username() if getattr(user, "pk", None) else None


@contextlib.contextmanager
def source(through, **metadata):
    """Whatever is changed inside without saying through what is told to come from here.

    What opens a context of its own keeps it and its reason; the rest shares one. A source inside a source replaces
    it until its end.
    """
    outermost = _source.get() is None
    token = _source.set((uuid.uuid4(), {"through": through, **metadata}))
    try:
        with connection.execute_wrapper(_told) if outermost else contextlib.nullcontext():
            yield
    finally:
        _source.reset(token)


def _told(execute, sql, params, many, context):
    """Run one statement with the source in its history."""
    key, metadata = _source.get()
    if hasattr(runtime._tracker, "value"):
        for name, value in metadata.items():
            runtime._tracker.value.metadata.setdefault(name, value)
        return execute(sql, params, many, context)
    # A statement without parameters may hold per cent signs, and one of many rows has no place for ours.
    if many or params is None:
        return execute(sql, params, many, context)
    runtime._tracker.value = runtime.Context(id=key, metadata=dict(metadata))
    try:
        return runtime._inject_history_context(execute, sql, params, many, context)
    finally:
        del runtime._tracker.value


def words(metadata):
    """Through what a change came, in words; `metadata` is that of its context, None without one."""
    if not metadata:
        return _("directly in the database")
    through = metadata.get("through")
    if "import" in metadata:
        said = _("import %(number)s") % {"number": metadata["import"]}
    elif "job" in metadata:
        said = _("timed work: %(name)s") % {"name": metadata["job"]}
    elif "command" in metadata:
        said = _("command: %(name)s") % {"name": metadata["command"]}
    elif metadata.get("firm"):
        said = _("link of the firm, %(reference)s") % {"reference": metadata["firm"]}
    elif through == PAGE or metadata.get("url"):
        route = str(metadata.get("action") or "")
        act = route.rpartition(":")[2].replace("_", " ")
        said = _("page") if not act or route.endswith(PLAIN) else _("action: %(name)s") % {"name": act}
    else:
        said = _("the portal itself")
    return said
