package yardstick

import (
	"runtime"
	"testing"
	"time"
)

// TestUnitIsUsed checks that the million steps are really taken: ten times as many take some times longer.
func TestUnitIsUsed(t *testing.T) {
	unit := Unit()
	from := ProcessorTime()
	runtime.KeepAlive(steps(10_000_000))
	if ten := ProcessorTime() - from; ten < 3*unit {
		t.Errorf("ten units take %v, one %v", ten, unit)
	}
}

// TestMeterStatesMultiples checks the arithmetic: a time of twice upstream's, on a machine half as fast, is 1.
func TestMeterStatesMultiples(t *testing.T) {
	m := &Meter{unit: 2 * Reference}
	if got := m.Units(4 * Reference); got != 2 {
		t.Errorf("%v units, want 2", got)
	}
	r := testing.Benchmark(func(b *testing.B) {
		m := &Meter{b: b, unit: 2 * Reference}
		for b.Loop() {
			runtime.KeepAlive(steps(1))
		}
		m.Against(2*time.Millisecond, time.Millisecond)
	})
	if got := r.Extra["x-of-upstream"]; got != 1 {
		t.Errorf("%v of upstream, want 1", got)
	}
}
