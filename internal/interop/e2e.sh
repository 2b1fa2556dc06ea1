#!/usr/bin/env bash
# Upstream's own end-to-end suites, unmodified, against this node: each test starts a network of its own by scripts/localnet.sh. Checkouts of the
# suites are given by variables; a suite without one is left out.
#
#   BITTENSOR_SUITE=DIR    github.com/opentensor/bittensor at v10.2.0: tests/e2e_tests, about an hour
#   BTCLI_SUITE=DIR        github.com/opentensor/btcli at v9.21.2: tests/e2e_tests, about 20 minutes
#   BITTENSOR11_SUITE=DIR  the source distribution of bittensor 11.3.0, unpacked (pip download --no-deps --no-binary :all: bittensor==11.3.0)
#   SUBNET_TEMPLATE=DIR    a clone of github.com/opentensor/subnet-template at 47423a3, what its main was when 10.2.0 came out: ten tests of bittensor run
#                          its miner and validator, and git gets it in place of GitHub's. Without it these ten fail
#   E2E_REPORT=FILE        where the report goes (default: .cache/interop/e2e/report.md; docs/e2e.md is one of all three)
#   E2E_SHARDS=N           parts that run at once (default 1: the tests watch the clock)
#   E2E_ONLY=REGEX         only the tests that match
#
# The first two expect the chain of spring 2026 and get it (--profile march-2026). The clients are installed once into .cache/interop/e2e. Everything
# runs in namespaces of its own (unshare): with the ports and the folders in /tmp that the suites insist on, no internet, and beside other networks; the
# service that clients ask for their public address is played there (e2e/address.py). JUnit files, logs and results lie beside the default report. internal/interop/e2e/expected.txt lists the tests that do not pass, with causes; the exit code is
# 1 when another one fails, or one of them passes.
set -euo pipefail
if [[ ${1:-} == --help ]]; then
	sed -n '2,/^set -/{/^#/!d;s/^# \{0,1\}//;p}' "$0"
	exit
fi
cd "$(dirname "$0")/../.."
root=$PWD
here=$root/internal/interop/e2e
cache=$root/.cache/interop/e2e
report=${E2E_REPORT:-$cache/report.md}
shards=${E2E_SHARDS:-1}

die() { echo "e2e: $*" >&2; exit 1; }

