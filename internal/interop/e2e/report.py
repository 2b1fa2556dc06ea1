"""Joins the results of the suites, compares them with what is expected and writes the report.

    report.py EXPECTED REPORT SUITE=VERSION=RESULTS...

EXPECTED lists the tests that do not pass, one a line: suite, test, cause, with tabs between them. The exit code is 1 when a test fails that is not
listed, or passes although it is; where the cause begins with "by chance" it may do either, and where it begins with "without NAME" the line counts only
when the environment lacks NAME.
"""

import json
import os
import re
import sys

NAMES = {
    "bittensor": "bittensor, `tests/e2e_tests`",
    "btcli": "btcli, `tests/e2e_tests`",
    "bittensor11": "bittensor, `tests/e2e`",
}


def expected(path):
    out = {}
    for line in open(path, encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            suite, test, cause = line.rstrip("\n").split("\t")
            without = re.match(r"without (\w+)", cause)
            if not (without and os.environ.get(without[1])):
                out[suite, test] = cause
    return out


def results(path):
    """The last result of each test: it counts when a test was tried again."""
    out = {}
    for line in open(path, encoding="utf-8"):
        r = json.loads(line)
        tries = out[r["test"]]["tries"] + 1 if r["test"] in out else 1
        out[r["test"]] = {**r, "tries": tries}
    return dict(sorted(out.items()))


def short(test):
    return test.removeprefix("tests/e2e_tests/").removeprefix("tests/e2e/")


def main():
    causes, target, suites = expected(sys.argv[1]), sys.argv[2], [a.split("=", 2) for a in sys.argv[3:]]
    surprises, table, sections = [], [], []
    for suite, version, path in suites:
        got = results(path)
        count = {k: sum(r["result"] == k for r in got.values()) for k in ("passed", "failed", "skipped")}
        table.append(f"| {NAMES[suite]} | {version} | {len(got)} | {count['passed']} | {count['failed']} | {count['skipped']} |")
        sections.append(f"\n## {NAMES[suite]}, {version}\n\n| test | result | cause |\n|---|---|---|")
        for test, r in got.items():
            cause = causes.get((suite, test), "")
            if r["result"] == "failed" and not cause:
                surprises.append(f"{suite} {test} failed: {r['why']}")
            if r["result"] == "passed" and cause and not cause.startswith("by chance"):
                surprises.append(f"{suite} {test} passed, and is listed as one that does not: {cause}")
            why = {"passed": "", "failed": cause or r["why"], "skipped": "upstream skips it"}[r["result"]]
            sections.append(f"| {short(test)} | {r['result']} | {why.replace('|', chr(92) + '|')} |")
    with open(target, "w", encoding="utf-8") as out:
        out.write("# Upstream's end-to-end suites against Myelin\n\n")
        out.write("Upstream's suites, unmodified, each test on a network of its own. Written by `make e2e`, whose script, `internal/interop/e2e.sh`, tells how\n")
        out.write("to run it. A test that fails is tried a second time, as in upstream's CI. There is no internet where they run: the subnet template comes from a clone,\n"
            "and the service that tells public addresses is played.\n\n")
        out.write("| suite | version | tests | passed | failed | skipped |\n|---|---|---|---|---|---|\n")
        out.write("\n".join(table + sections) + "\n")
    print("\n".join(table))
    for s in surprises:
        print("UNEXPECTED", s)
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main())
