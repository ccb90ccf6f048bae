"""A data folder belongs to one Salesforce org."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline_tests.pipeline.works import SMALL_COMPANY, serving, works_of


def test_the_records_of_two_orgs_never_mix_in_one_data_folder(tmp_path: Path) -> None:
    with (
        serving() as first,
        serving(replace(SMALL_COMPANY, seed=8)) as second,
        works_of(first, tmp_path) as works,
        works_of(second, tmp_path) as elsewhere,
    ):
        works.extract(xero=[], salesforce=["users"])
        stored = "select count(*) as n, count(distinct org_id) as orgs from raw_salesforce.users"
        before = works.warehouse(stored)

        with pytest.raises(ConfigError, match=r"mirrors the Salesforce org .*XERO_SF_DATA_DIR"):
            elsewhere.extract(xero=[], salesforce=["users"])

        second.log.clear()
        with pytest.raises(ConfigError, match="mirrors the Salesforce org"):
            elsewhere.push()

        assert elsewhere.writes_sent() == []
        assert before[0]["orgs"] == 1
        assert works.warehouse(stored) == before
        works.extract(xero=[], salesforce=["users"])
