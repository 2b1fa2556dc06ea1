// Package commitments is the pallet by which hotkeys publish a few bytes about themselves on a subnet: a model's name, its hash, or a ciphertext that the
// chain opens by itself when the beacon has signed the round it is encrypted to.
//
// It deliberately knows neither subnets nor bonds: whether a hotkey is registered, in which epoch a subnet is and what a reset of bonds means is asked of
// Host (chain/pallets/subtensor). The rounds are those of chain/pallets/drand.
package commitments

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/storage"
)

// Name and Index are the pallet's place in the runtime.
const (
	Name        = "Commitments"
	Index uint8 = 18
)

const (
	// minSpace is what a commitment counts at least, in bytes.
	minSpace = 100
	// maxRevealed is how many opened fields of a hotkey are kept.
	maxRevealed = 10
)

// Pallet is the commitments pallet.
type Pallet struct {
	Storage struct {
		TimelockedIndex     storage.Value[Places]                                                                            `doc:"The commitments with fields that wait for a round."`
		CommitmentOf        storage.DoubleMap[storage.Identity, bt.NetUID, storage.Twox64Concat, bt.AccountID, Registration] `storage:"optional" doc:"What hotkeys have committed, by subnet."`
		LastCommitment      storage.DoubleMap[storage.Identity, bt.NetUID, storage.Twox64Concat, bt.AccountID, uint32]       `storage:"optional" doc:"The block of the last commitment."`
		LastBondsReset      storage.DoubleMap[storage.Identity, bt.NetUID, storage.Twox64Concat, bt.AccountID, uint32]       `storage:"optional" doc:"The block of the last commitment that asked to reset bonds."`
		RevealedCommitments storage.DoubleMap[storage.Identity, bt.NetUID, storage.Twox64Concat, bt.AccountID, []Revealed]   `storage:"optional" doc:"The last fields that were opened, with the blocks."`
		UsedSpaceOf         storage.DoubleMap[storage.Identity, bt.NetUID, storage.Twox64Concat, bt.AccountID, UsageTracker] `storage:"optional" doc:"The space that was used in an epoch."`
		MaxSpace            storage.Value[uint32]                                                                            `doc:"Bytes that a hotkey may commit on a subnet in one epoch." default:"0x1c0c0000"`
	}
	Constants struct {
		MaxFields      frame.Const[uint32] `doc:"How many fields a commitment may have."`
		InitialDeposit frame.Const[bt.Rao] `doc:"Reserved for a commitment, in rao."`
		FieldDeposit   frame.Const[bt.Rao] `doc:"Reserved beside it for each field, in rao."`
	}
	Event struct {
		Commitment             frame.Event[Committed]  `index:"0" doc:"A hotkey committed."`
		TimelockCommitment     frame.Event[Timelocked] `index:"1" doc:"A hotkey committed under a timelock."`
		CommitmentRevealed     frame.Event[Committed]  `index:"2" doc:"A timelocked field was opened."`
		CommitmentRevealFailed frame.Event[Failed]     `index:"3" doc:"A timelocked field could not be opened."`
	}
	Error struct {
		TooManyFieldsInCommitmentInfo  frame.Error `index:"0" doc:"The commitment has too many fields."`
		AccountNotAllowedCommit        frame.Error `index:"1" doc:"The sender is not registered on the subnet."`
		SpaceLimitExceeded             frame.Error `index:"2" doc:"The space of this epoch is used up."`
		UnexpectedUnreserveLeftover    frame.Error `index:"3" doc:"Less was reserved than should be given back."`
		TimelockRevealFailedNotAllowed frame.Error `index:"4" doc:"Only the chain itself marks fields as impossible to open."`
	}
	Call struct {
		SetCommitment frame.Call[SetCommitment] `index:"0" weight:"33480000,0,5,4" pays:"no" doc:"Commit to something on a subnet, in place of what was committed before."`
		SetMaxSpace   frame.Call[SetMaxSpace]   `index:"2" weight:"2856000,0,0,1" doc:"Set how many bytes a hotkey may commit in one epoch. Root only."`
	}

	money  Money
	host   Host
	rounds *drand.Pallet
}

// Money is what the pallet needs of balances.
type Money interface {
	Reserve(c *frame.Ctx, who bt.AccountID, amount bt.Rao) error
	Unreserve(c *frame.Ctx, who bt.AccountID, amount bt.Rao) bt.Rao
}

// Host is what the pallet needs of subnets.
type Host interface {
	// MayCommit tells whether an account is a hotkey of the subnet.
	MayCommit(c *frame.Ctx, netuid bt.NetUID, who bt.AccountID) bool
	// EpochIndex counts the epochs of a subnet.
	EpochIndex(c *frame.Ctx, netuid bt.NetUID) uint64
	// ResetBonds forgets the bonds of others to a hotkey, where the subnet permits that.
	ResetBonds(c *frame.Ctx, netuid bt.NetUID, who bt.AccountID)
}

