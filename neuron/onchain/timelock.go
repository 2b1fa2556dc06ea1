package onchain

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/subtensor"
	"github.com/myelin-go/myelin/tlock"
)

// beacon is what the chain says of the beacon that it follows.
type beacon struct {
	PublicKey   []byte
	Period      uint32 // seconds
	GenesisTime uint32 // of round 1, in seconds since 1970
}

// schedule is what decides by which round of the beacon weights are to be revealed that are committed now.
type schedule struct {
	block     uint64 // the head
	now       uint64 // its time, in milliseconds since 1970
	blockTime uint64 // milliseconds

	lastEpoch uint64 // block
	pending   uint64 // block of an epoch that the owner has asked for; 0 without
	tempo     uint16 // blocks
	period    uint64 // epochs from commit to reveal

	beacon    beacon
	lastRound uint64 // that the chain has
}

// revealBlock is the first block that reveals what is committed in the next block.
func (s *schedule) revealBlock() uint64 {
	next := s.lastEpoch + uint64(s.tempo)
	if s.pending > 0 {
		next = min(next, s.pending)
	}
	if commit := s.block + 1; next <= commit { // the epoch begins with the commit's block, before the commit
		next = commit + uint64(s.tempo)
	}
	return next + (max(s.period, 1)-1)*uint64(s.tempo)
}

// round is the newest round that is signed three blocks after the first block that may reveal, or sooner where epochs are very short: the chain takes a pulse in one block and
// reveals in the next, while the epoch lasts. Where that one is known already, it is the next one if that comes in time; where epochs are shorter than the beacon's period it may
// not: then the known one, for weights that are read early are better than weights that are dropped.
func (s *schedule) round() uint64 {
	const grace = 3 // blocks
	first := s.revealBlock()
	round := s.at(first + min(grace, max(uint64(s.tempo), 2)-2))
	if round > s.lastRound {
		return round
	}
	if last := first + max(uint64(s.tempo), 2) - 2; s.at(last) > s.lastRound {
		return s.lastRound + 1
	}
	return max(s.lastRound, 1)
}

// at is the newest round that is signed when a block is made.
func (s *schedule) at(block uint64) uint64 {
	target := s.now + (block-min(block, s.block))*s.blockTime
	if start := uint64(s.beacon.GenesisTime) * 1000; target > start && s.beacon.Period > 0 {
		return (target-start)/(uint64(s.beacon.Period)*1000) + 1
	}
	return 1
}

// schedule reads it, all at one block.
func (c *Chain) schedule(ctx context.Context) (*schedule, error) {
	head, err := c.cfg.Client.Head(ctx)
	if err != nil {
		return nil, err
	}
	hash, err := c.cfg.Client.BlockHash(ctx, head.Number)
	if err != nil {
		return nil, err
	}
	at := c.cfg.Client.At(hash)
	s := &schedule{block: uint64(head.Number)}
	const module = "SubtensorModule"
	for _, q := range []struct {
		into         any
		pallet, item string
		keys         []any
	}{
		{&s.now, "Timestamp", "Now", nil},
		{&s.lastEpoch, module, "LastEpochBlock", []any{c.cfg.NetUID}},
		{&s.pending, module, "PendingEpochAt", []any{c.cfg.NetUID}},
		{&s.tempo, module, "Tempo", []any{c.cfg.NetUID}},
		{&s.period, module, "RevealPeriodEpochs", []any{c.cfg.NetUID}},
		{&s.beacon, "Drand", "BeaconConfig", nil},
		{&s.lastRound, "Drand", "LastStoredRound", nil},
	} {
		if _, err := at.Query(ctx, q.into, q.pallet, q.item, q.keys...); err != nil {
			return nil, err
		}
	}
	return s, c.cfg.Client.Constant(ctx, &s.blockTime, "Aura", "SlotDuration")
}

// commit commits weights encrypted to the round at which the chain will reveal them.
func (c *Chain) commit(ctx context.Context, uids []bt.UID, weights []uint16) error {
	s, err := c.schedule(ctx)
	if err != nil {
		return err
	}
	var version uint16
	if _, err := c.cfg.Client.Latest().Query(ctx, &version, "SubtensorModule", "CommitRevealWeightsVersion"); err != nil {
		return err
	}
	key, err := tlock.ParsePublicKey(s.beacon.PublicKey)
	if err != nil {
		return fmt.Errorf("the chain's beacon: %w", err)
	}
	round, hotkey := s.round(), c.cfg.Hotkey.Public()
	var e scale.Encoder
	e.Encode(hotkey[:])
	e.Encode(uids)
	e.Encode(weights)
	e.U64(c.cfg.Version)
	sealed, err := tlock.Encrypt(key, round, e.Bytes(), rand.Reader)
	if err != nil {
		return err
	}
	return c.submit(ctx, subtensor.CommitTimelocked(c.cfg.NetUID, c.cfg.Mech, sealed.Bytes(), round, version), c.cfg.Hotkey)
}
