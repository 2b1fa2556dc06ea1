#!/bin/sh
# Runs every fuzz target of the module for the given time each (default 10s), one after the other.
set -eu
time=${1:-10s}
go list -f '{{if .TestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}{{if .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}' ./... | sort -u | while read -r pkg dir; do
	[ -n "$pkg" ] || continue
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go 2>/dev/null | sed 's/^func //' | sort -u); do
		echo "== $pkg $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$pkg"
	done
done
