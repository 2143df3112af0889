"""A firm that applied comes into the register of companies: found or made, and nothing overwritten unseen."""

import pytest

from tenants.actions.entering import candidates, differences, enter_company
from tenants.actions.errors import Refused
from tenants.models import Company
from tests.applications import ApplicationFactory
from tests.factories import CompanyFactory, UserFactory
from tests.test_deciding import TODAY, kinds

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return UserFactory(role="Lettings officer")


NUMBERS = {"secp_number": "0123456", "ntn": "1234567-8", "pseb_number": "Z-25-12345/26"}


def enter(application, officer, **facts):
    return enter_company(application=application, by=officer, today=TODAY, **facts)


def test_a_new_firm_comes_into_the_register_with_all_it_wrote(officer):
    application = ApplicationFactory(company_name="Ravi Soft", website="https://ravi.example", **NUMBERS)
    company = enter(application, officer)
    application.refresh_from_db()
    assert application.company == company
    assert (company.name, company.ntn, company.website, company.activity) == (
        "Ravi Soft",
        "1234567-8",
        "https://ravi.example",
        "software",
    )
    contact = company.contacts.get()
    assert (contact.name, contact.email, contact.phone) == (
        application.contact_name,
        application.email,
        application.phone,
    )
    assert "company" in kinds(application)
    assert enter(application, officer) == company
    assert Company.objects.count() == 1


def test_a_firm_with_a_known_number_is_that_company_and_nothing_there_is_overwritten(officer):
    there = CompanyFactory(name="Ravi Software (Private) Limited", ntn="1234567-8", website="https://old.example")
    application = ApplicationFactory(company_name="Ravi Soft", website="https://new.example", ntn="1234567-8")
    assert enter(application, officer) == there
    there.refresh_from_db()
    assert (there.name, there.website) == ("Ravi Software (Private) Limited", "https://old.example")
    assert there.contacts.get().email == application.email


def test_only_what_is_asked_for_is_taken_over(officer):
    there = CompanyFactory(ntn="1234567-8", website="https://old.example", secp_number="")
    application = ApplicationFactory(website="https://new.example", ntn="1234567-8", secp_number="0123456")
    columns = {column for column, _there, _written in differences(application, there)}
    assert {"website", "secp_number", "name"} <= columns
    enter(application, officer, company=there, take=["secp_number"])
    there.refresh_from_db()
    assert (there.secp_number, there.website) == ("0123456", "https://old.example")


def test_a_contact_that_the_register_knows_is_not_added_twice(officer):
    there = CompanyFactory(ntn="1234567-8")
    there.contacts.create(name="Contact of the firm", email="Office@Example.org")
    enter(ApplicationFactory(ntn="1234567-8", email="office@example.org"), officer)
    assert there.contacts.count() == 1


def test_two_companies_with_a_number_of_the_firm_are_for_people_to_tell(officer):
    one, other = CompanyFactory(ntn="1234567-8"), CompanyFactory(secp_number="0123456")
    application = ApplicationFactory(ntn="1234567-8", secp_number="0123456")
    with pytest.raises(Refused, match="More than one company"):
        enter(application, officer)
    assert {company.pk for company in candidates(application)} == {one.pk, other.pk}
    assert enter(application, officer, company=other) == other


def test_a_like_name_is_a_candidate_and_never_linked_unasked(officer):
    there = CompanyFactory(name="Ravi Software (Private) Limited")
    application = ApplicationFactory(company_name="Ravi Software Pvt Ltd")
    assert [company.pk for company in candidates(application)] == [there.pk]
    assert enter(application, officer) != there


def test_a_number_that_is_taken_refuses_a_new_company(officer):
    CompanyFactory(ntn="1234567-8")
    with pytest.raises(Refused):
        enter(ApplicationFactory(ntn="1234567-8"), officer, new=True)
    assert Company.objects.count() == 1


def test_demonstrations_are_not_mixed_with_real_firms(officer):
    there = CompanyFactory(demo=True)
    with pytest.raises(Refused, match="Demonstration"):
        enter(ApplicationFactory(), officer, company=there)


@pytest.mark.parametrize("state", ["lapsed", "declined", "withdrawn", "allotted"])
def test_a_firm_whose_application_has_ended_is_not_entered(officer, state):
    with pytest.raises(Refused, match="open"):
        enter(ApplicationFactory(state=state), officer)
    assert not Company.objects.exists()
