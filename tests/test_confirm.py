"""Before what is dangerous a code is asked for: nothing typed is lost by it, and nothing is done without it."""

import io
import re
import time

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import ResolverMatch, reverse

from parks.models import City, ParkAssignment, SignInEvent, StaffSession
from stp_portal.sign_in import again, factor
from stp_portal.sign_in.steps import CONFIRMED_AT
from tests.factories import CityFactory, ParkFactory, UserFactory
from tests.signing_in import code_of, device_for
from tests.staff_pages import form_data
from tests.test_roles import routes

pytestmark = pytest.mark.django_db
OLD = again.FRESH_SECONDS + 60


def let_pass(client, seconds=OLD):
    """The last confirmation was so long ago."""
    session = client.session
    session[CONFIRMED_AT] = int(time.time()) - seconds
    session.save()


def sealed_in(page):
    """What the page carries on."""
    return re.search(r'name="_again-kept"\s+value="([^"]+)"', page.content.decode())[1]


def answered(client, address, page, code):
    """The answer to the page that asks, with that code."""
    return client.post(address, {again.KEPT: sealed_in(page), again.CODE: code})


@pytest.fixture
def boss():
    return UserFactory(is_superuser=True)


@pytest.fixture
def late(client, boss):
    """A browser whose last code is more than 15 minutes old."""
    client.force_login(boss)
    let_pass(client)
    return client


@pytest.fixture
def city():
    return CityFactory()


def deletion(city):
    return reverse("admin:parks_city_delete", args=[city.pk])


def test_a_code_given_lately_is_not_asked_for_again(client, boss, city):
    client.force_login(boss)
    let_pass(client, again.FRESH_SECONDS - 60)
    assert client.post(deletion(city), {"post": "yes", "_why": "twice"}).status_code == 302
    assert not City.objects.exists()


def test_after_a_quarter_of_an_hour_nothing_is_deleted_without_a_code(late, city):
    answer = late.post(deletion(city), {"post": "yes", "_why": "twice"})
    assert answer.status_code == 200 and "Confirm that it is you" in answer.content.decode()
    assert City.objects.exists()
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("moved", [None, "soon", "ahead"])
def test_a_confirmation_without_a_sensible_time_counts_for_nothing(late, city, moved):
    session = late.session
    session[CONFIRMED_AT] = int(time.time()) + 3600 if moved == "ahead" else moved
    session.save()
    late.post(deletion(city), {"post": "yes", "_why": "twice"})
    assert City.objects.exists()


def test_the_right_code_goes_on_as_if_nothing_had_been(late, boss, city):
    page = late.post(deletion(city), {"post": "yes", "_why": "twice"})
    answer = answered(late, deletion(city), page, code_of(device_for(boss)))
    assert answer.status_code == 302
    assert not City.objects.exists()
    event = SignInEvent.objects.get()
    assert (event.kind, event.user, event.note) == ("confirmed", boss, deletion(city))


def test_a_recovery_code_confirms_once(late, boss, city):
    code = factor.new_recovery_codes(boss)[0]
    other = CityFactory()
    page = late.post(deletion(city), {"post": "yes", "_why": "twice"})
    assert answered(late, deletion(city), page, code).status_code == 302
    let_pass(late)
    page = late.post(deletion(other), {"post": "yes", "_why": "twice"})
    assert answered(late, deletion(other), page, code).status_code == 200
    assert list(City.objects.all()) == [other]


@pytest.mark.parametrize("code", ["", "000000", "abcd-efgh-jkmn", "1" * 200])
def test_a_wrong_code_does_nothing_and_keeps_what_was_typed(late, city, code):
    page = late.post(deletion(city), {"post": "yes", "_why": "twice"})
    answer = answered(late, deletion(city), page, code)
    assert answer.status_code == 200 and "Error:" in answer.content.decode()
    assert City.objects.exists()
    # What was typed is still carried on.
    assert sealed_in(answer)


def test_wrong_codes_are_recorded_and_slow_the_next_down(late, boss, city):
    page = late.post(deletion(city), {"post": "yes", "_why": "twice"})
    for _try in range(3):
        answered(late, deletion(city), page, "000000")
    assert [event.kind for event in SignInEvent.objects.all()] == ["wrong_code"] * 3
    answered(late, deletion(city), page, code_of(device_for(boss)))
    assert City.objects.exists()


def test_looking_at_a_page_never_asks_and_never_does(late, city):
    address = deletion(city)
    assert "Confirm that it is you" not in late.get(address).content.decode()
    page = late.post(address, {"post": "yes", "_why": "twice"})
    late.get(address, {again.KEPT: sealed_in(page), again.CODE: "1", "post": "yes"})
    assert City.objects.exists()


def test_everything_typed_arrives_names_repeated_texts_and_line_ends_alike(boss, client):
    client.force_login(boss)
    typed = [("groups", ["2", "1", "2"]), ("note", ["  two\r\nlines <b>&amp;\n"]), ("empty", [""]), ("نام", ["پارک"])]
    seen = passed(client, dict(typed), boss)
    assert [(name, values) for name, values in seen.lists()] == typed
    with pytest.raises(AttributeError):
        seen["more"] = "1"


def test_a_form_of_as_many_fields_as_the_server_takes_is_carried_whole(boss, client):
    client.force_login(boss)
    typed = {f"field-{number}": [str(number)] for number in range(2_000)}
    assert dict(passed(client, typed, boss).lists()) == typed


