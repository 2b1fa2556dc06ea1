#!/usr/bin/env bash
# Runs the Go checks between the Python SDK's axon and dendrite and ours, and prints them as run.sh counts them.
set -o pipefail
cd "$(dirname "$0")"
"${GO:-go}" test -count=1 -v . 2>&1 | awk -v version="$("$MYELIN_PYTHON" -c 'import importlib.metadata as m; print(m.version("bittensor"))')" '
	/^ *--- (PASS|FAIL|SKIP)/ {
		name = $3; sub(/^Test/, "", name); gsub(/_/, " ", name)
		mark = $2 == "PASS:" ? "ok  " : "FAIL"
		if (name ~ /\//) { sub(/\//, ": ", name); print mark " bittensor " version " [axon and dendrite]: " name }
		next
	}
	{ print > "/dev/stderr" }'
