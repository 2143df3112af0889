"""Requests that no page of the staff site would make: never an error of the portal, and not one row changed."""

from itertools import cycle, islice

import pytest
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import TO_FIELD_VAR
from django.urls import reverse

from tests.db_hash import changed_tables, db_hash
from tests.factories import UserFactory, full_park
from tests.staff_pages import form_data
from tests.test_roles import rows  # noqa: F401 - a fixture: a row of every model that has pages

pytestmark = pytest.mark.django_db

LONG = "9" * 400
KEYS = ["x", "-1", LONG, "\x00", "1e3", "٣", "' OR 1=1 --", ""]
FIELDS = ["password", "__class__", "nope__x", "\x00", "objects", "pk"]
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label_lower)
PLACES = {model: place for place, model in enumerate(MODELS)}
NOTHING = {"broken": [], "changed": []}


class Tries:
    """Forged requests of one browser: which of them broke the portal, and which tables differ since the first."""

    def __init__(self, client, leave_out=()):
        self.client, self.leave_out, self.broken, self.count = client, leave_out, [], 0
        self.before = db_hash(leave_out)

    def send(self, method, address, data=None):
        answer = getattr(self.client, method)(address, data)
        self.count += 1
        if answer.status_code >= 500:
            self.broken.append((method, address, str(data)[:200], answer.status_code))
        return answer

    def found(self):
        # A test that sends nothing proves nothing.
        assert self.count
        return {"broken": self.broken, "changed": changed_tables(self.before, self.leave_out)}


def some(values, model, count):
    """`count` of `values`, others for each model: all of them meet the code that the models share."""
    start = PLACES[model] * count % len(values)
    return list(islice(cycle(values), start, start + min(count, len(values))))


