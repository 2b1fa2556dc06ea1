package genesis

import (
	"encoding/json"
	"fmt"

	"github.com/myelin-go/myelin/bt"
)

// Preset is the specification of a name, one of Presets.
func Preset(name string) (Spec, error) {
	for _, p := range presets {
		if p.name == name {
			return p.make(), nil
		}
	}
	return Spec{}, fmt.Errorf("%w: there is no preset %q, only %v", ErrSpec, name, Presets())
}

// Presets are the names of the specifications that come with this package. docs/presets.md says where their numbers come from.
func Presets() (names []string) {
	for _, p := range presets {
		names = append(names, p.name)
	}
	return names
}

var presets = []struct {
	name string
	make func() Spec
}{{"localnet", Localnet}, {"finney", Finney}, {"nakamoto-2023", Nakamoto2023}, {"subnets-2024", Subnets2024}}

// Finney has the parameters of the main network, those included that only upstream's migrations set: for a network of one's own with production values. Accounts
// and authorities are the well-known ones of a local network: replace them.
func Finney() Spec {
	s := named("finney", "Finney")
	s.Beacon = nil // quicknet
	s.Network = network(`{"global": {
		"TaoWeight": 3320413933267719290, "NetworkMinLockCost": 1000000000, "NetworkLastLockCost": 1000000000, "NetworkImmunityPeriod": 864000,
		"NetworkRateLimit": 28800, "NetworkLockReductionInterval": 57600
	}, "root": {"SubtokenEnabled": true}}`)
	return s
}

// Nakamoto2023 is the network of spring 2023: one text subnet of 4,096 neurons that register by work, are judged by the sigmoid of their trust and are paid in
// TAO, 1 a block, halved as issuance grows; delegates take 18 %, and each transfer burns 0.125 TAO. Numbers of the subnet are those of the first public runtime.
func Nakamoto2023() Spec {
	s := named("nakamoto-2023", "Nakamoto")
	s.Network = network(`{
		"constants": {"InitialMaxAllowedUids": 4096, "InitialDefaultDelegateTake": 11796},
		"global": {"SubnetLimit": 1},
		"rules": {"SingleToken": true, "TransferFee": 125000000, "EpochDue": "TempoPlusOne", "BurnPrice": "Adjusted"}
	}`)
	owner := *s.Sudo
	s.Network.Subnets = []Subnet{{NetUID: 1, Owner: owner, OwnerHotkey: s.RootOwnerHotkey, Settings: settings(`{
		"MaxAllowedUids": 4096, "MaxAllowedValidators": 128, "MinAllowedWeights": 8, "Rho": 10, "Kappa": 32767, "Tempo": 99, "ImmunityPeriod": 4096,
		"ActivityCutoff": 5000, "BondsMovingAverage": 900000, "Difficulty": 10000000, "AdjustmentInterval": 100, "TargetRegistrationsPerInterval": 2,
		"MaxRegistrationsPerBlock": 1, "ScalingLawPower": 50, "ValidatorPruneLen": 1, "OwnerCutEnabled": false, "CommitRevealWeightsEnabled": false,
		"NetworkPowRegistrationAllowed": true
	}`), Rules: settings(`{"Consensus": "Sigmoid2022", "Registration": "ProofOfWork"}`)}}
	return s
}

// subnets2024 is how many subnets there were.
const subnets2024 = 36

// Subnets2024 is the network of spring 2024: 36 subnets of 256 neurons, 64 of which may validate, paid in TAO. A new subnet locks 100 TAO, twice as much after
// each registration, falling back slowly; the lock is paid back when the subnet ends, not before seven days.
func Subnets2024() Spec {
	s := named("subnets-2024", "Bittensor 2024")
	s.Network = network(`{
		"global": {
			"SubnetLimit": 64, "NetworkMinLockCost": 100000000000, "NetworkLastLockCost": 100000000000, "NetworkLockReductionInterval": 100800,
			"NetworkImmunityPeriod": 50400, "NetworkRateLimit": 7200, "TaoWeight": 18446744073709551615
		},
		"rules": {"SingleToken": true, "LockReturned": true, "NewSubnetEmission": true, "EpochDue": "TempoPlusOne", "BurnPrice": "Adjusted"}
	}`)
	for i := range subnets2024 {
		netuid := bt.NetUID(i + 1)
		s.Network.Subnets = append(s.Network.Subnets, Subnet{
			NetUID: netuid, Owner: wellKnown(fmt.Sprintf("//Subnet%d", netuid)), OwnerHotkey: wellKnown(fmt.Sprintf("//Subnet%d_hk", netuid)),
			Settings: settings(`{
				"MaxAllowedUids": 256, "MaxAllowedValidators": 64, "MinAllowedWeights": 1, "Tempo": 360, "ImmunityPeriod": 4096, "Yuma3On": false,
				"CommitRevealWeightsEnabled": false
			}`),
		})
	}
	return s
}

// named is the local network's accounts with the main network's constants.
func named(id, name string) Spec {
	s := Localnet().Slow()
	s.ID, s.Name = id, name
	s.RootOwner, s.RootOwnerHotkey = *s.Sudo, wellKnown("//Alice_hk")
	return s
}

func network(text string) (n Network) {
	must(text, &n)
	return n
}

func settings(text string) (s Settings) {
	must(text, &s)
	return s
}

func must(text string, to any) {
	if err := json.Unmarshal([]byte(text), to); err != nil {
		panic(fmt.Sprintf("genesis: preset: %v", err))
	}
}
