#!/usr/bin/env bash
# The official clients, as published, against a fresh local network: one line for each check, "N passed, N failed" at the end, exit code 1 if
# any failed. The clients are installed once into .cache/interop, which git ignores.
#
#   MYELIN_INTEROP=short   leaves out the slow checks
#   MYELIN_INTEROP=js, upgrade, python, axon   runs one part
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
cache=$root/.cache/interop
part=${MYELIN_INTEROP:-all}
case $part in
all | short | js | upgrade | python | axon) ;;
*) echo "interop: MYELIN_INTEROP is \"$part\", want short, js, upgrade, python, axon or nothing" >&2; exit 2 ;;
esac

wants() { [[ $part == all || $part == short || $part == "$1" ]]; }

# What is missing on this machine, all of it in one go.
missing=()
if wants js || wants upgrade; then
	command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null || missing+=("Node 18 or newer with npm, for @polkadot/api and polkadot-api")
fi
python=
if wants python || wants axon; then
	for p in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
		if command -v "$p" >/dev/null && "$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; then
			python=$p
			break
		fi
	done
	[[ -n $python ]] || missing+=("Python 3.10 to 3.14 with venv, for bittensor")
fi
if ((${#missing[@]})); then
	printf 'interop: this machine lacks %s\n' "${missing[@]}" >&2
	exit 1
fi
if [[ ! -x bin/myelin ]]; then
	echo "interop: bin/myelin is missing: run make build, or make interop" >&2
	exit 1
fi

work=$(mktemp -d)
network=
finish() {
	stop_network
	rm -rf "$work"
}
trap finish EXIT

# stamp FILE: what tells whether an installation was made from this file.
stamp() { cksum "$1" | cut -d' ' -f1-2; }

install_js() {
	mkdir -p "$cache/js"
	cp internal/interop/js/* "$cache/js/"
	local want
	want="$(stamp internal/interop/js/package-lock.json) $(node --version)"
	[[ $(cat "$cache/js.stamp" 2>/dev/null) == "$want" ]] && return
	echo "interop: installing @polkadot/api and polkadot-api" >&2
	(cd "$cache/js" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
	echo "$want" >"$cache/js.stamp"
}

install_python() {
	local want
	want="$(stamp internal/interop/python/requirements.txt) $("$python" --version)"
	[[ $(cat "$cache/venv.stamp" 2>/dev/null) == "$want" ]] && return
	echo "interop: installing bittensor" >&2
	mkdir -p "$cache"
	rm -rf "$cache/venv"
	"$python" -m venv "$cache/venv"
	"$cache/venv/bin/pip" install -q --disable-pip-version-check -r internal/interop/python/requirements.txt >&2
	echo "$want" >"$cache/venv.stamp"
}

# start_network NAME FLAG...: a local network on a port of its own; sets $url. Its output is in $work/NAME.log.
start_network() {
	local name=$1 port
	shift
	port=$(free_ports)
	url=ws://127.0.0.1:$port
	bin/myelin localnet --base-path "$work/$name" --rpc-port "$port" "$@" >"$work/$name.log" 2>&1 </dev/null &
	network=$!
	for _ in $(seq 200); do
		grep -q 'Imported #1' "$work/$name.log" && return
		kill -0 "$network" 2>/dev/null || break
		sleep 0.1
	done
	echo "interop: the local network did not start:" >&2
	tail -n 20 "$work/$name.log" >&2
	return 1
}

stop_network() {
	[[ -n $network ]] || return 0
	kill -INT "$network" 2>/dev/null || true
	wait "$network" 2>/dev/null || true
	network=
}

# free_ports prints the first of two neighbouring ports that nobody uses: the network serves both.
free_ports() {
	local port i
	for i in $(seq 50); do
		port=$((20000 + RANDOM % 20000))
		if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && ! (: <"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null; then
			echo "$port"
			return
		fi
	done
	echo "interop: no two free ports" >&2
	return 1
}

# tally NAME COMMAND...: runs a script of checks, passes its lines on and counts them. A script that ends early fails as such.
tally() {
	local name=$1 code=0
	shift
	set +e
	"$@" 2>"$work/$name.err" | tee "$work/$name.out" | grep --line-buffered -E '^(ok  |FAIL) '
	code=${PIPESTATUS[0]}
	set -e
	passed=$((passed + $(grep -c '^ok  ' "$work/$name.out" || true)))
	local bad
	bad=$(grep -c '^FAIL' "$work/$name.out" || true)
	if ((code != 0 && bad == 0)); then
		echo "FAIL $name: the checks ended with code $code:"
		tail -n 15 "$work/$name.err"
		bad=1
	fi
	failed=$((failed + bad))
}
passed=0
failed=0
export MYELIN_INTEROP=$part

if wants js; then
	install_js
	start_network js --no-neurons --sealing interval
	tally polkadot node "$cache/js/checks.js" "$url"
	tally polkadot-api node "$cache/js/papi.js" "$url"
	tally digest node "$cache/js/digest.js" "$url"
	stop_network
fi
if wants upgrade; then
	install_js
	start_network upgrade --no-neurons --sealing interval
	tally upgrade node "$cache/js/upgrade.js" "$url"
	stop_network
fi
if wants python; then
	install_python
	start_network python
	tally bittensor "$cache/venv/bin/python" internal/interop/python/chain.py "$url"
	stop_network
fi
if wants axon; then
	install_python
	MYELIN_PYTHON=$cache/venv/bin/python tally axon internal/interop/axon.sh
fi

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
