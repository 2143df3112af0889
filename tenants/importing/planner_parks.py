"""Parks: found by code, web name or name. A new host is made, a new area or stage is added beside the older ones."""

from difflib import get_close_matches

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from parks.columns import PARKS, park_rows
from parks.models import AreaReport, City, HostInstitution, Park, StageEvent
from parks.models.area import AreaKind
from parks.models.park import SLUG_IS_FIXED
from parks.models.stage import Certainty, Stage
from stp_portal.kit.cells import fold
from stp_portal.kit.roles import sees_all_parks
from tenants.models.batch import ImportKind

from .comparing import Likeness, RowPlanner, Slugs, label_of, name_folded, reserve, say, updates
from .planning import Claim, Plan, Write

# What a park manager may see and not change, as on the park's page.
OFFICE_FIELDS = ("listed", "slug", "programme")
HOSTS, PARK, FACTS = 0, 1, 2


class ParkPlanner(RowPlanner):
    """Rows about parks. The city is one of the register; host, area and stage stand in tables of their own."""

    KIND = ImportKind.PARKS
    COLUMNS = PARKS
    FIELDS = {
        key: key
        for key in (
            *("name", "name_ur", "name_note", "slug", "district", "programme", "partnership_kind"),
            *("partnership_words", "women_only", "address", "latitude", "longitude", "coordinates_precision"),
            *("description", "power_hours", "generator", "internet_providers", "lift", "prayer_room"),
            *("womens_washroom", "parking_spaces", "listed"),
        )
    }

    def __init__(self, job):
        super().__init__(job)
        self.slugs, self.host_slugs = Slugs("park"), Slugs("host")
        self.is_office = sees_all_parks(job.user)
        self.cities = None
        self.new_hosts = {}
        self.like = None if job.commits else Likeness(HostInstitution)

    # --- what the database is asked

    def lock(self, rows):
        """The parks that the rows are about."""
        self._find(rows)
        self.will_lock(Park, {park.pk for row in rows if (park := self._match(row)[0]) is not None})

    def load(self, rows):
        """Parks by what the rows name, with their areas and events; cities, hosts and web names that are taken."""
        self.lock_now()
        self._find(rows)
        keys = list(self.parks)
        self.areas, self.events = {}, {}
        for report in AreaReport.objects.filter(park__in=keys).order_by():
            self.areas.setdefault(report.park_id, []).append(report)
        for event in StageEvent.objects.filter(park__in=keys, certainty=Certainty.ACTUAL).order_by():
            self.events.setdefault(event.park_id, []).append(event)
        if self.cities is None:
            self._learn_cities()
        names = {name_folded(row.values.get("host")) for row in rows} - {""}
        hosts = HostInstitution.objects.defer("words").alias(lower=Lower("name")).filter(lower__in=names)
        self.hosts = {name_folded(host.name): host for host in hosts.order_by()}
        new = [row.values["host"] for row in rows if row.values.get("host")]
        reserve(self.host_slugs, {self.host_slugs.base(name) for name in new}, HostInstitution)
        named = [row.values["name"] for row in rows if row.values.get("name")]
        reserve(self.slugs, {self.slugs.base(name) for name in named}, Park)
        # What a row asks for is its own.
        self.slugs.taken |= {row.values["slug"] for row in rows if row.values.get("slug")}
        if self.like:
            self.like.load()

    def _find(self, rows):
        asked = {key: {row.values[key] for row in rows if row.values.get(key)} for key in ("code", "slug")}
        names = {name_folded(row.values.get("name")) for row in rows} - {""}
        visible = park_rows(Park.objects.scope_for(self.job.user, self.job.today), self.job.today)
        visible = visible.defer("words", "city__words", "host__words").order_by()
        self.parks = {}
        for some in (
            visible.filter(code__in=asked["code"]),
            visible.filter(slug__in=asked["slug"]),
            visible.alias(lower=Lower("name")).filter(lower__in=names),
        ):
            for park in some:
                self.parks.setdefault(park.pk, park)
        self.by_code = {park.code: park for park in self.parks.values()}
        self.by_slug = {park.slug: park for park in self.parks.values()}
        self.by_name = {}
        for park in self.parks.values():
            self.by_name.setdefault(name_folded(park.name), []).append(park)
        self.slugs_of_others = set()
        # Who may not change web names is not told of those of parks that they do not see.
        if self.is_office:
            others = Park.objects.filter(slug__in=asked["slug"]).exclude(pk__in=list(self.parks))
            self.slugs_of_others = set(others.values_list("slug", flat=True))

    def _learn_cities(self):
        self.cities = {}
        for city in City.objects.defer("words"):
            for name in {fold(name) for name in (city.name, city.name_ur, *city.aliases.splitlines())} - {""}:
                self.cities.setdefault(name, []).append(city)
        # A name of its own goes before the alias of another.
        for found in list(self.cities.values()):
            for city in found:
                own = [each for each in self.cities.get(fold(city.name), []) if fold(each.name) == fold(city.name)]
                self.cities[fold(city.name)] = own or self.cities.get(fold(city.name), [])

    # --- what a row comes to

    def _match(self, row):
        """(park, problem): the park that a row is about, or None for a new one, or why it cannot be told."""
        code, slug = row.values.get("code"), row.values.get("slug")
        if code:
            park = self.by_code.get(code)
            if park is None:
                return None, ("code", self._not_there(), _("The code of a park of the register, or none."))
            return park, None
        if slug and slug in self.by_slug:
            return self.by_slug[slug], None
        named = self.by_name.get(name_folded(row.values.get("name")), [])
        here = {city.pk for city in (self.cities or {}).get(fold(row.values.get("city") or ""), ())}
        if len(named) > 1 and here:
            named = [park for park in named if park.city_id in here] or named
        if len(named) == 1 and here and named[0].city_id not in here:
            said = _("The park of this name is in %(city)s.") % {"city": named[0].city}
            way = _("Its code as well, to change its city; another park of this name is added on the page of parks.")
            return None, ("city", said, way)
        if len(named) > 1:
            said = _("%(n)s parks have this name.") % {"n": len(named)}
            return None, ("name", said, _("Give the code of the park as well."))
        return (named[0] if named else None), None

    def _not_there(self):
        if self.is_office:
            return _("There is no park with this code.")
        return _("None of your parks has this code.")

    def plan_row(self, row):
        """A row as a new park, as changes of one, or as nothing new."""
        park, problem = self._match(row)
        plan = Plan(row.number, label=str(row.values.get("name") or (park and park.name) or ""), new=park is None)
        if problem:
            plan.refuse(*problem)
            return plan
        if park is None and self.cannot_add(
            plan, "parks.add_park", _("None of your parks has this name, and you may not add parks.")
        ):
            return plan
        park = park or Park()
        plan.label = plan.label or park.name
        plan.claims.append(self._claim(plan, park, row))
        changed = self._own_fields(plan, row, park)
        changed += self._city(plan, row, park)
        host, host_changed = self._host(plan, row, park)
        changed += host_changed
        if host is not None:
            plan.writes.append(host)
        if plan.new:
            plan.writes.append(Write(park, None, PARK))
        else:
            plan.writes += updates(park, changed, PARK)
        self._area(plan, row, park)
        self._stage(plan, row, park)
        return plan

    def _claim(self, plan, park, row):
        if not plan.new:
            of, said = ("park", park.pk), _("Row %(row)s is about the same park.")
        else:
            # Two parks may have one name; in one city they are one.
            of = ("park", name_folded(row.values.get("name")), fold(row.values.get("city") or ""))
            said = _("Row %(row)s is about a park of this name in this city as well.")
        return Claim(of, "" if not plan.new else "name", said, _("One row for each park."))

    def _own_fields(self, plan, row, park):
        was_listed_on, park.first_listed_on = park.first_listed_on, None
        # The model would ask the database whether the web name is fixed; the row itself tells.
        changed = self.take(plan, park, row, exclude=("slug",) if plan.new and not row.values.get("slug") else ())
        park.first_listed_on = was_listed_on
        if plan.new and not park.slug and park.name:
            park.slug = self.slugs.free(park.name)
            self.tell_field(plan, "slug", "", park.slug)
        if was_listed_on and "slug" in changed:
            plan.refuse("slug", SLUG_IS_FIXED, _("The web name that the park has, or none."))
        if park.slug in self.slugs_of_others or (
            park.slug in self.by_slug and self.by_slug[park.slug].pk != park.pk and (plan.new or "slug" in changed)
        ):
            plan.refuse("slug", _("Another park has this web name."), _("Another one, or none for a new park."))
        if park.slug and (plan.new or "slug" in changed):
            plan.claims.append(Claim(("slug", park.slug), "slug", _("Row %(row)s gives the same.")))
        if not self.is_office:
            for name in changed:
                if name in OFFICE_FIELDS:
                    plan.refuse(name, _("Only the office changes this."), _("What the register has."))
        return changed

    def _city(self, plan, row, park):
        text = row.values.get("city")
        if not text:
            if row.has("city") and not plan.new:
                plan.refuse("city", _("This cannot be empty."), self.columns["city"].accepts())
            return []
        if park.city_id and fold(park.city.name) == fold(text):
            return []
        found = self.cities.get(fold(text), [])
        if len(found) != 1:
            if found:
                said = _("Several cities are called so: %(names)s.") % {
                    "names": ", ".join(f"{city} ({city.get_region_display()})" for city in found)
                }
            else:
                said = _("This city is not in the register.")
            near = get_close_matches(fold(text), self.cities, n=3, cutoff=0.75)
            names = sorted({str(city) for name in near for city in self.cities[name]})
            accepts = _("Perhaps %(names)s.") % {"names": ", ".join(names)} if names else _("Add the city first.")
            plan.refuse("city", said, accepts)
            return []
        city = found[0]
        if park.city_id == city.pk:
            return []
        plan.tell(label_of(self.columns["city"]), park.city if park.city_id else "", city)
        park.city = city
        return ["city_id"]

    def _host(self, plan, row, park):
        """(the write of a new host or None, changed fields)."""
        if not row.has("host"):
            return None, []
        text, column = row.values["host"], self.columns["host"]
        old = park.host if park.host_id else None
        if name_folded(text) == name_folded(old.name if old else ""):
            return None, []
        write, said = None, say(column, text)
        host = None
        if text:
            host = self.hosts.get(name_folded(text))
            if host is None:
                host, write = self._new_host(plan, text)
                said = _("%(host)s (a new host institution)") % {"host": text}
            else:
                said = str(host)
        plan.tell(label_of(column), old or "", said)
        park.host = host
        return write, ["host_id"]

    def _new_host(self, plan, name):
        if not self.job.may("parks.add_hostinstitution"):
            plan.refuse("host", _("This host institution is not in the register."), _("One that is there."))
        folded = name_folded(name)
        if folded not in self.new_hosts:
            self.new_hosts[folded] = (name, self.host_slugs.free(name))
        first, slug = self.new_hosts[folded]
        for other in self.like.to(name) if self.like else ():
            plan.warn(
                "host",
                _("Very like “%(name)s”, which is in the register.") % {"name": other},
                _("Look whether it is the same host: then give the name as the register has it."),
            )
        host = HostInstitution(name=first, slug=slug)
        return host, Write(host, None, HOSTS, once=("host", folded))

    # --- facts that are added

    def _area(self, plan, row, park):
        key = "covered_area_sqft"
        if not row.has(key):
            return
        column, value = self.columns[key], row.values[key]
        shown = None if plan.new else park.reported_area_sqft
        reports = self.areas.get(park.pk, []) if park.pk else []
        if value is None:
            if shown is not None:
                plan.refuse(key, _("An area report is not cleared by an import."), _("The area, or nothing."))
            return
        if shown is not None and column.same(shown, value):
            return
        if any(column.same(report.area_sqft, value) for report in reports if report.kind == AreaKind.COVERED):
            plan.warn(key, _("This figure is on file; the page shows %(area)s.") % {"area": say(column, shown) or "–"})
            return
        if not self.job.may("parks.add_areareport"):
            plan.refuse(key, _("You may not add area reports."), _("What the register has."))
            return
        said = say(column, value)
        if reports:
            said = _("%(area)s, kept beside the figure shown") % {"area": said}
        plan.tell(label_of(column), say(column, shown), said)
        report = AreaReport(park=park, kind=AreaKind.COVERED, area_sqft=value, chosen=not reports)
        plan.writes.append(Write(report, None, FACTS))

    def _stage(self, plan, row, park):
        stage, since = row.values.get("stage"), row.values.get("stage_on")
        facts = (None if plan.new else park.stage_facts) or {}
        column = self.columns["stage"]
        if not stage:
            if since and not facts:
                plan.refuse("stage_on", _("A date without a stage says nothing."), _("The stage as well."))
            elif row.has("stage") and facts:
                plan.refuse("stage", _("A stage is not cleared by an import."), column.accepts())
            elif since:
                self._refuse_other_day(plan, since, facts)
            return
        if stage == facts.get("stage"):
            self._refuse_other_day(plan, since, facts, self.events.get(park.pk, ()))
            return
        if since and since.on > self.job.today:
            plan.refuse("stage_on", _("This day is still to come: a stage is recorded once it holds."))
            return
        events = [event for event in self.events.get(park.pk, ()) if event.stage == stage] if park.pk else []
        if any((event.on, event.on_precision) == (since or (None, "")) for event in events):
            now = Stage(facts["stage"]).label if facts else _("no stage")
            plan.warn("stage", _("This is recorded already; what holds today is: %(stage)s.") % {"stage": now})
            return
        if not self.job.may("parks.add_stageevent"):
            plan.refuse("stage", _("You may not add stages."), _("What the register has."))
            return
        event = StageEvent(park=park, stage=stage, certainty=Certainty.ACTUAL)
        if since:
            event.on, event.on_precision = since
        else:
            event.known_by = self.job.today
        plan.tell(label_of(column), say(column, facts.get("stage")), say(column, stage))
        if since:
            plan.tell(label_of(self.columns["stage_on"]), self._since(facts), say(self.columns["stage_on"], since))
        plan.writes.append(Write(event, None, FACTS))

    def _refuse_other_day(self, plan, since, facts, events=()):
        """A stage that is there keeps its day: it is changed where the event stands."""
        if not since or str(since) == self._iso(facts):
            return
        if any(event.stage == facts["stage"] and (event.on, event.on_precision) == tuple(since) for event in events):
            return
        plan.refuse(
            "stage_on",
            _("The stage is recorded with another date: %(date)s.")
            % {"date": self._since(facts) or _("no date, only known by then")},
            _("That date, or nothing; it is corrected among the stages of the park."),
        )

    def _since(self, facts):
        column = self.columns["stage_on"]
        return say(column, column.unpack(self._iso(facts) or None))

    @staticmethod
    def _iso(facts):
        """The date of the present stage as a period is packed, "" without one."""
        length = {"day": 10, "month": 7, "year": 4}.get(facts.get("on_precision"), 0)
        return (facts.get("on") or "")[:length]
