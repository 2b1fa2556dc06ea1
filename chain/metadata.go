package chain

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
)

// Metadata is the runtime's description of itself in a version, raw: "meta", the version, the content. Versions 14 and 15 are served.
func (r *Runtime) Metadata(version uint32) ([]byte, bool) {
	raw, ok := r.metadata[version]
	return raw, ok
}

// root is the path of upstream's runtime, under which clients look for the outer enums.
const root = "node_subtensor_runtime"

// crates are upstream's names of the crates that pallets come from; they are part of type paths.
var crates = map[string]string{
	"System": "frame_system", "RandomnessCollectiveFlip": "pallet_insecure_randomness_collective_flip", "Timestamp": "pallet_timestamp",
	"Aura": "pallet_aura", "Grandpa": "pallet_grandpa", "Balances": "pallet_balances", "TransactionPayment": "pallet_transaction_payment",
	"SubtensorModule": "pallet_subtensor", "Utility": "pallet_subtensor_utility", "Sudo": "pallet_sudo", "Multisig": "pallet_multisig",
	"Preimage": "pallet_preimage", "Scheduler": "pallet_scheduler", "Proxy": "pallet_subtensor_proxy", "Commitments": "pallet_commitments",
	"AdminUtils": "pallet_admin_utils", "SafeMode": "pallet_safe_mode", "Ethereum": "pallet_ethereum", "EVM": "pallet_evm",
	"EVMChainId": "pallet_evm_chain_id", "BaseFee": "pallet_base_fee", "Drand": "pallet_drand", "Crowdloan": "pallet_crowdloan",
	"Swap": "pallet_subtensor_swap::pallet", "Contracts": "pallet_contracts", "MevShield": "pallet_shield", "AlphaAssets": "pallet_alpha_assets",
	"LimitOrders": "pallet_limit_orders",
}

// crateOf is the crate of a pallet; one that upstream lacks gets its own.
func crateOf(name string) string {
	if c := crates[name]; c != "" {
		return c
	}
	return "pallet_" + scale.SnakeCase(name)
}

// What the transaction extensions carry and what is only signed for them; fields without names, as upstream's.
type (
	checkNonZeroSender struct{}
	checkSpecVersion   struct{}
	checkTxVersion     struct{}
	checkGenesis       struct{}
	checkMortality     struct {
		scale.Tuple `scale:"-"`
		Era         bt.Era
	}
	checkNonce struct {
		scale.Tuple `scale:"-"`
		Nonce       bt.Nonce `scale:"compact"`
	}
	checkWeight              struct{}
	chargeTransactionPayment struct {
		scale.Tuple `scale:"-"`
		Tip         bt.Rao `scale:"compact"`
	}
	sudoExtension           struct{}
	checkShieldedTxValidity struct{}
	subtensorExtension      struct{}
	drandPriority           struct{}
	checkMetadataHash       struct{ Mode hashMode }
	hashMode                uint8
)

func (hashMode) Variants() []scale.Variant { return scale.Names("Disabled", "Enabled") }

func (hashMode) ScaleName() scale.Name {
	return scale.Name{Path: "frame_metadata_hash_extension::Mode"}
}

// extension describes one transaction extension; its type's path is upstream's.
func extension[Explicit, Implicit any](name, path string, params ...scale.Param) (metadata.ExtensionDeclaration, reflect.Type, metadata.Special) {
	t := typeOf[Explicit]()
	d := metadata.ExtensionDeclaration{Name: name, Explicit: t, Implicit: typeOf[Implicit]()}
	return d, t, func(r *metadata.Registry) metadata.Type {
		return r.Described(t, scale.Name{Path: path + "::" + name, Params: params})
	}
}

// runtimeType stands for the runtime itself, of which there are no values either.
type runtimeType struct{}

func (runtimeType) ScaleName() scale.Name { return scale.Name{Path: root + "::Runtime"} }

// errorEnum stands for the enum over all pallets' errors, of which there are no values on the wire.
type errorEnum struct{}

// plainIntegers are the paths of the newtypes that upstream's metadata showed as what they hold until spec 425. Clients of that time read the
// composite of later specs as a list of one number.
var plainIntegers = []string{
	"subtensor_runtime_common::currency::TaoBalance", "subtensor_runtime_common::currency::AlphaBalance", "subtensor_runtime_common::NetUid",
	"subtensor_runtime_common::NetUidStorageIndex", "subtensor_runtime_common::MechId", "sp_arithmetic::per_things::PerU16",
}

