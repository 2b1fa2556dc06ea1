package onchain

import "testing"

// TestRound goes through the places of a commit in its epoch. Blocks take 250 ms, rounds 3 s, epochs 10 blocks; block 100 is at second 1,000 of the beacon.
func TestRound(t *testing.T) {
	at := func(change func(*schedule)) *schedule {
		s := &schedule{
			block: 100, now: 1_001_000_000, blockTime: 250, lastEpoch: 95, tempo: 10, period: 1, beacon: beacon{Period: 3, GenesisTime: 1_000_000}, lastRound: 334,
		}
		if change != nil {
			change(s)
		}
		return s
	}
	for _, c := range []struct {
		what   string
		change func(*schedule)
		block  uint64 // of the reveal
		round  uint64
	}{
		{"in the middle of an epoch", nil, 105, 335},                                                           // 8 blocks on: second 1,002 begins round 335
		{"three epochs later", func(s *schedule) { s.period = 3 }, 125, 336},                                   // 28 blocks on: second 1,007 is in round 336
		{"in the block of the epoch", func(s *schedule) { s.lastEpoch = 91 }, 111, 335},                        // 14 blocks on: second 1,003.5
		{"before an epoch asked for", func(s *schedule) { s.pending = 103 }, 103, 335},                         // second 1,001.5 is in round 334, which is known; 335 comes in block 108, in time
		{"in an epoch without a new round", func(s *schedule) { s.tempo, s.lastEpoch = 4, 99 }, 103, 334},      // its last block is 106, at second 1,001.5
		{"blocks of twelve seconds", func(s *schedule) { s.blockTime, s.tempo = 12_000, 360 }, 455, 1766},      // 358 blocks: second 5,296
		{"epochs of one block", func(s *schedule) { s.tempo, s.lastEpoch, s.lastRound = 1, 100, 0 }, 102, 334}, // 2 blocks on
		{"before the beacon begins", func(s *schedule) { s.now, s.lastRound = 5, 0 }, 105, 1},
	} {
		s := at(c.change)
		if got := s.revealBlock(); got != c.block {
			t.Errorf("%s: revealed from block %d on, want %d", c.what, got, c.block)
		}
		if got := s.round(); got != c.round {
			t.Errorf("%s: round %d, want %d", c.what, got, c.round)
		}
	}
}
