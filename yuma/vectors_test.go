package yuma

import (
	"encoding/json"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/internal/vectors/forms"
)

type u64 = vectors.U64

func uints(in []u64) []uint64 {
	out := make([]uint64, len(in))
	for i, v := range in {
		out[i] = uint64(v)
	}
	return out
}

type (
	scalar     = forms.One[fixed.I32F32]
	wideScalar = forms.One[fixed.I64F64]
	vector     = forms.List[fixed.I32F32]
	wideVector = forms.List[fixed.I64F64]
)

// sparse is a matrix of rows of [column, "bits"].
type sparse struct{ I32F32 [][]sparseCell }

type sparseCell Cell

func (c *sparseCell) UnmarshalJSON(b []byte) error {
	var value forms.Bits[fixed.I32F32]
	if err := json.Unmarshal(b, &[]any{&c.Column, &value}); err != nil {
		return err
	}
	c.Value = value.V
	return nil
}

func (s sparse) matrix() matrix {
	m := make(matrix, len(s.I32F32))
	for i, row := range s.I32F32 {
		for _, c := range row {
			m[i] = append(m[i], Cell(c))
		}
	}
	return m
}

// storedRow is a row of [uid, u16].
type storedRow []Entry

func (r *storedRow) UnmarshalJSON(b []byte) error {
	var pairs [][2]uint16
	if err := json.Unmarshal(b, &pairs); err != nil {
		return err
	}
	*r = nil
	for _, p := range pairs {
		*r = append(*r, Entry{p[0], p[1]})
	}
	return nil
}

func stored(rows []storedRow) [][]Entry {
	out := make([][]Entry, len(rows))
	for i, r := range rows {
		out[i] = r
	}
	return out
}

// epochCase is one recorded epoch.
type epochCase struct {
	Case string
	In   struct {
		N                         int
		CurrentBlock              u64 `json:"current_block"`
		Tempo                     uint16
		LastMechanismStepBlock    u64        `json:"last_mechanism_step_block"`
		ActivityCutoffFactorMilli uint32     `json:"activity_cutoff_factor_milli"`
		ActivityCutoffBlocks      u64        `json:"activity_cutoff_blocks"`
		StakeThreshold            u64        `json:"stake_threshold"`
		TotalStake                wideVector `json:"total_stake"`
		OwnerUID                  *uint16    `json:"owner_uid"`
		ValidatorPermit           []bool     `json:"validator_permit"`
		MaxAllowedValidators      uint16     `json:"max_allowed_validators"`
		LastUpdate                []u64      `json:"last_update"`
		BlockAtRegistration       []u64      `json:"block_at_registration"`
		Kappa                     uint16     `json:"kappa"`
		BondsPenalty              uint16     `json:"bonds_penalty"`
		BondsMovingAverage        u64        `json:"bonds_moving_average"`
		Yuma3                     bool       `json:"yuma3"`
		LiquidAlpha               bool       `json:"liquid_alpha"`
		AlphaLow                  uint16     `json:"alpha_low"`
		AlphaHigh                 uint16     `json:"alpha_high"`
		AlphaSigmoidSteepness     int16      `json:"alpha_sigmoid_steepness"`
		CommitReveal              bool       `json:"commit_reveal"`
		CurrentEpoch              u64        `json:"current_epoch_with_lookahead"`
		RevealPeriodEpochs        u64        `json:"reveal_period_epochs"`
		Commits                   []commit   `json:"commits"`
		Weights, Bonds            []storedRow
		Emission                  u64
	}
	Mid struct {
		Stake, Consensus, Incentive, Dividends vector
		ActiveStake                            vector `json:"active_stake"`
		ValidatorTrust                         vector `json:"validator_trust"`
		CommitBlocks                           []u64  `json:"commit_blocks"`
		Weights                                *sparse
		EMABonds                               *sparse `json:"ema_bonds"`
	}
	Out       recorded
	Published *published
}

type commit struct {
	Kind         string
	UID          uint16
	Epoch, Block u64
}

// recorded is what an epoch stored.
type recorded struct {
	Incentive, Dividends, Consensus []uint16
	ValidatorTrust                  []uint16 `json:"validator_trust"`
	StakeWeight                     []uint16 `json:"stake_weight"`
	Active                          []bool
	ValidatorPermit                 []bool `json:"validator_permit"`
	Emission                        []u64
	ServerEmission                  []u64 `json:"server_emission"`
	ValidatorEmission               []u64 `json:"validator_emission"`
	Stake                           []u64
	Bonds                           []storedRow
}

// published holds numbers stated in the source of upstream's tests.
type published struct {
	Bonds         [][3]uint16
	Dividends     map[string]uint16
	Incentive     map[string]uint16
	Consensus     map[string]uint16
	Emission      map[string]u64
	DividendsNear []float64   `json:"dividends_near"`
	BondsNear     [][]float64 `json:"bonds_near"`
	BondsNearFrom int         `json:"bonds_near_first_uid"`
	Epsilon       float64
}

// input is the case as this package reads it.
func (c *epochCase) input() *Input {
	in := &c.In
	input := &Input{
		Neurons:              in.N,
		Block:                uint64(in.CurrentBlock),
		Tempo:                uint64(in.Tempo),
		LastStepBlock:        uint64(in.LastMechanismStepBlock),
		ActivityCutoff:       CutoffBlocks(in.ActivityCutoffFactorMilli, in.Tempo),
		Stake:                in.TotalStake,
		StakeThreshold:       uint64(in.StakeThreshold),
		ValidatorPermit:      in.ValidatorPermit,
		MaxAllowedValidators: in.MaxAllowedValidators,
		LastUpdate:           uints(in.LastUpdate),
		BlockAtRegistration:  uints(in.BlockAtRegistration),
		Weights:              stored(in.Weights),
		Bonds:                stored(in.Bonds),
		Emission:             uint64(in.Emission),
		Parameters: Parameters{
			Kappa:                 in.Kappa,
			BondsPenalty:          in.BondsPenalty,
			BondsMovingAverage:    uint64(in.BondsMovingAverage),
			LiquidAlpha:           in.LiquidAlpha,
			AlphaLow:              in.AlphaLow,
			AlphaHigh:             in.AlphaHigh,
			AlphaSigmoidSteepness: in.AlphaSigmoidSteepness,
		},
	}
	if in.OwnerUID != nil {
		input.Owner, input.HasOwner = *in.OwnerUID, true
	}
	if in.CommitReveal {
		var commits []Commit
		for _, k := range in.Commits {
			commits = append(commits, Commit{k.UID, uint64(k.Epoch), uint64(k.Block), k.Kind == "timelock"})
		}
		input.CommitBlocks = CommitBlocks(in.N, commits, uint64(in.CurrentEpoch), uint64(in.RevealPeriodEpochs))
	}
	return input
}

func (c *epochCase) rule() Rule {
	if c.In.Yuma3 {
		return Yuma3
	}
	return Yuma2
}

// decode brings a decoded JSON value into another form.
func decode(t *testing.T, from, into any) {
	t.Helper()
	b, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func toScalar(v fixed.I32F32) scalar { return scalar{V: v} }

func toSparse(m matrix) sparse {
	s := sparse{make([][]sparseCell, len(m))}
	for i, row := range m {
		for _, c := range row {
			s.I32F32[i] = append(s.I32F32[i], sparseCell(c))
		}
	}
	return s
}