// showPlain puts in the place of each of them the integer that it holds.
func showPlain(m *metadata.Metadata) {
	for i := range m.Types {
		if t := &m.Types[i]; slices.Contains(plainIntegers, strings.Join(t.Path, "::")) {
			*t = metadata.Type{ID: t.ID, Kind: metadata.Primitive, Basic: m.Types[t.Fields[0].Type].Basic}
		}
	}
}

func (r *Runtime) buildMetadata() {
	d := metadata.Declaration{
		First: typeOf[bt.AccountID](), Root: root, Call: typeOf[frame.RuntimeCall](), Event: typeOf[frame.RuntimeEvent](),
		Error: typeOf[errorEnum](), Runtime: typeOf[runtimeType](), Address: typeOf[bt.MultiAddress](), Signature: typeOf[bt.MultiSignature](),
		Extrinsic: typeOf[frame.Extrinsic](), ExtrinsicPath: frame.Extrinsic{}.ScaleName().Path, ExtrinsicVersion: 4,
		Special: map[reflect.Type]metadata.Special{
			typeOf[bt.Era]():             describeEra,
			typeOf[bt.MultiAddress]():    describeAddress,
			typeOf[frame.HoldReason]():   r.describeHoldReason,
			typeOf[frame.FreezeReason](): describeFreezeReason,
		},
	}
	add := func(x metadata.ExtensionDeclaration, t reflect.Type, s metadata.Special) {
		d.Extensions = append(d.Extensions, x)
		d.Special[t] = s
	}
	skipped, told := scale.Param{Name: "T"}, scale.Param{Name: "T", Type: typeOf[runtimeType]()}
	const frameSystem = "frame_system::extensions::"
	add(extension[checkNonZeroSender, scale.Unit]("CheckNonZeroSender", frameSystem+"check_non_zero_sender", skipped))
	add(extension[checkSpecVersion, uint32]("CheckSpecVersion", frameSystem+"check_spec_version", skipped))
	add(extension[checkTxVersion, uint32]("CheckTxVersion", frameSystem+"check_tx_version", skipped))
	add(extension[checkGenesis, bt.Hash]("CheckGenesis", frameSystem+"check_genesis", skipped))
	add(extension[checkMortality, bt.Hash]("CheckMortality", root+"::check_mortality", skipped))
	add(extension[checkNonce, scale.Unit]("CheckNonce", root+"::check_nonce", skipped))
	add(extension[checkWeight, scale.Unit]("CheckWeight", frameSystem+"check_weight", skipped))
	add(extension[chargeTransactionPayment, scale.Unit]("ChargeTransactionPayment", "pallet_transaction_payment", skipped))
	add(extension[sudoExtension, scale.Unit]("SudoTransactionExtension", root+"::sudo_wrapper", told))
	add(extension[checkShieldedTxValidity, scale.Unit]("CheckShieldedTxValidity", "pallet_shield::extension", told))
	add(extension[subtensorExtension, scale.Unit]("SubtensorTransactionExtension", "pallet_subtensor::extensions::subtensor", told))
	add(extension[drandPriority, scale.Unit]("DrandPriority", "pallet_drand::drand_priority", told))
	add(extension[checkMetadataHash, scale.Option[[32]byte]]("CheckMetadataHash", "frame_metadata_hash_extension", skipped))
	for _, p := range r.pallets {
		d.Pallets = append(d.Pallets, declare(p))
	}
	for _, a := range r.apiList {
		api := metadata.APIDeclaration{Name: a.Name}
		for _, m := range a.Compile() {
			api.Methods = append(api.Methods, metadata.MethodDeclaration{Name: m.Name, Args: m.Args, Result: m.Result, Docs: m.Docs})
		}
		d.APIs = append(d.APIs, api)
	}
	m := metadata.Build(d)
	if r.cfg.PlainIntegers {
		showPlain(m)
	}
	r.metadata = map[uint32][]byte{14: m.As(14).Encode(), 15: m.Encode()}
}

