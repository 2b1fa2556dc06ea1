package genesis

import (
	"encoding/json"

	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/scale"
)

type builderAPI struct {
	BuildState  frame.Method[jsonArgs, scale.Result[scale.Unit, string]] `doc:"Whether a chain specification in JSON makes a first state; that state is dropped."`
	GetPreset   frame.Method[presetArgs, scale.Option[[]byte]]           `doc:"A preset as a chain specification in JSON; without a name that of this chain."`
	PresetNames frame.Method[noArgs, []string]                           `doc:"The names of the presets."`
}

type (
	noArgs   struct{}
	jsonArgs struct {
		JSON []byte `name:"json"`
	}
	presetArgs struct {
		ID scale.Option[string] `name:"id"`
	}
)

// builder is runtime functions about specifications; those that build_state tries get the same extensions as this chain.
func builder(own Spec, extensions []Extension) frame.API {
	m := &builderAPI{}
	m.BuildState.Handle(func(_ *frame.Ctx, a jsonArgs) (out scale.Result[scale.Unit, string]) {
		s, err := Parse(a.JSON)
		if err != nil {
			return scale.Result[scale.Unit, string]{Failed: true, Err: err.Error()}
		}
		New(s, extensions...).Genesis()
		return out
	})
	m.GetPreset.Handle(func(_ *frame.Ctx, a presetArgs) (out scale.Option[[]byte]) {
		s := own
		if name, named := a.ID.Get(); named {
			var err error
			if s, err = Preset(name); err != nil {
				return out
			}
		}
		raw, err := json.Marshal(s)
		if err != nil {
			panic(err) // a specification is plain data
		}
		return scale.Some(raw)
	})
	m.PresetNames.Handle(func(*frame.Ctx, noArgs) []string { return Presets() })
	return frame.API{Name: "GenesisBuilder", Version: 1, Methods: m}
}
