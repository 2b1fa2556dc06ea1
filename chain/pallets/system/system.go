// Package system is the pallet that every runtime begins with: accounts with their reference counters, the block under execution, its
// events, the hashes of the blocks before, and root's access to raw storage.
//
// It deliberately does not execute blocks (chain) and does not move balances (balances), though accounts hold their data here.
package system

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Pallet is the system pallet.
type Pallet struct {
	Storage struct {
		Account storage.Map[storage.Blake2_128Concat, bt.AccountID, AccountInfo] `default:"0x0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000080" doc:"The full account information of an account."`

		ExtrinsicCount           storage.Value[uint32]                                        `storage:"optional" doc:"Number of extrinsics in the block, while it is executed."`
		InherentsApplied         storage.Value[bool]                                          `doc:"Whether all inherents of the block are applied."`
		BlockWeight              storage.Value[PerClass[frame.Weight]]                        `doc:"Weight used by the block, by class."`
		AllExtrinsicsLen         storage.Value[uint32]                                        `storage:"optional" doc:"Total length in bytes of the block's extrinsics, while it is executed."`
		BlockHash                storage.Map[storage.Twox64Concat, bt.BlockNumber, bt.Hash]   `doc:"Hashes of recent blocks by number."`
		ExtrinsicData            storage.Map[storage.Twox64Concat, uint32, []byte]            `doc:"Extrinsics of the block by index, while it is executed."`
		Number                   storage.Value[bt.BlockNumber]                                `doc:"Number of the block."`
		ParentHash               storage.Value[bt.Hash]                                       `doc:"Hash of the block before."`
		Digest                   storage.Value[Digest]                                        `doc:"Logs of the block's header."`
		Events                   storage.Value[[]EventRecord]                                 `doc:"Events of the block."`
		EventCount               storage.Value[uint32]                                        `doc:"Number of events of the block."`
		EventTopics              storage.Map[storage.Blake2_128Concat, bt.Hash, []EventPlace] `doc:"Places of events by topic; always empty."`
		LastRuntimeUpgrade       storage.Value[LastRuntimeUpgradeInfo]                        `storage:"optional" doc:"The runtime that executed the last block."`
		UpgradedToU32RefCount    storage.Value[bool]                                          `doc:"Whether reference counters have 32 bits."`
		UpgradedToTripleRefCount storage.Value[bool]                                          `doc:"Whether there are three reference counters."`
		ExecutionPhase           storage.Value[bt.Phase]                                      `storage:"optional" doc:"The part of the block under execution."`
		AuthorizedUpgrade        storage.Value[CodeUpgradeAuthorization]                      `storage:"optional" doc:"A runtime that may be submitted by anybody."`
		ExtrinsicWeightReclaimed storage.Value[frame.Weight]                                  `doc:"Weight given back so far for the extrinsic under execution."`
	}
	Constants struct {
		BlockWeights   frame.Const[BlockWeights] `doc:"Limits of the work in a block."`
		BlockLength    frame.Const[BlockLength]  `doc:"Limits of the bytes in a block."`
		BlockHashCount frame.Const[uint32]       `doc:"How many block hashes are kept."`
		DbWeight       frame.Const[DbWeight]     `doc:"Price of database access."`
		Version        frame.Const[Version]      `doc:"Version of the runtime."`
		SS58Prefix     frame.Const[uint16]       `name:"SS58Prefix" doc:"Network prefix of addresses."`
	}
	Event struct {
		ExtrinsicSuccess                 frame.Event[ExtrinsicSuccess]                 `index:"0" doc:"An extrinsic was executed."`
		ExtrinsicFailed                  frame.Event[ExtrinsicFailed]                  `index:"1" doc:"An extrinsic failed."`
		CodeUpdated                      frame.Event[CodeUpdated]                      `index:"2" doc:"The runtime was replaced."`
		NewAccount                       frame.Event[NewAccount]                       `index:"3" doc:"An account was created."`
		KilledAccount                    frame.Event[KilledAccount]                    `index:"4" doc:"An account was removed."`
		Remarked                         frame.Event[Remarked]                         `index:"5" doc:"A remark was made on the chain."`
		UpgradeAuthorized                frame.Event[UpgradeAuthorized]                `index:"6" doc:"A runtime upgrade was authorised."`
		RejectedInvalidAuthorizedUpgrade frame.Event[RejectedInvalidAuthorizedUpgrade] `index:"7" doc:"An authorised runtime was rejected."`
	}
	Error struct {
		InvalidSpecName               frame.Error `index:"0" doc:"The new runtime has another name."`
		SpecVersionNeedsToIncrease    frame.Error `index:"1" doc:"The version of the new runtime is not higher."`
		FailedToExtractRuntimeVersion frame.Error `index:"2" doc:"The new runtime tells no version."`
		NonDefaultComposite           frame.Error `index:"3" doc:"The account still holds something."`
		NonZeroRefCount               frame.Error `index:"4" doc:"The account is still referred to."`
		CallFiltered                  frame.Error `index:"5" doc:"The origin may not make this call."`
		MultiBlockMigrationsOngoing   frame.Error `index:"6" doc:"A migration is under way."`
		NothingAuthorized             frame.Error `index:"7" doc:"No upgrade is authorised."`
		Unauthorized                  frame.Error `index:"8" doc:"The submitted runtime is not the authorised one."`
	}
	Call struct {
		Remark               frame.Call[RemarkArgs]   `index:"0" weight:"1586000,0,0,0" doc:"Does nothing but carry bytes."`
		SetHeapPages         frame.Call[SetHeapPages] `index:"1" weight:"2836000,0,0,1" class:"operational" doc:"Sets the number of memory pages of the runtime."`
		SetCode              frame.Call[CodeArgs]     `index:"2" weight:"138127000000,67035,2,2" class:"operational" doc:"Root replaces the runtime by a later one, from the next block on."`
		SetCodeWithoutChecks frame.Call[CodeArgs]     `index:"3" weight:"138127000000,67035,2,2" class:"operational" doc:"Root replaces the runtime by any that the program holds."`
		SetStorage           frame.Call[SetStorage]   `index:"4" weight:"1565000,0,0,0" class:"operational" doc:"Root sets raw storage rows."`
		KillStorage          frame.Call[KillStorage]  `index:"5" weight:"1624000,0,0,0" class:"operational" doc:"Root removes raw storage rows."`
		KillPrefix           frame.Call[KillPrefix]   `index:"6" weight:"2964000,0,0,0" class:"operational" doc:"Root removes the raw storage rows under a prefix."`
		RemarkWithEvent      frame.Call[RemarkArgs]   `index:"7" weight:"4725000,0,0,0" doc:"Carries bytes and emits their hash."`

		AuthorizeUpgrade              frame.Call[CodeHashArgs] `index:"9" weight:"7163000,0,0,1" class:"operational" doc:"Root lets anybody bring the later runtime whose code has this hash."`
		AuthorizeUpgradeWithoutChecks frame.Call[CodeHashArgs] `index:"10" weight:"7163000,0,0,1" class:"operational" doc:"Root lets anybody bring any runtime whose code has this hash."`
		ApplyAuthorizedUpgrade        frame.Call[CodeArgs]     `index:"11" weight:"138127000000,67035,3,3" class:"operational" doc:"Anybody brings the runtime that root authorised."`
	}

	runtimes func(code []byte) (Version, bool)
}

