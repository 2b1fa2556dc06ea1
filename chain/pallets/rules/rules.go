// Package rules is the pallet that says which historic rule is in force where the chain has more than one: of a subnet (its consensus, how neurons
// register) and of the whole network (fees of transfers, what becomes of a lock, how epochs and prices go).
//
// Nothing stored means today's rule everywhere, so a chain that chooses nothing has the state it would have without this pallet. Upstream has no such
// pallet; its index lies beyond those that upstream uses. It deliberately holds no rule itself: rooms of SubtensorModule and the arithmetic packages do, and
// ask here which one to follow.
package rules

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Name and Index are the pallet's place in the runtime.
const (
	Name        = "Rules"
	Index uint8 = 100
)

// Pallet is Rules. Rooms read its storage directly.
type Pallet struct {
	Storage struct {
		Consensus         storage.Map[storage.Identity, bt.NetUID, Consensus]    `doc:"How a subnet's weights become incentive and dividends."`
		Registration      storage.Map[storage.Identity, bt.NetUID, Registration] `doc:"How neurons come into a subnet."`
		FaucetAllowed     storage.Value[bool]                                    `doc:"Whether work is paid with TAO out of nothing, for test networks."`
		TransferFee       storage.Value[bt.Rao]                                  `doc:"What each transfer burns beside the fee of its transaction, in rao."`
		LockReturned      storage.Value[bool]                                    `doc:"Whether what the owner of a subnet without a pool locked is paid back when the subnet ends."`
		EpochDue          storage.Value[EpochDue]                                `doc:"When a subnet's epoch is due."`
		BurnPrice         storage.Value[BurnPrice]                               `doc:"How the price of registrations moves."`
		SingleToken       storage.Value[bool]                                    `doc:"Whether new subnets have no token and no pool of their own: what they earn is TAO."`
		NewSubnetEmission storage.Value[bool]                                    `doc:"Whether new subnets have their part in the emission of TAO at once, without root's consent."`
		EmissionGate      storage.Value[bool]                                    `doc:"Whether subnets with small parts in the emission of TAO get less than their parts, and the others more."`
	}
	Event struct {
		ConsensusSet         frame.Event[ConsensusSet]    `index:"0" doc:"A subnet has another consensus."`
		RegistrationSet      frame.Event[RegistrationSet] `index:"1" doc:"Neurons come into a subnet in another way."`
		FaucetAllowedSet     frame.Event[Switched]        `index:"2" doc:"The faucet was opened or shut."`
		TransferFeeSet       frame.Event[TransferFeeSet]  `index:"3" doc:"Transfers burn another amount."`
		LockReturnedSet      frame.Event[Switched]        `index:"4" doc:"What becomes of subnets' locks was changed."`
		EpochDueSet          frame.Event[EpochDueSet]     `index:"5" doc:"Epochs are due by another rule."`
		BurnPriceSet         frame.Event[BurnPriceSet]    `index:"6" doc:"Prices of registrations move by another rule."`
		NewSubnetEmissionSet frame.Event[Switched]        `index:"7" doc:"Whether new subnets have their part in the emission was changed."`
		SingleTokenSet       frame.Event[Switched]        `index:"8" doc:"Whether new subnets have a token of their own was changed."`
		EmissionGateSet      frame.Event[Switched]        `index:"9" doc:"The gate of the emission was put up or taken away."`
	}
	Error struct {
		NotForRoot frame.Error `index:"0" doc:"The root subnet has no such rule."`
	}
	Call struct {
		SetConsensus         frame.Call[SetConsensus]    `index:"0" weight:"20000000,4279,3,1" doc:"Choose a subnet's consensus, as its owner or root. Its bonds are forgotten."`
		SetRegistration      frame.Call[SetRegistration] `index:"1" weight:"20000000,4279,3,1" doc:"Choose how neurons come into a subnet, as its owner or root."`
		SetFaucetAllowed     frame.Call[Switch]          `index:"2" weight:"5000000,0,0,1" doc:"Open or shut the faucet. Root only."`
		SetTransferFee       frame.Call[SetTransferFee]  `index:"3" weight:"5000000,0,0,1" doc:"Set what each transfer burns (rao). Root only."`
		SetLockReturned      frame.Call[Switch]          `index:"4" weight:"5000000,0,0,1" doc:"Choose whether locks of subnets without a pool are paid back. Root only."`
		SetEpochDue          frame.Call[SetEpochDue]     `index:"5" weight:"5000000,0,0,1" doc:"Choose when epochs are due. Root only."`
		SetBurnPrice         frame.Call[SetBurnPrice]    `index:"6" weight:"5000000,0,0,1" doc:"Choose how prices of registrations move. Root only."`
		SetNewSubnetEmission frame.Call[Switch]          `index:"7" weight:"5000000,0,0,1" doc:"Choose whether new subnets have their part in the emission at once. Root only."`
		SetSingleToken       frame.Call[Switch]          `index:"8" weight:"5000000,0,0,1" doc:"Choose whether subnets registered from now on have a token and a pool of their own. Root only."`
		SetEmissionGate      frame.Call[Switch]          `index:"9" weight:"5000000,0,0,2" doc:"Put up or take away the gate of the emission. Root only."`
	}

	// Spring2026 is on in a chain as upstream's was in spring 2026 (spec 391 to 407): validators are inactive after ActivityCutoff's blocks, whatever the
	// tempo is; moving prices have 96 integer bits; the pool leaves announced swaps and takes to dispatch; new subnets begin with Yuma 2. It belongs to the
	// runtime, not to the state.
	Spring2026 bool

	host Host
}

