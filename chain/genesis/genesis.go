// Package genesis turns a chain specification into a runtime and its first state. It says which pallets the chain of Bittensor has and where.
//
// A Spec is plain data and can be written as JSON. Localnet is the network that upstream's developers start on one machine.
//
// It deliberately starts no node and reads no files.
package genesis

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/aura"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/crowdloan"
	"github.com/myelin-go/myelin/chain/pallets/grandpa"
	"github.com/myelin-go/myelin/chain/pallets/multisig"
	"github.com/myelin-go/myelin/chain/pallets/payment"
	"github.com/myelin-go/myelin/chain/pallets/preimage"
	"github.com/myelin-go/myelin/chain/pallets/proxy"
	"github.com/myelin-go/myelin/chain/pallets/randomness"
	"github.com/myelin-go/myelin/chain/pallets/safemode"
	"github.com/myelin-go/myelin/chain/pallets/scheduler"
	"github.com/myelin-go/myelin/chain/pallets/shield"
	"github.com/myelin-go/myelin/chain/pallets/sudo"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/pallets/timestamp"
	"github.com/myelin-go/myelin/chain/pallets/utility"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/keys"
)

// SpecVersion is the runtime version that networks begin with and that clients see; upgrades count on from it (successors.go).
const SpecVersion = 461

// Spec is a chain specification.
type Spec struct {
	Name       string     `json:"name"`
	ID         string     `json:"id"`
	ChainType  string     `json:"chainType"` // Live, Local or Development
	Properties Properties `json:"properties"`

	// Fast chooses the constants of upstream's fast runtime: short tempos and waits.
	Fast bool `json:"fast"`
	// BlockTime is the time between two blocks in milliseconds, as clients read it.
	BlockTime uint64 `json:"blockTimeMs"`

	// PlainIntegers is for clients of spec 425 and before, such as bittensor 10.2: the metadata shows amounts, netuids and fractions as plain integers.
	PlainIntegers bool `json:"plainIntegers,omitempty"`
	// Spring2026 brings back small rules of that time; see rules.Pallet. What a crowdloan raised need not be spent by its call then.
	Spring2026 bool `json:"spring2026,omitempty"`

	// Sudo may act as root; nobody may when it is null.
	Sudo        *bt.AccountID  `json:"sudo"`
	Authorities []bt.AccountID `json:"authorities"`
	Balances    []Balance      `json:"balances"`

	// RootOwner and RootOwnerHotkey own the root subnet: the owner may start it.
	RootOwner       bt.AccountID `json:"rootOwner"`
	RootOwnerHotkey bt.AccountID `json:"rootOwnerHotkey"`

	// Beacon signs the rounds that open timelocked weights; null is drand's quicknet, whose pulses only a node with internet can bring.
	Beacon *Beacon `json:"beacon"`

	// Network changes Bittensor's parameters and rules, and says which subnets there are at first.
	Network Network `json:"network"`
}

// Properties are what clients ask for to print amounts and addresses.
type Properties struct {
	TokenSymbol   string `json:"tokenSymbol"`
	TokenDecimals uint8  `json:"tokenDecimals"`
	SS58Format    uint16 `json:"ss58Format"`
}

// Balance is what an account has at first, in rao.
type Balance struct {
	Account bt.AccountID `json:"account"`
	Free    bt.Rao       `json:"free"`
}

// Localnet is the local network of upstream's fast build: //Alice is sudo and owns the root subnet, the well-known accounts are rich.
func Localnet() Spec {
	alice := wellKnown("//Alice")
	s := Spec{
		Name: "Bittensor", ID: "bittensor", ChainType: "Local", Properties: Properties{TokenSymbol: "TAO", TokenDecimals: 9, SS58Format: bt.SS58Prefix},
		Fast: true, BlockTime: 250, Sudo: &alice, RootOwner: alice, RootOwnerHotkey: wellKnown("//Alice_hk"), Beacon: DevelopmentBeacon(),
	}
	for _, name := range []string{"//One", "//Two", "//Three"} {
		s.Authorities = append(s.Authorities, wellKnown(name))
	}
	const rich, some = 1_000_000 * bt.Tao, 2000 * bt.Tao
	for _, name := range []string{"//Alice", "//Bob", "//Charlie"} {
		s.Balances = append(s.Balances, Balance{wellKnown(name), rich})
	}
	for _, name := range []string{"//Dave", "//Eve", "//Ferdie", "//One", "//Two", "//Three"} {
		s.Balances = append(s.Balances, Balance{wellKnown(name), some})
	}
	// Two accounts that Ethereum keys of upstream's tests control.
	for _, address := range []string{"5Fghzk1AJt88PeFEzuRfXzbPchiBbsVGTTXcdx599VdZzkTA", "5GeqNhKWj1KG78VHzbmo3ZjZgUTrCuWeamdgiA114XHGdaEr"} {
		a, err := bt.ParseAccount(address)
		if err != nil {
			panic(err)
		}
		s.Balances = append(s.Balances, Balance{a, some})
	}
	return s
}

