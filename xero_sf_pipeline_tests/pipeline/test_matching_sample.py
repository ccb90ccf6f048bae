"""A labelled sample in the data folder is measured by every run that matches."""

from __future__ import annotations

from pathlib import Path

from xero_sf_pipeline.matching.sample import HEADER
from xero_sf_pipeline_tests.pipeline.works import serving, works_of


def test_the_report_of_matching_tells_how_right_it_is_on_the_sample(tmp_path: Path) -> None:
    with serving() as running, works_of(running, tmp_path) as works:
        truth = running.sandbox.truth
        decisions = works.settings.decisions_dir
        decisions.mkdir()
        lines = [f"{row.tenant_id}:{row.contact_id},{' '.join(row.acceptable_account_ids)}" for row in truth]
        works.extract()
        with works.pipeline() as pipeline:
            pipeline.build_core()
            without = pipeline.match()
            assert without is not None
            assert without.sample is None

            decisions.joinpath("labelled_matches.csv").write_text("\n".join([HEADER, *lines]), encoding="utf-8")
            report = pipeline.match()

            assert report is not None
            metrics = report.metrics()
            assert metrics["sample_contact_count"] == len(truth)
            assert metrics["sample_wrong_link_count"] == 0
            assert metrics["sample_precision"] == 1.0
            assert pipeline.match() is None