// New makes the pallet with upstream's constants.
func New(money Money, host Host, rounds *drand.Pallet) *Pallet {
	p := &Pallet{money: money, host: host, rounds: rounds}
	p.Constants.MaxFields.Set(3)
	return p
}

// SetCommitment stores what a hotkey commits. Space is counted per epoch of the subnet.
func (p *Pallet) SetCommitment(c *frame.Ctx, a SetCommitment) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	fields := a.Info.Fields
	switch {
	case !p.host.MayCommit(c, a.NetUID, who):
		return p.Error.AccountNotAllowedCommit
	case len(fields) > int(p.Constants.MaxFields.Get()):
		return p.Error.TooManyFieldsInCommitmentInfo
	case slices.ContainsFunc(fields, func(d Data) bool { return d.Kind == TimelockRevealFailed }):
		return p.Error.TimelockRevealFailedNotAllowed
	}
	s, st := c.State, &p.Storage
	space := uint64(0)
	for _, d := range fields {
		space += d.Space()
	}
	space = max(space, minSpace)
	usage := st.UsedSpaceOf.Get(s, a.NetUID, who)
	if now := p.host.EpochIndex(c, a.NetUID); usage.LastEpoch != now {
		usage = UsageTracker{LastEpoch: now}
	}
	if slices.ContainsFunc(fields, func(d Data) bool { return d.Kind == ResetBondsFlag }) {
		st.LastBondsReset.Set(s, a.NetUID, who, c.Env.Number)
		p.host.ResetBonds(c, a.NetUID, who)
	}
	if usage.UsedSpace+space > uint64(st.MaxSpace.Get(s)) {
		return p.Error.SpaceLimitExceeded
	}
	usage.UsedSpace += space
	st.UsedSpaceOf.Set(s, a.NetUID, who, usage)
	deposit, err := p.hold(c, who, st.CommitmentOf.Get(s, a.NetUID, who).Deposit, len(fields))
	if err != nil {
		return err
	}
	st.CommitmentOf.Set(s, a.NetUID, who, Registration{Deposit: deposit, Block: c.Env.Number, Info: a.Info})
	st.LastCommitment.Set(s, a.NetUID, who, c.Env.Number)
	place := Place{A: a.NetUID, B: who}
	if at := slices.IndexFunc(fields, func(d Data) bool { return d.Kind == TimelockEncrypted }); at >= 0 {
		p.Event.TimelockCommitment.Emit(c, Timelocked{NetUID: a.NetUID, Who: who, RevealRound: fields[at].Round})
		st.TimelockedIndex.Mutate(s, func(set *Places) { *set = set.with(place) })
		return nil
	}
	p.Event.Commitment.Emit(c, Committed{NetUID: a.NetUID, Who: who})
	st.TimelockedIndex.Mutate(s, func(set *Places) { *set = set.without(place) })
	return nil
}

// hold brings what is reserved of a hotkey for its commitment to today's deposit, which it returns.
func (p *Pallet) hold(c *frame.Ctx, who bt.AccountID, held bt.Rao, fields int) (bt.Rao, error) {
	deposit := p.Constants.InitialDeposit.Get() + bt.Rao(fields)*p.Constants.FieldDeposit.Get()
	switch {
	case deposit > held:
		return deposit, p.money.Reserve(c, who, deposit-held)
	case deposit < held && p.money.Unreserve(c, who, held-deposit) > 0:
		return deposit, p.Error.UnexpectedUnreserveLeftover
	}
	return deposit, nil
}

// SetMaxSpace sets the space of every hotkey.
func (p *Pallet) SetMaxSpace(c *frame.Ctx, a SetMaxSpace) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	p.Storage.MaxSpace.Set(c.State, a.NewLimit)
	return nil
}

// Purge forgets everything of a subnet that goes. Deposits stay reserved, as upstream, where they are 0.
func (p *Pallet) Purge(c *frame.Ctx, netuid bt.NetUID) {
	st := &p.Storage
	for _, item := range []interface {
		DeleteOf(*storage.State, bt.NetUID) int
	}{&st.CommitmentOf, &st.LastCommitment, &st.LastBondsReset, &st.RevealedCommitments, &st.UsedSpaceOf} {
		item.DeleteOf(c.State, netuid)
	}
	st.TimelockedIndex.Mutate(c.State, func(set *Places) {
		*set = slices.DeleteFunc(*set, func(at Place) bool { return at.A == netuid })
	})
}
