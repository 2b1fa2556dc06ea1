package frame

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/myelin-go/myelin/scale"
)

// Weight is the cost of execution: reference time in picoseconds and proof size in bytes.
type Weight struct {
	RefTime   uint64 `scale:"compact"`
	ProofSize uint64 `scale:"compact"`
}

// ScaleName is Substrate's.
func (Weight) ScaleName() scale.Name { return scale.Name{Path: "sp_weights::weight_v2::Weight"} }

// Add sums two weights, saturating.
func (w Weight) Add(o Weight) Weight {
	return Weight{RefTime: saturating(w.RefTime, o.RefTime), ProofSize: saturating(w.ProofSize, o.ProofSize)}
}

func saturating(a, b uint64) uint64 {
	if a+b < a {
		return 1<<64 - 1
	}
	return a + b
}

// The price of database access in reference time (RocksDbWeight).
const (
	ReadRefTime  = 25_000_000
	WriteRefTime = 100_000_000
)

// WeightOf is a benchmarked weight: reference time and proof size of the work, plus database reads and writes.
func WeightOf(refTime, proofSize, reads, writes uint64) Weight {
	return Weight{RefTime: refTime + reads*ReadRefTime + writes*WriteRefTime, ProofSize: proofSize}
}

// Class is the kind of a call for block limits and priority.
type Class uint8

// The classes.
const (
	Normal Class = iota
	Operational
	Mandatory
)

// Variants lists Substrate's names.
func (Class) Variants() []scale.Variant { return scale.Names("Normal", "Operational", "Mandatory") }

// ScaleName is Substrate's.
func (Class) ScaleName() scale.Name {
	return scale.Name{Path: "frame_support::dispatch::DispatchClass"}
}

// Pays tells whether a call pays a fee.
type Pays uint8

// The values of Pays.
const (
	PaysYes Pays = iota
	PaysNo
)

// Variants lists Substrate's names.
func (Pays) Variants() []scale.Variant { return scale.Names("Yes", "No") }

// ScaleName is Substrate's.
func (Pays) ScaleName() scale.Name { return scale.Name{Path: "frame_support::dispatch::Pays"} }

// Info is what is known of a call before it runs. In a declaration: `weight:"ref_time,proof_size,reads,writes" class:"operational" pays:"no"`.
type Info struct {
	Weight Weight
	Class  Class
	Pays   Pays
}

func parseInfo(tag reflect.StructTag) (info Info, err error) {
	if text := tag.Get("weight"); text != "" {
		var n [4]uint64
		parts := strings.Split(text, ",")
		if len(parts) != len(n) {
			return info, fmt.Errorf("weight %q has %d parts, want ref_time,proof_size,reads,writes", text, len(parts))
		}
		for i, p := range parts {
			if n[i], err = strconv.ParseUint(strings.TrimSpace(p), 10, 64); err != nil {
				return info, fmt.Errorf("weight %q: %w", text, err)
			}
		}
		info.Weight = WeightOf(n[0], n[1], n[2], n[3])
	}
	switch c := tag.Get("class"); c {
	case "", "normal":
	case "operational":
		info.Class = Operational
	case "mandatory":
		info.Class = Mandatory
	default:
		return info, fmt.Errorf("unknown class %q", c)
	}
	switch p := tag.Get("pays"); p {
	case "", "yes":
	case "no":
		info.Pays = PaysNo
	default:
		return info, fmt.Errorf("pays is %q, want yes or no", p)
	}
	return info, nil
}

// callable is implemented by Call.
type callable interface {
	args() reflect.Type
	handled() bool
	handle(fn any) bool
	run(c *Ctx, args any) error
	info(static Info, args any) Info
}

// Call declares a call with arguments A, a struct. Each field is an argument. Calls of the same form may share a struct: a tag `args:"netuid,tempo"` gives the fields
// their names on the wire.
type Call[A any] struct {
	fn    func(*Ctx, A) error
	weigh func(A, Info) Info
}

// Handle sets the function that runs the call, instead of the pallet's method of the field's name.
func (c *Call[A]) Handle(fn func(*Ctx, A) error) { c.fn = fn }

// Weigh sets how a call's cost depends on its arguments; it gets the declared info.
func (c *Call[A]) Weigh(fn func(A, Info) Info) { c.weigh = fn }

func (c *Call[A]) args() reflect.Type { return reflect.TypeFor[A]() }
func (c *Call[A]) handled() bool      { return c.fn != nil }

