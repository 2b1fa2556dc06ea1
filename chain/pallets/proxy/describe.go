package proxy

import (
	"strings"

	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/scale"
)

// Runtime functions that tell clients what the kinds of proxies permit: the rules above, in two forms.

const common = "subtensor_runtime_common::"

// KindInfo is a kind of proxy.
type KindInfo struct {
	Name       []byte
	Index      uint8
	Deprecated bool
}

// ScaleName is upstream's.
func (KindInfo) ScaleName() scale.Name { return scale.Name{Path: common + "proxy::ProxyTypeInfo"} }

// FilterInfo is all calls that a kind permits.
type FilterInfo struct {
	ProxyType  uint8
	Name       []byte
	Deprecated bool
	FilterMode FilterMode
}

// ScaleName is upstream's.
func (FilterInfo) ScaleName() scale.Name { return scale.Name{Path: common + "proxy::ProxyFilterInfo"} }

// FilterMode is every call, or a list.
type FilterMode struct {
	scale.Enum
	AllowAll *scale.Unit `index:"0"`
	Allow    *[]CallInfo `index:"1"`
}

// ScaleName is upstream's.
func (FilterMode) ScaleName() scale.Name { return scale.Name{Path: common + "proxy::FilterMode"} }

// CallInfo is a call that is permitted under a constraint, if there is one.
type CallInfo struct {
	PalletName  []byte
	PalletIndex uint8
	CallName    []byte
	CallIndex   uint8
	Constraint  scale.Option[Constraint]
}

// ScaleName is upstream's.
func (CallInfo) ScaleName() scale.Name { return scale.Name{Path: common + "proxy::CallInfo"} }

// Constraint is what must hold for an argument.
type Constraint struct {
	scale.Enum
	ParamLessThan    *Lesser `index:"0,fields"`
	NestedCallMustBe *Holder `index:"1,fields"`
}

// ScaleName is upstream's.
func (Constraint) ScaleName() scale.Name { return scale.Name{Path: common + "proxy::CallConstraint"} }

// Lesser bounds an amount, exclusively.
type Lesser struct {
	ParamName []byte
	Limit     scale.Uint128
}

// Holder names the call that an argument must hold.
type Holder struct{ ParamName, PalletName, CallName []byte }

// The form of spec 425: the rule as it is written, where a call without a name is all calls of a pallet.
type (
	oldFilterInfo struct {
		ProxyType         uint8
		Name              []byte
		Deprecated        bool
		FilterMode        oldFilterMode
		Calls, Exceptions []oldCallInfo
	}
	oldFilterMode uint8
	oldCallInfo   struct {
		PalletName  []byte
		PalletIndex uint8
		CallName    scale.Option[[]byte]
		CallIndex   scale.Option[uint8]
		Condition   scale.Option[oldCondition]
	}
	oldCondition struct {
		scale.Enum
		ParamLessThan    *Lesser    `index:"0,fields"`
		NestedCallMustBe *oldHolder `index:"1,fields"`
	}
	oldHolder struct{ PalletName, CallName []byte }
)

func (oldFilterInfo) ScaleName() scale.Name { return scale.Name{Path: common + "ProxyFilterInfo"} }
func (oldFilterMode) ScaleName() scale.Name { return scale.Name{Path: common + "FilterMode"} }
func (oldCallInfo) ScaleName() scale.Name   { return scale.Name{Path: common + "CallInfo"} }
func (oldCondition) ScaleName() scale.Name  { return scale.Name{Path: common + "CallCondition"} }

func (oldFilterMode) Variants() []scale.Variant {
	return scale.Names("AllowAll", "DenyAll", "Allow", "Deny")
}

type (
	noArgs    struct{}
	kindsArgs struct{ ProxyTypes scale.Option[[]byte] }
	kindArgs  struct{ ProxyType scale.Option[uint8] }
)

type filterAPI struct {
	GetProxyTypes   frame.Method[noArgs, []KindInfo]        `doc:"The kinds of proxies."`
	GetProxyFilters frame.Method[kindsArgs, []FilterInfo]   `doc:"The calls that kinds of proxies permit, one by one; of all kinds when none is named. Kinds that do not exist are passed over."`
	GetProxyFilter  frame.Method[kindArgs, []oldFilterInfo] `doc:"The rule of a kind of proxies, or of all, as spec 425 tells it."`
}

