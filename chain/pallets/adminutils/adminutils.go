// Package adminutils holds the settings of subnets and of the network that root, and in part the owners of subnets, may change.
//
// Only the settings that a local network needs are here so far; the indices of the others are free. It deliberately keeps no values: they are
// SubtensorModule's storage.
package adminutils

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// Name and Index are the pallet's place in the runtime.
const (
	Name        = "AdminUtils"
	Index uint8 = 19
)

// Pallet is AdminUtils.
type Pallet struct {
	Storage struct {
		PrecompileEnable storage.Map[storage.Blake2_128Concat, PrecompileEnum, bool] `default:"0x01" doc:"Whether a precompile of the Ethereum machine is on."`
	}
	Event struct {
		PrecompileUpdated        frame.Event[PrecompileUpdated]   `index:"0" doc:"A precompile was switched on or off."`
		Yuma3EnableToggled       frame.Event[Toggled]             `index:"1" doc:"The third form of Yuma Consensus was switched on or off."`
		BondsResetToggled        frame.Event[Toggled]             `index:"2" doc:"Resetting of bonds was switched on or off."`
		BurnHalfLifeSet          frame.Event[BurnHalfLifeSet]     `index:"3" doc:"The half life of the registration price was set."`
		BurnIncreaseMultSet      frame.Event[BurnIncreaseMultSet] `index:"4" doc:"The factor by which a registration raises the price was set."`
		SubnetEmissionEnabledSet frame.Event[Toggled]             `index:"5" doc:"A subnet's part in the emission of TAO was switched on or off."`
	}
	Error struct {
		SubnetDoesNotExist                             frame.Error `index:"0" doc:"There is no such subnet."`
		MaxValidatorsLargerThanMaxUIds                 frame.Error `index:"1" doc:"More validators than the subnet may have neurons."`
		MaxAllowedUIdsLessThanCurrentUIds              frame.Error `index:"2" doc:"Fewer neurons than the subnet has."`
		BondsMovingAverageMaxReached                   frame.Error `index:"3" doc:"An owner may set the bonds moving average to 975000 at most."`
		NegativeSigmoidSteepness                       frame.Error `index:"4" doc:"An owner may not set a negative steepness."`
		ValueNotInBounds                               frame.Error `index:"5" doc:"The value is outside its bounds."`
		MinAllowedUidsGreaterThanCurrentUids           frame.Error `index:"6" doc:"The least number of neurons must be below the number there are."`
		MinAllowedUidsGreaterThanMaxAllowedUids        frame.Error `index:"7" doc:"The least number of neurons must be below the highest."`
		MaxAllowedUidsLessThanMinAllowedUids           frame.Error `index:"8" doc:"The highest number of neurons is below the least."`
		MaxAllowedUidsGreaterThanDefaultMaxAllowedUids frame.Error `index:"9" doc:"More neurons than any subnet may have."`
		InvalidValue                                   frame.Error `index:"10" doc:"The value makes no sense here."`
		NotPermittedOnRootSubnet                       frame.Error `index:"11" doc:"The root subnet has no such setting."`
		POWRegistrationDisabled                        frame.Error `index:"12" doc:"Registration by proof of work cannot be switched on."`
		Deprecated                                     frame.Error `index:"13" doc:"This setting no longer exists."`
		CollateralLockShareTooHigh                     frame.Error `index:"14" doc:"The share of collateral is too high."`
		CollateralDrainRatioOutOfBounds                frame.Error `index:"15" doc:"The drain ratio of collateral is outside its bounds."`
		GrandpaChangeDelayMustBeZero                   frame.Error `index:"16" doc:"A change of authorities must take effect at once."`
	}
	Call Call

	module *subtensor.Pallet
}

// New is the pallet over SubtensorModule.
func New(module *subtensor.Pallet) *Pallet {
	p := &Pallet{module: module}
	p.route()
	return p
}

// PrecompileEnum names a precompile of the Ethereum machine.
type PrecompileEnum uint8

