package frame

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

type counter struct {
	Storage struct {
		Count storage.Value[uint32]
	}
	Constants struct {
		Most Const[uint32] `doc:"the most"`
	}
	Event struct {
		Counted Event[counted] `index:"3"`
	}
	Error struct {
		TooMany Error `index:"9" doc:"too many"`
	}
	Call struct {
		Add    Call[addArgs]    `index:"1" weight:"1000,10,1,2" doc:"adds"`
		Nested Call[nestedArgs] `index:"5" class:"operational" pays:"no"`
		Other  Call[struct{}]   `index:"7" name:"odd_name"`
	}
}

type counted struct {
	Who   bt.AccountID
	Total uint32
}

type addArgs struct {
	By uint32 `scale:"compact"`
}

type nestedArgs struct{ Call RuntimeCall }

func (p *counter) Add(c *Ctx, a addArgs) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	p.Storage.Count.Mutate(c.State, func(n *uint32) { *n += a.By })
	p.Event.Counted.Emit(c, counted{who, p.Storage.Count.Get(c.State)})
	if p.Storage.Count.Get(c.State) > p.Constants.Most.Get() {
		return p.Error.TooMany
	}
	c.Used(Weight{RefTime: 5})
	return nil
}

func (p *counter) Nested(c *Ctx, a nestedArgs) error {
	out := c.Dispatch(c.Origin, a.Call)
	c.Free()
	return out.Err
}

func compiled(t *testing.T) (*counter, *Description, *Ctx) {
	t.Helper()
	p := &counter{}
	p.Constants.Most.Set(10)
	p.Call.Other.Handle(func(*Ctx, struct{}) error { return nil })
	p.Call.Add.Weigh(func(a addArgs, i Info) Info {
		i.Weight.RefTime += uint64(a.By)
		return i
	})
	d := Compile(Module{Name: "Counter", Index: 40, Pallet: p})
	env := &Env{Table: NewTable([]*Description{d}), Phase: bt.Phase{Finalization: &scale.Unit{}}}
	return p, d, NewCtx(storage.New(nil), env, None())
}

func TestDescription(t *testing.T) {
	p, d, c := compiled(t)
	if d.Constants[0].Name != "Most" || !bytes.Equal(d.Constants[0].Value, []byte{10, 0, 0, 0}) || d.Constants[0].Docs != "the most" {
		t.Errorf("constant %+v", d.Constants[0])
	}
	if p.Error.TooMany.Error() != "Counter.TooMany" {
		t.Errorf("error prints %v", p.Error.TooMany)
	}
	if diff := cmp.Diff(scale.Marshal(ptr(ToDispatch(p.Error.TooMany))), []byte{3, 40, 9, 0, 0, 0}); diff != "" {
		t.Error(diff)
	}
	names := []string{}
	for _, call := range d.Calls {
		names = append(names, call.Name)
	}
	if diff := cmp.Diff([]string{"add", "nested", "odd_name"}, names); diff != "" {
		t.Error(diff)
	}
	add := RuntimeCall{Pallet: 40, Index: 1, Args: &addArgs{By: 3}}
	want := Info{Weight: Weight{RefTime: 1000 + 25_000_000 + 200_000_000 + 3, ProofSize: 10}}
	if got := c.Env.Table.Info(add); got != want {
		t.Errorf("add costs %+v, want %+v", got, want)
	}
	if got := c.Env.Table.Info(RuntimeCall{Pallet: 40, Index: 5, Args: &nestedArgs{Call: add}}); got.Class != Operational || got.Pays != PaysNo {
		t.Errorf("nested is %+v", got)
	}
}

func ptr[T any](v T) *T { return &v }

func TestDispatchTakesFailuresBack(t *testing.T) {
	p, _, c := compiled(t)
	who := bt.AccountID{1}
	add := func(by uint32) RuntimeCall { return RuntimeCall{Pallet: 40, Index: 1, Args: &addArgs{By: by}} }
	if out := c.Dispatch(Signed(who), add(4)); out.Err != nil || out.Actual == nil || out.Actual.RefTime != 5 || out.Pays != PaysYes {
		t.Errorf("add 4: %+v", out)
	}
	if out := c.Dispatch(Signed(who), add(7)); out.Err != p.Error.TooMany {
		t.Errorf("add 7: %v", out.Err)
	}
	if out := c.Dispatch(None(), add(1)); out.Err != BadOrigin {
		t.Errorf("unsigned: %v", out.Err)
	}
	if got := p.Storage.Count.Get(c.State); got != 4 {
		t.Errorf("count %d, want 4", got)
	}
	want := append([]byte{40, 3}, append(who[:], 4, 0, 0, 0)...)
	if len(c.Env.Events) != 1 || !bytes.Equal(c.Env.Events[0].Data, want) {
		t.Errorf("events %+v, want %x", c.Env.Events, want)
	}
	if c.State.Depth() != 0 {
		t.Errorf("%d transactions are open", c.State.Depth())
	}
	out := c.Dispatch(Signed(who), RuntimeCall{Pallet: 40, Index: 5, Args: &nestedArgs{add(1)}})
	if out.Err != nil || out.Pays != PaysNo || p.Storage.Count.Get(c.State) != 5 {
		t.Errorf("nested: %+v", out)
	}
}

