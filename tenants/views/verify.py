"""Whether a letter of allotment is in force, for whoever holds its code. An unknown code is answered like any other."""

import math
import re
from dataclasses import dataclass

from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone

from parks.views.base import reading
from stp_portal.kit import throttle
from stp_portal.kit.text import ascii_digits
from tenants.letters.pdf import CODE_LENGTH, code_text
from tenants.letters.values import park_text
from tenants.models import Lease, VerifyCount
from tenants.models.lease_states import LeaseState

# So many questions an hour from one address; a bank that checks a pile of letters stays below.
MOST_AN_HOUR = 60
CODE = re.compile(rf"[A-Z2-9]{{{CODE_LENGTH}}}")
# Asked for in place of what can be no code, so that it takes the same work. No letter has it: it has zeros.
NO_CODE = "0" * CODE_LENGTH
MOST_TYPED = 60


@dataclass(frozen=True)
class Answer:
    """What is said of a letter. `company` is empty once the lease is over; `last_day` None is without a fixed one."""

    word: str
    company: str
    park: str
    first_day: object
    last_day: object
    demo: bool


def plain_code(typed):
    """The code in what was typed, spaces, dashes and case forgiven; NO_CODE where there is none."""
    text = re.sub(r"[\s\-\u2010-\u2015_.]", "", ascii_digits(typed[:MOST_TYPED])).upper()
    return text if CODE.fullmatch(text) else NO_CODE


def shown(typed):
    """What was typed as far as a code may hold it, to be shown again and corrected."""
    return re.sub(r"[^A-Za-z0-9 -]", "", ascii_digits(typed[:MOST_TYPED])).strip()


def answer_for(code, today):
    """The Answer of the letter with `code` on the day `today`, None when no letter has it. One query, always."""
    rows = Lease.objects.with_span().filter(letters__code=code, state=LeaseState.SIGNED, first_day__isnull=False)
    lease = rows.select_related("company", "park__city").first()
    if lease is None:
        return None
    over = lease.span_end < today
    word = "over" if over else "upcoming" if lease.first_day > today else "valid"
    company, park = ("", "") if over else (lease.company.name, park_text(lease.park))
    return Answer(word, company, park, lease.first_day, lease.last_day, lease.demo)


def private(response):
    """Nobody keeps a copy, no search engine lists it, and no other site learns the code."""
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


@reading
def verify(request):
    """The form for a code; what it sends leads to the page of the code."""
    typed = request.GET.get("code", "").strip()[:MOST_TYPED]
    if typed:
        code = plain_code(typed)
        code = (shown(typed) or "unknown") if code == NO_CODE else code
        return private(redirect("tenants:verify-code", code=code))
    return private(render(request, "tenants/verify.html", {"asked": "code" in request.GET}))


@reading
def verify_code(request, code):
    """What the portal says of one code: 200 when a letter has it, else 404, and 429 after too many in an hour."""
    moment, today = timezone.now(), timezone.localdate()
    with transaction.atomic():
        passed = throttle.take(VerifyCount, throttle.client_key(request, moment), moment, MOST_AN_HOUR)
    if not passed:
        again = throttle.hour_of(moment) + throttle.HOUR
        response = render(request, "tenants/verify.html", {"again": timezone.localtime(again)}, status=429)
        response["Retry-After"] = str(math.ceil((again - moment).total_seconds()))
        return private(response)
    plain = plain_code(code)
    answer = answer_for(plain, today)
    context = {"answer": answer, "unknown": answer is None, "on": today}
    context |= {"code": code_text(plain)} if answer else {"typed": shown(code)}
    return private(render(request, "tenants/verify.html", context, status=404 if answer is None else 200))
