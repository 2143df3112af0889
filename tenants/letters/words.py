"""The words of each letter as they come with the portal, and what may stand between braces in them."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.models.letter import LetterKind

NAME = re.compile(r"\{([^{}]*)\}")
PARAGRAPHS = re.compile(r"\n\s*\n")

# What stands for a text within a sentence.
INLINE = {
    "company": gettext_lazy("name of the firm"),
    "reference": gettext_lazy("reference of the application; of a lease without one, the number of the lease"),
    "day": gettext_lazy("date of the letter"),
    "received": gettext_lazy("day on which the application was received"),
    "needs": gettext_lazy("what the firm asked for: area or desks, months, move-in"),
    "reason": gettext_lazy("reason of the decision, as the firm reads it"),
    "minute": gettext_lazy("number of the minute and day of the decision"),
    "lease": gettext_lazy("number of the lease"),
    "renewed": gettext_lazy("number of the lease that is renewed"),
    "park": gettext_lazy("park and city"),
    "commencement": gettext_lazy("first day of the lease"),
    "expiry": gettext_lazy("last day of the lease, early ends counted"),
    "deadline": gettext_lazy("last day on which the offer can be accepted"),
}
# What stands for a table or a list, in a paragraph of its own.
BLOCKS = {
    "choices": gettext_lazy("the parks and suites chosen, in their order"),
    "suites": gettext_lazy("table of the suites with area, dates and rent"),
    "days": gettext_lazy("table of the suites with their first and last day, without rents"),
    "terms": gettext_lazy("table of the terms: rent in all, escalation, deposit, due day, notice, lock-in, use"),
}
ALWAYS = ("company", "reference", "day")
OF_APPLICATION = (*ALWAYS, "received", "needs", "choices")
OF_LEASE = (*ALWAYS, "lease", "park", "commencement", "expiry", "suites", "days", "terms")
ALLOWED = {
    LetterKind.ACKNOWLEDGEMENT: OF_APPLICATION,
    LetterKind.REGRET: (*OF_APPLICATION, "reason", "minute"),
    LetterKind.OFFER: (*OF_LEASE, "deadline"),
    LetterKind.ALLOTMENT: OF_LEASE,
    LetterKind.RENEWAL: (*OF_LEASE, "renewed"),
    LetterKind.TERMINATION: OF_LEASE,
}

# Subject and text. Version 1 of each template is made of these; a later version is made in the admin.
DEFAULTS = {
    LetterKind.ACKNOWLEDGEMENT: (
        "Your application {reference} for space in a software technology park",
        """We have received the application of {company} for space in a software technology park. Its reference is \
{reference}. It was received on {received}.

You asked for {needs}. You chose:

{choices}

What happens next: we check the application and the papers that came with it. If something is missing we ask for it. \
When the application is complete it takes its place in the queue of each park chosen, by the date on which it was \
complete. The queue is public, and no firm is named in it.

You can see where the application stands, send papers and write to us on the page of your application. Its address \
was sent to you by e-mail.

This letter confirms receipt only. It is not an offer of space.""",
    ),
    LetterKind.OFFER: (
        "Offer of space in {park}",
        """We offer {company} the space set out below in {park}, on the terms stated in this letter.

{suites}

{terms}

The offer is open until the end of {deadline}, Pakistan time. You can accept or decline it on the page of your \
application, the address of which was sent to you by e-mail. If it is not accepted by then it lapses, the space is \
offered to others, and the application keeps its place in the queue.

Once the offer is accepted, the deposit is paid and the lease deed is signed. The lease begins on {commencement}. \
This letter is not a lease and gives no right of occupation.""",
    ),
    LetterKind.ALLOTMENT: (
        "Allotment of space in {park}",
        """The space set out below in {park} is allotted to {company} under lease {lease}, from {commencement} to \
{expiry}.

{suites}

{terms}

The lease deed governs. The space is to be used for the business of {company} as an IT or IT-enabled services firm, \
and may not be sublet or passed on.

Anyone may check this letter with the code at its end.""",
    ),
    LetterKind.REGRET: (
        "Decision on your application {reference}",
        """We have considered the application of {company} for space in a software technology park, received on \
{received}. We regret that it has been declined.

Reason: {reason}

Decision: {minute}.

You may apply again at any time once the reason no longer holds. If you think that the decision rests on a mistake, \
answer this letter and quote the reference {reference}.""",
    ),
    LetterKind.RENEWAL: (
        "Renewal of lease {renewed} in {park}",
        """Lease {renewed} of {company} in {park} is to be renewed as lease {lease}, from {commencement} to {expiry}, \
on the terms stated in this letter.

{suites}

{terms}

The terms of lease {renewed} hold until its last day. The renewal takes effect when the new deed is signed.""",
    ),
    LetterKind.TERMINATION: (
        "Termination of lease {lease} in {park}",
        """Lease {lease} of {company} in {park} is terminated. Its last day is {expiry}.

{days}

Please hand the space over empty and clean by the end of that day, together with all keys and access cards. Rent and \
service charge are due up to and including the last day. After the handover the deposit is returned, less what is \
due under the deed.""",
    ),
}


def mistakes(kind, subject, body):
    """What is wrong with the words of a template, as a dict of field to sentences; empty when nothing is."""
    allowed, found = ALLOWED[kind], {}

    def wrong(field, sentence):
        found.setdefault(field, []).append(sentence)

    for field, text in (("subject", subject), ("body", body)):
        for name in dict.fromkeys(NAME.findall(text)):
            if name not in allowed:
                wrong(field, _("“{%(name)s}” is not known in this letter: take one from the list.") % {"name": name})
        if "{" in (rest := NAME.sub("", text)) or "}" in rest:
            wrong(field, _("A brace stands alone. Braces are for the names of the list only, as in {company}."))
    for name in BLOCKS:
        mark = f"{{{name}}}"
        if mark in subject:
            wrong("subject", _("“%(mark)s” is a table or list, and cannot stand in the subject.") % {"mark": mark})
        if any(mark in text and text.strip() != mark for text in PARAGRAPHS.split(body)):
            wrong("body", _("“%(mark)s” must be a paragraph of its own, with empty lines around.") % {"mark": mark})
    return found


def filled(text, values):
    """`text` with each {name} replaced by its value, once: what a value says is never read as a name again."""
    return NAME.sub(lambda match: values[match[1]], text)