// Host is what the pallet needs of SubtensorModule.
type Host interface {
	// CheckSetting refuses a call that changes a setting of a subnet: of a subnet that does not exist, by anybody but its owner and root, or in the
	// last blocks of a tempo.
	CheckSetting(c *frame.Ctx, netuid bt.NetUID) error
	// Forget drops what a subnet's consensus keeps from one epoch to the next: one rule cannot read it of another.
	Forget(c *frame.Ctx, netuid bt.NetUID)
	// ForgetBar drops the bar of the emission gate, which the next block with a gate finds anew.
	ForgetBar(c *frame.Ctx)
}

// New is the pallet. It can be asked at once; a runtime has its calls when it is among the runtime's modules.
func New(host Host) *Pallet {
	p := &Pallet{host: host}
	storage.Bind(Name, &p.Storage)
	return p
}

// Consensus is how a subnet's weights become incentive and dividends.
type Consensus uint8

// The kinds of consensus.
const (
	Yuma          Consensus = iota // Yuma Consensus, in the form that Yuma3On chooses
	Sigmoid2022                    // trust by stake behind any ranking, consensus as its sigmoid; bonds grow by weight times stake
	Consensus2023                  // the form of March 2023: trust by rankings above a threshold, bonds as a moving average
)

// Variants lists the names on the wire.
func (Consensus) Variants() []scale.Variant {
	return scale.Names("Yuma", "Sigmoid2022", "Consensus2023")
}

// ScaleName is where the type stands in metadata.
func (Consensus) ScaleName() scale.Name { return named("Consensus") }

// Registration is how neurons come into a subnet.
type Registration uint8

// The kinds of registration.
const (
	Burned      Registration = iota // they pay the price; work is not looked at
	ProofOfWork                     // the call register takes work instead of the price; burned_register stays open beside it
)

// Variants lists the names on the wire.
func (Registration) Variants() []scale.Variant { return scale.Names("Burned", "ProofOfWork") }

// ScaleName is where the type stands in metadata.
func (Registration) ScaleName() scale.Name { return named("Registration") }

// EpochDue is when a subnet's epoch is due.
type EpochDue uint8

// The rules of epochs.
const (
	Tempo        EpochDue = iota // tempo blocks after the last one
	TempoPlusOne                 // where (block + netuid + 1) mod (tempo + 1) is tempo, as before spec 423
)

// Variants lists the names on the wire.
func (EpochDue) Variants() []scale.Variant { return scale.Names("Tempo", "TempoPlusOne") }

// ScaleName is where the type stands in metadata.
func (EpochDue) ScaleName() scale.Name { return named("EpochDue") }

// BurnPrice is how the price of registrations moves.
type BurnPrice uint8

// The rules of prices.
const (
	Decay    BurnPrice = iota // each registration raises it, each block lowers it by its half life
	Adjusted                  // once per AdjustmentInterval, by how many registered against the target, as before spec 397
)

// Variants lists the names on the wire.
func (BurnPrice) Variants() []scale.Variant { return scale.Names("Decay", "Adjusted") }

// ScaleName is where the type stands in metadata.
func (BurnPrice) ScaleName() scale.Name { return named("BurnPrice") }

func named(name string) scale.Name { return scale.Name{Path: "myelin_rules::" + name} }

// The fields of the events.
type (
	ConsensusSet struct {
		NetUID    bt.NetUID `name:"netuid"`
		Consensus Consensus
	}
	RegistrationSet struct {
		NetUID       bt.NetUID `name:"netuid"`
		Registration Registration
	}
	Switched       struct{ Enabled bool }
	TransferFeeSet struct{ Fee bt.Rao }
	EpochDueSet    struct{ Rule EpochDue }
	BurnPriceSet   struct{ Rule BurnPrice }
)

