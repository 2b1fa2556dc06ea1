"""A pytest plugin that writes one JSON line for each test that ended to the file named by E2E_RESULTS: what became of it, and why."""

import json
import os

import pytest

_bad = {}  # what the present attempt at a test failed of, by test


def _cause(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else str(report.longrepr)
    return " ".join(text.split())[:300]


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    test = report.nodeid if report.nodeid.startswith("tests/") else "tests/" + report.nodeid
    if report.when == "setup":
        _bad.pop(test, None)
    if report.skipped:
        _bad[test] = ("skipped", str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr))
    elif (report.failed or report.outcome == "rerun") and test not in _bad:
        _bad[test] = ("failed", _cause(report))
    if report.when != "teardown":
        return
    result, why = _bad.get(test, ("passed", ""))
    with open(os.environ["E2E_RESULTS"], "a") as out:
        out.write(json.dumps({"test": test, "result": result, "why": why}) + "\n")
