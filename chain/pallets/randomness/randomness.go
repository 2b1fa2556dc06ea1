// Package randomness is the pallet that keeps the hashes of the last blocks, from which upstream's contracts draw numbers that a block's author can
// influence.
//
// It deliberately draws nothing: what needs chance that nobody can bend takes the beacon's (pallet drand).
package randomness

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Name and Index are the pallet's place in the runtime.
const (
	Name  = "RandomnessCollectiveFlip"
	Index = 1
)

// kept is how many hashes there are at most.
const kept = 81

// Pallet is the pallet of collective randomness.
type Pallet struct {
	Storage struct {
		RandomMaterial storage.Value[Material] `doc:"Hashes of the last 81 blocks before this one, the oldest at the place to be written next."`
	}
}

// Material is hashes of blocks, in a ring.
type Material []bt.Hash

// ScaleName is Substrate's.
func (Material) ScaleName() scale.Name {
	return scale.Name{Path: "bounded_collections::bounded_vec::BoundedVec", Params: []scale.Param{
		{Name: "T", Type: reflect.TypeFor[bt.Hash]()}, {Name: "S"},
	}}
}

// OnInitialize puts the parent's hash into its place: block n's goes where block n-81's was.
func (p *Pallet) OnInitialize(c *frame.Ctx) {
	p.Storage.RandomMaterial.Mutate(c.State, func(m *Material) {
		if len(*m) < kept {
			*m = append(*m, c.Env.Parent)
			return
		}
		(*m)[(c.Env.Number-1)%kept] = c.Env.Parent
	})
}
