package registration

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/pow"
)

// Register is the call's arguments. Where the price is paid, block, nonce, work and coldkey are not looked at.
type Register struct {
	NetUID      bt.NetUID `name:"netuid"`
	BlockNumber uint64
	Nonce       uint64
	Work        []byte
	Hotkey      bt.AccountID
	Coldkey     bt.AccountID
}

// Faucet is the call's arguments.
type Faucet struct {
	BlockNumber uint64
	Nonce       uint64
	Work        []byte
}

// Register gives a hotkey a uid for work done, where the subnet's rule says so: the hotkey signs, and the coldkey becomes its owner if it has none. It is
// the rule of the chain until January 2026 (upstream's do_registration), which also knew that work may be used once; the seal is read big-endian, as it was
// until May 2025 and as the solvers of that time do. On all other subnets it is BurnedRegister under its older name.
func (r *Room) Register(c *frame.Ctx, a Register) error {
	if !r.takesWork(c, a.NetUID) {
		return r.buy(c, a.NetUID, a.Hotkey)
	}
	who, err := c.Signer()
	if err != nil {
		return err
	}
	if err := r.checkRegister(c, who, a); err != nil {
		return err
	}
	r.Storage.UsedWork.Set(c.State, a.Work, stakepool.Now(c))
	if err := r.Associate(c, a.Coldkey, a.Hotkey); err != nil {
		return err
	}
	return r.settle(c, a.NetUID, a.Hotkey)
}

// checkRegister is all that register asks for but room for the neuron, in the order of the historic chain. It changes nothing.
func (r *Room) checkRegister(c *frame.Ctx, who bt.AccountID, a Register) error {
	st, s := &r.Storage, c.State
	switch {
	case who != a.Hotkey:
		return r.Error.TransactorAccountShouldBeHotKey
	case a.NetUID == stakepool.Root:
		return r.Error.RegistrationNotPermittedOnRootSubnet
	case !r.Exists(c, a.NetUID):
		return r.Error.SubnetNotExists
	case !st.NetworkPowRegistrationAllowed.Get(s, a.NetUID):
		return r.Error.SubNetRegistrationDisabled
	}
	if err := r.checkAdjusted(c, a.NetUID); err != nil {
		return err
	}
	if st.Uids.Has(s, a.NetUID, a.Hotkey) {
		return r.Error.HotKeyAlreadyRegisteredInSubNet
	}
	difficulty := st.Difficulty.Get(s, a.NetUID)
	if err := r.checkLegacy(c, a.BlockNumber, a.Nonce, a.Work, a.Hotkey, func(s pow.Seal) bool { return s.MeetsBigEndian(difficulty) }); err != nil {
		return err
	}
	if err := r.checkPair(c, a.Coldkey, a.Hotkey); err != nil {
		return err
	}
	if st.MaxAllowedUids.Get(s, a.NetUID) == 0 {
		return r.Error.NoNeuronIdAvailable
	}
	return nil
}

// checkLegacy checks work over the old puzzle. Work over the block under execution, whose hash nobody knows, is refused; upstream took it, over a hash of
// zeros, so that it could be done long before.
func (r *Room) checkLegacy(c *frame.Ctx, block, nonce uint64, work []byte, account bt.AccountID, meets func(pow.Seal) bool) error {
	hash, known := r.hashOf(c, block)
	switch {
	case !known || stakepool.Now(c)-block >= legacyWorkBlocks:
		return r.Error.InvalidWorkBlock
	case r.Storage.UsedWork.Has(c.State, work):
		return r.Error.WorkRepeated
	case len(work) != len(pow.Seal{}):
		return r.Error.InvalidSeal
	case !meets(pow.Seal(work)):
		return r.Error.InvalidDifficulty
	case pow.Legacy(hash, account).Seal(nonce) != pow.Seal(work):
		return r.Error.InvalidSeal
	}
	return nil
}

// What the faucet asks and gives.
const (
	faucetDifficulty = 1_000_000
	faucetAmount     = 1000 * bt.Tao
)

// Faucet mints 1000 TAO for the signer's work, where the chain has a faucet; the seal is read little-endian, as upstream has it since May 2025. Less is left to mint only at the end of the supply.
func (r *Room) Faucet(c *frame.Ctx, a Faucet) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	if err := r.checkFaucet(c, coldkey, a); err != nil {
		return err
	}
	r.Storage.UsedWork.Set(c.State, a.Work, stakepool.Now(c))
	minted := r.MintTao(c, faucetAmount)
	if err := r.SpendMinted(c, coldkey, minted); err != nil {
		return err
	}
	r.Event.Faucet.Emit(c, state.Faucet{Account: coldkey, Amount: uint64(minted)})
	return nil
}

func (r *Room) checkFaucet(c *frame.Ctx, coldkey bt.AccountID, a Faucet) error {
	if !r.Rules.Storage.FaucetAllowed.Get(c.State) {
		return r.Error.FaucetDisabled
	}
	return r.checkLegacy(c, a.BlockNumber, a.Nonce, a.Work, coldkey, func(s pow.Seal) bool { return s.Meets(faucetDifficulty) })
}
