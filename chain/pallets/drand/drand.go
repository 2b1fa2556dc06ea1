// Package drand is the pallet that keeps a beacon's pulses: the signatures of its rounds, by which what was encrypted to a round can be opened (package tlock).
// A chain follows one beacon, as BeaconConfig says: drand's quicknet unless its genesis names another one, such as a beacon of its own.
//
// Pulses come by transactions without a fee, which anybody may make: Validate lets only those in whose pulse the beacon has signed. The package deliberately
// fetches no pulses and signs none (node/beacon), and reveals nothing by itself: those who hold ciphertexts ask Decrypt.
package drand

import (
	"errors"

	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/tlock"
)

// Name and Index are the pallet's place in the runtime.
const (
	Name        = "Drand"
	Index uint8 = 26
)

const (
	// MaxKept is how many rounds the chain keeps: 7.5 days of quicknet.
	MaxKept = 216_000
	// maxRemoved is how many rounds one call removes at most.
	maxRemoved = 100
)

// Pallet is the drand pallet.
type Pallet struct {
	Storage struct {
		BeaconConfig      storage.Value[BeaconConfiguration]                   `doc:"The beacon that the chain follows; drand's quicknet at first." default:"0x810183cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a030000002721e6648052db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e97180f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e60626c732d756e636861696e65642d67312d7266633933383020717569636b6e6574"`
		HasMigrationRun   storage.Map[storage.Identity, MigrationKey, bool]    `doc:"Which migrations of storage have run."`
		Pulses            storage.Map[storage.Blake2_128Concat, uint64, Pulse] `storage:"optional" doc:"Pulses by their rounds."`
		LastStoredRound   storage.Value[uint64]                                `doc:"The newest round that is kept."`
		OldestStoredRound storage.Value[uint64]                                `doc:"The oldest round that is kept."`
		NextUnsignedAt    storage.Value[uint32]                                `doc:"The block from which on the next pulse is taken."`
	}
	Constants struct {
		UnsignedPriority frame.Const[uint64] `doc:"Least priority of pulses in the pool."`
		HttpFetchTimeout frame.Const[uint64] `doc:"Milliseconds that upstream's nodes wait for a beacon's answer. Nothing here goes by it."`
	}
	Event struct {
		BeaconConfigChanged  frame.Event[BeaconConfigChanged]  `index:"0" doc:"The chain follows another beacon."`
		NewPulse             frame.Event[NewPulse]             `index:"1" doc:"Pulses were stored."`
		SetOldestStoredRound frame.Event[SetOldestStoredRound] `index:"2" doc:"The oldest round that is kept was set."`
	}
	Error struct {
		NoneValue              frame.Error `index:"0" doc:"No value is set."`
		StorageOverflow        frame.Error `index:"1" doc:"A number in storage would not fit."`
		DrandConnectionFailure frame.Error `index:"2" doc:"The beacon cannot be reached."`
		UnverifiedPulse        frame.Error `index:"3" doc:"The pulse is not the beacon's."`
		InvalidRoundNumber     frame.Error `index:"4" doc:"The round is not newer than the last one."`
		PulseVerificationError frame.Error `index:"5" doc:"The pulse or the beacon's key cannot be read."`
	}
	Call struct {
		WritePulse           frame.Call[WritePulse]      `index:"0" weight:"4294000000,0,3,4" doc:"Store pulses that the beacon has signed."`
		SetBeaconConfig      frame.Call[SetBeaconConfig] `index:"1" weight:"8766000,0,0,2" doc:"Follow another beacon. Root only."`
		SetOldestStoredRound frame.Call[SetOldestRound]  `index:"2" weight:"5370000,0,0,1" doc:"Set the oldest round that is kept. Root only."`
	}
}

// New is the pallet with upstream's constants.
func New() *Pallet {
	p := &Pallet{}
	p.Constants.UnsignedPriority.Set(1 << 20)
	p.Constants.HttpFetchTimeout.Set(1000)
	return p
}

