#!/usr/bin/env bash
# The official clients, as published, against fresh local networks: one line for each check, "N passed, N failed" at the end, exit code 1 if any failed
# or if docs/compatibility.md is not what the run gives. The clients are installed once into .cache/interop, which git ignores.
#
#   run.sh --page                     also writes docs/compatibility.md; only of a whole run
#   MYELIN_INTEROP=short              a few checks of every client: what CI runs
#   MYELIN_INTEROP=js                 one part: js, upgrade, python, axon, btcli, bittensor11, btcli11
#   MYELIN_INTEROP=install            no checks, only the clients that soak.sh needs
#   MYELIN_INTEROP_TRACE=1            where checks failed
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
cache=$root/.cache/interop
part=${MYELIN_INTEROP:-all}
case $part in
all | short | install | js | upgrade | python | axon | btcli | bittensor11 | btcli11) ;;
*) echo "interop: MYELIN_INTEROP is \"$part\", want short, js, upgrade, python, axon, btcli, bittensor11, btcli11 or nothing" >&2; exit 2 ;;
esac
page=
if [[ ${1:-} == --page ]]; then
	page=write
	[[ $part == all ]] || { echo "interop: --page needs a whole run, without MYELIN_INTEROP" >&2; exit 2; }
fi

wants() { [[ $part == all || $part == short || $part == install || $part == "$1" ]]; }

# What is missing on this machine, all of it in one go.
missing=()
if wants js || wants upgrade; then
	command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null || missing+=("Node 18 or newer with npm, for @polkadot/api and polkadot-api")
