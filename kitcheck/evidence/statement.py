"""What a signature says: an in-toto statement that these tests were made, with this result, on this manifest.

Field names: in-toto Statement v1 and ResourceDescriptor v1, predicate Test Result v0.1,
https://github.com/in-toto/attestation (spec/v1/statement.md, spec/v1/resource_descriptor.md,
spec/predicates/test-result.md).
"""

from __future__ import annotations

import json
from typing import Any

from harness.result import Result
from harness.rubric import FEATURES
from harness.verdicts import Overall, Verdict
from kitcheck.evidence.manifest import NAME, digest, dumped

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
_RESULTS = {
    Overall.PASSED: "PASSED",
    Overall.FAILED: "FAILED",
    # The predicate has no word for "we could not tell", and WARNED means passed: a policy must not take it for that.
    Overall.UNDECIDED: "FAILED",
}


def of(result: Result, manifest: bytes) -> bytes:
    """Return the statement about a bundle's manifest.

    Checks that could not be told, were skipped or wait for a person are in neither list: only what is known is signed.
    """
    return dumped(
        {
            "_type": STATEMENT,
            "subject": [{"name": NAME, "digest": {"sha256": digest(manifest)}}],
            "predicateType": PREDICATE,
            "predicate": {
                "result": _RESULTS[result.verdict],
                "configuration": [_configuration(checkpoint.id, result) for checkpoint in result.checkpoints],
                "passedTests": _names(result, Verdict.PASSED),
                "warnedTests": [],
                "failedTests": _names(result, Verdict.FAILED),
            },
        }
    )


def subject(statement: bytes) -> str:
    """Return the digest of the manifest that a statement is about. Raises ValueError when it is about nothing of ours.

    in-toto: a consumer ignores fields that it does not know.
    """
    try:
        told = json.loads(statement)
        if told["_type"] != STATEMENT or told["predicateType"] != PREDICATE:
            raise ValueError("it is no statement about results of tests")
        found = [each["digest"]["sha256"] for each in told["subject"] if each.get("name") == NAME]
    except (KeyError, TypeError, AttributeError, RecursionError, json.JSONDecodeError):
        raise ValueError("it is no in-toto statement") from None
    if len(found) != 1 or not isinstance(found[0], str):
        raise ValueError(f"it is not about one {NAME}")
    return found[0]


def _names(result: Result, verdict: Verdict) -> list[str]:
    return [f"{check.checkpoint}/{check.id}" for check in result.checks if check.verdict is verdict]


def _configuration(checkpoint: str, result: Result) -> dict[str, Any]:
    """Return the descriptor of the feature file by which a checkpoint was graded."""
    path = FEATURES / f"{checkpoint}.feature"
    name = f"features/{path.name}"
    told: dict[str, Any] = {"name": name, "annotations": {"kitcheckVersion": result.kitcheck_version}}
    if path.is_file():
        return {**told, "digest": {"sha256": digest(path.read_bytes())}}
    return {**told, "uri": name}
