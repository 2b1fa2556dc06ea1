package serving

import (
	"encoding/binary"
	"strconv"

	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"golang.org/x/crypto/sha3"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/scale"
)

// AssociateEvmKey is the call's arguments. The signature is r, s and the recovery id (0 to 3, or 27 to 30); see EvmDigest for what is signed.
type AssociateEvmKey struct {
	NetUID      bt.NetUID `name:"netuid"`
	EvmKey      state.H160
	BlockNumber uint64
	Signature   [65]byte
}

// AssociateEvmKey notes the Ethereum address of the signer, a registered hotkey, once the address has signed for it.
func (r *Room) AssociateEvmKey(c *frame.Ctx, a AssociateEvmKey) error {
	hotkey, err := c.Signer()
	if err != nil {
		return err
	}
	if r.OwnerOf(c, hotkey).IsZero() {
		return r.Error.NonAssociatedColdKey
	}
	if err := r.CheckEvmKey(c, hotkey, a.NetUID); err != nil {
		return err
	}
	signer, ok := recoverEvmKey(a.Signature, EvmDigest(hotkey, a.BlockNumber))
	if !ok {
		return r.Error.InvalidIdentity
	}
	if signer != a.EvmKey {
		return r.Error.InvalidRecoveredPublicKey
	}
	now := stakepool.Now(c)
	r.Storage.AssociatedEvmAddress.Set(c.State, a.NetUID, r.Storage.Uids.Get(c.State, a.NetUID, hotkey), scale.Pair[state.H160, uint64]{A: a.EvmKey, B: now})
	r.Event.EvmKeyAssociated.Emit(c, state.EvmKeyAssociated{NetUID: a.NetUID, Hotkey: hotkey, EvmKey: a.EvmKey, BlockAssociated: now})
	return nil
}

// CheckEvmKey tells why a hotkey may not name an Ethereum address now, or nil. A neuron that never named one counts as if it had at block 0.
func (r *Room) CheckEvmKey(c *frame.Ctx, hotkey bt.AccountID, netuid bt.NetUID) error {
	uid, ok := r.Storage.Uids.TryGet(c.State, netuid, hotkey)
	if !ok {
		return r.Error.HotKeyNotRegisteredInSubNet
	}
	last, _ := r.Storage.AssociatedEvmAddress.TryGet(c.State, netuid, uid)
	if now := stakepool.Now(c); now-min(now, last.B) < r.Settings.EvmKeyRateLimit {
		return r.Error.EvmKeyAssociateRateLimitExceeded
	}
	return nil
}

// EvmDigest is what an Ethereum key signs for a hotkey: the message hotkey ++ keccak(block number, eight bytes little endian), as wallets sign texts
// (EIP-191).
func EvmDigest(hotkey bt.AccountID, block uint64) [32]byte {
	number := keccak(binary.LittleEndian.AppendUint64(nil, block))
	length := len(hotkey) + len(number)
	return keccak([]byte("\x19Ethereum Signed Message:\n"+strconv.Itoa(length)), hotkey[:], number[:])
}

// recoverEvmKey is the address of the key that made a signature; ok is false when there is none. A high s is accepted, as upstream accepts it.
func recoverEvmKey(sig [65]byte, digest [32]byte) (address state.H160, ok bool) {
	const (
		ethereum     = 27 // what wallets add to the recovery id
		uncompressed = 27 // what the library adds
		ids          = 4
	)
	id := sig[64]
	if id >= ethereum {
		id -= ethereum
	}
	if id >= ids {
		return address, false
	}
	var compact [65]byte
	compact[0] = uncompressed + id
	copy(compact[1:], sig[:64])
	key, _, err := ecdsa.RecoverCompact(compact[:], digest[:])
	if err != nil {
		return address, false
	}
	point := keccak(key.SerializeUncompressed()[1:])
	copy(address[:], point[len(point)-len(address):])
	return address, true
}

func keccak(parts ...[]byte) (out [32]byte) {
	h := sha3.NewLegacyKeccak256()
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(out[:0])
	return out
}