def passed(client, typed, user):
    """What a dangerous view sees of `typed` once the page was answered."""
    let_pass(client)
    seen = []
    user.is_verified = lambda: True

    def view(request):
        seen.append(request.POST)
        return HttpResponse()

    def post(data):
        request = RequestFactory().post("/admin/x/?a=1", data)
        request.user, request.session, request._staff_session = user, client.session, StaffSession.objects.get()
        request.resolver_match = ResolverMatch(view, (), {}, "parks_city_delete")
        return again.guarded(view)(request)

    page = post(typed)
    assert seen == []
    post({again.KEPT: sealed_in(page), again.CODE: code_of(device_for(user))})
    return seen[0]


def test_what_one_account_typed_is_not_done_by_another(late, city, client):
    page = late.post(deletion(city), {"post": "yes", "_why": "twice"})
    other = UserFactory(is_superuser=True)
    for fresh in (True, False):
        late.force_login(other)
        if not fresh:
            let_pass(late)
        assert answered(late, deletion(city), page, code_of(device_for(other))).status_code == 403
    assert City.objects.exists()


def test_another_persons_code_confirms_nothing(late, city):
    other = device_for(UserFactory(is_superuser=True), drift=0)
    other.key = "ff" * 20
    other.save()
    page = late.post(deletion(city), {"post": "yes", "_why": "twice"})
    assert answered(late, deletion(city), page, code_of(other)).status_code == 200
    assert City.objects.exists()


def test_what_was_typed_at_one_address_is_not_done_at_another(late, boss, city):
    other = CityFactory()
    page = late.post(deletion(city), {"post": "yes", "_why": "twice"})
    answer = answered(late, deletion(other), page, code_of(device_for(boss)))
    assert answer.status_code == 403
    assert City.objects.count() == 2


@pytest.mark.parametrize("kept", ["", "x", "a:b:c", "é\x00"])
def test_a_changed_seal_is_refused(late, boss, city, kept):
    answer = late.post(deletion(city), {again.KEPT: kept, again.CODE: code_of(device_for(boss)), "post": "yes"})
    assert answer.status_code == 403
    assert City.objects.exists()


def test_a_code_beside_the_form_confirms_nothing_by_itself(late, boss, city):
    late.post(deletion(city), {"post": "yes", "_why": "twice", again.CODE: code_of(device_for(boss))})
    assert City.objects.exists()


def test_one_browser_that_confirmed_opens_nothing_for_another(late, boss, city):
    second = Client()
    second.force_login(boss)
    let_pass(second)
    page = late.post(deletion(city), {"post": "yes", "_why": "twice"})
    assert answered(late, deletion(city), page, code_of(device_for(boss))).status_code == 302
    other = CityFactory()
    second.post(deletion(other), {"post": "yes", "_why": "twice"})
    assert City.objects.filter(pk=other.pk).exists()


def test_who_is_not_signed_in_is_sent_to_the_sign_in(client, city):
    answer = client.post(deletion(city), {"post": "yes"})
    assert answer.status_code == 302 and answer["Location"].startswith("/admin/login/")


def test_a_session_that_was_ended_is_not_asked_but_signed_out(late, city):
    StaffSession.objects.update(ended_at=StaffSession.objects.get().seen_at)
    assert late.post(deletion(city), {"post": "yes"}).status_code == 302
    assert City.objects.exists()


def test_a_role_is_given_only_after_a_code(late, boss):
    user = UserFactory(role="Auditor")
    address = reverse("admin:auth_user_change", args=[user.pk])
    data = form_data(late.get(address)) | {"is_superuser": "on"}
    page = late.post(address, data)
    assert not User.objects.get(pk=user.pk).is_superuser
    # The reason is asked for by the page itself, after the code.
    assert "Confirm that it is you" in page.content.decode()
    after = answered(late, address, page, code_of(device_for(boss)))
    assert "Confirm that it is you" not in after.content.decode()


def test_a_park_is_given_to_somebody_only_after_a_code(late, boss):
    user, park = UserFactory(role="Park manager"), ParkFactory()
    address = reverse("admin:parks_parkassignment_add")
    data = {"user": user.pk, "park": park.pk, "first_day": "2026-01-01", "_why": "A new colleague"}
    page = late.post(address, data)
    assert not ParkAssignment.objects.exists()
    answered(late, address, page, code_of(device_for(boss)))
    assert ParkAssignment.objects.get().user == user


def test_a_file_sent_along_is_no_way_around(late, city):
    late.post(deletion(city), {"post": "yes", "_why": "twice", "scan": io.BytesIO(b"x")})
    assert City.objects.exists()


def test_every_deletion_and_every_name_in_the_table_is_a_route():
    names = {route.removeprefix("admin:") for route in routes()}
    assert names >= again.DANGEROUS
    assert all(again.is_dangerous(name) for name in names if name.endswith("_delete"))


def test_what_changes_who_may_come_in_is_in_the_table():
    names = {route.removeprefix("admin:") for route in routes()}
    harmless = {"auth_user_changelist", "auth_user_history"}
    accounts = {name for name in names if name.startswith("auth_user_")} - harmless
    assert {name for name in accounts if not again.is_dangerous(name)} == set()
