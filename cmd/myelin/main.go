// Command myelin runs Bittensor networks: a living one on this machine (localnet), or a node of one.
package main

import (
	"os"
	"runtime"
)

// reserve is 32 MiB that nobody touches, so that they take no room. They count as live memory: the collector, which begins when that has doubled, then runs every
// 32 MiB and more that are allocated. What a node keeps is 7 to 30 MiB; without the reserve one that is kept busy would collect at every turn, and its clients wait for that.
var reserve = make([]byte, 32<<20)

func main() {
	code := run(os.Args[1:], os.Stdout, os.Stderr)
	runtime.KeepAlive(reserve)
	os.Exit(code)
}
