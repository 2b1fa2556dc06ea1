//go:build unix

package yardstick

import (
	"syscall"
	"time"
)

// ProcessorTime is what the process has taken of the processor so far.
func ProcessorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only a wrong argument can cause it
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
