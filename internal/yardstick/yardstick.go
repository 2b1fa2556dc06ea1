// Package yardstick lets benchmarks be compared with figures of other machines: it measures a unit of work in the same run and states a
// benchmark's time as a multiple of it. Times are of the processor, collector included, so that what else runs on a machine
// weighs little.
//
// It deliberately holds no figures: each benchmark names those it is compared with.
package yardstick

import (
	"runtime"
	"testing"
	"time"
)

// Reference is the time of one unit on the machine that upstream's figures were taken on.
const Reference = 2330 * time.Microsecond

// Meter measures one benchmark; see Start.
type Meter struct {
	b    *testing.B
	unit time.Duration
	from time.Duration
}

// Start begins a measurement; it goes right before the loop of the benchmark.
func Start(b *testing.B) *Meter {
	m := &Meter{b: b, unit: Unit()}
	b.ReportAllocs()
	b.ResetTimer()
	m.from = ProcessorTime()
	return m
}

// Stop ends the measurement, right behind the loop, and reports the processor's time of an operation in units. It returns that time.
func (m *Meter) Stop() time.Duration {
	each := (ProcessorTime() - m.from) / time.Duration(max(m.b.N, 1))
	m.unit = min(m.unit, Unit())
	m.b.ReportMetric(m.Units(each), "units/op")
	return each
}

// Units states a time as a multiple of the unit.
func (m *Meter) Units(t time.Duration) float64 { return float64(t) / float64(m.unit) }

// Against reports how an operation compares with one that takes the time upstream on the machine of Reference: below 1 it is faster.
func (m *Meter) Against(each, upstream time.Duration) {
	m.b.ReportMetric(m.Units(each)/(float64(upstream)/float64(Reference)), "x-of-upstream")
}

// Unit is the least processor time, of five attempts, of a million steps that multiply and divide.
func Unit() time.Duration {
	least := time.Duration(1<<63 - 1)
	for range 5 {
		from := ProcessorTime()
		runtime.KeepAlive(steps(1_000_000))
		least = min(least, ProcessorTime()-from)
	}
	return max(least, 1)
}

func steps(n uint64) (s uint64) {
	a := uint64(1)
	for i := range n {
		a = a*6364136223846793005 + i
		s += a / (i | 1)
	}
	return s
}
