package results

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/myelin-go/myelin/yuma"
)

// statedEpoch is an epoch of an upstream test that states figures.
type statedEpoch struct {
	Case string
	In   struct {
		N                         int
		CurrentBlock              number `json:"current_block"`
		Tempo                     uint16
		LastMechanismStepBlock    number                  `json:"last_mechanism_step_block"`
		ActivityCutoffFactorMilli uint32                  `json:"activity_cutoff_factor_milli"`
		StakeThreshold            number                  `json:"stake_threshold"`
		TotalStake                struct{ I64F64 []wide } `json:"total_stake"`
		OwnerUID                  *uint16                 `json:"owner_uid"`
		ValidatorPermit           []bool                  `json:"validator_permit"`
		MaxAllowedValidators      uint16                  `json:"max_allowed_validators"`
		LastUpdate                []number                `json:"last_update"`
		BlockAtRegistration       []number                `json:"block_at_registration"`
		Kappa                     uint16
		BondsPenalty              uint16 `json:"bonds_penalty"`
		BondsMovingAverage        number `json:"bonds_moving_average"`
		Yuma3                     bool
		LiquidAlpha               bool   `json:"liquid_alpha"`
		AlphaLow                  uint16 `json:"alpha_low"`
		AlphaHigh                 uint16 `json:"alpha_high"`
		AlphaSigmoidSteepness     int16  `json:"alpha_sigmoid_steepness"`
		CommitReveal              bool   `json:"commit_reveal"`
		Commits                   []struct {
			Kind         string
			UID          uint16
			Epoch, Block number
		}
		CurrentEpoch       number `json:"current_epoch_with_lookahead"`
		RevealPeriodEpochs number `json:"reveal_period_epochs"`
		Weights, Bonds     []pairs
		Emission           number
	}
	Published stated
}

// stated is what the test states of the outcome: exactly, by uid, or near, by uid from the first on; or exactly of each validator (who may set weights) and of each server.
type stated struct {
	Bonds         [][3]uint16 // of, on, value
	Dividends     map[string]uint16
	Incentive     map[string]uint16
	Consensus     map[string]uint16
	Emission      map[string]number
	DividendsNear []float64   `json:"dividends_near"`
	BondsNear     [][]float64 `json:"bonds_near"`
	BondsNearFrom int         `json:"bonds_near_first_uid"`
	Epsilon       float64
	Validators    *kind
	Servers       *kind
}

// kind is what a test states of every neuron of a kind.
type kind struct {
	Consensus, Incentive, Dividends uint16
	Emission                        number
	BondToEachServer                *uint16 `json:"bond_to_each_server"`
}

func (e *statedEpoch) run() *yuma.Output {
	in := &e.In
	input := &yuma.Input{
		Neurons: in.N, Block: uint64(in.CurrentBlock), Tempo: uint64(in.Tempo), LastStepBlock: uint64(in.LastMechanismStepBlock),
		ActivityCutoff: yuma.CutoffBlocks(in.ActivityCutoffFactorMilli, in.Tempo), StakeThreshold: uint64(in.StakeThreshold),
		ValidatorPermit: in.ValidatorPermit, MaxAllowedValidators: in.MaxAllowedValidators,
		LastUpdate: numbers(in.LastUpdate), BlockAtRegistration: numbers(in.BlockAtRegistration),
		Weights: rowsOf(in.Weights), Bonds: rowsOf(in.Bonds), Emission: uint64(in.Emission),
		Parameters: yuma.Parameters{
			Kappa: in.Kappa, BondsPenalty: in.BondsPenalty, BondsMovingAverage: uint64(in.BondsMovingAverage), LiquidAlpha: in.LiquidAlpha,
			AlphaLow: in.AlphaLow, AlphaHigh: in.AlphaHigh, AlphaSigmoidSteepness: in.AlphaSigmoidSteepness,
		},
	}
	for _, s := range in.TotalStake.I64F64 {
		input.Stake = append(input.Stake, s.I64F64)
	}
	if in.OwnerUID != nil {
		input.Owner, input.HasOwner = *in.OwnerUID, true
	}
	if in.CommitReveal {
		var commits []yuma.Commit
		for _, k := range in.Commits {
			commits = append(commits, yuma.Commit{UID: k.UID, Epoch: uint64(k.Epoch), Block: uint64(k.Block), Timelock: k.Kind == "timelock"})
		}
		input.CommitBlocks = yuma.CommitBlocks(in.N, commits, uint64(in.CurrentEpoch), uint64(in.RevealPeriodEpochs))
	}
	if in.Yuma3 {
		return yuma.Yuma3(input)
	}
	return yuma.Yuma2(input)
}

