//go:build !unix

package yardstick

import "time"

var began = time.Now()

// ProcessorTime stands for itself where the system does not tell it: the time that went by.
func ProcessorTime() time.Duration { return time.Since(began) }