// Slow is s with the constants of the main network: blocks of twelve seconds, long tempos and waits, and a root subnet without owner.
func (s Spec) Slow() Spec {
	s.Fast, s.BlockTime = false, 12_000
	s.RootOwner, s.RootOwnerHotkey = bt.AccountID{}, bt.AccountID{}
	return s
}

// OfMarch2026 is s with the rules and the metadata of spring 2026, before spec 397, for the clients and test suites of that time (bittensor
// 10.2, bittensor-cli 9.21): a tempo of n has epochs n+1 blocks apart, the price of registration follows the number of registrations, new
// subnets have their part in the emission at once, amounts and netuids are plain integers, and what Spring2026 says.
func (s Spec) OfMarch2026() Spec {
	s.PlainIntegers, s.Spring2026 = true, true
	rules := maps.Clone(s.Network.Rules)
	if rules == nil {
		rules = Settings{}
	}
	rules["EpochDue"], rules["BurnPrice"] = json.RawMessage(`"TempoPlusOne"`), json.RawMessage(`"Adjusted"`)
	rules["NewSubnetEmission"] = json.RawMessage("true")
	s.Network.Rules = rules
	return s
}

func wellKnown(uri string) bt.AccountID {
	p, err := keys.FromURI(uri)
	if err != nil {
		panic(fmt.Sprintf("genesis: %s: %v", uri, err))
	}
	return p.Public()
}

// Parse reads a specification in JSON; unknown members are refused, so that a mistyped one does not go unnoticed.
func Parse(raw []byte) (Spec, error) {
	var s Spec
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Spec{}, fmt.Errorf("chain specification: %w", err)
	}
	if err := s.Validate(); err != nil {
		return Spec{}, err
	}
	return s, nil
}

// ErrSpec is wrapped by every error about what a specification says.
var ErrSpec = errors.New("bad chain specification")

// Validate tells what is wrong with a specification.
func (s *Spec) Validate() error {
	if s.Name == "" || s.ID == "" {
		return fmt.Errorf("%w: it needs a name and an id", ErrSpec)
	}
	if s.BlockTime < 2 {
		return fmt.Errorf("%w: blockTimeMs is %d, want at least 2", ErrSpec, s.BlockTime)
	}
	if s.Beacon != nil {
		if err := s.Beacon.validate(); err != nil {
			return err
		}
	}
	seen := map[bt.AccountID]bool{}
	var total bt.Rao
	const most = 21_000_000 * bt.Tao
	for _, b := range s.Balances {
		if seen[b.Account] {
			return fmt.Errorf("%w: %v has two balances", ErrSpec, b.Account)
		}
		seen[b.Account] = true
		if b.Free < 500 {
			return fmt.Errorf("%w: %v gets %d rao, want at least 500, the existential deposit", ErrSpec, b.Account, uint64(b.Free))
		}
		if total += min(b.Free, most+1); total > most {
			return fmt.Errorf("%w: balances exceed %v TAO", ErrSpec, most)
		}
	}
	return s.Network.validate()
}

// Parts are the pallets that others build on, for Extension.
type Parts struct {
	System    *system.Pallet
	Timestamp *timestamp.Pallet
	Balances  *balances.Pallet
	Payment   *payment.Pallet
	Utility   *utility.Pallet
	Sudo      *sudo.Pallet
	Preimage  *preimage.Pallet
	Proxy     *proxy.Pallet
	Crowdloan *crowdloan.Pallet
	Shield    *shield.Pallet
	Table     func() *frame.Table // of the runtime; call it when the runtime is complete
}

// Extension adds pallets and hooks to a runtime while it is built. What it returns writes its part of the first state; it may be nil.
type Extension func(s Spec, p *Parts, cfg *chain.Config) func(c *frame.Ctx)

// Chain is a runtime with the pallets that stand in every one, and its first state.
type Chain struct {
	Spec    Spec
	Runtime *chain.Runtime
	Parts   Parts

	build []func(c *frame.Ctx)
}

// New builds the runtime of a specification, the first of its chain; those that may follow it are built when they are asked for.
func New(s Spec, extensions ...Extension) *Chain { return at(SpecVersion, s, extensions) }