// ApplyIndex is the index of apply_authorized_upgrade, which needs no signature.
const ApplyIndex = 11

// EventPlace is a block and the index of an event in it.
type EventPlace = scale.Pair[bt.BlockNumber, uint32]

// The fields of the events.
type (
	ExtrinsicSuccess struct{ DispatchInfo DispatchInfo }
	ExtrinsicFailed  struct {
		DispatchError frame.DispatchError
		DispatchInfo  DispatchInfo
	}
	CodeUpdated   struct{}
	NewAccount    struct{ Account bt.AccountID }
	KilledAccount struct{ Account bt.AccountID }
	Remarked      struct {
		Sender bt.AccountID
		Hash   bt.Hash
	}
	UpgradeAuthorized struct {
		CodeHash     bt.Hash
		CheckVersion bool
	}
	RejectedInvalidAuthorizedUpgrade struct {
		CodeHash bt.Hash
		Error    frame.DispatchError
	}
)

// The arguments of the calls.
type (
	RemarkArgs   struct{ Remark []byte }
	SetHeapPages struct{ Pages uint64 }
	SetStorage   struct{ Items []scale.Pair[[]byte, []byte] }
	KillStorage  struct{ Keys [][]byte }
	KillPrefix   struct {
		Prefix  []byte
		Subkeys uint32
	}
)

// Raw keys that belong to no pallet.
var (
	CodeKey           = []byte(":code")
	heapPagesKey      = []byte(":heappages")
	ExtrinsicIndexKey = []byte(":extrinsic_index")
)