// Variants lists upstream's names.
func (PrecompileEnum) Variants() []scale.Variant {
	return scale.Names("BalanceTransfer", "Staking", "Subnet", "Metagraph", "Neuron", "UidLookup", "Alpha", "Crowdloan", "Proxy", "Leasing", "AddressMapping", "VotingPower", "AccountBalance", "Scheduler", "Drand", "Timestamp", "RuntimeConfiguration", "PrecompileRegistry")
}

// ScaleName is upstream's.
func (PrecompileEnum) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_admin_utils::pallet::PrecompileEnum"}
}

// PrecompileUpdated is the content of the event.
type PrecompileUpdated struct {
	PrecompileID PrecompileEnum
	Enabled      bool
}

// Toggled is the content of events about something that is on or off.
type Toggled struct {
	NetUID  bt.NetUID `name:"netuid"`
	Enabled bool
}

// BurnHalfLifeSet is the content of the event; blocks.
type BurnHalfLifeSet struct {
	NetUID       bt.NetUID `name:"netuid"`
	BurnHalfLife uint16
}

// BurnIncreaseMultSet is the content of the event.
type BurnIncreaseMultSet struct {
	NetUID           bt.NetUID `name:"netuid"`
	BurnIncreaseMult fixed.U64F64
}

// setting is who may change something of a subnet, and when.
type setting struct {
	netuid bt.NetUID
	owner  *clock // also the owner, at this clock's pace; nil: root alone
	frozen bool   // not in the last blocks of a tempo
	exists bool   // the subnet must exist
}

// clock is when an owner last changed something: either a hyperparameter, or the key of validators' versions.
type clock struct{ parameter state.Hyperparameter }

// versionKey is the clock of the validators' version.
var versionKey = &clock{}

// versionKeyNumber is its number among the clocks of transactions.
const versionKeyNumber = 4

func hyperparameter(n state.Hyperparameter) *clock { return &clock{n} }

// set changes something of a subnet: checks who asks and when, then what check says (told whether the owner asks), and notes the time if the owner did.
func (p *Pallet) set(c *frame.Ctx, s setting, check func(owner bool) error, change func()) error {
	owner, signed := c.Origin.Account()
	if s.owner == nil {
		if err := c.EnsureRoot(); err != nil {
			return err
		}
	} else {
		if err := p.module.Subnets.EnsureOwnerOrRoot(c, s.netuid); err != nil {
			return err
		}
		if last, limit := p.pace(c, s, owner); signed && !stakepool.Passed(c, last, limit) {
			return p.module.Error.TxRateLimitExceeded
		}
	}
	if s.frozen && p.inFreezeWindow(c, s.netuid) {
		return p.module.Error.AdminActionProhibitedDuringWeightsWindow
	}
	if s.exists && !p.module.Pools.Exists(c, s.netuid) {
		return p.Error.SubnetDoesNotExist
	}
	if check != nil {
		if err := check(signed); err != nil {
			return err
		}
	}
	change()
	if signed && s.owner != nil {
		p.note(c, s, owner)
	}
	return nil
}

// setGlobal changes something of the whole network; root alone may.
func (p *Pallet) setGlobal(c *frame.Ctx, change func()) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	change()
	return nil
}

func (p *Pallet) pace(c *frame.Ctx, s setting, owner bt.AccountID) (last, limit uint64) {
	st := &p.module.Storage
	tempo := uint64(st.Tempo.Get(c.State, s.netuid))
	if s.owner == versionKey {
		key := state.TransactionKeyLastBlockKey{Hotkey: owner, NetUID: s.netuid, Name: versionKeyNumber}
		return st.TransactionKeyLastBlock.Get(c.State, key), tempo * st.WeightsVersionKeyRateLimit.Get(c.State)
	}
	return st.LastRateLimitedBlock.Get(c.State, s.key()), tempo * uint64(st.OwnerHyperparamRateLimit.Get(c.State))
}

