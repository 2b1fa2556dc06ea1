package registration

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/pow"
	"github.com/myelin-go/myelin/scale"
)

// PowRegister is the call's arguments: the block whose hash the work was done over, the nonce that was found, and the seal that it gives.
type PowRegister struct {
	NetUID    bt.NetUID `name:"netuid"`
	WorkBlock uint64
	Nonce     uint64
	Work      [32]byte
	Hotkey    bt.AccountID
}

// How old work may be, in blocks: of pow_register, and of register and the faucet, where the block under execution counts.
const (
	maxWorkAge       = 5
	legacyWorkBlocks = 3
)

// maxHotkeys is how many hotkeys a coldkey may own, and how many it may stake on, when work brings it another one.
const maxHotkeys = 256

// PowRegister gives the signer's hotkey a uid on a subnet for work done, without payment. The difficulty rises; the price stays.
func (r *Room) PowRegister(c *frame.Ctx, a PowRegister) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	if err := r.checkPow(c, coldkey, a); err != nil {
		return err
	}
	if err := r.Associate(c, coldkey, a.Hotkey); err != nil {
		return err
	}
	if err := r.settle(c, a.NetUID, a.Hotkey); err != nil {
		return err
	}
	r.Storage.LastPowRegistrationBlock.Set(c.State, a.Hotkey, a.WorkBlock)
	if !r.adjusted(c, a.NetUID) {
		move(c, &r.Storage.Difficulty, a.NetUID, r.difficultyRule(c, a.NetUID).AfterRegistration)
	}
	return nil
}

// settle seats a hotkey that has done its work, and counts it.
func (r *Room) settle(c *frame.Ctx, netuid bt.NetUID, hotkey bt.AccountID) error {
	uid, ok := r.take(c, netuid, hotkey)
	if !ok || !r.Storage.Uids.Has(c.State, netuid, hotkey) { // the uid of the subnet's owner is not given away
		return r.Error.NoNeuronIdAvailable
	}
	r.count(c, netuid, &r.Storage.POWRegistrationsThisInterval)
	r.Event.NeuronRegistered.Emit(c, state.NeuronRegistered{NetUID: netuid, UID: uid, Hotkey: hotkey})
	return nil
}

// checkPow is all that pow_register asks for but room for the neuron. It changes nothing.
func (r *Room) checkPow(c *frame.Ctx, coldkey bt.AccountID, a PowRegister) error {
	st, s := &r.Storage, c.State
	switch {
	case a.NetUID == stakepool.Root:
		return r.Error.RegistrationNotPermittedOnRootSubnet
	case !r.Exists(c, a.NetUID):
		return r.Error.SubnetNotExists
	case !r.byWork(c, a.NetUID):
		return r.Error.SubNetRegistrationDisabled
	case st.Uids.Has(s, a.NetUID, a.Hotkey):
		return r.Error.HotKeyAlreadyRegisteredInSubNet
	case st.MaxAllowedUids.Get(s, a.NetUID) == 0:
		return r.Error.NoNeuronIdAvailable
	}
	if err := r.checkBlock(c, a.NetUID); err != nil {
		return err
	}
	if err := r.checkAdjusted(c, a.NetUID); err != nil {
		return err
	}
	now := stakepool.Now(c)
	if a.WorkBlock >= now || now-a.WorkBlock > maxWorkAge {
		return r.Error.InvalidWorkBlock
	}
	if last, ok := st.LastPowRegistrationBlock.TryGet(s, a.Hotkey); ok && last >= a.WorkBlock {
		return r.Error.InvalidWorkBlock
	}
	hash, ok := r.hashOf(c, a.WorkBlock)
	if !ok {
		return r.Error.InvalidWorkBlock
	}
	seal := pow.Register(uint16(a.NetUID), hash, a.Hotkey, coldkey).Seal(a.Nonce)
	if seal != a.Work {
		return r.Error.InvalidSeal
	}
	if !seal.Meets(pow.EffectiveDifficulty(st.Difficulty.Get(s, a.NetUID), st.MinDifficulty.Get(s, a.NetUID), st.MaxDifficulty.Get(s, a.NetUID))) {
		return r.Error.InvalidDifficulty
	}
	if err := r.checkPair(c, coldkey, a.Hotkey); err != nil {
		return err
	}
	if !r.HotkeyExists(c, a.Hotkey) && (len(st.OwnedHotkeys.Get(s, coldkey)) >= maxHotkeys || len(st.StakingHotkeys.Get(s, coldkey)) >= maxHotkeys) {
		return r.Error.TooManyStakingHotkeys
	}
	return nil
}

