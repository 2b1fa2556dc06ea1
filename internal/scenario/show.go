package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// table has a row of headings first.
type table [][]string

// view reads a table from the state; words are what the script says behind its name.
type view struct {
	name string
	read func(w *world, c *frame.Ctx, subnets []bt.NetUID) table
}

var views = []view{
	{"pools", (*world).pools},
	{"stakes", (*world).stakes},
	{"neurons", (*world).neurons},
	{"weights", (*world).weights},
	{"bonds", (*world).bonds},
	{"pending", (*world).pending},
	{"registration", (*world).registration},
	{"issuance", (*world).issuance},
	{"lock cost", (*world).lockCost},
	{"block", (*world).height},
}

// show compares the table that follows with what is so.
func (r *runner) show(l line, all []line) (rest []line, err error) {
	n := 0
	for n < len(all) && strings.HasPrefix(strings.TrimSpace(all[n].text), "|") {
		n++
	}
	w := r.start()
	if err := r.settled(); err != nil {
		return nil, err
	}
	if w.block != nil || r.inner > 0 {
		return nil, l.errorf("tables stand outside of blocks, loops and parts")
	}
	w.begin()
	r.shown = true
	r.report.Compared = r.report.Compared || r.moved
	got, err := w.table(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l.text), "show")))
	if err != nil {
		return nil, l.errorf("%w", err)
	}
	if !r.update {
		if err := compare(got, all[:n]); err != nil {
			return nil, l.errorf("%w", err)
		}
	}
	r.print(strings.TrimSuffix(got.String(), "\n"))
	return all[n:], nil
}

// table reads what "balances of a, b", "pools of subnet 2, 3", "Pallet.Item[keys]" name.
func (w *world) table(what string) (table, error) {
	c := frame.NewCtx(storage.New(w.state), &frame.Env{Number: w.head.Number, Table: w.chain.Runtime.Table()}, frame.None())
	if names, ok := strings.CutPrefix(what, "balances of "); ok {
		return w.balances(c, names)
	}
	for _, v := range views {
		rest, ok := strings.CutPrefix(what, v.name)
		if !ok || rest != "" && rest[0] != ' ' {
			continue
		}
		var subnets []bt.NetUID
		if list, ok := strings.CutPrefix(rest, " of subnet "); ok {
			for _, word := range strings.Split(list, ",") {
				n, err := strconv.ParseUint(strings.TrimSpace(word), 10, 16)
				if err != nil {
					return nil, fmt.Errorf("subnets: %w", err)
				}
				subnets = append(subnets, bt.NetUID(n))
			}
		} else if rest != "" {
			return nil, fmt.Errorf("want \"show %s\" or \"show %s of subnet N, …\"", v.name, v.name)
		}
		if subnets == nil {
			for netuid := range w.module.Storage.NetworksAdded.Keys(c.State) {
				subnets = append(subnets, netuid)
			}
			slices.Sort(subnets)
		}
		return v.read(w, c, subnets), nil
	}
	return w.rows(what)
}

// String prints the table, numbers to the right.
func (t table) String() string {
	widths := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for _, row := range t {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i > 0 && isNumber(cell) {
				cell = pad + cell
			} else {
				cell += pad
			}
			out.WriteString("| " + cell + " ")
		}
		out.WriteString("|\n")
	}
	return out.String()
}

func isNumber(cell string) bool {
	_, err := strconv.ParseFloat(cell, 64)
	return err == nil
}

func compare(got table, want []line) error {
	if len(want) == 0 {
		return fmt.Errorf("no table follows; it is:\n%s", got)
	}
	for i, row := range got {
		if i >= len(want) {
			return fmt.Errorf("the table has %d rows, the script %d; it is:\n%s", len(got), len(want), got)
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(want[i].text), "|"), "|")
		for n := range cells {
			cells[n] = strings.TrimSpace(cells[n])
		}
		if !slices.Equal(cells, row) {
			return fmt.Errorf("line %d says %q, it is %q; the table is:\n%s", want[i].number, cells, row, got)
		}
	}
	if len(want) > len(got) {
		return fmt.Errorf("the table has %d rows, the script %d; it is:\n%s", len(got), len(want), got)
	}
	return nil
}

