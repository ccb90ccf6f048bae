"""The `pushing:` section of the policy reaches the push."""

from __future__ import annotations

from pathlib import Path

from xero_sf_pipeline_tests.pipeline.works import serving, works_of

POLICY = """
version: 1
pushing:
  batch_size: 4
  max_writes_per_run: 6
"""


def test_a_run_sends_no_more_and_no_larger_calls_than_the_policy_allows(tmp_path: Path) -> None:
    tmp_path.joinpath("policy.yaml").write_text(POLICY, encoding="utf-8")
    with serving() as running, works_of(running, tmp_path) as works:
        planned = works.sync().write_count
        assert planned > 6
        running.log.clear()

        works.push()
        confirmed = works.warehouse("select count(*) as n from ledger.current where state = 'confirmed'")

        assert confirmed == [{"n": 6}]
        assert len(works.writes_sent()) >= 2
        works.push(limit=2)
        assert works.warehouse("select count(*) as n from ledger.current where state = 'confirmed'") == [{"n": 8}]