func declare(p *frame.Description) metadata.PalletDeclaration {
	out := metadata.PalletDeclaration{Name: p.Name, Index: p.Index, Crate: crateOf(p.Name), Params: []string{"T"}}
	if p.Name == "Balances" {
		out.Params = []string{"T", "I"}
	}
	for _, s := range p.Storage {
		e := metadata.StorageDeclaration{
			Name: s.Name, Optional: s.Optional, Keys: s.Keys, Value: s.Value, Default: s.Default, Docs: s.Docs,
		}
		if e.Default == nil && !s.Optional {
			e.Default = zeroOf(s.Value)
		}
		for _, h := range s.Hashers {
			e.Hashers = append(e.Hashers, uint8(h))
		}
		out.Storage = append(out.Storage, e)
	}
	for _, c := range p.Constants {
		out.Constants = append(out.Constants, metadata.ConstantDeclaration(c))
	}
	variant := func(v frame.Variant) metadata.VariantDeclaration {
		return metadata.VariantDeclaration{Name: v.Name, Index: v.Index, Fields: v.Type, Docs: v.Docs}
	}
	for _, v := range p.Calls {
		out.Calls = append(out.Calls, variant(v.Variant))
	}
	for _, v := range p.Events {
		out.Events = append(out.Events, variant(v))
	}
	errors := slices.SortedFunc(slices.Values(p.Errors), func(a, b frame.Variant) int { return cmp.Compare(a.Index, b.Index) })
	for _, v := range errors {
		// The Python clients take an error's index for its place in the list, so the list has no gaps.
		for len(out.Errors) < int(v.Index) {
			i := uint8(len(out.Errors))
			out.Errors = append(out.Errors, metadata.VariantDeclaration{Name: "Reserved" + strconv.Itoa(int(i)), Index: i, Docs: "Not in use."})
		}
		out.Errors = append(out.Errors, variant(v))
	}
	return out
}

// zeroOf is the encoding of a type's zero value. An enum has none; it is taken to begin with its first variant.
func zeroOf(t reflect.Type) (raw []byte) {
	if _, ok := scale.EnumVariants(t); ok {
		return make([]byte, scale.MinSize(t))
	}
	return scale.Marshal(reflect.New(t).Interface())
}

// describeEra is how Substrate declares eras: an enum of 256 variants, of which all but the first hold one byte more.
func describeEra(r *metadata.Registry) metadata.Type {
	t := metadata.Type{Kind: metadata.Enum, Path: []string{"sp_runtime", "generic", "era", "Era"}}
	t.Variants = append(t.Variants, metadata.Variant{Name: "Immortal"})
	for i := 1; i < 256; i++ {
		t.Variants = append(t.Variants, metadata.Variant{
			Name: "Mortal" + strconv.Itoa(i), Index: uint8(i), Fields: []metadata.Field{{Type: r.Basic(metadata.U8)}},
		})
	}
	return t
}

// describeAddress gives the variant Index the type that Substrate gives it when accounts have no indices: the compact form of nothing.
func describeAddress(r *metadata.Registry) metadata.Type {
	t := r.Described(typeOf[bt.MultiAddress](), bt.MultiAddress{}.ScaleName())
	for i := range t.Variants {
		if t.Variants[i].Name == "Index" {
			t.Variants[i].Fields[0].Type = r.CompactOf(r.Unit())
		}
	}
	return t
}

// HoldReasons is implemented by pallets that hold balances: the names of their reasons, by index.
type HoldReasons interface{ HoldReasons() []string }

// describeHoldReason is an enum over the pallets that hold balances, each with an enum of its reasons.
func (r *Runtime) describeHoldReason(g *metadata.Registry) metadata.Type {
	t := metadata.Type{Kind: metadata.Enum, Path: []string{root, "RuntimeHoldReason"}}
	for _, m := range r.cfg.Modules {
		holder, ok := m.Pallet.(HoldReasons)
		if !ok {
			continue
		}
		id := g.Add(m.Name+".HoldReason", func() metadata.Type {
			inner := metadata.Type{Kind: metadata.Enum, Path: []string{crateOf(m.Name), "pallet", "HoldReason"}}
			for i, name := range holder.HoldReasons() {
				inner.Variants = append(inner.Variants, metadata.Variant{Name: name, Index: uint8(i)})
			}
			return inner
		})
		t.Variants = append(t.Variants, metadata.Variant{Name: m.Name, Index: m.Index, Fields: []metadata.Field{{Type: id}}})
	}
	return t
}

func describeFreezeReason(*metadata.Registry) metadata.Type {
	return metadata.Type{Kind: metadata.Enum, Path: []string{root, "RuntimeFreezeReason"}}
}
