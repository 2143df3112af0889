"""What the parks are, how one gets space, what the words and numbers mean, and where the facts come from."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from parks.models import AreaReport, HeadlineClaim, HostAgreement, Incentive, Park, Source, StageEvent
from parks.models.stage import Stage

from .base import reading

# The day up to which the rules of PSEB's own parks were looked for and not found.
LOOKED_FOR_ON = dt.date(2026, 11, 22)
# So many publishers stand in the open; the rest behind one click.
FIRST_PUBLISHERS = 12


@dataclass(frozen=True)
class Publication:
    """A publication that this page itself leans on; shown as a `Source` is."""

    url: str
    label: str
    published_on: dt.date | None = None
    published_on_precision: str = "day"


OFFERS = Publication("https://jang.com.pk/news/1535830", "jang.com.pk")
HOW_PARKS_START = Publication(
    "https://propakistani.pk/2022/04/07/pseb-to-establish-10-software-technology-parks-this-year/",
    "propakistani.pk",
    dt.date(2022, 4, 7),
)
THREE_PARTIES = Publication(
    "https://propakistani.pk/2021/06/16/govt-to-set-up-software-technology-park-in-bannu",
    "propakistani.pk",
    dt.date(2021, 6, 16),
)
DECLARED = Publication("https://dailypakistan.com.pk/22-May-2021/1291937", "dailypakistan.com.pk", dt.date(2021, 5, 22))
CONVERTED = Publication(
    "https://pakistannewsgazette.com/education-ministry-unveils-co-working-spaces-for-young-entrepreneurs",
    "pakistannewsgazette.com",
)
NAMED_AMONG_PARKS = Publication(
    "https://www.urdupoint.com/en/pakistan/moitt-through-pseb-establish-43-stps-1923311.html",
    "urdupoint.com",
    dt.date(2025, 2, 13),
)
SOFT_LAUNCH = Publication(
    "https://www.urdupoint.com/en/pakistan/sco-sponsored-software-technology-park-inaugu-1891169.html",
    "urdupoint.com",
    dt.date(2024, 12, 11),
)
REGISTRATION = Publication("https://app.techdestination.com/how-to-register-callcenter", "techdestination.com")
REGISTRATION_FEES = Publication(
    "https://www.phoneworld.com.pk/pseb-faces-rs-39-67-million-revenue-loss-over-it-company-registration-lapses",
    "phoneworld.com.pk",
    dt.date(2024, 11, 30),
)
# In rank: stage, what it means here, the publication that documents such a step (None: this register's own word).
STAGES = (
    (
        Stage.IDENTIFIED,
        _("A public or private owner offers a building, or PSEB or a partner names a building or a city."),
        OFFERS,
    ),
    (
        Stage.MOU_SIGNED,
        _("PSEB, or the body that runs the programme, signs with the host; provincial boards at times sign too."),
        THREE_PARTIES,
    ),
    (
        Stage.DESIGNATED,
        _("The building or some of its floors are declared a software technology park."),
        DECLARED,
    ),
    (
        Stage.OPEN_HOUSE,
        _("Firms visit, comment, and agree on location and space; contracts come after."),
        HOW_PARKS_START,
    ),
    (Stage.FIT_OUT, _("Floors are built or converted into offices."), CONVERTED),
    (
        Stage.REPORTED_ESTABLISHED,
        _("An official list names it among the existing parks, but no opening with a date was found."),
        NAMED_AMONG_PARKS,
    ),
    (Stage.OPERATIONAL, _("An opening is reported; a soft launch may come first."), SOFT_LAUNCH),
    (Stage.SUSPENDED, _("It was open and does not take firms at present."), None),
    (Stage.CLOSED, _("It was open and was shut for good."), None),
    (Stage.ABANDONED, _("It was announced and given up."), None),
    (Stage.STATE_UNKNOWN, _("Sources are old or disagree, so its present state is not known."), None),
)


@reading
def about(request):
    """One page of words for firms, the press and the public."""
    publishers = cited_publishers()
    return render(
        request,
        "parks/about.html",
        {
            "on": timezone.localdate(),
            "stages": STAGES,
            "how_parks_start": HOW_PARKS_START,
            "registration": REGISTRATION,
            "registration_fees": REGISTRATION_FEES,
            "looked_for_on": LOOKED_FOR_ON,
            "incentives": Incentive.objects.filter(shown=True).select_related("source"),
            "coverage": Park.objects.listed().aggregate(
                parks=Count("pk"),
                with_area=Count("pk", filter=Q(pk__in=AreaReport.objects.filter(chosen=True).values("park"))),
            ),
            "first_publishers": publishers[:FIRST_PUBLISHERS],
            "other_publishers": publishers[FIRST_PUBLISHERS:],
            "sources": sum(count for _label, count in publishers),
        },
    )


def cited_publishers():
    """(publisher, number of publications) of what a public page cites, the most cited first. One query.

    A source of unlisted parks alone is not named.
    """
    listed = Park.objects.listed()
    cited = Q(pk__in=listed.values("source"))
    for model in (StageEvent, AreaReport, HostAgreement):
        cited |= Q(pk__in=model.objects.filter(park__in=listed.values("pk")).values("source"))
    cited |= Q(pk__in=HeadlineClaim.objects.values("source"))
    cited |= Q(pk__in=Incentive.objects.filter(shown=True).values("source"))
    sources = Source.objects.filter(cited).order_by().only("url", "publisher")
    counts = Counter(source.label for source in sources)
    return sorted(counts.items(), key=lambda line: (-line[1], line[0].lower()))
