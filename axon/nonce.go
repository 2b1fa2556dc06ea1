package axon

import (
	"fmt"
	"sync"
	"time"

	"github.com/myelin-go/myelin/synapse"
)

// NonceConfig bounds the memory against replays. Zero values mean the defaults named beside the fields.
type NonceConfig struct {
	MaxPairs  int           // hotkey and uuid pairs remembered; beyond it new pairs are refused; 65536
	MaxPerKey int           // of them for one hotkey; 1024
	MaxAhead  time.Duration // how far a caller's clock may run ahead of ours; 30 s
	AllowOld  bool          // accept callers of before 7.2.0, whose nonces are no times: they can be replayed after a restart
}

const (
	// allowedDelta is the age that upstream grants a first nonce on top of the request's timeout.
	allowedDelta = 4 * time.Second
	// timedNonces is the first version whose nonces are nanoseconds since 1970.
	timedNonces = 7_002_000
)

// nonceTable remembers the last nonce of each hotkey and uuid. A pair is forgotten when its nonce is so old that it would be
// refused at first contact too: forgetting never lets a replay in.
type nonceTable struct {
	cfg        NonceConfig
	maxTimeout time.Duration

	mu     sync.Mutex
	last   map[pair]int64
	perKey map[string]int
	pruned time.Time
}

type pair struct{ hotkey, uuid string }

func newNonceTable(cfg NonceConfig, maxTimeout time.Duration) *nonceTable {
	if cfg.MaxPairs <= 0 {
		cfg.MaxPairs = 1 << 16
	}
	if cfg.MaxPerKey <= 0 {
		cfg.MaxPerKey = 1024
	}
	if cfg.MaxAhead <= 0 {
		cfg.MaxAhead = 30 * time.Second
	}
	return &nonceTable{cfg: cfg, maxTimeout: maxTimeout, last: make(map[pair]int64), perKey: make(map[string]int)}
}

const pruneEvery = time.Second

// told is an error whose text goes to the caller, in the words and capitals that Python clients know.
type told string

// Error returns the text.
func (t told) Error() string { return string(t) }

func toldf(format string, args ...any) error { return told(fmt.Sprintf(format, args...)) }

const (
	errNoNonce    = told("Missing Nonce")
	errNoSign     = told("Missing Signature")
	errReplay     = told("Nonce is too old, a newer one was last processed")
	errTableFull  = told("Too many callers at once, try again later")
	errManyUUIDs  = told("Too many uuids of one hotkey at once, try again later")
	errLongHash   = told("Body hash longer than 64 digits")
	errLongIdents = told("Hotkey or uuid too long")
)

// use accepts a request's nonce if it is fresh and verify, called without the lock, agrees.
func (t *nonceTable) use(h *synapse.Info, now time.Time, verify func() error) error {
	d := &h.Dendrite
	if len(d.Hotkey) > 64 || len(d.UUID) > 64 {
		return errLongIdents
	}
	if d.Nonce == 0 {
		return errNoNonce
	}
	key := pair{d.Hotkey, d.UUID}
	if err := t.check(key, h, now); err != nil {
		return err
	}
	if err := verify(); err != nil {
		return err
	}
	return t.store(key, d.Nonce, now)
}

func (t *nonceTable) check(key pair, h *synapse.Info, now time.Time) error {
	t.mu.Lock()
	last, known := t.last[key]
	t.mu.Unlock()
	if known && h.Dendrite.Nonce <= last {
		return errReplay
	}
	if t.cfg.AllowOld && h.Dendrite.Version < timedNonces {
		return nil
	}
	age := now.Sub(time.Unix(0, h.Dendrite.Nonce))
	if -age > t.cfg.MaxAhead {
		return toldf("Nonce is too new: acceptable delta is %.2f seconds but request was %.2f seconds ahead", t.cfg.MaxAhead.Seconds(), -age.Seconds())
	}
	if known {
		return nil
	}
	// The timeout is not signed: without the cap, a replay could claim any age.
	timeout := max(0, min(h.Timeout, t.maxTimeout.Seconds()))
	allowed := allowedDelta + time.Duration(timeout*float64(time.Second))
	if age >= allowed {
		return toldf("Nonce is too old: acceptable delta is %.2f seconds but request was %.2f seconds old", allowed.Seconds(), age.Seconds())
	}
	return nil
}

func (t *nonceTable) store(key pair, nonce int64, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	last, known := t.last[key]
	if known && nonce <= last { // another request of the pair was faster
		return errReplay
	}
	if !known {
		if now.Sub(t.pruned) >= pruneEvery {
			t.prune(now)
		}
		if len(t.last) >= t.cfg.MaxPairs {
			return errTableFull
		}
		if t.perKey[key.hotkey] >= t.cfg.MaxPerKey {
			return errManyUUIDs
		}
		t.perKey[key.hotkey]++
	}
	t.last[key] = nonce
	return nil
}

// prune forgets what is stale, at most once a second: the cost per new pair stays small even at the bound.
func (t *nonceTable) prune(now time.Time) {
	t.pruned = now
	if t.cfg.AllowOld {
		return // an old-style nonce tells no age, and the version is the caller's word
	}
	stale := now.Add(-allowedDelta - t.maxTimeout).UnixNano()
	for key, nonce := range t.last {
		if nonce > stale {
			continue
		}
		delete(t.last, key)
		if t.perKey[key.hotkey]--; t.perKey[key.hotkey] == 0 {
			delete(t.perKey, key.hotkey)
		}
	}
}
