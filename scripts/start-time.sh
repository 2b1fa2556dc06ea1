#!/usr/bin/env bash
# How long a local chain takes to start. Runs COMMAND a number of times, one after the other, each time from a chain that is not there, and prints the
# milliseconds until the line Imported #1 comes (on its standard output or error), until both ports answer chain_getHeader too, and from being told to end to
# being gone. The ports are not tried before the line has come: trying the port of a container that has no network yet delays it by a second.
# It measures whatever starts so: myelin, scripts/localnet.sh, a container. docs/ci.md has examples. Needs bash 5, and nothing else.
set -u
export LC_ALL=C
runs=10 port=9944 limit=300 stop=

usage() {
	cat <<-END
		usage: start-time.sh [-n RUNS] [-p PORT] [-t SECONDS] [-s STOP] COMMAND [ARGUMENT]...
		  -n RUNS     how often (default $runs)
		  -p PORT     the first port; the next one is the second (default $port)
		  -t SECONDS  after which a start has failed (default $limit)
		  -s STOP     a command line that ends what COMMAND started, such as 'docker rm -f localnet' (default: SIGTERM to COMMAND)
	END
}

fail() {
	echo "start-time.sh: $*" >&2
	exit 1
}

while getopts n:p:t:s:h option; do
	case $option in
	n) runs=$OPTARG ;;
	p) port=$OPTARG ;;
	t) limit=$OPTARG ;;
	s) stop=$OPTARG ;;
	h) usage && exit ;;
	*) usage >&2 && exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[[ $# -gt 0 ]] || { usage >&2 && exit 2; }
[[ -n ${EPOCHREALTIME:-} ]] || fail "this is bash $BASH_VERSION, and bash 5 is needed for its clock"
[[ $runs =~ ^[1-9][0-9]*$ && $port =~ ^[1-9][0-9]*$ && $limit =~ ^[1-9][0-9]*$ ]] || fail "runs $runs, port $port and seconds $limit must be whole numbers above 0"

# answers PORT: is chain_getHeader answered there? By bash's own sockets: another process would take as long as what is measured. In a subshell, so that a
# connection that is refused or cut off ends no more than that.
answers() (
	trap '' PIPE
	body='{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":[]}'
	exec 3<>"/dev/tcp/127.0.0.1/$1" || exit
	printf 'POST / HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' "$1" ${#body} "$body" >&3
	while IFS= read -r -t 2 line <&3 || [[ -n $line ]]; do
		[[ $line != *'"number":"0x'* ]] || exit 0
	done
	exit 1
) 2>/dev/null

micros() { # the clock
	echo "${EPOCHREALTIME/./}"
}

pid='' # of the command while it runs
end() {
	[[ -n $pid ]] || return 0
	if [[ -n $stop ]]; then
		eval "$stop" >/dev/null 2>&1
	else
		kill -TERM "$pid" 2>/dev/null
	fi
}
trap end EXIT
trap 'exit 130' INT TERM

# measure COMMAND...: one run; adds to imported, ready and gone, in microseconds.
measure() {
	local begin line='' last='' status out i
	for i in 0 1; do
		! answers $((port + i)) || fail "port $((port + i)) is answered already: end what listens there, or choose another with -p"
	done
	begin=$(micros)
	exec {out}< <(exec "$@" 2>&1)
	pid=$!
	until [[ $line =~ Imported\ #1([^0-9]|$) ]]; do
		IFS= read -r -t "$limit" -u "$out" line
		status=$?
		last=${line:-$last}
		((status <= 128 && $(micros) - begin < limit * 1000000)) || fail "no line Imported #1 in $limit s; the last one: $last"
		((status == 0)) || fail "it ended before a line Imported #1 came; its last line: $last"
	done
	imported+=($(($(micros) - begin)))
	until answers "$port" && answers $((port + 1)); do
		(($(micros) - begin < limit * 1000000)) || fail "ports $port and $((port + 1)) do not both answer in $limit s"
		sleep 0.01
	done
	ready+=($(($(micros) - begin)))
	begin=$(micros)
	end
	# Its output ends when all that it started is gone.
	timeout 30 cat <&"$out" >/dev/null || { kill -KILL "$pid" 2>/dev/null; fail "it did not end in 30 s; give a command that ends it with -s"; }
	gone+=($(($(micros) - begin)))
	exec {out}<&-
	pid=
}

millis() { # of microseconds, rounded
	echo $((($1 + 500) / 1000))
}

summary() { # NAME MICROSECONDS...: median, least and most
	local name=$1 sorted n
	shift
	mapfile -t sorted < <(printf '%s\n' "$@" | sort -n)
	n=${#sorted[@]}
	printf '%-12s %6d ms (%d to %d)\n' "$name" "$(millis $(((sorted[(n - 1) / 2] + sorted[n / 2]) / 2)))" "$(millis "${sorted[0]}")" "$(millis "${sorted[n - 1]}")"
}

imported=() ready=() gone=()
for ((run = 1; run <= runs; run++)); do
	measure "$@"
	printf 'run %3d: Imported #1 %6d ms, ready %6d ms, gone after %5d ms\n' $run "$(millis "${imported[-1]}")" "$(millis "${ready[-1]}")" "$(millis "${gone[-1]}")"
done
echo "median of $runs (least to most):"
summary "Imported #1" "${imported[@]}"
summary ready "${ready[@]}"
summary gone "${gone[@]}"
