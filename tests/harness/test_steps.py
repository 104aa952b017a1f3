"""The sentences of the features: each means one step, and the words that they share mean hosts."""

from __future__ import annotations

import importlib
import pkgutil
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_bdd.feature import get_feature
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

import steps
from harness.rubric import FEATURES
from steps import HOSTS, hosts_of

KIT: Any = SimpleNamespace(
    role={"database": "server1", "proxy": "server4"}.get, django_host=("server2", "server3").__getitem__
)
FIRST, SECOND = {"the first Django host": "server2"}, {"the second Django host": "server3"}


@pytest.mark.parametrize(
    ("words", "hosts"),
    [
        ("the database host", {"the database host": "server1"}),
        ("the first Django host", FIRST),
        ("both Django hosts", FIRST | SECOND),
        (
            "the database host, both Django hosts and the proxy",
            {"the database host": "server1", **FIRST, **SECOND, "the proxy": "server4"},
        ),
    ],
)
def test_hosts_of_a_sentence(words: str, hosts: dict[str, str]) -> None:
    """Each is named by what it plays, in the sentence's order."""
    assert list(hosts_of(KIT, words).items()) == list(hosts.items())


@pytest.mark.parametrize("words", ["the load balancer", "the database host and the proxies", "every machine", ""])
def test_words_that_mean_no_host(words: str) -> None:
    """A sentence about nobody would be true of every kit: it is refused, and the words are said that there are."""
    with pytest.raises(ValueError, match=r"means no host; sentences know the database host, .* the proxy$"):
        hosts_of(KIT, words)


@pytest.mark.parametrize("words", HOSTS)
def test_words_that_are_told_are_known(words: str) -> None:
    """What a refusal offers can be written."""
    assert hosts_of(KIT, words)


def _definitions() -> list[StepFunctionContext]:
    for module in pkgutil.iter_modules(steps.__path__):
        importlib.import_module(f"steps.{module.name}")
    return [each for each in step_function_context_registry.values() if each.step_func.__module__.startswith("steps.")]


def _sentences() -> set[tuple[str, str]]:
    """Return the kind and the words of every sentence that is run; a person reads the others."""
    features = [get_feature(str(FEATURES), path.name) for path in FEATURES.glob("*.feature")]
    scenarios = [scenario for feature in features for scenario in feature.scenarios.values()]
    return {
        (step.type, step.name) for scenario in scenarios if "manual" not in scenario.tags for step in scenario.steps
    }


def test_every_sentence_means_one_thing() -> None:
    """Each has one step: with none it could not be told, with two nobody would know which of them is asked."""
    definitions = _definitions()
    found = {
        words: [each.step_func.__name__ for each in definitions if each.type == kind and each.parser.is_matching(words)]
        for kind, words in _sentences()
    }

    assert {words: names for words, names in found.items() if len(names) != 1} == {}, "each needs one step in steps/"


def test_every_step_is_said() -> None:
    """A step that no sentence of the features means is of no use to anybody."""
    sentences = _sentences()
    unused = [
        f"{each.step_func.__module__}.{each.step_func.__name__}"
        for each in _definitions()
        if not any(each.type == kind and each.parser.is_matching(words) for kind, words in sentences)
    ]

    assert sentences
    assert unused == []
