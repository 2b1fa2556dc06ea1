#!/usr/bin/env bash
# The official clients stay connected for a while (DURATION seconds, default 600), all at once, while the node restarts twice on the same base path, upgrades its
# runtime, and stops answering for five seconds three times. One line for each client, and one for the node: goroutines, live heap, subscriptions,
# pinned blocks and states being read must be the same in the last part of its life as soon after its last restart. Samples are kept in SOAK_SAMPLES, if set.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${DURATION:-600}
[[ $seconds == *m ]] && seconds=$((${seconds%m} * 60))
MYELIN_INTEROP=install internal/interop/run.sh
cache=$PWD/.cache/interop
myelin=${MYELIN:-bin/myelin}
work=$(mktemp -d)
samples=${SOAK_SAMPLES:-$work/samples}
: >"$samples"

pids=()
node=
finish() {
	for p in "${pids[@]}" $node; do kill -KILL "$p" 2>/dev/null || true; done
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

port=
for _ in $(seq 50); do
	port=$((20000 + RANDOM % 20000))
	(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || (: <"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null || (: <"/dev/tcp/127.0.0.1/$((port + 2))") 2>/dev/null || break
done
url=ws://127.0.0.1:$port
metrics=127.0.0.1:$((port + 2))

start_node() {
	"$myelin" localnet --no-neurons --base-path "$work/chain" --rpc-port "$port" --metrics "$metrics" >>"$work/node.log" 2>&1 </dev/null &
	node=$!
	for _ in $(seq 200); do
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
		kill -0 "$node" 2>/dev/null || break
		sleep 0.1
	done
	echo "soak: the node did not start" >&2
	tail -n 20 "$work/node.log" >&2
	exit 1
}
restart() {
	local before=$SECONDS
	kill -INT "$node"
	wait "$node" || true
	sleep 2 # clients meet a closed port
	start_node
	event "restarted after $((SECONDS - before)) s"
}
event() { echo "soak: $((SECONDS - began)) s: $*" | tee -a "$samples.events"; }

# sample writes one line: seconds, goroutines, live heap, resident memory, connections, subscriptions, pinned blocks, unread bytes, views, processor seconds.
sample() {
	exec 3<>"/dev/tcp/${metrics%:*}/${metrics#*:}" || return 0
	printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3
	awk -v at="$((SECONDS - began))" '
		{ v[$1] = $2 }
		END {
			if ("go_goroutines" in v) print at, v["go_goroutines"], v["go_gc_heap_live_bytes"], v["process_resident_memory_bytes"], v["myelin_rpc_connections"], v["myelin_rpc_subscriptions"], v["myelin_rpc_pinned_blocks"], v["myelin_rpc_unread_bytes"], v["myelin_store_views"], v["process_cpu_seconds_total"]
		}' <&3 >>"$samples"
	exec 3>&- 3<&-
}
# hold waits until so many hundredths of the time are over, sampling every two seconds.
hold() {
	while ((SECONDS - began < seconds * $1 / 100)); do
		sample 2>/dev/null || true
		sleep 2
	done
}

began=$SECONDS
start_node
client() {
	local name=$1
	shift
	"$@" >"$work/$name.out" 2>"$work/$name.err" &
	pids+=($!)
}
client js node "$cache/js/soak.js" "$url" "$seconds"
client papi node "$cache/js/soak-papi.js" "$url" "$seconds"
for kind in sync async; do
	client $kind "$cache/venv/bin/python" internal/interop/python/soak.py $kind "$url" "$seconds"
	mkdir "$work/home-$kind" # where 11.3.0 keeps metadata
	HOME=$work/home-$kind client new-$kind "$cache/venv11/bin/python" internal/interop/python/soak.py $kind "$url" "$seconds"
done

hold 20
restart
hold 35
"$myelin" upgrade --url "$url" >>"$work/node.log" 2>&1 || { echo "FAIL soak: the upgrade"; tail -n 5 "$work/node.log"; exit 1; }
event "$(tail -n 1 "$work/node.log")"
hold 45
restart
settled=$((SECONDS - began + 15))
for at in 55 57 59; do
	hold $at
	event "the node stops answering for 5 s"
	kill -STOP "$node"
	sleep 5
	kill -CONT "$node"
done
hold 100
failed=0
wait "${pids[@]}" || true
for name in js papi sync async new-sync new-async; do
	if ! grep -E '^(ok  |FAIL) ' "$work/$name.out"; then
		echo "FAIL soak $name: it ended early"
		tail -n 15 "$work/$name.err"
		failed=1
	fi
	grep -q '^FAIL' "$work/$name.out" && failed=1
done
# The node's last life: what it held soon after its start, and at the end. Blocks come and go in between, so the parts are compared by their middle value.
awk -v from="$settled" -v to="$((seconds - 5))" '
	function middle(list, n,   i, j, t) {
		for (i = 2; i <= n; i++) for (j = i; j > 1 && list[j] < list[j-1]; j--) { t = list[j]; list[j] = list[j-1]; list[j-1] = t }
		return list[int((n + 1) / 2)]
	}
	$1 >= from && $1 <= to { n++; for (c = 1; c <= 10; c++) at[n, c] = $c }
	END {
		part = int(n / 4)
		if (part < 3) { print "FAIL soak node: too few samples"; exit 1 }
		split("goroutines heap resident connections subscriptions pinned unread views", name, " ")
		split("10 12582912 33554432 0 0 64 65536 3", slack, " ") # of the heap, a write buffer of the store more or less and half of one
		for (c = 1; c <= 8; c++) {
			for (i = 1; i <= part; i++) { a[i] = at[i, c + 1] + 0; b[i] = at[n - part + i, c + 1] + 0 }
			was = middle(a, part); is = middle(b, part)
			text = text sprintf(", %s %s to %s", name[c], c == 2 || c == 3 ? sprintf("%.1f", was / 1048576) : was, c == 2 || c == 3 ? sprintf("%.1f MiB", is / 1048576) : is)
			if (is > was + slack[c]) bad = bad " " name[c]
		}
		printf "%s soak node:%s%s\n", bad == "" ? "ok  " : "FAIL", substr(text, 2), bad == "" ? "" : "; grown:" bad
		exit bad != ""
	}' "$samples" || failed=1
exit $failed
