package stakepool

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/emission"
)

// palletAccount is the account of a pallet's id, or one of its sub-accounts: "modl", the id, and sub, cut or filled to 32 bytes.
func palletAccount(id state.PalletID, sub ...byte) (a bt.AccountID) {
	n := copy(a[:], "modl")
	n += copy(a[n:], id[:])
	copy(a[n:], sub)
	return a
}

// CustodyAccount holds a subnet's TAO: all that is staked in it.
func (p *Pools) CustodyAccount(netuid bt.NetUID) bt.AccountID {
	return palletAccount(p.Constants.SubtensorPalletId.Get(), binary.LittleEndian.AppendUint16(nil, uint16(netuid))...)
}

// IsCustodyAccount tells whether an account holds some subnet's TAO, whether or not the subnet exists.
func (p *Pools) IsCustodyAccount(a bt.AccountID) bool {
	const head = 4 + len(state.PalletID{})
	own := palletAccount(p.Constants.SubtensorPalletId.Get())
	return bytes.Equal(a[:head], own[:head]) && bytes.Equal(a[head+2:], own[head+2:])
}

func (p *Pools) custody(c *frame.Ctx, netuid bt.NetUID) (bt.AccountID, error) {
	if netuid != Root && !p.Storage.NetworksAdded.Has(c.State, netuid) {
		return bt.AccountID{}, p.Error.SubnetNotExists
	}
	return p.CustodyAccount(netuid), nil
}

// Spendable is what an account can pay, if it may end by it.
func (p *Pools) Spendable(c *frame.Ctx, who bt.AccountID) bt.Rao {
	return p.Money.Reducible(c, who, balances.Expendable)
}

// Transfer moves TAO between accounts; the payer may end by it. The dust that an ending account leaves is taken from both issuances. It fails
// with InsufficientTaoBalance, or as Money.Transfer does.
func (p *Pools) Transfer(c *frame.Ctx, from, to bt.AccountID, amount bt.Rao) error {
	if amount > p.Spendable(c, from) {
		return p.Error.InsufficientTaoBalance
	}
	before := p.Money.TotalIssuance(c)
	if err := p.Money.Transfer(c, from, to, amount, balances.Expendable); err != nil {
		return err
	}
	if after := p.Money.TotalIssuance(c); after < before {
		p.lowerIssuance(c, before-after)
	}
	return nil
}

// PayIn moves TAO into a subnet's custody and returns how much: no more than leaves the payer alive. It fails with SubnetNotExists, or with
// InsufficientTaoBalance when that is nothing.
func (p *Pools) PayIn(c *frame.Ctx, netuid bt.NetUID, from bt.AccountID, amount bt.Rao) (bt.Rao, error) {
	if amount == 0 {
		return 0, nil
	}
	to, err := p.custody(c, netuid)
	if err != nil {
		return 0, err
	}
	amount = min(amount, p.Money.Reducible(c, from, balances.Preserve))
	if amount == 0 {
		return 0, p.Error.InsufficientTaoBalance
	}
	return amount, p.Money.Transfer(c, from, to, amount, balances.Preserve)
}

// PayOut moves TAO out of a subnet's custody.
func (p *Pools) PayOut(c *frame.Ctx, netuid bt.NetUID, to bt.AccountID, amount bt.Rao) error {
	from, err := p.custody(c, netuid)
	if err != nil {
		return err
	}
	return p.Transfer(c, from, to, amount)
}

// BurnTao puts TAO out of reach; it still counts as issued.
func (p *Pools) BurnTao(c *frame.Ctx, from bt.AccountID, amount bt.Rao) error {
	return p.Transfer(c, from, palletAccount(p.Constants.BurnAccountId.Get()), amount)
}

// RecycleTao destroys TAO of an account that lives on, so that it can be emitted again. It fails with InsufficientTaoBalance or BalanceWithdrawalError.
func (p *Pools) RecycleTao(c *frame.Ctx, from bt.AccountID, amount bt.Rao) error {
	if amount > p.Money.Reducible(c, from, balances.Preserve) {
		return p.Error.InsufficientTaoBalance
	}
	p.lowerIssuance(c, amount)
	if err := p.Money.Withdraw(c, from, amount, balances.Expendable); err != nil {
		return p.Error.BalanceWithdrawalError
	}
	p.Money.Drop(c, amount)
	return nil
}

