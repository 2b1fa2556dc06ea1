package genesis

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/tlock"
)

// Beacon is a chain's own beacon, of the scheme tlock.Scheme. Who holds its secret key can open everything that is encrypted to it, at once.
type Beacon struct {
	Name        string `json:"name"`        // at most 32 bytes
	PublicKey   string `json:"publicKey"`   // 96 bytes in hex
	Period      uint32 `json:"period"`      // seconds between two rounds
	GenesisTime uint32 `json:"genesisTime"` // of round 1, in seconds since 1970
}

// DevelopmentSeed is the seed of the beacon key of local networks (tlock.NewSecretKey). Everybody knows it, as they know //Alice: it keeps nothing secret.
const DevelopmentSeed = "myelin development beacon"

// The clock of drand's quicknet.
const (
	quicknetPeriod  = 3
	quicknetGenesis = 1_692_803_367
)

// DevelopmentBeacon is the beacon of local networks. It keeps quicknet's clock: clients that compute a round from the time get the same number.
func DevelopmentBeacon() *Beacon {
	secret, err := tlock.NewSecretKey([]byte(DevelopmentSeed))
	if err != nil {
		panic(fmt.Sprintf("genesis: %v", err))
	}
	public := secret.Public().Bytes()
	return &Beacon{Name: "myelin-development", PublicKey: hex.EncodeToString(public[:]), Period: quicknetPeriod, GenesisTime: quicknetGenesis}
}

func (b *Beacon) key() (*tlock.PublicKey, error) {
	raw, err := hex.DecodeString(b.PublicKey)
	if err != nil {
		return nil, err
	}
	return tlock.ParsePublicKey(raw)
}

func (b *Beacon) validate() error {
	switch _, err := b.key(); {
	case err != nil:
		return fmt.Errorf("%w: the beacon's publicKey: %w", ErrSpec, err)
	case b.Period == 0:
		return fmt.Errorf("%w: the beacon's period is 0, want seconds", ErrSpec)
	case len(b.Name) > 32:
		return fmt.Errorf("%w: the beacon's name has %d bytes, at most 32", ErrSpec, len(b.Name))
	}
	return nil
}

// Configuration is the beacon as the chain keeps it. The hashes are made as drand makes them: that of the chain is over period, time, key, group hash and
// name, so that nobody takes the beacon for another one. It panics on what Validate refuses.
func (b *Beacon) Configuration() drand.BeaconConfiguration {
	key, err := b.key()
	if err != nil {
		panic(fmt.Sprintf("genesis: %v", err))
	}
	public := key.Bytes()
	group := sha256.Sum256(public[:])
	info := binary.BigEndian.AppendUint32(nil, b.Period)
	info = binary.BigEndian.AppendUint64(info, uint64(b.GenesisTime))
	info = append(append(append(info, public[:]...), group[:]...), b.Name...)
	hash := sha256.Sum256(info)
	return drand.BeaconConfiguration{
		PublicKey: public[:], Period: b.Period, GenesisTime: b.GenesisTime, Hash: hash[:], GroupHash: group[:],
		SchemeID: []byte(tlock.Scheme), Metadata: drand.Metadata{BeaconID: []byte(b.Name)},
	}
}

// refusals are the reasons of package drand in the words of package chain.
var refusals = [...]chain.Reason{
	drand.Call: chain.BadCall, drand.BadSigner: chain.BadSigner, drand.BadProof: chain.BadProof, drand.Future: chain.Future, drand.Stale: chain.Stale,
}

// pulses judges calls without signature of the drand pallet, and asks another judge about the rest.
func pulses(p *drand.Pallet, rest func(*frame.Ctx, frame.RuntimeCall) (chain.Validity, *chain.InvalidTransaction)) func(*frame.Ctx, frame.RuntimeCall) (chain.Validity, *chain.InvalidTransaction) {
	verify := func(public bt.AccountID, message []byte, sig [64]byte) bool {
		return keys.Verify(keys.Sr25519, public, message, sig)
	}
	return func(c *frame.Ctx, call frame.RuntimeCall) (chain.Validity, *chain.InvalidTransaction) {
		if call.Pallet != drand.Index {
			return rest(c, call)
		}
		v, why := p.Validate(c, call.Args, verify)
		if why != drand.Accepted {
			return chain.Validity{}, &chain.InvalidTransaction{Reason: refusals[why]}
		}
		return chain.Validity{Priority: v.Priority, Provides: [][]byte{v.Provides}, Longevity: v.Longevity, Propagate: v.Propagate}, nil
	}
}

// pulsePriority lifts signed calls of write_pulse in the pool, as upstream's extension DrandPriority does. They fail when they are executed.
func pulsePriority(call frame.RuntimeCall) uint64 {
	const priority = 10_000
	if call.Pallet == drand.Index && call.Index == 0 {
		return priority
	}
	return 0
}
