"""The benchmark of imports writes what it says, and leaves the register as it was."""

import pytest

from tenants.models import Company, CompanyContact
from tests.bench import imports
from tests.factories import CompanyFactory
from tests.importing import table_hashes


@pytest.mark.django_db
def test_the_benchmark_of_imports_leaves_the_register_as_it_was():
    CompanyFactory()
    before = table_hashes()
    facts = imports.facts_of(12)
    assert table_hashes() == before
    assert (facts.rows, Company.objects.count(), CompanyContact.objects.count()) == (12, 1, 0)
    assert facts.ratio == (facts.review + facts.apply) / facts.loop > 0
    assert [len(line) for line in imports.lines([facts])] == [8, 8]


def test_the_rows_of_the_benchmark_are_all_different():
    rows = imports.rows_of(2_000)
    assert [len(set(column)) for column in zip(*rows, strict=True)] == [2_000, 2_000, 2_000, 1, 1, 2_000, 2_000]