[[ -n ${BITTENSOR_SUITE:-}${BTCLI_SUITE:-}${BITTENSOR11_SUITE:-} ]] || die "no suite: set BITTENSOR_SUITE, BTCLI_SUITE or BITTENSOR11_SUITE; $0 --help tells more"
[[ -x bin/myelin ]] || die "bin/myelin is missing: run make build, or make e2e"
case $root in
/tmp/*) die "this checkout lies in /tmp, which the suites get anew: move it" ;;
*\ *) die "the suites take no path with a space, and this is $root" ;;
esac
python=
for p in python3 python3.11 python3.12 python3.13; do
	if command -v "$p" >/dev/null && "$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
		python=$p
		break
	fi
done
[[ -n $python ]] || die "this machine lacks Python 3.11 to 3.13 with venv"
space="unshare --mount --net --pid --fork --kill-child --mount-proc"
$space true 2>/dev/null || space="$space --map-root-user"
$space true 2>/dev/null || die "this machine has no namespaces for us (unshare of util-linux)"
mkdir -p "$cache"
# A copy: the network's program must not change while the suites run.
cp bin/myelin "$cache/myelin.$$"
mv "$cache/myelin.$$" "$cache/myelin"

# install NAME: the pinned client of requirements-NAME.txt.
install() {
	local want venv=$cache/venv-$1
	want="$(cksum <"$here/requirements-$1.txt") $("$python" --version)"
	[[ $(cat "$venv.stamp" 2>/dev/null) == "$want" ]] && return
	echo "e2e: installing $1" >&2
	rm -rf "$venv"
	"$python" -m venv "$venv"
	"$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements-$1.txt" >&2
	echo "$want" >"$venv.stamp"
}

# isolated DIR COMMAND...: with DIR/tmp as /tmp, DIR/home as home, and a loopback interface only, on which the service of address.py answers. In place
# of this shell; killing it kills all within.
isolated() {
	local dir=$1
	shift
	mkdir -p "$dir/tmp" "$dir/home"
	HOME=$dir/home REQUESTS_CA_BUNDLE=$cache/address.crt exec $space bash -ec '
		mount --bind "$0/tmp" /tmp
		mount --bind "$1/hosts" /etc/hosts
		"$2" -c "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack(\"16sh\", b\"lo\", 1))"
		"$2" "$3/address.py" "$1/address.pem" &
		shift 3
		"$@"' "$dir" "$cache" "$python" "$here" "$@"
}

# What address.py needs: a certificate that only the clients in here believe.
printf '127.0.0.1 localhost checkip.amazonaws.com\n' >"$cache/hosts"
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=checkip.amazonaws.com -addext subjectAltName=DNS:checkip.amazonaws.com \
	-keyout "$cache/address.key" -out "$cache/address.crt" 2>/dev/null || die "this machine lacks openssl"
cat "$cache/address.key" "$cache/address.crt" >"$cache/address.pem"
if [[ -n ${SUBNET_TEMPLATE:-} ]]; then
	git -C "$SUBNET_TEMPLATE" cat-file -e HEAD:validator.py || die "$SUBNET_TEMPLATE is no clone of the subnet template"
	SUBNET_TEMPLATE=$(cd "$SUBNET_TEMPLATE" && pwd)
	[[ $SUBNET_TEMPLATE != /tmp/* ]] || die "$SUBNET_TEMPLATE lies in /tmp, which the suites get anew: move it"
	export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=url.$SUBNET_TEMPLATE.insteadOf GIT_CONFIG_VALUE_0=https://github.com/opentensor/subnet-template.git
	export GIT_CONFIG_KEY_1=safe.directory GIT_CONFIG_VALUE_1='*'
fi

# suite NAME CLIENT CHECKOUT FOLDER PROFILE: runs a suite; the results are in $cache/NAME.
suites=()
suite() {
	local name=$1 client=$2 checkout=$3 folder=$4 profile=$5 out=$cache/$1 version=${2#*-} i
	[[ -d $checkout/$folder ]] || die "$checkout has no $folder"
	[[ -f $checkout/pyproject.toml ]] && ! grep -q "^version = \"$version\"" "$checkout/pyproject.toml" && die "$checkout is not $client"
	install "$client"
	rm -rf "$out"
	mkdir -p "$out"
	cp -r "$checkout" "$out/source"
	cat >"$out/start.sh" <<-EOF
		#!/bin/sh
		exec $root/scripts/localnet.sh --profile $profile --log-file /tmp/node.log "\$@"
	EOF
	chmod +x "$out/start.sh"
	export LOCALNET_SH_PATH=$out/start.sh USE_DOCKER=0 PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 MYELIN=$cache/myelin
	# The suites that start no network themselves are skipped without this variable.
	(E2E_ENDPOINT=ws://127.0.0.1:9944 E2E_RESULTS=/dev/null isolated "$out/collect" sh -c "cd $out/source && $cache/venv-$client/bin/python -m pytest --collect-only -q $folder") >"$out/collected.log" 2>&1 ||
		die "the tests of $client could not be listed: see $out/collected.log"
	sed -nE 's,^(tests/)?(e2e[^ ]*::.*),tests/\2,p' "$out/collected.log" | grep -E "${E2E_ONLY:-.}" >"$out/tests.txt" || die "no test of $client matches E2E_ONLY"
	echo "e2e: $(wc -l <"$out/tests.txt") tests of $client" >&2
	local jobs=()
	for ((i = 0; i < shards; i++)); do
		# Neighbours stay together: some asynchronous tests hang in pytest-asyncio where another test than in the suite comes before them.
		awk -v n="$shards" -v i="$i" -v all="$(wc -l <"$out/tests.txt")" 'int((NR - 1) * n / all) == i' "$out/tests.txt" >"$out/tests-$i.txt"
		[[ -s $out/tests-$i.txt ]] || continue
		isolated "$out/shard-$i" "$here/shard.sh" "$name" "$i" "$out" "$cache/venv-$client/bin/python" >"$out/shard-$i.log" 2>&1 &
		jobs+=($!)
	done
	trap 'kill -KILL "${jobs[@]}" 2>/dev/null' EXIT # unshare does not heed TERM
	wait "${jobs[@]}" || true
	trap - EXIT
	cat "$out"/results-*.jsonl >"$out/results.jsonl" 2>/dev/null || die "no test of $client ended: see $out/shard-0.log"
	suites+=("$name=$version=$out/results.jsonl")
}

[[ -z ${BITTENSOR_SUITE:-} ]] || suite bittensor bittensor-10.2.0 "$BITTENSOR_SUITE" tests/e2e_tests march-2026
[[ -z ${BTCLI_SUITE:-} ]] || suite btcli btcli-9.21.2 "$BTCLI_SUITE" tests/e2e_tests march-2026
[[ -z ${BITTENSOR11_SUITE:-} ]] || suite bittensor11 bittensor-11.3.0 "$BITTENSOR11_SUITE" tests/e2e today
"$python" "$here/report.py" "$here/expected.txt" "$report" "${suites[@]}"
