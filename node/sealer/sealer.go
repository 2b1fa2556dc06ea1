// Package sealer makes blocks on command on one machine, without consensus between machines: at once when a transaction comes, at an
// interval, or when told. It controls time: the clock of the chain may be set ahead, and blocks mined one after the other with their
// times apart as the runtime expects.
//
// Every block it makes is final. It deliberately knows nothing of other nodes (node/comet).
package sealer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
)

// Mode is when blocks are made.
type Mode uint8

// The modes.
const (
	Interval Mode = iota // every BlockTime
	Instant              // when a transaction is ready
	Manual               // when Seal is called
)

// ParseMode reads the name of a mode as the command line has it.
func ParseMode(s string) (Mode, error) {
	switch s {
	case "interval":
		return Interval, nil
	case "instant":
		return Instant, nil
	case "manual":
		return Manual, nil
	}
	return 0, fmt.Errorf("unknown sealing %q, want interval, instant or manual", s)
}

// Config is how a sealer works.
type Config struct {
	Mode      Mode
	BlockTime time.Duration // between blocks; also the distance in chain time of blocks mined in a row. Must be positive.
	// Every is how long an interval lasts on the clock when that is less than BlockTime; 0 is BlockTime. Times of blocks stay BlockTime apart, so
	// that the chain's clock runs ahead.
	Every  time.Duration
	Author bt.AccountID // who gets the fees
	Blocks uint32       // make no more than this many; 0 is without end
	Log    *slog.Logger // nil is silent
}

// Sealer makes the blocks of a ledger. Its methods may be called by any number of goroutines.
type Sealer struct {
	cfg    Config
	ledger *ledger.Ledger
	pool   *pool.Pool

	mu     sync.Mutex // one block at a time
	offset int64      // chain time minus clock, in milliseconds
	made   uint32
}

// New is a sealer over a ledger and its pool. It fails when BlockTime is not positive.
func New(l *ledger.Ledger, p *pool.Pool, cfg Config) (*Sealer, error) {
	if cfg.BlockTime < time.Millisecond {
		return nil, fmt.Errorf("block time is %v, want at least 1ms", cfg.BlockTime)
	}
	if cfg.Every < 0 || cfg.Every > cfg.BlockTime {
		return nil, fmt.Errorf("a block is sealed every %v, want at most the block time, %v", cfg.Every, cfg.BlockTime)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Sealer{cfg: cfg, ledger: l, pool: p}, nil
}

// ErrDone is wrapped when Config.Blocks were made.
var ErrDone = errors.New("all blocks asked for are made")

// Run makes blocks as the mode says until ctx ends. When Config.Blocks are made it only waits, so that the chain can still be read.
func (s *Sealer) Run(ctx context.Context) error {
	err := s.run(ctx)
	if errors.Is(err, ErrDone) {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (s *Sealer) run(ctx context.Context) error {
	switch s.cfg.Mode {
	case Instant:
		return s.runInstant(ctx)
	case Manual:
		<-ctx.Done()
		return ctx.Err()
	}
	every, seal := s.cfg.BlockTime, s.Seal
	if s.cfg.Every > 0 {
		every, seal = s.cfg.Every, s.step
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := seal(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (s *Sealer) runInstant(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		changed := s.pool.Changed()
		if ready, _ := s.pool.Len(); ready > 0 {
			if _, err := s.Seal(); err != nil {
				return err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// Seal makes one block of what is ready in the pool, at the chain's present time.
func (s *Sealer) Seal() (*ledger.Block, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.notBefore(s.now())
	if err != nil {
		return nil, err
	}
	return s.seal(now)
}

// step makes one block whose time is BlockTime after the last one's, or later if the chain's clock was set ahead, and sets the clock by it.
func (s *Sealer) step() (*ledger.Block, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, err := s.ledger.Time()
	if err != nil {
		return nil, err
	}
	now := s.now()
	if last != 0 {
		now = max(now, last+uint64(s.cfg.BlockTime.Milliseconds()))
	}
	s.offset = int64(now) - time.Now().UnixMilli()
	return s.seal(now)
}

// Mine makes n blocks in a row whose times are BlockTime apart, whatever the clock says; the chain's time stays ahead by as much, also when an
// error ends it early.
func (s *Sealer) Mine(ctx context.Context, n uint32) (*ledger.Block, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.ledger.Head()
	now, err := s.notBefore(s.now())
	if err != nil {
		return nil, err
	}
	for i := range n {
		err := ctx.Err()
		if err == nil {
			last, err = s.seal(now)
		}
		if err != nil {
			return nil, fmt.Errorf("mined %d of %d blocks: %w", i, n, err)
		}
		now += uint64(s.cfg.BlockTime.Milliseconds())
		s.offset = int64(now) - time.Now().UnixMilli()
	}
	return last, nil
}

// endOfTime is the last time that SetTime takes: the year 9999 is over then.
const endOfTime = 253_402_300_800_000

// SetTime sets the chain's time, in milliseconds since 1970; it goes on from there. It cannot go back behind the head.
func (s *Sealer) SetTime(now uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	head, err := s.ledger.Time()
	switch {
	case err != nil:
		return err
	case now < head:
		return fmt.Errorf("the chain's time is %d ms, it cannot be set back to %d; revert to an earlier block instead", head, now)
	case now > endOfTime:
		return fmt.Errorf("the time %d ms is too late, at most %d can be set; is it in milliseconds since 1970?", now, uint64(endOfTime))
	}
	s.offset = int64(now) - time.Now().UnixMilli()
	return nil
}

// Revert takes back every block above a height. Their transactions do not return to the pool, and the chain's time goes on as it was; SetTime may
// then set it back as far as the new head.
func (s *Sealer) Revert(to bt.BlockNumber) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	head := s.ledger.Head()
	if to > head.Header.Number {
		return fmt.Errorf("cannot revert to block %d, the head is %d", to, head.Header.Number)
	}
	if err := s.ledger.Revert(to); err != nil {
		return err
	}
	b := s.ledger.Head()
	s.pool.Imported(b.Hash, b.Header.Number, nil)
	return nil
}

// now is the chain's present time in milliseconds since 1970; s.mu is held.
func (s *Sealer) now() uint64 { return uint64(max(time.Now().UnixMilli()+s.offset, 0)) }

// notBefore is a time for the next block: now, or later if the runtime does not allow a block so soon after the last one.
func (s *Sealer) notBefore(now uint64) (uint64, error) {
	last, err := s.ledger.Time()
	if err != nil || last == 0 {
		return now, err
	}
	return max(now, last+s.ledger.MinPeriod()), nil
}

// seal makes a block at a time, which notBefore allows.
func (s *Sealer) seal(now uint64) (*ledger.Block, error) {
	if s.cfg.Blocks > 0 && s.made >= s.cfg.Blocks {
		return nil, ErrDone
	}
	own, err := s.ledger.Own(now)
	if err != nil {
		return nil, err
	}
	var refused []bt.Extrinsic
	candidate, err := s.ledger.Propose(ledger.Plan{
		Now: now, Author: s.cfg.Author, Transactions: append(own, s.pool.Ready()...), Unshield: true,
		Refused: func(x bt.Extrinsic, why error) {
			s.cfg.Log.Debug("a transaction left the pool", "hash", x.Hash(), "why", why)
			refused = append(refused, x)
		},
	})
	if err != nil {
		return nil, err
	}
	b, err := s.ledger.Commit(candidate, true)
	if err != nil {
		return nil, err
	}
	s.made++
	s.pool.Remove(refused...)
	s.pool.Imported(b.Hash, b.Header.Number, b.Extrinsics)
	return b, nil
}
