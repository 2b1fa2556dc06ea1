package surface

import (
	"fmt"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/crowdloan"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/leasing"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/pallets/utility"
)

// TestCallsWeighWhatUpstreamDeclares compares weight, class and payment of the calls whose declaration in upstream is known.
func TestCallsWeighWhatUpstreamDeclares(t *testing.T) {
	calls := map[string]frame.CallVariant{}
	for _, d := range genesis.Bittensor(genesis.Localnet()).Runtime.Pallets() {
		for _, v := range d.Calls {
			calls[d.Name+"."+v.Name] = v
		}
	}
	compared := 0
	for _, line := range lines(t, "testdata/weights.txt") {
		name, rest, _ := strings.Cut(line, " ")
		v, ok := calls[name]
		if !ok {
			t.Errorf("weights.txt lists %s, which is no call", name)
			continue
		}
		var class, pays string
		var refTime, proof, reads, writes uint64
		if n, _ := fmt.Sscan(rest, &class, &pays, &refTime, &proof, &reads, &writes); n != 6 && !(n == 2 && strings.HasSuffix(rest, " -")) {
			t.Errorf("weights.txt: %q", line)
		} else if want := frame.WeightOf(refTime, proof, reads, writes); n == 6 && v.Info.Weight != want {
			t.Errorf("%s weighs %+v, want %+v", name, v.Info.Weight, want)
		}
		if got := strings.ToLower(v.Info.Class.Variants()[v.Info.Class].Name); got != class {
			t.Errorf("%s is %s, want %s", name, got, class)
		}
		if got := strings.ToLower(v.Info.Pays.Variants()[v.Info.Pays].Name); got != pays {
			t.Errorf("%s pays: %s, want %s", name, got, pays)
		}
		compared++
	}
	if compared < 180 {
		t.Errorf("only %d calls were compared", compared)
	}
}

// TestCallsWeighByTheirSize holds what calls weigh of which upstream declares a part for each contributor, or for each call inside.
func TestCallsWeighByTheirSize(t *testing.T) {
	const contributors, refunds = 500, 50
	c := genesis.Bittensor(genesis.Localnet())
	table := c.Runtime.Table()
	remark := frame.RuntimeCall{Pallet: 0, Index: 0, Args: &system.RemarkArgs{}}
	inside := table.Info(remark).Weight
	for name, w := range map[string]struct {
		call frame.RuntimeCall
		want frame.Weight
	}{
		"Crowdloan.refund": {
			frame.RuntimeCall{Pallet: 27, Index: 4, Args: &crowdloan.OnlyArgs{}},
			frame.WeightOf(110_703_000+39_503_253*refunds, 3747+2579*refunds, 2+2*refunds, 2*refunds),
		},
		"SubtensorModule.register_leased_network": {
			frame.RuntimeCall{Pallet: subtensor.Index, Index: 110, Args: &leasing.Register{}},
			frame.WeightOf(309_598_986+46_027_026*contributors, 10_256+2579*contributors, 49+2*contributors, 53+2*contributors),
		},
		"SubtensorModule.terminate_lease": {
			frame.RuntimeCall{Pallet: subtensor.Index, Index: 111, Args: &leasing.Terminate{}},
			frame.WeightOf(146_402_779+1_566_532*contributors, 6148+2529*contributors, 4+contributors, 7+contributors),
		},
		"Utility.batch": {
			frame.RuntimeCall{Pallet: 11, Index: 0, Args: &utility.Calls{Calls: []frame.RuntimeCall{remark, remark}}},
			frame.WeightOf(19_446_696+2*5_450_264, 3983, 2, 0).Add(inside).Add(inside),
		},
	} {
		if got := table.Name(w.call); got != name {
			t.Errorf("%d.%d is %s, want %s", w.call.Pallet, w.call.Index, got, name)
		}
		if got := table.Info(w.call).Weight; got != w.want {
			t.Errorf("%s weighs %+v, want %+v", name, got, w.want)
		}
	}
}
