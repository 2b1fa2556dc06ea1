// Package adminutils holds the settings of subnets and of the network that root, and in part the owners of subnets, may change: who may, when, how often,
// and within which bounds. Each one is declared twice, with its form on the wire (calls.go) and with its rule (settings.go); docs/hyperparameters.md is made
// of both.
//
// It deliberately keeps no values: they are SubtensorModule's storage, and it is the rooms of that pallet that go by them.
package adminutils

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
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

	module   *subtensor.Pallet
	declared []declaration
}

// New is the pallet over SubtensorModule.
func New(module *subtensor.Pallet) *Pallet {
	p := &Pallet{module: module}
	p.settings()
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
