"""What is told of one invented application, before it becomes rows."""

import datetime as dt
from dataclasses import dataclass, field


@dataclass
class Case:
    """One application until it is written. `sent_on` and `queued_on` are days; `back_on` is when an offer ended."""

    throw: object
    name: str
    host: str
    fate: str
    sent_on: dt.date
    area: int | None
    seats: int | None
    band: str
    months: int
    team: int
    women: int | None
    budget: int | None
    note: str
    question: str | None
    move_in: dt.date | None = None
    queued_on: dt.date | None = None
    back_on: dt.date | None = None
    activity: str = "software"
    pseb: tuple = ("", None)
    choices: list = field(default_factory=list)
    company: object = None
    lease: object = None
    pk: int | None = None
