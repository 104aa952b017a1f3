"""prometheus.yml: what is taken from it, and what is refused."""

from __future__ import annotations

import pytest

from simulators.prometheus.configuration import ConfigurationError, Job, Target, read_configuration, seconds_of


def test_defaults_are_those_of_prometheus() -> None:
    """A job without anything but targets: every minute, ten seconds, /metrics over HTTP."""
    found = read_configuration("scrape_configs: [{job_name: a, static_configs: [{targets: ['b:1']}]}]")

    assert found.jobs == (Job("a", "http", "/metrics", "1m", "10s", (Target("b:1", {}),)),)


def test_a_job_has_its_own() -> None:
    """Interval, timeout, path, scheme and labels of a job."""
    found = read_configuration(
        """
global: {scrape_interval: 15s}
rule_files: [first.yml]
scrape_configs:
  - job_name: a
    scrape_interval: 1m30s
    scrape_timeout: 2s
    metrics_path: /m
    scheme: https
    static_configs: [{targets: ['b:1', 'c:2'], labels: {rack: one}}]
"""
    )

    labels = {"rack": "one"}
    assert found.jobs == (Job("a", "https", "/m", "1m30s", "2s", (Target("b:1", labels), Target("c:2", labels))),)
    assert found.jobs[0].interval_seconds == 90


def test_no_targets_at_all() -> None:
    """An empty file is a configuration too: nothing is scraped."""
    assert read_configuration("").jobs == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "yaml: "),
        ("[]", "the file: expected a mapping"),
        ("remote_write: []", "not simulated: remote_write in the file"),
        ("scrape_configs: [{job_name: a, relabel_configs: []}]", "not simulated: relabel_configs in job a"),
        ("scrape_configs: [{job_name: a, file_sd_configs: []}]", "not simulated: file_sd_configs in job a"),
        ("scrape_configs: [{static_configs: []}]", "job_name is empty"),
        ("scrape_configs: [{job_name: a}, {job_name: a}]", 'found multiple scrape configs with job name "a"'),
        ("scrape_configs: [{job_name: a, scrape_interval: soon}]", 'not a valid duration string: "soon"'),
        ("scrape_configs: [{job_name: a, scrape_timeout: 2m}]", "scrape timeout greater than scrape interval"),
        ("scrape_configs: [{job_name: a, scheme: ftp}]", "job a: scheme: expected http or https, got 'ftp'"),
        ("scrape_configs: [{job_name: a, static_configs: [{targets: ['http://a']}]}]", "is not a valid hostname"),
        ("scrape_configs: [{job_name: a, static_configs: [{labels: {'1': x}}]}]", '"1" is not a valid label name'),
    ],
)
def test_refused(text: str, reason: str) -> None:
    """Prometheus would not start with it, or it is not simulated; the error names what it is."""
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(text)

    assert reason in str(caught.value)


def test_durations() -> None:
    """Units as Prometheus has them."""
    assert [seconds_of(each) for each in ("15s", "1m30s", "100ms", "1d", "2h")] == [15, 90, 0.1, 86_400, 7_200]
