package adminutils_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/adminutils"
	"github.com/myelin-go/myelin/scale"
)

var update = flag.Bool("update", false, "write docs/hyperparameters.md anew")

const page = "../../../docs/hyperparameters.md"

// TestThePageSaysWhatIsDeclared compares docs/hyperparameters.md with the declarations.
func TestThePageSaysWhatIsDeclared(t *testing.T) {
	want := hyperparameters(newWorld(t))
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/hyperparameters.md is not what the declarations say: run go test ./chain/pallets/adminutils -update")
	}
}

func hyperparameters(w *world) string {
	var b strings.Builder
	b.WriteString(`# Hyperparameters

This page is made from the declarations in ` + "`chain/pallets/adminutils`" + `: ` + "`go test ./chain/pallets/adminutils -update`" + ` writes it, and the tests fail while it is not up to date.

Every setting is a storage item of SubtensorModule and a call of AdminUtils, number 19. Who may call: **root** (by ` + "`Sudo.sudo`" + `), or the **owner** of the subnet
and root. An owner is bound to a pace, the pause between two changes of the same setting, counted from its last change; the first one is free, and root
has no pace. Where "freeze" is marked, nobody may change the setting in the last ` + "`AdminFreezeWindow`" + ` blocks (10) before an epoch, nor while an epoch is triggered.
Defaults are what an item reads as where nothing is stored; the next column is what the registration of a subnet stores, where it differs. Fractions are of 65535, and amounts
in rao, unless the text says otherwise.

## Of a subnet

| Item | Default | New subnet | Who | Pace | Freeze | Bounds | Call | Index | What it sets |
|---|---|---|---|---|---|---|---|---|---|
`)
	of, whole := []adminutils.Setting{}, []adminutils.Setting{}
	for _, s := range w.p.Settings() {
		if len(s.Item.Keys) > 0 {
			of = append(of, s)
		} else {
			whole = append(whole, s)
		}
	}
	fresh := w.fresh()
	for _, s := range of {
		who, freeze := "root", ""
		if s.Owner {
			who = "owner"
		}
		if s.Frozen {
			freeze = "yes"
		}
		standard := shown(s, s.Item.Default)
		first := ""
		if raw, ok := fresh[s.Item.Name]; ok && shown(s, raw) != standard {
			first = shown(s, raw)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | `%s` | %d | %s |\n", s.Item.Name, standard, first, who, s.Pace, freeze, s.Bounds, s.Call, s.Index, what(s))
	}
	b.WriteString(`
Some settings work in more ways than the table can say:

- **Tempo**: the owner may also call ` + "`SubtensorModule.set_tempo`" + ` (139), which is the same; a new tempo begins with the block of the change. Root may set any tempo; 0 stops epochs.
- **ActivityCutoffFactorMilli**: ` + "`SubtensorModule.set_activity_cutoff_factor`" + ` (140) is the same. A validator is inactive when it has not set weights for
  factor × tempo / 1000 blocks. ActivityCutoff, in blocks, is kept for readers and counts no more.
- **An epoch at once**: ` + "`SubtensorModule.trigger_epoch`" + ` (141), by the owner, fires AdminFreezeWindow blocks later; not where weights are committed first.
- **Difficulty and its bounds** are those of registration by work.
- **Trimming** lowers MaxAllowedUids and takes neurons away: those with the least emission first, never immune ones nor the owner's.
- ` + "`SubtensorModule.enable_voting_power_tracking`" + ` (129), ` + "`disable_voting_power_tracking`" + ` (130, with two weeks' notice; both by owner or root) and
  ` + "`sudo_set_voting_power_ema_alpha`" + ` (131, root, at most 1e18) are about voting power.
- Which historic rules a subnet follows is set in the pallet Rules.

## Of the network

Root alone may set these, at any time.

| Item | Default | Bounds | Call | Index | What it sets |
|---|---|---|---|---|---|
`)
	for _, s := range whole {
		fmt.Fprintf(&b, "| %s | %s | %s | `%s` | %d | %s |\n", s.Item.Name, shown(s, s.Item.Default), s.Bounds, s.Call, s.Index, what(s))
	}
	b.WriteString(`
## What has no setter

Burn moves by itself between MinBurn and MaxBurn. MaxWeightsLimit is always 65535. TaoWeight, MinActivityCutoff and WeightsVersionKeyRateLimit (5 tempos) have no
call; root can write them with ` + "`System.set_storage`" + `. Childkey takes and their pauses, root's claims and their thresholds are set by calls of SubtensorModule.

Calls that upstream has and this chain does not: the authorities of its own consensus (0, 59), the Ethereum machine (58, 62), miners' collateral (98, 99), baskets of
root (105 to 109, 113). Their indices stay free.
`)
	return b.String()
}

// what is what a setting sets, without the verb.
func what(s adminutils.Setting) string {
	text := strings.TrimSuffix(strings.TrimPrefix(s.Docs, "Set "), ".")
	return strings.ToUpper(text[:1]) + text[1:]
}

// shown is a stored value for people.
func shown(s adminutils.Setting, raw []byte) string {
	v := reflect.New(s.Item.Value)
	if raw != nil {
		if err := scale.Unmarshal(raw, v.Interface()); err != nil {
			return err.Error()
		}
	} else if s.Item.Optional {
		return "none"
	}
	switch x := v.Elem().Interface().(type) {
	case bt.AccountID:
		if x.IsZero() {
			return "none"
		}
		return "the registered one"
	case bt.Rao:
		return fmt.Sprintf("%d rao", uint64(x))
	case scale.Pair[uint16, uint16]:
		return fmt.Sprintf("%d, %d", x.A, x.B)
	case scale.Variants:
		return x.Variants()[v.Elem().Uint()].Name
	case fmt.Stringer:
		return x.String()
	}
	return fmt.Sprint(v.Elem().Interface())
}

// fresh is what registration of a subnet stores, by item.
func (w *world) fresh() map[string][]byte {
	coldkey := bt.AccountID{4}
	if err := w.money.Mint(w.c, coldkey, 10_000*bt.Tao); err != nil {
		w.t.Fatal(err)
	}
	const registerNetwork, registered = 59, uint16(2)
	call, err := w.c.Env.Table.Decode(append([]byte{7, registerNetwork}, encode(bt.AccountID{40})...))
	if err != nil {
		w.t.Fatal(err)
	}
	if out := w.c.Dispatch(frame.Signed(coldkey), call); out.Err != nil {
		w.t.Fatal(out.Err)
	}
	rows := map[string][]byte{}
	for _, s := range w.p.Settings() {
		if len(s.Item.Keys) == 1 {
			key := append([]byte{}, s.Item.Prefix[:]...)
			if raw, ok := w.c.State.Get(s.Item.Hashers[0].Hash(key, encode(registered))); ok {
				rows[s.Item.Name] = raw
			}
		}
	}
	return rows
}