// New makes the pallet with upstream's limits.
func New() *Pallet {
	p := &Pallet{}
	c := &p.Constants
	c.BlockWeights.Set(Limits())
	c.BlockLength.Set(BlockLength{Max: PerClass[uint32]{Normal: 7_864_320, Operational: 10_485_760, Mandatory: 10_485_760}})
	c.BlockHashCount.Set(2400)
	c.DbWeight.Set(DbWeight{Read: frame.ReadRefTime, Write: frame.WriteRefTime})
	c.SS58Prefix.Set(bt.SS58Prefix)
	per := func(base frame.Info, n int, refTime, reads, writes uint64) frame.Info {
		base.Weight = base.Weight.Add(frame.WeightOf(uint64(n)*refTime, 0, uint64(n)*reads, uint64(n)*writes))
		return base
	}
	p.Call.Remark.Weigh(func(a RemarkArgs, i frame.Info) frame.Info { return per(i, len(a.Remark), 10_920, 0, 0) })
	p.Call.RemarkWithEvent.Weigh(func(a RemarkArgs, i frame.Info) frame.Info { return per(i, len(a.Remark), 12_386, 0, 0) })
	p.Call.SetStorage.Weigh(func(a SetStorage, i frame.Info) frame.Info { return per(i, len(a.Items), 733_648, 0, 1) })
	p.Call.KillStorage.Weigh(func(a KillStorage, i frame.Info) frame.Info { return per(i, len(a.Keys), 566_903, 0, 1) })
	p.Call.KillPrefix.Weigh(func(a KillPrefix, i frame.Info) frame.Info {
		// The cost follows what the caller says, as upstream's does: it counts one row more.
		n := uint64(a.Subkeys) + 1
		i.Weight = i.Weight.Add(frame.WeightOf(n*1_340_742, n*70, n, n))
		return i
	})
	return p
}

// Limits are upstream's: four seconds of work in a block, three quarters of it for normal calls.
func Limits() BlockWeights {
	base := frame.Weight{RefTime: BaseExtrinsic}
	some := func(refTime, proof uint64) scale.Option[frame.Weight] {
		return scale.Some(frame.Weight{RefTime: refTime, ProofSize: proof})
	}
	const whole = 1<<64 - 1
	return BlockWeights{
		BaseBlock: frame.Weight{RefTime: 431_614_000},
		MaxBlock:  frame.Weight{RefTime: 4_000_000_000_000, ProofSize: whole},
		PerClass: PerClass[WeightsPerClass]{
			Normal: WeightsPerClass{
				BaseExtrinsic: base, MaxExtrinsic: some(2_599_891_843_000, 11_990_383_647_911_208_550),
				MaxTotal: some(3_000_000_000_000, 13_835_058_055_282_163_711), Reserved: some(0, 0),
			},
			Operational: WeightsPerClass{
				BaseExtrinsic: base, MaxExtrinsic: some(3_599_891_843_000, 16_602_069_666_338_596_454),
				MaxTotal: some(4_000_000_000_000, whole), Reserved: some(1_000_000_000_000, 4_611_686_018_427_387_904),
			},
			Mandatory: WeightsPerClass{BaseExtrinsic: base},
		},
	}
}

// BlockLimits is the constant BlockWeights, to be read only.
func (p *Pallet) BlockLimits() *BlockWeights { return p.Constants.BlockWeights.Ref() }

// BaseExtrinsic is the reference time that every extrinsic costs beside its call.
const BaseExtrinsic = 108_157_000

// Remark does nothing; anybody may.
func (p *Pallet) Remark(c *frame.Ctx, _ RemarkArgs) error {
	if !c.Origin.IsRoot() {
		_, err := c.Signer()
		return err
	}
	return nil
}

// RemarkWithEvent emits the hash of the bytes.
func (p *Pallet) RemarkWithEvent(c *frame.Ctx, a RemarkArgs) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	p.Event.Remarked.Emit(c, Remarked{Sender: who, Hash: hash.Blake256(a.Remark)})
	return nil
}

// SetHeapPages stores the number where Substrate does, and the header tells of it; nothing here depends on it.
func (p *Pallet) SetHeapPages(c *frame.Ctx, a SetHeapPages) error {
	if !c.Origin.IsRoot() {
		return frame.BadOrigin
	}
	c.State.Set(heapPagesKey, scale.Marshal(&a.Pages))
	p.logUpdate(c)
	return nil
}

// SetStorage is root's way to any row.
func (p *Pallet) SetStorage(c *frame.Ctx, a SetStorage) error {
	if !c.Origin.IsRoot() {
		return frame.BadOrigin
	}
	for _, it := range a.Items {
		c.State.Set(it.A, it.B)
	}
	return nil
}

// KillStorage removes rows.
func (p *Pallet) KillStorage(c *frame.Ctx, a KillStorage) error {
	if !c.Origin.IsRoot() {
		return frame.BadOrigin
	}
	for _, k := range a.Keys {
		c.State.Delete(k)
	}
	return nil
}

// KillPrefix removes the first rows under a prefix, as many as root says.
func (p *Pallet) KillPrefix(c *frame.Ctx, a KillPrefix) error {
	if !c.Origin.IsRoot() {
		return frame.BadOrigin
	}
	var rows [][]byte
	for key := range c.State.Keys(a.Prefix) {
		if len(rows) >= int(a.Subkeys) {
			break
		}
		rows = append(rows, key)
	}
	for _, key := range rows {
		c.State.Delete(key)
	}
	return nil
}