fi
python=
if [[ $part != js && $part != upgrade ]]; then
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
groups=()
network=
finish() {
	((${#groups[@]} == 0)) || kill "${groups[@]}" 2>/dev/null || true
	wait
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

# descriptors lets polkadot-api's generator make its typed descriptors of the node's metadata.
descriptors() {
	(
		cd "$cache/js"
		mkdir -p .papi
		echo '{"version":0,"descriptorPath":".papi/descriptors","options":{"noDescriptorsPackage":true},"entries":{}}' >.papi/polkadot-api.json
		"$root/bin/myelin" metadata >.papi/bittensor.scale
		node node_modules/polkadot-api/bin/cli.js add bittensor -f .papi/bittensor.scale >"$work/descriptors" 2>&1 || { cat "$work/descriptors" >&2; exit 1; }
	)
}

# install_python VENV REQUIREMENTS
install_python() {
	local venv=$cache/$1 requirements=internal/interop/python/$2 want
	want="$(stamp "$requirements") $("$python" --version)"
	[[ $(cat "$venv.stamp" 2>/dev/null) == "$want" ]] && return
	echo "interop: installing $(grep -E '^bittensor(-cli)?==' "$requirements" | tr '\n' ' ')" >&2
	mkdir -p "$cache"
	rm -rf "$venv"
	"$python" -m venv "$venv"
	"$venv/bin/pip" install -q --disable-pip-version-check -r "$requirements" >&2
	echo "$want" >"$venv.stamp"
}

# fresh_home NAME prints a new folder for what clients keep in $HOME: their wallets, and metadata that they never ask for again.
fresh_home() {
	mkdir -p "$work/home-$1"
	echo "$work/home-$1"
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
		grep -qs 'Imported #1' "$work/$name.log" && return
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

# free_ports prints the first of two neighbouring ports that nobody uses: the network serves both. Each group looks in a range of its own.
free_ports() {
	local port i
	for i in $(seq 50); do
		port=$((16000 + group * 4000 + RANDOM % 3999)) # below the ports that outgoing connections get
		if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && ! (: <"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null; then
			echo "$port"
			return
		fi
	done
	echo "interop: no two free ports" >&2
	return 1
}

# tally SCRIPT COMMAND...: runs a script of checks, passes its lines on and keeps them. A script that ends early fails as such.
tally() {
	local script=$1 code=0 out
	shift
	out=$work/$(basename "$script").out
	set +e
	"$@" 2>"$out.err" | grep --line-buffered -E '^(ok  |FAIL|skip) ' | tee "$out" | grep --line-buffered -v '^skip'
	code=${PIPESTATUS[0]}
	set -e
	if ((code != 0)) && ! grep -q '^FAIL' "$out"; then
		echo "FAIL $script [whole]: the checks ended with code $code" | tee -a "$out"
		tail -n 15 "$out.err"
	elif [[ -n ${MYELIN_INTEROP_TRACE:-} ]]; then
		cat "$out.err" >&2
	fi
	awk -v script="internal/interop/$script" '{ print script "\t" $0 }' "$out" >>"$work/lines.$group"
}
export MYELIN_INTEROP=$part MYELIN_INTEROP_WORK=$work
here=internal/interop/python

if [[ $part == install ]]; then
	install_js
	install_python venv requirements.txt
	install_python venv11 requirements-11.txt
	exit
fi

# begin GROUP COMMANDS: the groups run beside each other: most of the time each waits for blocks, or for a program to load.
begin() {
	group=$1
	(
		trap stop_network EXIT
		trap 'exit 143' TERM
		"$2"
	) &
	groups+=($!)
}

javascript() {
	wants js || wants upgrade || return 0
	install_js
	if wants js; then
		start_network js --no-neurons --sealing interval
		tally js/checks.js node "$cache/js/checks.js" "$url"
		tally js/papi.js node "$cache/js/papi.js" "$url"
		tally js/digest.js node "$cache/js/digest.js" "$url"
		if [[ $part != short ]]; then
			descriptors
			tally js/typed.js node "$cache/js/typed.js" "$url" "$cache/js/.papi/descriptors"
		fi
		stop_network
	fi
	if wants upgrade; then
		start_network upgrade --no-neurons --sealing interval
		tally js/upgrade.js node "$cache/js/upgrade.js" "$url"
		stop_network
	fi
}

ten() {
	wants python || wants axon || wants btcli || return 0
	install_python venv requirements.txt
	if wants python; then
		start_network python
		HOME=$(fresh_home python) tally python/chain.py "$cache/venv/bin/python" "$here/chain.py" "$url"
		stop_network
		if [[ $part != short ]]; then
			start_network python-all --no-neurons
			HOME=$(fresh_home python-all) tally python/chain_all.py "$cache/venv/bin/python" "$here/chain_all.py" "$url"
			stop_network
			start_network python-asyncio --no-neurons
			HOME=$(fresh_home python-asyncio) tally python/chain_all.py "$cache/venv/bin/python" "$here/chain_all.py" "$url" asyncio
			stop_network
		fi
	fi
	if wants axon; then
		MYELIN_PYTHON=$cache/venv/bin/python tally axon.sh internal/interop/axon.sh
	fi
	if wants btcli; then
		start_network btcli --no-neurons
		HOME=$(fresh_home btcli) tally python/btcli.py "$cache/venv/bin/python" "$here/btcli.py" "$url"
		stop_network
	fi
}

eleven() {
	local p
	wants bittensor11 || wants btcli11 || return 0
	install_python venv11 requirements-11.txt
	for p in bittensor11 btcli11; do
		if wants "$p"; then
			start_network "$p" --no-neurons
			HOME=$(fresh_home "$p") tally "python/$p.py" "$cache/venv11/bin/python" "$here/$p.py" "$url"
			stop_network
		fi
	done
}

begin 1 javascript
begin 2 ten
begin 3 eleven
failed=0
for g in "${groups[@]}"; do
	wait "$g" || failed=1
done
groups=()
cat "$work"/lines.* >"$work/lines"
passed=$(cut -f 2 "$work/lines" | grep -c '^ok  ' || true)
failed=$((failed + $(cut -f 2 "$work/lines" | grep -c '^FAIL' || true)))
echo "$passed passed, $failed failed"
if [[ -z $page ]]; then
	page=part
	[[ $part == all ]] && page=same
fi
if [[ -n $python ]] && { ((failed == 0)) || [[ $page == write ]]; }; then
	"$python" internal/interop/page.py "$page" "$work/lines" docs/compatibility.md || failed=$((failed + 1))
fi
((failed == 0 && passed > 0))