func TestGuardIsAskedForNestedCallsAndNotForRoot(t *testing.T) {
	p, _, c := compiled(t)
	refuse := errors.New("refused")
	seen := 0
	c.Env.Guard = func(_ *Ctx, call RuntimeCall) error {
		seen++
		if call.Index == 1 {
			return refuse
		}
		return nil
	}
	nested := RuntimeCall{Pallet: 40, Index: 5, Args: &nestedArgs{RuntimeCall{Pallet: 40, Index: 1, Args: &addArgs{By: 1}}}}
	if out := c.Dispatch(Signed(bt.AccountID{}), nested); out.Err != refuse || seen != 2 {
		t.Errorf("%v after %d questions", out.Err, seen)
	}
	if out := c.Dispatch(Root(), nested); out.Err != BadOrigin || seen != 2 {
		t.Errorf("root: %v after %d questions", out.Err, seen)
	}
	if out := c.DispatchUnfiltered(Signed(bt.AccountID{}), nested); out.Err != refuse || seen != 3 {
		t.Errorf("unfiltered: %v after %d questions; its inner call is asked about", out.Err, seen)
	}
	_ = p
}

func TestCallsDecodeToTheirDepth(t *testing.T) {
	_, _, c := compiled(t)
	raw := []byte{40, 1, 4}
	for depth := 1; depth < 6; depth++ {
		call, err := c.Env.Table.DecodeNested(raw, depth)
		if err != nil || !bytes.Equal(scale.Marshal(&call), raw) {
			t.Errorf("depth %d: %v", depth, err)
		}
		if _, err := c.Env.Table.DecodeNested(append([]byte{40, 5}, raw...), depth); err == nil {
			t.Errorf("depth %d was exceeded", depth)
		}
		raw = append([]byte{40, 5}, raw...)
	}
	for _, bad := range [][]byte{{}, {40}, {41, 1, 4}, {40, 2}, {40, 1}, {40, 1, 4, 0}} {
		if _, err := c.Env.Table.Decode(bad); err == nil {
			t.Errorf("%x decoded", bad)
		}
	}
}

func FuzzDecodeCall(f *testing.F) {
	p := &counter{}
	p.Call.Other.Handle(func(*Ctx, struct{}) error { return nil })
	table := NewTable([]*Description{Compile(Module{Name: "Counter", Index: 40, Pallet: p})})
	f.Add([]byte{40, 1, 4})
	f.Add([]byte{40, 5, 40, 5, 40, 7})
	f.Fuzz(func(t *testing.T, raw []byte) {
		call, err := table.DecodeNested(raw, 8)
		if err == nil && !bytes.Equal(scale.Marshal(&call), raw) {
			t.Fatalf("%x prints back as %x", raw, scale.Marshal(&call))
		}
	})
}

func TestMistakesInDeclarations(t *testing.T) {
	cases := map[string]any{
		"two errors with index 1": &struct {
			Error struct {
				A Error `index:"1"`
				B Error `index:"1"`
			}
		}{},
		"has no tag `index": &struct {
			Error struct{ A Error }
		}{},
		"no handler": &struct {
			Call struct {
				A Call[addArgs] `index:"1"`
			}
		}{},
	}
	for want, pallet := range cases {
		func() {
			defer func() {
				text, _ := recover().(string)
				if !strings.Contains(text, want) {
					t.Errorf("panicked with %q, want %q", text, want)
				}
			}()
			Compile(Module{Name: "Bad", Pallet: pallet})
			t.Errorf("%s: accepted", want)
		}()
	}
}

func TestErrorsOnTheWire(t *testing.T) {
	for _, c := range []struct {
		err  error
		want []byte
	}{
		{BadOrigin, []byte{2}}, {FundsUnavailable, []byte{7, 0}}, {NotExpendable, []byte{7, 8}}, {Overflow, []byte{8, 1}},
		{ConsumerRemaining, []byte{4}}, {OtherError("x"), []byte{0}}, {RootNotAllowed, []byte{13}},
	} {
		if got := scale.Marshal(ptr(ToDispatch(c.err))); !bytes.Equal(got, c.want) {
			t.Errorf("%v is %x, want %x", c.err, got, c.want)
		}
	}
	if got := scale.Marshal(ptr(ToResult(nil))); !bytes.Equal(got, []byte{0}) {
		t.Errorf("success is %x", got)
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{"NetUID": "netuid", "DestNetUIDs": "dest_netuids", "SetWeights": "set_weights", "A": "a", "UIDs": "uids", "MaxUID": "max_uid", "HTTPServer": "http_server"} {
		if got := SnakeCase(in); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}

type pair struct {
	Subnet uint16
	Value  uint8
}

func TestCallsMayShareAStructUnderOtherNames(t *testing.T) {
	var got pair
	p := &struct {
		Call struct {
			SetPace Call[pair] `index:"0" args:"netuid,pace"`
		}
	}{}
	p.Call.SetPace.Handle(func(_ *Ctx, a pair) error { got = a; return nil })
	d := Compile(Module{Name: "Shared", Index: 1, Pallet: p})
	var names []string
	for i := range d.Calls[0].Type.NumField() {
		names = append(names, FieldName(d.Calls[0].Type.Field(i)))
	}
	if diff := cmp.Diff([]string{"netuid", "pace"}, names); diff != "" {
		t.Error(diff)
	}
	table := NewTable([]*Description{d})
	call, err := table.Decode([]byte{1, 0, 2, 1, 7})
	if err != nil {
		t.Fatal(err)
	}
	c := NewCtx(storage.New(nil), &Env{Table: table}, None())
	if out := c.Dispatch(Root(), call); out.Err != nil || got != (pair{Subnet: 258, Value: 7}) {
		t.Errorf("ran with %+v, error %v", got, out.Err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a name too many was accepted")
		}
	}()
	Compile(Module{Name: "Wrong", Index: 2, Pallet: &struct {
		Call struct {
			SetPace Call[pair] `index:"0" args:"netuid,pace,more"`
		}
	}{}})
}