// checkPair refuses a hotkey that holds a subnet's TAO, and one that belongs to another coldkey.
func (r *Room) checkPair(c *frame.Ctx, coldkey, hotkey bt.AccountID) error {
	switch {
	case r.IsCustodyAccount(hotkey):
		return r.Error.CannotUseSystemAccount
	case r.HotkeyExists(c, hotkey) && !r.Owns(c, coldkey, hotkey):
		return r.Error.NonAssociatedColdKey
	}
	return nil
}

// hashOf is the hash of a block before the one under execution, as far back as the chain remembers.
func (r *Room) hashOf(c *frame.Ctx, block uint64) (bt.Hash, bool) {
	now := stakepool.Now(c)
	switch {
	case block >= now:
		return bt.Hash{}, false
	case block == now-1: // not in state yet when the pool asks
		return c.Env.Parent, c.Env.Parent != bt.Hash{}
	}
	hash := r.system.BlockHash.Get(c.State, bt.BlockNumber(block))
	return hash, hash != bt.Hash{}
}

// CheckWork judges the work in a call for the transaction pool, so that nobody fills blocks with wrong work for nothing; other calls pass. It is asked
// for the outer call of a transaction only: calls within others are paid for.
func (r *Room) CheckWork(c *frame.Ctx, who bt.AccountID, args any) error {
	switch a := args.(type) {
	case *PowRegister:
		return r.checkPow(c, who, *a)
	case *Register:
		if r.takesWork(c, a.NetUID) {
			return r.checkRegister(c, who, *a)
		}
	case *Faucet:
		return r.checkFaucet(c, who, *a)
	}
	return nil
}

// workTags are what the tags of transactions with work begin with.
const (
	powTag    = "pow-registration"
	legacyTag = "used-work"
)

// Lifetime tells how many blocks the work in a call, already judged, stays good, counting the one under execution, and the tag by which the pool knows the
// same work again. ok is false for other calls.
func (r *Room) Lifetime(c *frame.Ctx, args any) (blocks uint64, tag []byte, ok bool) {
	var e scale.Encoder
	left := func(most, workBlock uint64) uint64 {
		age := stakepool.Now(c) - min(stakepool.Now(c), workBlock)
		return most - min(most, age)
	}
	legacy := func(block uint64, work []byte) (uint64, []byte, bool) {
		e.Raw([]byte(legacyTag))
		e.Raw(work)
		return left(legacyWorkBlocks, block), e.Bytes(), true
	}
	switch a := args.(type) {
	case *PowRegister:
		e.Raw([]byte(powTag))
		e.Raw(a.Hotkey[:])
		e.U64(a.WorkBlock)
		return left(maxWorkAge+1, a.WorkBlock), e.Bytes(), true
	case *Register:
		if r.takesWork(c, a.NetUID) {
			return legacy(a.BlockNumber, a.Work)
		}
	case *Faucet:
		return legacy(a.BlockNumber, a.Work)
	}
	return 0, nil, false
}

// Free tells whether a transaction with this call costs no fee although the call is declared to: pow_register, and register where work is its price. Within other calls, a
// batch above all, they are paid for, since CheckWork is not asked of them: else anybody could fill blocks with wrong work for nothing.
func (r *Room) Free(c *frame.Ctx, args any) bool {
	switch a := args.(type) {
	case *PowRegister:
		return true
	case *Register:
		return r.takesWork(c, a.NetUID)
	}
	return false
}
