package localnet

import (
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
)

// The accounts that a person wants rich are, and nobody gets poorer by it.
func TestRich(t *testing.T) {
	account := func(uri string) bt.AccountID {
		p, err := keys.FromURI(uri)
		if err != nil {
			t.Fatal(err)
		}
		return p.Public()
	}
	free := func(cfg Config) map[bt.AccountID]bt.Rao {
		out := map[bt.AccountID]bt.Rao{}
		for _, b := range cfg.chain().Balances {
			out[b.Account] += b.Free
		}
		return out
	}
	dave, alice, new := account("//Dave"), account("//Alice"), account("//Nobody")
	before := free(Config{BlockTime: time.Second})
	after := free(Config{BlockTime: time.Second, Rich: []bt.AccountID{dave, alice, new}})
	if len(after) != len(before)+1 || after[dave] != 1_000_000*bt.Tao || after[new] != 1_000_000*bt.Tao || after[alice] != before[alice] {
		t.Errorf("Dave has %d, a new account %d, Alice %d instead of %d", after[dave], after[new], after[alice], before[alice])
	}
}

// The slow chain has the main network's constants, whatever it is sealed by.
func TestSlow(t *testing.T) {
	cfg := Config{BlockTime: 12 * time.Second, Every: time.Second, Slow: true}
	if s := cfg.chain(); s.Fast || s.BlockTime != 12_000 {
		t.Errorf("fast is %v, the block time %d ms", s.Fast, s.BlockTime)
	}
}
