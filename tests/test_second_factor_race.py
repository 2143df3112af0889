"""Codes that come at the same moment: one wins."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from stp_portal.kit.roles import LETTINGS_OFFICER
from stp_portal.sign_in import enrolment, factor, steps
from tests.factories import PASSWORD, UserFactory
from tests.signing_in import code_for, code_of, device_for, password_step

pytestmark = pytest.mark.django_db(transaction=True)
ENROL = "/admin/login/enrol/"


def at_once(*calls):
    """What each of `calls` gives when they start together, in their order."""
    found, gate = [None] * len(calls), threading.Barrier(len(calls))

    def run(place, call):
        try:
            gate.wait()
            found[place] = call()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_the_same_code_typed_at_once_one_counts():
    user = UserFactory(username="ayesha", role=LETTINGS_OFFICER)
    code = code_of(device_for(user))
    found = at_once(*[lambda: factor.check(user, code)] * 4)
    assert sorted(found, key=str) == [None, None, None, "totp"]
    recovery = factor.new_recovery_codes(user)[0]
    found = at_once(*[lambda: factor.check(user, recovery)] * 4)
    assert sorted(found, key=str) == [None, None, None, "recovery"]
    assert factor.recovery_left(user) == 9


def between(user):
    """A browser at the page of setting up, with what it would send."""
    browser = Client()
    password_step(browser, user.get_username(), PASSWORD)
    browser.get(ENROL)
    return browser, {"code": code_for(browser.session[steps.HALF]["secret"])}


def test_an_account_that_sets_up_twice_at_once_has_one_second_factor():
    device_for(UserFactory(username="boss", is_superuser=True))
    user = UserFactory(username="ayesha", role=LETTINGS_OFFICER)
    code = enrolment.make_code(user)
    pairs = [between(user) for _one in range(2)]
    answers = at_once(*[lambda pair=pair: pair[0].post(ENROL, pair[1] | {"enrolment": code}) for pair in pairs])
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert TOTPDevice.objects.filter(user=user).count() == 1


def test_of_two_first_administrators_at_once_one_needs_no_code(settings):
    settings.EMBEDDED = True
    pairs = [between(UserFactory(username=name, is_superuser=True)) for name in ("first", "second")]
    answers = at_once(*[lambda pair=pair: pair[0].post(ENROL, pair[1]) for pair in pairs])
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert TOTPDevice.objects.count() == 1
    # The other is now asked for a code.
    loser = next(pair[0] for pair, answer in zip(pairs, answers, strict=True) if answer.status_code == 302)
    assert "enrolment" in loser.get(ENROL).context["form"].fields
