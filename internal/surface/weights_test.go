package surface

import (
	"fmt"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
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
