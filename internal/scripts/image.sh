#!/usr/bin/env bash
# Builds the image of the Containerfile and checks what docs/ci.md promises of it. Needs podman or docker (ENGINE), and curl; BUILD_ARGS and RUN_ARGS are
# passed to their build and run.
set -eu
cd "$(dirname "$0")/../.."
ENGINE=${ENGINE:-$(command -v podman || command -v docker)} || { echo "image.sh: neither podman nor docker is here" >&2; exit 1; }
IMAGE=${IMAGE:-myelin}
PORT=${PORT:-9944} # on this machine; the next one too
name=myelin-image-$$

fail() {
	echo "FAIL  $*" >&2
	"$ENGINE" logs "$name" 2>&1 | tail -n 5 >&2 || true
	exit 1
}
ok() { echo "ok    $*"; }
clean() { "$ENGINE" rm -f "$name" >/dev/null 2>&1 || true; "$ENGINE" volume rm -f "$name" >/dev/null 2>&1 || true; }
trap clean EXIT

# shellcheck disable=SC2086 # several arguments in one variable
"$ENGINE" build ${BUILD_ARGS:-} -f Containerfile -t "$IMAGE" .

height() { # PORT: the number of the newest block
	local answer
	answer=$(curl -sf -m 2 -H 'Content-Type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":[]}' "http://127.0.0.1:$1") &&
		[[ $answer =~ \"number\":\"(0x[0-9a-f]+)\" ]] && echo $((BASH_REMATCH[1]))
}

# starts WHAT [FLAG]... -- [ARGUMENT]...: a container with these flags and arguments prints its line and answers on both ports.
starts() {
	local what=$1 flags=()
	shift
	while [[ $1 != -- ]]; do flags+=("$1") && shift; done
	shift
	# shellcheck disable=SC2086
	"$ENGINE" run -d --name "$name" -p "127.0.0.1:$PORT:9944" -p "127.0.0.1:$((PORT + 1)):9945" ${RUN_ARGS:-} "${flags[@]}" "$IMAGE" "$@" >/dev/null
	for _ in {1..100}; do
		if height "$PORT" >/dev/null && height $((PORT + 1)) >/dev/null; then
			"$ENGINE" logs "$name" 2>&1 | grep -q '^Imported #[0-9]* (0x' || fail "$what: no line Imported"
			ok "$what: both ports answer"
			return
		fi
		sleep 0.1
	done
	fail "$what: no answer on ports $PORT and $((PORT + 1)) in ten seconds"
}

ends() { # SIGTERM ends it with code 0, before the engine would kill it
	local code
	"$ENGINE" stop -t 5 "$name" >/dev/null
	code=$("$ENGINE" inspect -f '{{.State.ExitCode}}' "$name")
	[[ $code == 0 ]] || fail "SIGTERM ends it with code $code"
	"$ENGINE" rm "$name" >/dev/null
}

"$ENGINE" create --name "$name" "$IMAGE" >/dev/null
# Engines lay out mount points (dev, etc, proc, …) of a container, so those are not ours.
files=$("$ENGINE" export "$name" | tar -tf - | grep -v '/$' | grep -vE '^(dev|etc|proc|run|sys)/|^\.dockerenv$' | sort | paste -sd ' ')
[[ $files == "LICENSE myelin" ]] || fail "the image holds $files"
"$ENGINE" rm "$name" >/dev/null
ok "it holds the program and the licence only, of $((($("$ENGINE" image inspect -f '{{.Size}}' "$IMAGE") + 500000) / 1000000)) MB"

starts "hardened" --read-only --tmpfs /tmp --cap-drop all --security-opt no-new-privileges --
user=$(awk '/^Uid/ { print $2 }' "/proc/$("$ENGINE" inspect -f '{{.State.Pid}}' "$name")/status" 2>/dev/null || echo 65532)
[[ $user == 65532 ]] || fail "it runs as user $user"
ends
ok "not root; SIGTERM ends it with code 0"

starts "main network's constants" -- localnet --no-neurons --ci False --rpc-bind 0.0.0.0
ends

keep=(--no-neurons --ci --no-purge --base-path /data --rpc-bind 0.0.0.0)
starts "volume" -v "$name:/data" -- localnet "${keep[@]}"
until (($(height "$PORT") >= 4)); do sleep 0.1; done
ends
starts "volume, again" -v "$name:/data" --read-only --tmpfs /tmp -- localnet "${keep[@]}"
first=$("$ENGINE" logs "$name" 2>&1 | sed -n 's/^Imported #\([0-9]*\) .*/\1/p')
((first > 4)) || fail "it began at block $first, and had 4"
ends
ok "the second start went on with block $first"