// MintTao issues TAO, within the maximal supply, and returns how much. The caller must give all of it to SpendMinted or RecycleMinted.
func (p *Pools) MintTao(c *frame.Ctx, amount bt.Rao) bt.Rao {
	issued := p.Money.TotalIssuance(c)
	amount = min(amount, bt.Rao(emission.MaxSupply)-min(issued, bt.Rao(emission.MaxSupply)))
	p.Storage.TotalIssuance.Mutate(c.State, func(total *bt.Rao) { *total = addSaturating(*total, amount) })
	p.Money.Issue(c, amount)
	return amount
}

// SpendMinted puts minted TAO into an account; the error is Money.Deposit's.
func (p *Pools) SpendMinted(c *frame.Ctx, to bt.AccountID, amount bt.Rao) error {
	return p.Money.Deposit(c, to, amount)
}

// RecycleMinted destroys minted TAO that nobody gets.
func (p *Pools) RecycleMinted(c *frame.Ctx, amount bt.Rao) {
	if amount != 0 {
		p.lowerIssuance(c, amount)
	}
	p.Money.Drop(c, amount)
}

func (p *Pools) lowerIssuance(c *frame.Ctx, amount bt.Rao) {
	p.Storage.TotalIssuance.Mutate(c.State, func(total *bt.Rao) { *total -= min(*total, amount) })
}

// EnsureOwnerOrRoot refuses everybody but root and a subnet's owner.
func (p *Pools) EnsureOwnerOrRoot(c *frame.Ctx, netuid bt.NetUID) error {
	if c.Origin.IsRoot() {
		return nil
	}
	who, err := c.Signer()
	if err == nil && p.Storage.SubnetOwner.Get(c.State, netuid) != who {
		return frame.BadOrigin
	}
	return err
}

// HotkeyExists tells whether a hotkey has an owner.
func (p *Pools) HotkeyExists(c *frame.Ctx, hotkey bt.AccountID) bool {
	return p.Storage.Owner.Has(c.State, hotkey)
}

// Owns tells whether a coldkey owns a hotkey.
func (p *Pools) Owns(c *frame.Ctx, coldkey, hotkey bt.AccountID) bool {
	owner, ok := p.Storage.Owner.TryGet(c.State, hotkey)
	return ok && owner == coldkey
}

// OwnerOf is a hotkey's owner, the zero account if it has none.
func (p *Pools) OwnerOf(c *frame.Ctx, hotkey bt.AccountID) bt.AccountID {
	return p.Storage.Owner.Get(c.State, hotkey)
}

// Associate makes a coldkey the owner of a hotkey that has none; it changes nothing otherwise. It fails with CannotUseSystemAccount.
func (p *Pools) Associate(c *frame.Ctx, coldkey, hotkey bt.AccountID) error {
	if p.IsCustodyAccount(hotkey) {
		return p.Error.CannotUseSystemAccount
	}
	if p.HotkeyExists(c, hotkey) {
		return nil
	}
	p.Storage.Owner.Set(c.State, hotkey, coldkey)
	if owned := p.Storage.OwnedHotkeys.Get(c.State, coldkey); !slices.Contains(owned, hotkey) {
		p.Storage.OwnedHotkeys.Set(c.State, coldkey, append(owned, hotkey))
	}
	p.noteStaking(c, coldkey, hotkey)
	return nil
}

// noteStaking remembers that a coldkey stakes on a hotkey.
func (p *Pools) noteStaking(c *frame.Ctx, coldkey, hotkey bt.AccountID) {
	if staking := p.Storage.StakingHotkeys.Get(c.State, coldkey); !slices.Contains(staking, hotkey) {
		p.Storage.StakingHotkeys.Set(c.State, coldkey, append(staking, hotkey))
	}
}

// BecomeDelegate gives a hotkey the default take if it has none, so that others may stake on it.
func (p *Pools) BecomeDelegate(c *frame.Ctx, hotkey bt.AccountID) {
	if !p.Storage.Delegates.Has(c.State, hotkey) {
		p.Storage.Delegates.Set(c.State, hotkey, p.Storage.Delegates.Get(c.State, hotkey))
	}
}

func addSaturating[T ~uint64](a, b T) T {
	if sum := a + b; sum >= a {
		return sum
	}
	return 1<<64 - 1
}
