package genesis

import "github.com/myelin-go/myelin/chain"

// The versions after SpecVersion that this program holds, each named after what changed with it. docs/upgrades.md says how one is added.
const (
	countedStake = 462 // TotalAlphaStaked says what is staked; until then it is empty

	newest = countedStake
)

// succeed tells a runtime which one follows it on the same chain, when an upgrade is applied.
func succeed(cfg *chain.Config, s Spec, extensions []Extension) {
	if next := cfg.SpecVersion + 1; next <= newest {
		cfg.Next = func() *chain.Runtime { return at(next, s, extensions).Runtime }
	}
}