// rows lists a storage item: one value, or all below the keys that are given.
func (w *world) rows(what string) (table, error) {
	e, err := w.place(what)
	if err != nil {
		return nil, err
	}
	if e.whole {
		v, err := w.read(e)
		return table{{"value"}, {w.text(v)}}, err
	}
	out := table{{"keys", "value"}}
	for key := range storage.New(w.state).Keys(e.key) {
		keys, err := e.item.DecodeKey(key)
		if err != nil {
			return nil, err
		}
		raw, _ := w.state.Get(key)
		v, err := e.item.Decode(raw)
		if err != nil {
			return nil, err
		}
		var parts []string
		for _, k := range keys {
			parts = append(parts, w.text(k))
		}
		out = append(out, []string{strings.Join(parts, ", "), w.text(v)})
	}
	slices.SortFunc(out[1:], func(a, b []string) int { return cmp.Compare(a[0], b[0]) })
	return out, nil
}

func (w *world) balances(c *frame.Ctx, names string) (table, error) {
	out := table{{"account", "free TAO", "fees paid"}}
	accounts := w.chain.Parts.System.Storage.Account
	for _, name := range strings.Split(names, ",") {
		name = strings.TrimSpace(name)
		who, err := w.account(name)
		if err != nil {
			return nil, err
		}
		row := accounts.Get(c.State, who)
		free := amount(row.Data.Free)
		if row.Data.Reserved > 0 {
			free += " + " + amount(row.Data.Reserved) + " reserved"
		}
		out = append(out, []string{name, free, amount(w.fees[who])})
	}
	return out, nil
}

func (w *world) pools(c *frame.Ctx, subnets []bt.NetUID) table {
	st := &w.module.Storage
	out := table{{"subnet", "TAO in pool", "alpha in pool", "alpha out", "price"}}
	for _, n := range subnets {
		out = append(out, []string{
			fmt.Sprint(n), amount(st.SubnetTAO.Get(c.State, n)), amount(st.SubnetAlphaIn.Get(c.State, n)), amount(st.SubnetAlphaOut.Get(c.State, n)),
			amount(w.price(n)),
		})
	}
	return out
}

// price asks the runtime, as clients do: rao for one alpha.
func (w *world) price(n bt.NetUID) (price uint64) {
	raw, err := w.chain.Runtime.Call(w.state, &w.head, "SwapRuntimeApi_current_alpha_price", scale.Marshal(&n))
	if err == nil {
		err = scale.Unmarshal(raw, &price)
	}
	if err != nil {
		panic(err)
	}
	return price
}

