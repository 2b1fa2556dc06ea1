package staking

import (
	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// MoveStake is the call's arguments.
type MoveStake struct {
	OriginHotkey      bt.AccountID
	DestinationHotkey bt.AccountID
	OriginNetUID      bt.NetUID `name:"origin_netuid"`
	DestinationNetUID bt.NetUID `name:"destination_netuid"`
	AlphaAmount       bt.Alpha
}

// MoveStakeLimit is the call's arguments; the limit is the least ratio of origin price to destination price, times 1e9.
type MoveStakeLimit struct {
	OriginHotkey      bt.AccountID
	DestinationHotkey bt.AccountID
	OriginNetUID      bt.NetUID `name:"origin_netuid"`
	DestinationNetUID bt.NetUID `name:"destination_netuid"`
	AlphaAmount       bt.Alpha
	LimitPrice        bt.Rao
	AllowPartial      bool
}

// TransferStake is the call's arguments.
type TransferStake struct {
	DestinationColdkey bt.AccountID
	Hotkey             bt.AccountID
	OriginNetUID       bt.NetUID `name:"origin_netuid"`
	DestinationNetUID  bt.NetUID `name:"destination_netuid"`
	AlphaAmount        bt.Alpha
}

// TransferStakeAndHotkey is the call's arguments.
type TransferStakeAndHotkey struct {
	DestinationColdkey bt.AccountID
	OriginHotkey       bt.AccountID
	DestinationHotkey  bt.AccountID
	OriginNetUID       bt.NetUID `name:"origin_netuid"`
	DestinationNetUID  bt.NetUID `name:"destination_netuid"`
	AlphaAmount        bt.Alpha
}

// SwapStake is the call's arguments.
type SwapStake struct {
	Hotkey            bt.AccountID
	OriginNetUID      bt.NetUID `name:"origin_netuid"`
	DestinationNetUID bt.NetUID `name:"destination_netuid"`
	AlphaAmount       bt.Alpha
}

// SwapStakeLimit is the call's arguments; the limit is the least ratio of origin price to destination price, times 1e9.
type SwapStakeLimit struct {
	Hotkey            bt.AccountID
	OriginNetUID      bt.NetUID `name:"origin_netuid"`
	DestinationNetUID bt.NetUID `name:"destination_netuid"`
	AlphaAmount       bt.Alpha
	LimitPrice        bt.Rao
	AllowPartial      bool
}

// MoveStake moves the signer's stake to another hotkey, and to another subnet if they differ.
func (r *Room) MoveStake(c *frame.Ctx, a MoveStake) error {
	return r.moveTo(c, MoveStakeLimit{
		OriginHotkey: a.OriginHotkey, DestinationHotkey: a.DestinationHotkey,
		OriginNetUID: a.OriginNetUID, DestinationNetUID: a.DestinationNetUID, AlphaAmount: a.AlphaAmount,
	}, false)
}

// MoveStakeLimit is MoveStake while the ratio of prices holds; without AllowPartial it is done wholly or not at all. Within a subnet there is no price to limit.
func (r *Room) MoveStakeLimit(c *frame.Ctx, a MoveStakeLimit) error { return r.moveTo(c, a, true) }

func (r *Room) moveTo(c *frame.Ctx, a MoveStakeLimit, limited bool) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	tao, err := r.move(c, transition{
		from: stakepool.Holder{Coldkey: coldkey, Hotkey: a.OriginHotkey}, to: stakepool.Holder{Coldkey: coldkey, Hotkey: a.DestinationHotkey},
		origin: a.OriginNetUID, destination: a.DestinationNetUID, amount: a.AlphaAmount,
		limited: limited, limit: a.LimitPrice, partial: a.AllowPartial,
	})
	if err != nil {
		return err
	}
	r.Event.StakeMoved.Emit(c, state.StakeMoved{
		Coldkey: coldkey, OriginHotkey: a.OriginHotkey, OriginNetUID: a.OriginNetUID,
		DestinationHotkey: a.DestinationHotkey, DestinationNetUID: a.DestinationNetUID, Tao: tao,
	})
	return nil
}

// TransferStake gives stake to another coldkey, where the subnets allow it.
func (r *Room) TransferStake(c *frame.Ctx, a TransferStake) error {
	coldkey, tao, err := r.transfer(c, TransferStakeAndHotkey{
		DestinationColdkey: a.DestinationColdkey, OriginHotkey: a.Hotkey, DestinationHotkey: a.Hotkey,
		OriginNetUID: a.OriginNetUID, DestinationNetUID: a.DestinationNetUID, AlphaAmount: a.AlphaAmount,
	})
	if err != nil {
		return err
	}
	r.Event.StakeTransferred.Emit(c, state.StakeTransferred{
		OriginColdkey: coldkey, DestinationColdkey: a.DestinationColdkey, Hotkey: a.Hotkey,
		OriginNetUID: a.OriginNetUID, DestinationNetUID: a.DestinationNetUID, Tao: tao,
	})
	return nil
}

// TransferStakeAndHotkey is TransferStake to another hotkey.
func (r *Room) TransferStakeAndHotkey(c *frame.Ctx, a TransferStakeAndHotkey) error {
	coldkey, tao, err := r.transfer(c, a)
	if err != nil {
		return err
	}
	r.Event.StakeAndHotkeyTransferred.Emit(c, state.StakeAndHotkeyTransferred{
		OriginColdkey: coldkey, DestinationColdkey: a.DestinationColdkey, OriginHotkey: a.OriginHotkey, DestinationHotkey: a.DestinationHotkey,
		OriginNetUID: a.OriginNetUID, DestinationNetUID: a.DestinationNetUID, Amount: tao,
	})
	return nil
}