func (p *Pallet) note(c *frame.Ctx, s setting, owner bt.AccountID) {
	st := &p.module.Storage
	if s.owner == versionKey {
		st.TransactionKeyLastBlock.Set(c.State, state.TransactionKeyLastBlockKey{Hotkey: owner, NetUID: s.netuid, Name: versionKeyNumber}, stakepool.Now(c))
		return
	}
	st.LastRateLimitedBlock.Set(c.State, s.key(), stakepool.Now(c))
}

func (s setting) key() state.RateLimitKey {
	return state.RateLimitKey{OwnerHyperparamUpdate: &scale.Pair[bt.NetUID, state.Hyperparameter]{A: s.netuid, B: s.owner.parameter}}
}

// inFreezeWindow tells whether a subnet's epoch is so near, or triggered, that its settings stay as they are.
func (p *Pallet) inFreezeWindow(c *frame.Ctx, netuid bt.NetUID) bool {
	st, now := &p.module.Storage, stakepool.Now(c)
	tempo := uint64(st.Tempo.Get(c.State, netuid))
	if tempo == 0 {
		return false
	}
	if st.PendingEpochAt.Get(c.State, netuid) > now {
		return true
	}
	next := st.LastEpochBlock.Get(c.State, netuid) + tempo
	return next-min(next, now) < uint64(st.AdminFreezeWindow.Get(c.State))
}

// mostUids is the most neurons that all mechanisms of a subnet may have together.
const mostUids = 256

func (p *Pallet) checkMaxUids(c *frame.Ctx, a SetMaxAllowedUids) error {
	st := &p.module.Storage
	switch {
	case a.MaxAllowedUids < st.MinAllowedUids.Get(c.State, a.NetUID):
		return p.Error.MaxAllowedUidsLessThanMinAllowedUids
	case a.MaxAllowedUids < st.SubnetworkN.Get(c.State, a.NetUID):
		return p.Error.MaxAllowedUIdsLessThanCurrentUIds
	case a.MaxAllowedUids > p.module.Constants.InitialMaxAllowedUids.Get():
		return p.Error.MaxAllowedUidsGreaterThanDefaultMaxAllowedUids
	case uint(a.MaxAllowedUids)*uint(st.MechanismCountCurrent.Get(c.State, a.NetUID)) > mostUids:
		return p.module.Error.TooManyUIDsPerMechanism
	}
	return nil
}

func (p *Pallet) checkMinBurn(c *frame.Ctx, a SetMinBurn) error {
	if a.MinBurn >= p.module.Constants.MinBurnUpperBound.Get() || a.MinBurn >= p.module.Storage.MaxBurn.Get(c.State, a.NetUID) {
		return p.Error.ValueNotInBounds
	}
	return nil
}

func (p *Pallet) checkMaxBurn(c *frame.Ctx, a SetMaxBurn) error {
	if a.MaxBurn <= p.module.Constants.MaxBurnLowerBound.Get() || a.MaxBurn <= p.module.Storage.MinBurn.Get(c.State, a.NetUID) {
		return p.Error.ValueNotInBounds
	}
	return nil
}

func (p *Pallet) checkMaxValidators(c *frame.Ctx, a SetMaxAllowedValidators) error {
	if a.MaxAllowedValidators > p.module.Storage.MaxAllowedUids.Get(c.State, a.NetUID) {
		return p.Error.MaxValidatorsLargerThanMaxUIds
	}
	return nil
}

// ownersBondsAverage is the slowest movement of bonds that an owner may choose.
const ownersBondsAverage = 975_000

func (p *Pallet) checkBondsAverage(a SetBondsMovingAverage, owner bool) error {
	if owner && a.BondsMovingAverage > ownersBondsAverage {
		return p.Error.BondsMovingAverageMaxReached
	}
	return nil
}

func (p *Pallet) checkNotRoot(netuid bt.NetUID) error {
	if netuid == stakepool.Root {
		return p.Error.NotPermittedOnRootSubnet
	}
	return nil
}