// WritePulse stores the pulses that the beacon has signed and passes over the others. It fails when one cannot be read, or is of a round that is not newer
// than the last one.
func (p *Pallet) WritePulse(c *frame.Ctx, a WritePulse) error {
	if err := c.EnsureNone(); err != nil {
		return err
	}
	s, st := c.State, &p.Storage
	key, keyErr := tlock.ParsePublicKey(st.BeaconConfig.Get(s).PublicKey)
	last := st.LastStoredRound.Get(s)
	first := last == 0 && st.OldestStoredRound.Get(s) == 0
	stored := []uint64{}
	for _, pulse := range a.PulsesPayload.Pulses {
		signature, err := tlock.ParseSignature(pulse.Signature)
		if keyErr != nil || err != nil {
			return p.Error.PulseVerificationError
		}
		if !key.Verify(pulse.Round, signature) {
			continue
		}
		if pulse.Round <= last {
			return p.Error.InvalidRoundNumber
		}
		st.Pulses.Set(s, pulse.Round, pulse)
		last = pulse.Round
		stored = append(stored, pulse.Round)
	}
	st.LastStoredRound.Set(s, last)
	if first && len(stored) > 0 {
		st.OldestStoredRound.Set(s, stored[0])
	}
	p.prune(c, last)
	st.NextUnsignedAt.Set(s, c.Env.Number)
	if len(stored) > 0 {
		p.Event.NewPulse.Emit(c, NewPulse{Rounds: stored})
	}
	return nil
}

// prune removes rounds from the old end until MaxKept are left, a limited number at a time.
func (p *Pallet) prune(c *frame.Ctx, last uint64) {
	oldest := p.Storage.OldestStoredRound.Get(c.State)
	if oldest == 0 {
		return
	}
	for removed := 0; removed < maxRemoved && last >= oldest && last-oldest >= MaxKept; removed++ {
		p.Storage.Pulses.Delete(c.State, oldest)
		oldest++
	}
	p.Storage.OldestStoredRound.Set(c.State, oldest)
}

// SetBeaconConfig makes the chain follow another beacon. Nothing of it is checked: root must know.
func (p *Pallet) SetBeaconConfig(c *frame.Ctx, a SetBeaconConfig) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	p.Storage.BeaconConfig.Set(c.State, a.ConfigPayload.Config)
	const most = 1<<32 - 1
	p.Storage.NextUnsignedAt.Set(c.State, min(c.Env.Number, most-1)+1)
	p.Event.BeaconConfigChanged.Emit(c, BeaconConfigChanged{})
	return nil
}

// SetOldestStoredRound sets from which round on pulses are removed when there are too many.
func (p *Pallet) SetOldestStoredRound(c *frame.Ctx, a SetOldestRound) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	p.Storage.OldestStoredRound.Set(c.State, a.OldestRound)
	p.Event.SetOldestStoredRound.Emit(c, SetOldestStoredRound{Round: a.OldestRound})
	return nil
}

// ErrNoPulse is returned for a round that the chain does not hold, or not yet.
var ErrNoPulse = errors.New("the chain does not hold this round")

// Signature is the beacon's signature of a round; ok is false for a round that the chain does not hold, or not yet.
func (p *Pallet) Signature(c *frame.Ctx, round uint64) (signature []byte, ok bool) {
	pulse, ok := p.Storage.Pulses.TryGet(c.State, round)
	if signature = pulse.Signature; len(signature) >= 2 && signature[0] == '0' && signature[1] == 'x' { // as upstream, which once stored them so
		signature = signature[2:]
	}
	return signature, ok
}

// Decrypt opens what was encrypted to a round. The error is ErrNoPulse while the round is not there; any other one says that it can never be opened.
func (p *Pallet) Decrypt(c *frame.Ctx, round uint64, ciphertext []byte) ([]byte, error) {
	signature, ok := p.Signature(c, round)
	if !ok {
		return nil, ErrNoPulse
	}
	return tlock.Decrypt(ciphertext, signature)
}

// LastRound is the newest round that the chain holds; 0 when it holds none.
func (p *Pallet) LastRound(c *frame.Ctx) uint64 { return p.Storage.LastStoredRound.Get(c.State) }

// RoundAt is the newest round that the chain's beacon has signed at a time, in milliseconds since 1970; 0 before its first.
func (p *Pallet) RoundAt(c *frame.Ctx, now uint64) uint64 {
	return p.Storage.BeaconConfig.Get(c.State).RoundAt(now)
}