func (r *Room) transfer(c *frame.Ctx, a TransferStakeAndHotkey) (coldkey bt.AccountID, tao bt.Rao, err error) {
	if coldkey, err = c.Signer(); err != nil {
		return coldkey, 0, err
	}
	tao, err = r.move(c, transition{
		from: stakepool.Holder{Coldkey: coldkey, Hotkey: a.OriginHotkey}, to: stakepool.Holder{Coldkey: a.DestinationColdkey, Hotkey: a.DestinationHotkey},
		origin: a.OriginNetUID, destination: a.DestinationNetUID, amount: a.AlphaAmount, transfer: true,
	})
	return coldkey, tao, err
}

// SwapStake exchanges the signer's stake on a hotkey for stake on another subnet.
func (r *Room) SwapStake(c *frame.Ctx, a SwapStake) error {
	return r.exchange(c, SwapStakeLimit{
		Hotkey: a.Hotkey, OriginNetUID: a.OriginNetUID, DestinationNetUID: a.DestinationNetUID, AlphaAmount: a.AlphaAmount,
	}, false)
}

// SwapStakeLimit is SwapStake while the ratio of prices holds; without AllowPartial it is done wholly or not at all.
func (r *Room) SwapStakeLimit(c *frame.Ctx, a SwapStakeLimit) error { return r.exchange(c, a, true) }

func (r *Room) exchange(c *frame.Ctx, a SwapStakeLimit, limited bool) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	who := stakepool.Holder{Coldkey: coldkey, Hotkey: a.Hotkey}
	tao, err := r.move(c, transition{
		from: who, to: who, origin: a.OriginNetUID, destination: a.DestinationNetUID, amount: a.AlphaAmount,
		limited: limited, limit: a.LimitPrice, partial: a.AllowPartial,
	})
	if err != nil {
		return err
	}
	r.Event.StakeSwapped.Emit(c, state.StakeSwapped{
		Coldkey: coldkey, Hotkey: a.Hotkey, OriginNetUID: a.OriginNetUID, DestinationNetUID: a.DestinationNetUID, Tao: tao,
	})
	return nil
}

// transition is stake on its way from one holder and subnet to others.
type transition struct {
	from, to            stakepool.Holder
	origin, destination bt.NetUID
	amount              bt.Alpha // more than there is means all
	transfer            bool     // to another coldkey: both subnets must allow it
	limited, partial    bool
	limit               bt.Rao
}

// move carries a transition out and returns its worth in TAO. Within a subnet shares change hands; between subnets alpha is sold and bought, with one fee.
func (r *Room) move(c *frame.Ctx, t transition) (bt.Rao, error) {
	t.amount = min(t.amount, r.Stake(c, t.from.Hotkey, t.from.Coldkey, t.origin))
	most := t.amount
	if t.limited && t.origin != t.destination {
		var err error
		if most, err = r.Swap.MaxMove(c, t.origin, t.destination, t.limit); err != nil {
			return 0, err
		}
	}
	if err := r.checkMove(c, t, most); err != nil {
		return 0, err
	}
	amount := min(t.amount, most)
	if t.origin == t.destination {
		return r.MoveWithin(c, t.from, t.to, t.origin, amount)
	}

	// Root sells without a fee, so the fee falls where the TAO goes.
	freeSale := t.origin == stakepool.Root
	tao, err := r.UnstakeFrom(c, t.from.Hotkey, t.from.Coldkey, t.from.Coldkey, t.origin, amount, bt.Rao(amm.MinPrice), freeSale)
	if err != nil {
		return 0, err
	}
	if t.from.Coldkey != t.to.Coldkey {
		if err := r.Transfer(c, t.from.Coldkey, t.to.Coldkey, tao); err != nil {
			return 0, err
		}
	}
	if tao < r.Constants.InitialMinStake.Get() {
		return tao, nil
	}
	if r.OwnerOf(c, t.to.Hotkey) != t.to.Coldkey {
		r.BecomeDelegate(c, t.to.Hotkey)
	}
	_, err = r.StakeInto(c, t.to.Hotkey, t.to.Coldkey, t.destination, tao, bt.Rao(amm.MaxPrice), !freeSale)
	return tao, err
}

func (r *Room) checkMove(c *frame.Ctx, t transition, most bt.Alpha) error {
	s, across := c.State, t.origin != t.destination
	switch {
	case t.from == t.to && !across:
		return r.Error.SameNetuid
	case !r.Exists(c, t.origin) || !r.Exists(c, t.destination):
		return r.Error.SubnetNotExists
	case !r.Storage.SubtokenEnabled.Get(s, t.origin) || !r.Storage.SubtokenEnabled.Get(s, t.destination):
		return r.Error.SubtokenDisabled
	case !r.HotkeyExists(c, t.from.Hotkey) || !r.HotkeyExists(c, t.to.Hotkey):
		return r.Error.HotKeyAccountNotExists
	}
	if across {
		trade, err := r.Swap.SimSell(c, t.origin, t.amount)
		switch {
		case err != nil:
			return r.Error.InsufficientLiquidity
		case bt.Rao(trade.Out) <= r.Constants.InitialMinStake.Get():
			return r.Error.AmountTooLow
		case t.limited && !t.partial && t.amount > most:
			return r.Error.SlippageTooHigh
		}
	}
	if t.transfer && !(r.Storage.TransferToggle.Get(s, t.origin) && r.Storage.TransferToggle.Get(s, t.destination)) {
		return r.Error.TransferDisallowed
	}
	if across && t.amount > r.Unlocked(c, t.from.Coldkey, t.origin) {
		return r.Error.StakeUnavailable
	}
	return nil
}