// API is the pallet's runtime functions; pallets are those of the runtime.
func (p *Pallet) API(pallets func() []*frame.Description) frame.API {
	m := &filterAPI{}
	names := Any.Variants()
	m.GetProxyTypes.Handle(func(*frame.Ctx, noArgs) (out []KindInfo) {
		for i, v := range names {
			out = append(out, KindInfo{Name: []byte(v.Name), Index: v.Index, Deprecated: Kind(i).Deprecated()})
		}
		return out
	})
	m.GetProxyFilters.Handle(func(_ *frame.Ctx, a kindsArgs) []FilterInfo {
		out := []FilterInfo{}
		for i, v := range names {
			if list, some := a.ProxyTypes.Get(); some && !strings.Contains(string(list), string([]byte{v.Index})) {
				continue
			}
			out = append(out, FilterInfo{
				ProxyType: v.Index, Name: []byte(v.Name), Deprecated: Kind(i).Deprecated(), FilterMode: Rules[i].mode(pallets()),
			})
		}
		return out
	})
	m.GetProxyFilter.Handle(func(_ *frame.Ctx, a kindArgs) []oldFilterInfo {
		out := []oldFilterInfo{}
		for i, v := range names {
			if one, some := a.ProxyType.Get(); some && one != v.Index {
				continue
			}
			r, all := &Rules[i], pallets()
			out = append(out, oldFilterInfo{
				ProxyType: v.Index, Name: []byte(v.Name), Deprecated: Kind(i).Deprecated(), FilterMode: oldFilterMode(r.Mode),
				Calls: r.asWritten(all, r.Calls), Exceptions: r.asWritten(all, r.Except),
			})
		}
		return out
	})
	return frame.API{Name: "ProxyFilterRuntimeApi", Version: 1, Methods: m}
}

// mode lists every call of the runtime that the rule permits.
func (r *Rule) mode(pallets []*frame.Description) FilterMode {
	if r.Mode == AllowAll {
		return FilterMode{AllowAll: &scale.Unit{}}
	}
	calls := []CallInfo{}
	for _, p := range pallets {
		for _, call := range p.Calls {
			name := p.Name + "." + call.Name
			if !r.Names(name) {
				continue
			}
			info := CallInfo{PalletName: []byte(p.Name), PalletIndex: p.Index, CallName: []byte(call.Name), CallIndex: call.Index}
			if limit, ok := r.Below[name]; ok {
				info.Constraint = scale.Some(Constraint{ParamLessThan: &Lesser{ParamName: []byte(limit.Param), Limit: scale.U128(limit.Bound)}})
			} else if inner, ok := r.Holds[name]; ok {
				pallet, call, _ := strings.Cut(inner.Call, ".")
				info.Constraint = scale.Some(Constraint{NestedCallMustBe: &Holder{
					ParamName: []byte(inner.Param), PalletName: []byte(pallet), CallName: []byte(call),
				}})
			}
			calls = append(calls, info)
		}
	}
	return FilterMode{Allow: &calls}
}

// asWritten is a list of the rule in spec 425's form; calls that the runtime lacks are passed over.
func (r *Rule) asWritten(pallets []*frame.Description, list []string) []oldCallInfo {
	out := []oldCallInfo{}
	for _, name := range list {
		pallet, want, _ := strings.Cut(name, ".")
		for _, p := range pallets {
			if p.Name != pallet {
				continue
			}
			info := oldCallInfo{PalletName: []byte(p.Name), PalletIndex: p.Index}
			if want == "*" {
				out = append(out, info)
				continue
			}
			for _, call := range p.Calls {
				if call.Name != want {
					continue
				}
				info.CallName, info.CallIndex = scale.Some([]byte(call.Name)), scale.Some(call.Index)
				if limit, ok := r.Below[name]; ok {
					info.Condition = scale.Some(oldCondition{ParamLessThan: &Lesser{ParamName: []byte(limit.Param), Limit: scale.U128(limit.Bound)}})
				} else if inner, ok := r.Holds[name]; ok {
					pallet, call, _ := strings.Cut(inner.Call, ".")
					info.Condition = scale.Some(oldCondition{NestedCallMustBe: &oldHolder{PalletName: []byte(pallet), CallName: []byte(call)}})
				}
				out = append(out, info)
			}
		}
	}
	return out
}
