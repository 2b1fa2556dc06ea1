package commitments_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest/recorded"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/internal/vectors"
)

// account is one of theirs: a number, which as here is less than another where its bytes are.
func account(at []byte) (a bt.AccountID) {
	binary.BigEndian.PutUint64(a[:], binary.LittleEndian.Uint64(at))
	return a
}

// row rewrites a row of upstream's test runtime, with accounts and block numbers of eight bytes, as it is here; ok is false for those that play no part.
func (w *world) row(key string, value *string) (k, v string, ok bool) {
	raw, val := recorded.Bytes(w.t, key), []byte(nil)
	if value != nil {
		val = recorded.Bytes(w.t, *value)
	}
	st := &w.p.Storage
	if len(raw) < 32 {
		return "", "", false
	}
	double := func(item interface {
		Key(bt.NetUID, bt.AccountID) []byte
	}) []byte {
		return item.Key(bt.NetUID(binary.LittleEndian.Uint16(raw[32:])), account(raw[42:]))
	}
	has := func(prefix []byte) bool { return bytes.HasPrefix(raw, prefix) }
	switch {
	case has(st.CommitmentOf.Prefix()):
		raw = double(&st.CommitmentOf)
		if val != nil { // deposit, then a block of eight bytes
			val = append(append([]byte{}, val[:12]...), val[16:]...)
		}
	case has(st.LastCommitment.Prefix()):
		raw = double(&st.LastCommitment)
		if val != nil {
			val = val[:4]
		}
	case has(st.UsedSpaceOf.Prefix()):
		raw = double(&st.UsedSpaceOf)
	case has(st.TimelockedIndex.Key()):
		set := append([]byte{}, val[:1]...) // at most 63 places
		for at := 1; at < len(val); at += 10 {
			a := account(val[at+2:])
			set = append(append(set, val[at:at+2]...), a[:]...)
		}
		val = set
	case has(st.MaxSpace.Key()):
	default:
		return "", "", false
	}
	if value == nil {
		return hex.EncodeToString(raw), recorded.Removed, true
	}
	return hex.EncodeToString(raw), hex.EncodeToString(val), true
}

func TestReplay(t *testing.T) {
	n := 0
	for _, trace := range recorded.Traces(t, vectors.Bytes(t, "commitments.jsonl")) {
		t.Run(trace.Test, func(t *testing.T) {
			w := newWorld(t)
			w.p.Constants.MaxFields.Set(16)
			w.epoch = func(c *frame.Ctx, netuid bt.NetUID) uint64 { return (uint64(c.Env.Number) + uint64(netuid) + 1) / 361 }
			base := storage.New(nil)
			apply := func(key string, value *string) {
				switch k, v, ok := w.row(key, value); {
				case ok && value == nil:
					base.Delete(recorded.Bytes(t, k))
				case ok:
					base.Set(recorded.Bytes(t, k), recorded.Bytes(t, v))
				}
			}
			for k, v := range trace.State {
				apply(k, &v)
			}
			for i, op := range trace.Ops {
				n++
				for k, v := range op.Set {
					apply(k, v)
				}
				block := op.Number(t)
				call, err := w.table.Decode(append([]byte{3}, recorded.Bytes(t, op.Encoded)...))
				if err != nil {
					t.Fatal(err)
				}
				work := storage.New(base)
				c := w.ctx(work, block)
				if got := recorded.Result(c.Dispatch(op.By(t, account), call).Err); got != op.Result {
					t.Errorf("operation %d, %s: %s, want %s", i, op.Call, got, op.Result)
				}
				want := map[string]string{}
				for k, v := range op.Changes {
					if k, v, ok := w.row(k, v); ok {
						want[k] = v
					}
				}
				if diff := cmp.Diff(want, recorded.Rows(work.Changes())); diff != "" {
					t.Errorf("operation %d, %s: rows %s", i, op.Call, diff)
				}
				var wantEvents, haveEvents []string
				for _, e := range op.Events {
					data := recorded.Bytes(t, e.Data)
					who := account(data[4:])
					wantEvents = append(wantEvents, e.Pallet+"."+e.Name+" "+hex.EncodeToString(append(append(data[2:4:4], who[:]...), data[12:]...)))
				}
				for _, e := range c.Env.Events {
					if block > 0 { // FRAME records no events at genesis
						haveEvents = append(haveEvents, w.names[[2]uint8{e.Data[0], e.Data[1]}]+" "+hex.EncodeToString(e.Data[2:]))
					}
				}
				if diff := cmp.Diff(wantEvents, haveEvents); diff != "" {
					t.Errorf("operation %d, %s: events %s", i, op.Call, diff)
				}
				for k, v := range op.Changes {
					apply(k, v)
				}
			}
		})
	}
	if n != 28 {
		t.Errorf("%d calls replayed, 28 are recorded", n)
	}
}

// Storage keys hold the hash of the account before it.
func TestKeys(t *testing.T) {
	w, who := newWorld(t), bt.AccountID{7}
	h := hash.Twox64(who[:])
	want := append(append(append(append([]byte{}, w.p.Storage.LastCommitment.Prefix()...), 1, 0), h[:]...), who[:]...)
	if got := w.p.Storage.LastCommitment.Key(1, who); !bytes.Equal(got, want) {
		t.Errorf("key %x, want %x", got, want)
	}
}
