"""What prometheus.yml says: the jobs and their targets; whatever is not simulated is refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

GLOBAL_KEYS = frozenset({"scrape_interval", "scrape_timeout", "evaluation_interval", "external_labels"})
WITHOUT_EFFECT = frozenset({"rule_files", "alerting"})
"""Accepted: there are neither rules nor alerts, whatever these say."""
JOB_KEYS = frozenset(
    {"job_name", "scrape_interval", "scrape_timeout", "metrics_path", "scheme", "static_configs", "honor_timestamps"}
)
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_SECONDS = (31_536_000, 604_800, 86_400, 3_600, 60, 1, 0.001)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class ConfigurationError(Exception):
    """A configuration with which Prometheus would not start, or which is not simulated; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something to scrape."""

    address: str
    """`host:port`."""
    labels: Mapping[str, str]
    """That the configuration gives to what is scraped there."""


@dataclass(frozen=True, slots=True)
class Job:
    """A scrape configuration."""

    name: str
    scheme: str
    metrics_path: str
    interval: str
    """`15s`."""
    timeout: str
    targets: tuple[Target, ...]

    @property
    def interval_seconds(self) -> float:
        """Seconds between two scrapes."""
        return seconds_of(self.interval)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole prometheus.yml."""

    jobs: tuple[Job, ...]
    text: str
    """As `/api/v1/status/config` shows it: with the defaults filled in."""


def seconds_of(duration: str) -> float:
    """Return the seconds of `1m30s`. Raises ValueError."""
    found = _DURATION.fullmatch(duration)
    if not duration or found is None:
        raise ValueError(f'not a valid duration string: "{duration}"')
    parts = zip(found.groups(), _SECONDS, strict=True)
    return float(sum(int(number) * seconds for number, seconds in parts if number))


def read_configuration(text: str) -> Configuration:
    """Return what a prometheus.yml says. Raises ConfigurationError."""
    try:
        loaded: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"yaml: {' '.join(str(error).split())}") from None
    whole = _mapping(loaded, "the file")
    _only(whole, {"global", "scrape_configs"} | WITHOUT_EFFECT, "the file")
    common = _mapping(whole.get("global"), "global")
    _only(common, GLOBAL_KEYS, "global")
    interval = _duration(common, "scrape_interval", "1m")
    timeout = _duration(common, "scrape_timeout", "10s" if seconds_of(interval) >= 10 else interval)
    jobs: list[Job] = []
    for entry in _list(whole.get("scrape_configs"), "scrape_configs"):
        job = _job(_mapping(entry, "scrape_configs"), interval, timeout)
        if any(other.name == job.name for other in jobs):
            raise ConfigurationError(f'found multiple scrape configs with job name "{job.name}"')
        jobs.append(job)
    shown: dict[str, Any] = {
        "global": {
            "scrape_interval": interval,
            "scrape_timeout": timeout,
            "evaluation_interval": _duration(common, "evaluation_interval", "1m"),
        }
    }
    if common.get("external_labels"):
        shown["global"]["external_labels"] = _labels(common["external_labels"], "external_labels")
    shown["scrape_configs"] = [_shown(job) for job in jobs]
    return Configuration(tuple(jobs), yaml.safe_dump(shown, sort_keys=False))


def _job(values: Mapping[str, Any], interval: str, timeout: str) -> Job:
    name = values.get("job_name")
    if not isinstance(name, str) or not name:
        raise ConfigurationError("job_name is empty")
    where = f"job {name}"
    _only(values, JOB_KEYS, where)
    own_interval = _duration(values, "scrape_interval", interval)
    default_timeout = timeout if seconds_of(timeout) <= seconds_of(own_interval) else own_interval
    own_timeout = _duration(values, "scrape_timeout", default_timeout)
    if seconds_of(own_timeout) > seconds_of(own_interval):
        raise ConfigurationError(
            f'scrape timeout greater than scrape interval for scrape config with job name "{name}"'
        )
    scheme = values.get("scheme", "http")
    if scheme not in {"http", "https"}:
        raise ConfigurationError(f"{where}: scheme: expected http or https, got {scheme!r}")
    targets: list[Target] = []
    for entry in _list(values.get("static_configs"), f"{where}: static_configs"):
        group = _mapping(entry, f"{where}: static_configs")
        _only(group, {"targets", "labels"}, f"{where}: static_configs")
        labels = _labels(group.get("labels"), f"{where}: labels")
        for address in _list(group.get("targets"), f"{where}: targets"):
            if not isinstance(address, str) or "/" in address or not address:
                raise ConfigurationError(f'"{address}" is not a valid hostname')
            targets.append(Target(address, labels))
    return Job(name, scheme, str(values.get("metrics_path", "/metrics")), own_interval, own_timeout, tuple(targets))


def _shown(job: Job) -> dict[str, Any]:
    groups: list[dict[str, Any]] = []
    for target in job.targets:
        if groups and groups[-1].get("labels", {}) == dict(target.labels):
            groups[-1]["targets"].append(target.address)
        else:
            groups.append({"targets": [target.address]} | ({"labels": dict(target.labels)} if target.labels else {}))
    return {
        "job_name": job.name,
        "honor_timestamps": True,
        "scrape_interval": job.interval,
        "scrape_timeout": job.timeout,
        "metrics_path": job.metrics_path,
        "scheme": job.scheme,
        "follow_redirects": True,
        "enable_http2": True,
        "static_configs": groups,
    }


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where}: expected a mapping")
    return cast("dict[str, Any]", value)


def _list(value: object, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ConfigurationError(f"{where}: expected a list")
    return cast("list[Any]", value)


def _labels(value: object, where: str) -> dict[str, str]:
    labels = {str(key): str(each) for key, each in _mapping(value, where).items()}
    for name in labels:
        if not _LABEL.fullmatch(name):
            raise ConfigurationError(f'"{name}" is not a valid label name')
    return labels


def _duration(values: Mapping[str, Any], key: str, default: str) -> str:
    found = str(values.get(key, default))
    try:
        seconds_of(found)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    return found


def _only(values: Mapping[str, Any], known: frozenset[str] | set[str], where: str) -> None:
    for key in values:
        if key not in known:
            raise ConfigurationError(f"not simulated: {key} in {where}")