func (w *world) stakes(c *frame.Ctx, subnets []bt.NetUID) table {
	out := table{{"hotkey", "coldkey", "subnet", "alpha"}}
	for _, h := range w.holdings(c, subnets) {
		if v := w.module.Pools.Stake(c, h.Hotkey, h.Coldkey, h.NetUID); v > 0 {
			out = append(out, []string{w.nameOf(h.Hotkey), w.nameOf(h.Coldkey), fmt.Sprint(h.NetUID), amount(v)})
		}
	}
	slices.SortFunc(out[1:], func(a, b []string) int {
		return cmp.Or(cmp.Compare(a[2], b[2]), cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	return out
}

// holdings are who holds alpha of subnets, without the account of zeros.
func (w *world) holdings(c *frame.Ctx, subnets []bt.NetUID) (out []state.AlphaV2Key) {
	for key := range storage.New(w.state).Keys(w.module.Storage.AlphaV2.PrefixOf(state.AlphaV2Key{}, 0)) {
		item, err := w.codec.Item("SubtensorModule", "AlphaV2")
		if err != nil {
			panic(err)
		}
		keys, err := item.DecodeKey(key)
		if err != nil {
			panic(err)
		}
		h := state.AlphaV2Key{Hotkey: keys[0].(bt.AccountID), Coldkey: keys[1].(bt.AccountID), NetUID: bt.NetUID(keys[2].(uint64))}
		if slices.Contains(subnets, h.NetUID) && !h.Coldkey.IsZero() {
			out = append(out, h)
		}
	}
	return out
}

// at is the i-th of a list, or the zero value beyond its end.
func at[T any](list []T, i int) (v T) {
	if i < len(list) {
		v = list[i]
	}
	return v
}

func yes(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

// neurons shows fractions as they stand in storage, of 65535.
func (w *world) neurons(c *frame.Ctx, subnets []bt.NetUID) table {
	st, s := &w.module.Storage, c.State
	out := table{{"uid", "hotkey", "coldkey", "permit", "active", "consensus", "trust of validator", "incentive", "dividends", "emission"}}
	if len(subnets) > 1 {
		out[0] = append([]string{"subnet"}, out[0]...)
	}
	for _, n := range subnets {
		permits, active, consensus := st.ValidatorPermit.Get(s, n), st.Active.Get(s, n), st.Consensus.Get(s, n)
		trust, incentive, dividends := st.ValidatorTrust.Get(s, n), st.Incentive.Get(s, bt.NetUIDIndex(n)), st.Dividends.Get(s, n)
		emission := st.Emission.Get(s, n)
		for i := range int(st.SubnetworkN.Get(s, n)) {
			hotkey := st.Keys.Get(s, n, uint16(i))
			row := []string{
				fmt.Sprint(i), w.nameOf(hotkey), w.nameOf(st.Owner.Get(s, hotkey)), yes(at(permits, i)), yes(at(active, i)), fmt.Sprint(at(consensus, i)),
				fmt.Sprint(at(trust, i)), fmt.Sprint(at(incentive, i)), fmt.Sprint(at(dividends, i)), amount(at(emission, i)),
			}
			if len(subnets) > 1 {
				row = append([]string{fmt.Sprint(n)}, row...)
			}
			out = append(out, row)
		}
	}
	return out
}

func (w *world) weights(c *frame.Ctx, subnets []bt.NetUID) table {
	st := &w.module.Storage
	return w.matrix(c, subnets, "weights", st.Weights.Get)
}

func (w *world) bonds(c *frame.Ctx, subnets []bt.NetUID) table {
	return w.matrix(c, subnets, "bonds", w.module.Storage.Bonds.Get)
}

func (w *world) matrix(c *frame.Ctx, subnets []bt.NetUID, name string, row func(*storage.State, bt.NetUIDIndex, uint16) []scale.Pair[uint16, uint16]) table {
	st := &w.module.Storage
	out := table{{"of", name}}
	for _, n := range subnets {
		for i := range st.SubnetworkN.Get(c.State, n) {
			var cells []string
			for _, p := range row(c.State, bt.NetUIDIndex(n), i) {
				cells = append(cells, fmt.Sprintf("%s %d", w.nameOf(st.Keys.Get(c.State, n, p.A)), p.B))
			}
			if len(cells) > 0 {
				out = append(out, []string{w.nameOf(st.Keys.Get(c.State, n, i)), strings.Join(cells, ", ")})
			}
		}
	}
	return out
}

func (w *world) pending(c *frame.Ctx, subnets []bt.NetUID) table {
	st, s := &w.module.Storage, c.State
	out := table{{"subnet", "miners", "validators", "root", "owner"}}
	for _, n := range subnets {
		out = append(out, []string{
			fmt.Sprint(n), amount(st.PendingServerEmission.Get(s, n)), amount(st.PendingValidatorEmission.Get(s, n)),
			amount(st.PendingRootAlphaDivs.Get(s, n)), amount(st.PendingOwnerCut.Get(s, n)),
		})
	}
	return out
}

func (w *world) registration(c *frame.Ctx, subnets []bt.NetUID) table {
	st, s := &w.module.Storage, c.State
	out := table{{"subnet", "price TAO", "neurons", "seats", "this block", "this interval"}}
	for _, n := range subnets {
		out = append(out, []string{
			fmt.Sprint(n), amount(st.Burn.Get(s, n)), fmt.Sprint(st.SubnetworkN.Get(s, n)), fmt.Sprint(st.MaxAllowedUids.Get(s, n)),
			fmt.Sprint(st.RegistrationsThisBlock.Get(s, n)), fmt.Sprint(st.RegistrationsThisInterval.Get(s, n)),
		})
	}
	return out
}

// issuance shows both numbers of what there is, and the sum of all accounts.
func (w *world) issuance(c *frame.Ctx, _ []bt.NetUID) table {
	var held bt.Rao
	for _, a := range w.chain.Parts.System.Storage.Account.All(c.State) {
		held += a.Data.Free + a.Data.Reserved
	}
	return table{{"Balances", "SubtensorModule", "in accounts", "staked"}, {
		amount(w.chain.Parts.Balances.TotalIssuance(c)), amount(w.module.Storage.TotalIssuance.Get(c.State)), amount(held),
		amount(w.module.Storage.TotalStake.Get(c.State)),
	}}
}

func (w *world) lockCost(*frame.Ctx, []bt.NetUID) table {
	raw, err := w.chain.Runtime.Call(w.state, &w.head, "SubnetRegistrationRuntimeApi_get_network_registration_cost", nil)
	var cost bt.Rao
	if err == nil {
		err = scale.Unmarshal(raw, &cost)
	}
	if err != nil {
		panic(err)
	}
	return table{{"lock cost TAO"}, {amount(cost)}}
}

func (w *world) height(*frame.Ctx, []bt.NetUID) table {
	return table{{"block"}, {fmt.Sprint(w.head.Number)}}
}
