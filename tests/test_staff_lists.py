"""The rows of staff lists, each cell with the name of its column, and boxes that answer only what forms ask."""

import pytest
from django.urls import reverse

from parks.templatetags.staff_lists import labelled
from tests.factories import ParkFactory, UserFactory

ICON = '<td class="field-listed"><img src="/static/admin/img/icon-{}.svg" alt="{}"></td>'


def test_a_cell_bears_the_name_of_its_column_and_loses_nothing_else():
    cells = ['<th class="field-name"><a href="1/">A &lt;b&gt;</a></th>', '<td class="field-area nowrap">1,200</td>']

    assert labelled(cells, [{"text": "name"}, {"text": "area"}]) == (
        '<th class="field-name" data-label="Name"><a href="1/">A &lt;b&gt;</a></th>'
        '<td class="field-area nowrap" data-label="Area">1,200</td>'
    )


def test_the_name_of_a_column_cannot_leave_its_attribute():
    assert 'data-label="Asked &quot;by&quot;"' in labelled(["<td>1</td>"], [{"text": 'asked "by"'}])


@pytest.mark.parametrize(("inside", "is_empty"), [("–", True), ("-", True), ("", True), ("0", False), ("No", False)])
def test_only_a_cell_that_says_nothing_is_empty(inside, is_empty):
    assert ("data-empty" in labelled([f"<td>{inside}</td>"], [{"text": "x"}])) == is_empty


@pytest.mark.parametrize(
    ("icon", "alt", "word"), [("yes", "True", "Yes"), ("no", "False", "No"), ("unknown", "None", "Unknown")]
)
def test_yes_and_no_are_words_and_never_only_a_colour(icon, alt, word):
    shown = labelled([ICON.format(icon, alt)], [{"text": "listed"}])

    assert shown == f'<td class="field-listed" data-label="Listed">{word}</td>'


def test_the_box_that_ticks_a_row_is_left_as_it_is():
    cell = '<td class="action-checkbox"><input type="checkbox"></td>'

    assert labelled([cell], [{"text": "<input>"}]) == cell


@pytest.mark.django_db
def test_a_list_shows_its_rows_so(client):
    client.force_login(UserFactory(role="Administrator"))
    ParkFactory(name="Ravi & Sons")

    page = client.get(reverse("admin:parks_park_changelist")).content.decode()

    assert 'data-label="City"' in page and "Ravi &amp; Sons" in page
    assert "icon-yes" not in page and "icon-no" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["suites", "stage_events"])
def test_no_box_asks_by_a_relation_from_the_other_side(client, field):
    client.force_login(UserFactory(role="Administrator"))
    asked = {"app_label": "parks", "model_name": "park", "field_name": field, "term": ""}

    assert client.get(reverse("admin:autocomplete"), asked).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["change", "delete"])
def test_a_window_that_names_no_field_gets_the_page(client, page):
    client.force_login(UserFactory(role="Administrator"))
    address = reverse(f"admin:parks_city_{page}", args=[ParkFactory().city_id])

    assert client.get(f"{address}?_to_field=&_popup=1").status_code == 200
