package staking

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
)

// The bounds of what can be claimed at once, of automatic claims in a block, and of the threshold below which nothing is claimed (alpha in smallest units).
const (
	mostClaimed   = 5
	mostAutomatic = 50
	mostThreshold = 10_000_000
)

// ClaimRoot is the call's arguments.
type ClaimRoot struct{ Subnets state.NetUIDSet }

// ClaimRootWithHotkey is the call's arguments.
type ClaimRootWithHotkey struct{ Hotkey bt.AccountID }

// SetRootClaimType is the call's arguments.
type SetRootClaimType struct{ NewRootClaimType state.RootClaimType }

// SetNumRootClaims is the call's arguments.
type SetNumRootClaims struct{ NewValue uint64 }

// SetRootClaimThreshold is the call's arguments.
type SetRootClaimThreshold struct {
	NetUID   bt.NetUID `name:"netuid"`
	NewValue uint64
}

// ClaimRoot claims what the signer's root stake has earned in up to five subnets, on all hotkeys. It pays for what it did.
func (r *Room) ClaimRoot(c *frame.Ctx, a ClaimRoot) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	if len(a.Subnets) == 0 || len(a.Subnets) > mostClaimed {
		return r.Error.InvalidSubnetNumber
	}
	r.IndexColdkey(c, coldkey)
	weight, err := r.Pools.ClaimRoot(c, coldkey, a.Subnets)
	if err == nil {
		c.Used(weight)
	}
	return err
}

// ClaimRootWithHotkey claims what the signer's root stake on one hotkey has earned, in all subnets.
func (r *Room) ClaimRootWithHotkey(c *frame.Ctx, a ClaimRootWithHotkey) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	r.IndexColdkey(c, coldkey)
	weight, err := r.ClaimRootOn(c, a.Hotkey, coldkey)
	if err == nil {
		c.Used(weight)
	}
	return err
}

// SetRootClaimType chooses whether what the signer's root stake earns is sold or kept.
func (r *Room) SetRootClaimType(c *frame.Ctx, a SetRootClaimType) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	if keep := a.NewRootClaimType.KeepSubnets; keep != nil && len(keep.Subnets) == 0 {
		return r.Error.InvalidSubnetNumber
	}
	r.IndexColdkey(c, coldkey)
	r.Storage.RootClaimType.Set(c.State, coldkey, a.NewRootClaimType)
	r.Event.RootClaimTypeSet.Emit(c, state.RootClaimTypeSet{Coldkey: coldkey, RootClaimType: a.NewRootClaimType})
	return nil
}

// SetNumRootClaims sets for how many coldkeys a block claims by itself; none for 0. Root only.
func (r *Room) SetNumRootClaims(c *frame.Ctx, a SetNumRootClaims) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	if a.NewValue > mostAutomatic {
		return r.Error.InvalidNumRootClaim
	}
	r.Storage.NumRootClaim.Set(c.State, a.NewValue)
	return nil
}

// SetRootClaimThreshold sets the alpha of a subnet below which nothing is claimed. The subnet's owner and root may.
func (r *Room) SetRootClaimThreshold(c *frame.Ctx, a SetRootClaimThreshold) error {
	if err := r.EnsureOwnerOrRoot(c, a.NetUID); err != nil {
		return err
	}
	if a.NewValue > mostThreshold {
		return r.Error.InvalidRootClaimThreshold
	}
	r.Storage.RootClaimableThreshold.Set(c.State, a.NetUID, fixed.I96F32FromUint(a.NewValue))
	return nil
}