// at builds the runtime of a version.
func at(version uint32, s Spec, extensions []Extension) *Chain {
	out := &Chain{Spec: s}
	p := &out.Parts
	p.Table = func() *frame.Table { return out.Runtime.Table() }
	p.System = system.New()
	p.System.Constants.SS58Prefix.Set(s.Properties.SS58Format)
	p.Timestamp = timestamp.New(s.BlockTime / 2)
	p.Balances = balances.New(p.System)
	p.Payment = payment.New(p.System, p.Balances)
	p.Utility = utility.New(p.Table)
	p.Sudo = sudo.New(p.Table)
	p.Preimage = preimage.New(p.Balances)
	p.Proxy = proxy.New(p.Balances, p.Table, nil)
	p.Payment.SetPayer(p.Proxy.Payer)
	p.Crowdloan = crowdloan.New(p.Balances, p.System, p.Preimage, p.Table, s.Fast)
	p.Crowdloan.MayLeaveFunds = s.Spring2026
	safe := safemode.New(p.Balances, p.Table)
	slots, finality := aura.New(s.BlockTime), &grandpa.Pallet{}
	p.Shield = shield.New(slots, nil)
	cfg := chain.Config{
		SpecVersion: version, TransactionVersion: 1, ExtensionWeight: ExtensionWeight, PlainIntegers: s.PlainIntegers,
		Filter: func(c *frame.Ctx, call frame.RuntimeCall) bool {
			return safe.Permits(c, call) && p.Utility.NoNesting(call)
		},
		Modules: []frame.Module{
			{Name: "System", Index: 0, Pallet: p.System},
			{Name: randomness.Name, Index: randomness.Index, Pallet: &randomness.Pallet{}},
			{Name: "Timestamp", Index: 2, Pallet: p.Timestamp},
			{Name: "Aura", Index: 3, Pallet: slots},
			{Name: grandpa.Name, Index: grandpa.Index, Pallet: finality},
			{Name: "Balances", Index: 5, Pallet: p.Balances},
			{Name: "TransactionPayment", Index: 6, Pallet: p.Payment},
			{Name: "Utility", Index: 11, Pallet: p.Utility},
			{Name: "Sudo", Index: 12, Pallet: p.Sudo},
			{Name: "Multisig", Index: 13, Pallet: multisig.New(p.Balances, p.Table)},
			{Name: "Preimage", Index: preimage.Index, Pallet: p.Preimage},
			{Name: "Scheduler", Index: 15, Pallet: scheduler.New(p.Preimage, p.System.BlockLimits().MaxBlock)},
			{Name: "Proxy", Index: 16, Pallet: p.Proxy},
			{Name: "SafeMode", Index: safemode.Index, Pallet: safe},
			{Name: "Crowdloan", Index: 27, Pallet: p.Crowdloan},
			{Name: shield.Name, Index: shield.Index, Pallet: p.Shield},
		},
		APIs: []frame.API{
			slots.API(), finality.API(), p.Proxy.API(func() []*frame.Description { return out.Runtime.Pallets() }), builder(s, extensions),
			p.Shield.API(),
		},
		Judge:      enveloped(p.Shield),
		LongestEra: p.Shield.LongestEra,
		Bare:       announcement,
	}
	out.build = append(out.build, func(c *frame.Ctx) {
		for _, a := range s.Authorities {
			slots.Storage.Authorities.Mutate(c.State, func(l *aura.Authorities) { *l = append(*l, aura.AuthorityID(a)) })
		}
		for _, b := range s.Balances {
			if err := p.Balances.Mint(c, b.Account, b.Free); err != nil {
				panic(fmt.Sprintf("genesis: balance of %v: %v", b.Account, err)) // Validate excludes it
			}
		}
		if s.Sudo != nil {
			p.Sudo.Storage.Key.Set(c.State, *s.Sudo)
		}
	})
	for _, extend := range extensions {
		if build := extend(s, p, &cfg); build != nil {
			out.build = append(out.build, build)
		}
	}
	succeed(&cfg, s, extensions)
	out.Runtime = chain.New(cfg)
	return out
}

// enveloped refuses encrypted transactions that are none, as upstream's extension CheckShieldedTxValidity does.
func enveloped(p *shield.Pallet) func(*frame.Ctx, frame.RuntimeCall) *uint8 {
	return func(_ *frame.Ctx, call frame.RuntimeCall) *uint8 {
		if p.Check(call) == nil {
			return nil
		}
		code := uint8(23) // FailedShieldedTxParsing
		return &code
	}
}

// announcement accepts one call without signature: the announcement of the author's key, right behind the block's time.
func announcement(c *frame.Ctx, call frame.RuntimeCall) (chain.Validity, *chain.InvalidTransaction) {
	at := c.Env.Phase.ApplyExtrinsic
	if _, ok := call.Args.(*shield.AnnounceNextKey); ok && at != nil && *at == 1 {
		return chain.Validity{}, nil
	}
	return chain.Validity{}, &chain.InvalidTransaction{Reason: chain.NoUnsignedValidator}
}

// ExtensionWeight is what upstream charges for its transaction extensions: what the recorded fees of spec 461 leave after the calls' own weights.
var ExtensionWeight = frame.Weight{RefTime: 60_000_000, ProofSize: 4198}

// Genesis is block 0 and the rows of the first state, in the order of their keys.
func (c *Chain) Genesis() (bt.Header, []storage.Change) {
	return c.Runtime.Genesis(func(ctx *frame.Ctx) {
		for _, build := range c.build {
			build(ctx)
		}
	})
}