// tally counts figures, and those that agree.
type tally struct{ epochs, figures, agree int }

func (t *tally) count(agrees bool) {
	t.figures++
	if agrees {
		t.agree++
	}
}

// compare counts every figure that the test states.
func (t *tally) compare(e *statedEpoch, out *yuma.Output) {
	p := &e.Published
	t.epochs++
	bond := func(of, on int) (v uint16) {
		for _, e := range out.Bonds[of] {
			if int(e.UID) == on {
				v = e.Value
			}
		}
		return v
	}
	for _, b := range p.Bonds {
		t.count(bond(int(b[0]), int(b[1])) == b[2])
	}
	for _, f := range []struct {
		want map[string]uint16
		got  []uint16
	}{{p.Dividends, out.Dividends}, {p.Incentive, out.Incentive}, {p.Consensus, out.Consensus}} {
		for uid, want := range f.want {
			i, err := strconv.Atoi(uid)
			t.count(err == nil && f.got[i] == want)
		}
	}
	for uid, want := range p.Emission {
		i, err := strconv.Atoi(uid)
		t.count(err == nil && out.Emission[i] == uint64(want))
	}
	for uid, validates := range e.In.ValidatorPermit {
		k := p.Servers
		if validates {
			k = p.Validators
		}
		if k == nil {
			continue
		}
		t.count(out.Consensus[uid] == k.Consensus)
		t.count(out.Incentive[uid] == k.Incentive)
		t.count(out.Dividends[uid] == k.Dividends)
		t.count(out.Emission[uid] == uint64(k.Emission))
		if k.BondToEachServer == nil {
			continue
		}
		for server, validates := range e.In.ValidatorPermit {
			if !validates {
				t.count(bond(uid, server) == *k.BondToEachServer)
			}
		}
	}
	near := func(got uint16, want float64) { t.count(math.Abs(float64(got)/math.MaxUint16-want) <= p.Epsilon) }
	for uid, want := range p.DividendsNear {
		near(out.Dividends[uid], want)
	}
	for of, row := range p.BondsNear {
		for j, want := range row {
			near(bond(of, p.BondsNearFrom+j), want)
		}
	}
}

// epochs runs them all, a row for each test.
func epochs() (rows []Row, err error) {
	var order []string
	tests := map[string]*tally{}
	err = lines("published/epochs.jsonl.gz", func(e *statedEpoch) {
		name, _, _ := strings.Cut(strings.TrimPrefix(e.Case, "epoch::"), "/")
		if tests[name] == nil {
			tests[name], order = &tally{}, append(order, name)
		}
		tests[name].compare(e, e.run())
	})
	for _, name := range order {
		t := tests[name]
		rows = append(rows, Row{
			Source: "upstream pallets/subtensor/src/tests/epoch.rs", Case: fmt.Sprintf("%s, epochs: %d", name, t.epochs),
			Published: fmt.Sprintf("%d figures", t.figures), Ours: fmt.Sprintf("%d agree", t.agree), Within: "exactly, or the test's own epsilon", Agrees: t.agree == t.figures,
		})
	}
	return rows, err
}
