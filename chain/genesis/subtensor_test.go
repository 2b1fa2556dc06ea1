package genesis_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/storage"
)

// committed is a state that holds rows.
func committed(rows []storage.Change) *storage.State {
	s := storage.New(nil)
	for _, r := range rows {
		s.Set(r.Key, r.Value)
	}
	return s
}

func TestSubtensorGenesis(t *testing.T) {
	spec := genesis.Localnet()
	c := genesis.New(spec, genesis.Subtensor)
	_, rows := c.Genesis()
	s := committed(rows)
	st := &chain.Pallet[subtensor.Pallet](c.Runtime).Storage

	if n := st.TotalNetworks.Get(s); n != 2 {
		t.Errorf("%d subnets at first, want 2", n)
	}
	if owner := st.SubnetOwner.Get(s, 0); owner != spec.RootOwner || owner.IsZero() {
		t.Errorf("root belongs to %v", owner)
	}
	if got := string(st.TokenSymbol.Get(s, 0)) + string(st.TokenSymbol.Get(s, 1)); got != "Τα" {
		t.Errorf("symbols %q, want Τα", got)
	}
	if uid, ok := st.Uids.TryGet(s, 1, bt.AccountID{}); !ok || uid != 0 {
		t.Errorf("the zero account has uid %d %t of subnet 1", uid, ok)
	}
	if n := len(st.LastUpdate.Get(s, 1)); n != 1 {
		t.Errorf("%d last updates on subnet 1, want 1", n)
	}
	if tempo := st.Tempo.Get(s, 2); tempo != 10 {
		t.Errorf("tempo of new subnets is %d, want the fast runtime's 10", tempo)
	}
	slow := genesis.New(spec.Slow(), genesis.Subtensor)
	_, rows = slow.Genesis()
	if owner := chain.Pallet[subtensor.Pallet](slow.Runtime).Storage.SubnetOwner.Get(committed(rows), 0); !owner.IsZero() {
		t.Errorf("root belongs to %v in the slow network, want nobody", owner)
	}
}
