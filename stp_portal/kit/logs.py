"""One log line for each event, as JSON: nothing that a visitor sends can begin a line or colour a terminal."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

request_id = ContextVar("request_id", default="")

# What JSON lets through and a terminal or a log reader might not: C1 controls, separators, bidi overrides.
UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
# What stands in an address as the key to somebody's page: whoever reads the log must not be able to use it.
SECRET = re.compile(r"(?<=/)[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


class OneLine(logging.Formatter):
    """time (UTC), level, logger, request id, message; the facts that were logged with it (`extra={"facts": …}`);
    and the traceback of an exception, escaped. Secrets in addresses are left out."""

    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request": request_id.get(),
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        text = json.dumps(line, ensure_ascii=False)
        return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", SECRET.sub("…", text))