// The arguments of the calls.
type (
	SetConsensus struct {
		NetUID    bt.NetUID `name:"netuid"`
		Consensus Consensus
	}
	SetRegistration struct {
		NetUID       bt.NetUID `name:"netuid"`
		Registration Registration
	}
	Switch         struct{ Enabled bool }
	SetTransferFee struct{ Fee bt.Rao }
	SetEpochDue    struct{ Rule EpochDue }
	SetBurnPrice   struct{ Rule BurnPrice }
)

// SetConsensus chooses a subnet's consensus; when it is another than before, the subnet's bonds start from nothing.
func (p *Pallet) SetConsensus(c *frame.Ctx, a SetConsensus) error {
	if err := p.check(c, a.NetUID); err != nil {
		return err
	}
	if p.Storage.Consensus.Get(c.State, a.NetUID) != a.Consensus {
		p.host.Forget(c, a.NetUID)
	}
	choose(c, &p.Storage.Consensus, a.NetUID, a.Consensus)
	p.Event.ConsensusSet.Emit(c, ConsensusSet(a))
	return nil
}

// SetRegistration chooses how neurons come into a subnet.
func (p *Pallet) SetRegistration(c *frame.Ctx, a SetRegistration) error {
	if err := p.check(c, a.NetUID); err != nil {
		return err
	}
	choose(c, &p.Storage.Registration, a.NetUID, a.Registration)
	p.Event.RegistrationSet.Emit(c, RegistrationSet(a))
	return nil
}

func (p *Pallet) check(c *frame.Ctx, netuid bt.NetUID) error {
	if err := p.host.CheckSetting(c, netuid); err != nil {
		return err
	}
	if netuid == 0 {
		return p.Error.NotForRoot
	}
	return nil
}

// SetFaucetAllowed opens or shuts the faucet.
func (p *Pallet) SetFaucetAllowed(c *frame.Ctx, a Switch) error {
	return set(c, &p.Storage.FaucetAllowed, a.Enabled, &p.Event.FaucetAllowedSet, Switched(a))
}

// SetTransferFee sets what each transfer burns.
func (p *Pallet) SetTransferFee(c *frame.Ctx, a SetTransferFee) error {
	return set(c, &p.Storage.TransferFee, a.Fee, &p.Event.TransferFeeSet, TransferFeeSet(a))
}

// SetLockReturned chooses what becomes of the locks of subnets without a pool.
func (p *Pallet) SetLockReturned(c *frame.Ctx, a Switch) error {
	return set(c, &p.Storage.LockReturned, a.Enabled, &p.Event.LockReturnedSet, Switched(a))
}

// SetEpochDue chooses when epochs are due.
func (p *Pallet) SetEpochDue(c *frame.Ctx, a SetEpochDue) error {
	return set(c, &p.Storage.EpochDue, a.Rule, &p.Event.EpochDueSet, EpochDueSet(a))
}

// SetBurnPrice chooses how prices of registrations move.
func (p *Pallet) SetBurnPrice(c *frame.Ctx, a SetBurnPrice) error {
	return set(c, &p.Storage.BurnPrice, a.Rule, &p.Event.BurnPriceSet, BurnPriceSet(a))
}

// SetNewSubnetEmission chooses whether new subnets have their part in the emission at once.
func (p *Pallet) SetNewSubnetEmission(c *frame.Ctx, a Switch) error {
	return set(c, &p.Storage.NewSubnetEmission, a.Enabled, &p.Event.NewSubnetEmissionSet, Switched(a))
}

// SetSingleToken chooses whether subnets that are registered from now on have a token and a pool of their own.
func (p *Pallet) SetSingleToken(c *frame.Ctx, a Switch) error {
	return set(c, &p.Storage.SingleToken, a.Enabled, &p.Event.SingleTokenSet, Switched(a))
}

// SetEmissionGate puts up or takes away the gate of the emission, whose bar AdminUtils' calls 100 to 102 set. A new gate begins with a new bar.
func (p *Pallet) SetEmissionGate(c *frame.Ctx, a Switch) error {
	if err := set(c, &p.Storage.EmissionGate, a.Enabled, &p.Event.EmissionGateSet, Switched(a)); err != nil {
		return err
	}
	p.host.ForgetBar(c)
	return nil
}

// choose stores a subnet's rule; today's is stored as nothing.
func choose[V comparable](c *frame.Ctx, item *storage.Map[storage.Identity, bt.NetUID, V], netuid bt.NetUID, rule V) {
	var today V
	if rule == today {
		item.Delete(c.State, netuid)
		return
	}
	item.Set(c.State, netuid, rule)
}

// set stores a rule of the network, which only root may change; today's is stored as nothing.
func set[V comparable, F any](c *frame.Ctx, item *storage.Value[V], rule V, event *frame.Event[F], fields F) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	var today V
	if rule == today {
		item.Delete(c.State)
	} else {
		item.Set(c.State, rule)
	}
	event.Emit(c, fields)
	return nil
}