def page(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def actions_of(model):
    """The names of the actions of a list, before rights are asked."""
    own = admin.site._registry[model].actions or ()
    return {getattr(action, "__name__", action) for action in own} | set(dict(admin.site.actions))


def filters_of(model):
    """The names of the parameters that the list's filters read."""
    for item in admin.site._registry[model].list_filter:
        if isinstance(item, type) and issubclass(item, SimpleListFilter):
            yield item.parameter_name
            continue
        path = item[0] if isinstance(item, tuple | list) else item
        yield from (f"{path}{end}" for end in ("", "__exact", "__isnull", "__id__exact", "__in", "__regex"))


@pytest.fixture
def tries(client, rows):  # noqa: F811 - the fixture of that name
    """Tries of an administrator, beside a row of every model."""
    client.force_login(UserFactory(role="Administrator", username="administrator"))
    client.raise_request_exception = False
    # Django notes a save that changes nothing; no page of the portal shows those notes.
    made = Tries(client, leave_out=["django_admin_log"])
    made.key_of = lambda model: rows[f"{model._meta.app_label}_{model._meta.model_name}"]
    return made


def test_no_parameter_of_a_list_breaks_it(tries):
    for model in MODELS:
        asked = [("o", value) for value in some([*KEYS, "-99.1", "1.1.-1", ".."], model, 3)]
        asked += [("p", value) for value in some([*KEYS, "0"], model, 2)]
        asked += [(name, "\x00") for name in some(["q", "e", "all", "_popup", "_facets", "format"], model, 2)]
        asked += [(TO_FIELD_VAR, name) for name in some(FIELDS, model, 2)]
        asked += some([("password__startswith", "a"), ("__class__", "a"), ("id__in", "x"), ("pk", LONG)], model, 1)
        asked += zip(filters_of(model), cycle(some(KEYS, model, len(KEYS))), strict=False)
        for name, value in asked:
            tries.send("get", page(model, "changelist"), {name: value})
        for name in filters_of(model):
            tries.send("get", page(model, "changelist"), {name: ["x", "1", "\x00"]})

    assert tries.found() == NOTHING


def test_no_forged_action_does_anything(tries):
    every_action = {name for model in MODELS for name in actions_of(model)}
    for model in MODELS:
        real = str(tries.key_of(model))
        strange = [*sorted(every_action - actions_of(model)), "delete_selected", "__class__", "\x00", ""]
        for name in strange:
            tries.send("post", page(model, "changelist"), {"action": name, "_selected_action": real})
        forms = [{"action": name, "_selected_action": real, "select_across": "1"} for name in some(strange, model, 3)]
        forms += [
            {"action": "nope", "_selected_action": real, "index": value, "select_across": value}
            for value in some(KEYS, model, 2)
        ]
        # What an action does it does to rows: these are none.
        forms += [
            {"action": name, "_selected_action": bad} for name in actions_of(model) for bad in some(KEYS, model, 2)
        ]
        for form in forms:
            tries.send("post", page(model, "changelist"), form)

    assert tries.found() == NOTHING


def test_a_list_that_cannot_be_edited_takes_no_edit(tries):
    for model in MODELS:
        field = model._meta.concrete_fields[-1].name
        row = {"form-0-id": tries.key_of(model), f"form-0-{field}": "1", "_save": "Save"}
        for total in ("1", *some(KEYS, model, 2)):
            form = {"form-TOTAL_FORMS": total, "form-INITIAL_FORMS": total, **row}
            tries.send("post", page(model, "changelist"), form)

    assert tries.found() == NOTHING


def test_no_key_of_an_object_breaks_its_pages(tries):
    bad = ["x", "_", "_5F", "_00", "_ZZ", "-1", LONG, "1/1", "%00", "٣", ".", "add"]
    for model in MODELS:
        for key in some(bad, model, 5):
            for name in ("change", "history", "delete"):
                tries.send("get", f"{page(model, 'changelist')}{key}/{name}/")
            tries.send("post", f"{page(model, 'changelist')}{key}/delete/", {"post": "yes"})

    assert tries.found() == NOTHING


def test_no_parameter_of_a_form_breaks_it(tries):
    for model in MODELS:
        key = tries.key_of(model)
        asked = [{TO_FIELD_VAR: name, "_popup": "1"} for name in some(FIELDS, model, 2)]
        asked += some([{"_changelist_filters": "p=x&\x00"}, {"p": LONG}, {"_popup": "\x00"}], model, 1)
        for name in ("change", "history", "delete"):
            for query in asked:
                tries.send("get", page(model, name, key), query)
        # What a new object's form begins with may stand in its address.
        fields = [field.name for field in model._meta.concrete_fields]
        for value in ("\x00x", LONG, "-1"):
            tries.send("get", page(model, "add"), dict.fromkeys(fields, value))

    assert tries.found() == NOTHING


def test_no_forged_field_of_a_window_that_answers_another_is_believed(tries):
    for model in MODELS:
        key = tries.key_of(model)
        for name in some(FIELDS[:-1], model, 2):
            form = {TO_FIELD_VAR: name, "_popup": "1", "post": "yes", "_saveasnew": "1", "_source_model": "\x00"}
            for address in (page(model, "add"), page(model, "change", key), page(model, "delete", key)):
                tries.send("post", address, form)
                tries.send("post", f"{address}?{TO_FIELD_VAR}={name.strip(chr(0))}&_popup=1", {"_popup": "1"})

    assert tries.found() == NOTHING


def test_no_forged_row_below_an_object_is_saved(tries):
    inlines = 0
    for model in MODELS:
        address = page(model, "change", tries.key_of(model))
        shown = tries.send("get", address)
        data = form_data(shown) if shown.status_code == 200 else {}
        tries.send("post", address, {})
        for value in some(KEYS, model, 2) if data else ():
            tries.send("post", address, data | {"_version": value})
        for head in (name.removesuffix("-TOTAL_FORMS") for name in data if name.endswith("-TOTAL_FORMS")):
            inlines += 1
            for forged in some(list(forged_rows(head, model)), model, 2):
                tries.send("post", address, data | forged)

    assert inlines > 5
    assert tries.found() == NOTHING


def forged_rows(head, model):
    """Fields of the rows `head` that no page of `model` sends, each to be refused whatever else is right."""
    for value in ("x", "-1", "99999999", LONG, "\x00"):
        yield {f"{head}-TOTAL_FORMS": value, "_version": "1"}
        yield {f"{head}-INITIAL_FORMS": value, "_version": "1"}
        yield {f"{head}-TOTAL_FORMS": "1", f"{head}-INITIAL_FORMS": "1", f"{head}-0-id": value}
    for value in ("1", LONG, "\x00"):
        parent = {f"{head}-0-{field.name}": value for field in model._meta.concrete_fields}
        yield {f"{head}-TOTAL_FORMS": "1", f"{head}-INITIAL_FORMS": "1", f"{head}-0-id": "99999999", **parent}


def test_a_row_of_another_park_is_neither_moved_nor_deleted_below_this_one(tries):
    mine, other = full_park(), full_park()
    address = reverse("admin:parks_park_change", args=[mine.pk])
    tries.before = db_hash(tries.leave_out)
    data = form_data(tries.send("get", address))
    heads = [name.removesuffix("-TOTAL_FORMS") for name in data if name.endswith("-TOTAL_FORMS")]
    of_other = {related.get_accessor_name(): related for related in other._meta.related_objects}
    for head in heads:
        for row in getattr(other, head).all()[:1] if head in of_other else ():
            for end in ({}, {f"{head}-0-DELETE": "on"}):
                tries.send("post", address, data | {f"{head}-0-id": str(row.pk), **end})
    assert tries.count > 5

    assert tries.found() == NOTHING


def test_the_boxes_answer_no_forged_question(tries):
    address = reverse("admin:autocomplete")
    good = {"app_label": "parks", "model_name": "park", "field_name": "city", "term": ""}
    assert tries.send("get", address, good).status_code == 200
    refused = {
        "app_label": ["nope", "\x00", "auth", ""],
        "model_name": ["nope", "\x00", "user", ""],
        "field_name": ["pk", "id", "words", "suites", "__class__", "\x00", "city__region", ""],
    }
    answers = [
        tries.send("get", address, good | {name: value}).status_code
        for name, values in refused.items()
        for value in values
    ]
    answers += [
        tries.send("get", address, {k: v for k, v in good.items() if k != name}).status_code for name in refused
    ]
    for name, values in {"term": ["\x00", "%_\\'", "9" * 5000], "page": KEYS}.items():
        for value in values:
            tries.send("get", address, good | {name: value})

    assert set(answers) == {403}
    assert tries.found() == NOTHING


def test_a_park_manager_reaches_no_row_by_selecting_across(client):
    mine, other = full_park(), full_park()
    client.force_login(UserFactory(role="Park manager", parks=[mine]))
    client.raise_request_exception = False
    tries = Tries(client)
    for model in MODELS:
        for action in sorted(actions_of(model) - {"export_csv", "export_xlsx"} | {"delete_selected"}):
            form = {"action": action, "_selected_action": str(other.pk), "select_across": "1", "post": "yes"}
            tries.send("post", page(model, "changelist"), form)

    assert tries.found() == NOTHING


def test_the_fingerprint_sees_a_row_that_differs():
    before = db_hash()
    assert changed_tables(before) == []

    park = full_park()

    assert {"parks_park", "parks_suite"} <= set(changed_tables(before))
    before = db_hash()
    park.suites.update(seats=77)
    assert "parks_suite" in changed_tables(before)