func (c *Call[A]) handle(fn any) bool {
	f, ok := fn.(func(*Ctx, A) error)
	c.fn = f
	return ok
}

func (c *Call[A]) run(ctx *Ctx, args any) error { return c.fn(ctx, *args.(*A)) }

func (c *Call[A]) info(static Info, args any) Info {
	if c.weigh == nil {
		return static
	}
	return c.weigh(*args.(*A), static)
}

// RuntimeCall is a decoded call of any pallet. Args points to the arguments' struct. Decoding needs the runtime's Table in the
// decoder's Context.
type RuntimeCall struct {
	Pallet, Index uint8
	Args          any
}

// ScaleName is upstream's.
func (RuntimeCall) ScaleName() scale.Name {
	return scale.Name{Path: "node_subtensor_runtime::RuntimeCall"}
}

// EncodeScale writes pallet, index and arguments.
func (c RuntimeCall) EncodeScale(e *scale.Encoder) {
	e.Byte(c.Pallet)
	e.Byte(c.Index)
	e.Encode(c.Args)
}

// MinScale is the two index bytes.
func (RuntimeCall) MinScale() int { return 2 }

// DecodeScale reads a call by the table in d.Context; an unknown pallet or call is invalid.
func (c *RuntimeCall) DecodeScale(d *scale.Decoder) {
	table, ok := d.Context.(*Table)
	if !ok {
		limited, ok := d.Context.(*nesting)
		if !ok {
			panic("frame: decode a RuntimeCall without a table in the decoder's context")
		}
		table = limited.table
		if limited.left == 0 {
			d.Invalid("calls are nested too deep")
			return
		}
		limited.left--
		defer func() { limited.left++ }()
	}
	pallet, index := d.Byte(), d.Byte()
	if d.Err() != nil || !d.Nest() {
		return
	}
	defer d.Unnest()
	v := table.Lookup(pallet, index)
	if v == nil {
		d.Invalid("no call %d of pallet %d", index, pallet)
		return
	}
	args := reflect.New(v.call.args())
	d.Decode(args.Interface())
	*c = RuntimeCall{Pallet: pallet, Index: index, Args: args.Interface()}
}

// Argument is an argument of a call by its name on the wire, or nil. args points to the arguments' struct, as RuntimeCall.Args does.
func Argument(args any, name string) any {
	v := reflect.ValueOf(args).Elem()
	for i := range v.NumField() {
		if FieldName(v.Type().Field(i)) == name {
			return v.Field(i).Interface()
		}
	}
	return nil
}

// Table finds calls by their indices.
type Table struct {
	calls [256]map[uint8]*CallVariant
	names [256]string
}

// NewTable lists the calls of compiled pallets.
func NewTable(pallets []*Description) *Table {
	t := &Table{}
	for _, p := range pallets {
		t.names[p.Index] = p.Name
		t.calls[p.Index] = make(map[uint8]*CallVariant, len(p.Calls))
		for i := range p.Calls {
			t.calls[p.Index][p.Calls[i].Index] = &p.Calls[i]
		}
	}
	return t
}

// Lookup returns a call, or nil.
func (t *Table) Lookup(pallet, index uint8) *CallVariant { return t.calls[pallet][index] }

// Name prints a call as Pallet.call.
func (t *Table) Name(c RuntimeCall) string {
	if v := t.Lookup(c.Pallet, c.Index); v != nil {
		return t.names[c.Pallet] + "." + v.Name
	}
	return fmt.Sprintf("%d.%d", c.Pallet, c.Index)
}

// Info is the cost and class of a call with its arguments.
func (t *Table) Info(c RuntimeCall) Info {
	v := t.Lookup(c.Pallet, c.Index)
	return v.call.info(v.Info, c.Args)
}

// nesting is a decoder's context that also bounds how deep calls hold calls.
type nesting struct {
	table *Table
	left  int
}

// DecodeNested is Decode for calls that hold each other at most depth deep, counting the outer one.
func (t *Table) DecodeNested(raw []byte, depth int) (c RuntimeCall, err error) {
	d := scale.NewDecoder(raw)
	d.Context = &nesting{t, depth}
	c.DecodeScale(d)
	return c, d.End()
}

// Decode reads exactly one call.
func (t *Table) Decode(raw []byte) (c RuntimeCall, err error) {
	d := scale.NewDecoder(raw)
	d.Context = t
	c.DecodeScale(d)
	return c, d.End()
}
