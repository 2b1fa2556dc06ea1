#!/usr/bin/env bash
# One part of a suite, inside its namespaces: shard.sh SUITE NUMBER DIR PYTHON. DIR holds source, start.sh and tests-NUMBER.txt.
suite=$1 number=$2 dir=$3 python=$4
cd "$dir/source" || exit 1
export E2E_RESULTS=$dir/results-$number.jsonl PATH=$(dirname "$python"):$PATH
tests() { "$python" -m pytest -v -p results -p no:cacheprovider --timeout 900 --tb=short --color=no -o junit_family=xunit2 "$@"; }

if [[ $suite != bittensor11 ]]; then
	tests --reruns 1 --junitxml="$dir/junit-$number.xml" "@$dir/tests-$number.txt"
	exit
fi
# These tests take a network that runs.
n=0
while read -r test; do
	n=$((n + 1))
	mkfifo /tmp/ready
	"$dir/start.sh" >/tmp/ready &
	node=$!
	grep -m 1 'Imported #1' /tmp/ready
	E2E_ENDPOINT=ws://127.0.0.1:9944 tests --junitxml="$dir/junit-$number-$n.xml" "$test"
	kill $node
	wait $node
	rm /tmp/ready
done <"$dir/tests-$number.txt"
