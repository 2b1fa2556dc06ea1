package scheduler

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/preimage"
	"github.com/myelin-go/myelin/chain/pallets/utility"
	"github.com/myelin-go/myelin/scale"
)

// TaskName names a call.
type TaskName = [32]byte

// Address is the place of a call: its block and its index on that block's agenda.
type Address = scale.Pair[uint32, uint32]

// Period is how a call repeats: every so many blocks, so many times more.
type Period = scale.Pair[uint32, uint32]

// Scheduled is a call on an agenda. Those of lesser priority number are made first.
type Scheduled struct {
	MaybeID       scale.Option[TaskName] `name:"maybe_id"`
	Priority      uint8
	Call          preimage.Bounded
	MaybePeriodic scale.Option[Period]
	Origin        utility.OriginCaller
}

// ScaleName is Substrate's.
func (Scheduled) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_scheduler::Scheduled", Params: []scale.Param{
		{Name: "Name", Type: reflect.TypeFor[TaskName]()},
		{Name: "Call", Type: reflect.TypeFor[preimage.Bounded]()},
		{Name: "BlockNumber", Type: reflect.TypeFor[uint32]()},
		{Name: "PalletsOrigin", Type: reflect.TypeFor[utility.OriginCaller]()},
		{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()},
	}}
}

// Agenda is the calls of a block.
type Agenda []scale.Option[Scheduled]

// ScaleName is Substrate's.
func (Agenda) ScaleName() scale.Name {
	return scale.Name{Path: "bounded_collections::bounded_vec::BoundedVec", Params: []scale.Param{
		{Name: "T", Type: reflect.TypeFor[scale.Option[Scheduled]]()}, {Name: "S"},
	}}
}

// RetryConfig is how often a call that fails is made again, and after how many blocks.
type RetryConfig struct {
	TotalRetries uint8
	Remaining    uint8
	Period       uint32
}

// ScaleName is Substrate's.
func (RetryConfig) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_scheduler::RetryConfig", Params: []scale.Param{{Name: "Period", Type: reflect.TypeFor[uint32]()}}}
}

// The fields of the events; At is the arguments of cancel too.
type (
	At         struct{ When, Index uint32 }
	Dispatched struct {
		Task   Address
		ID     scale.Option[TaskName] `name:"id"`
		Result scale.Result[scale.Unit, frame.DispatchError]
	}
	RetrySet struct {
		Task    Address
		ID      scale.Option[TaskName] `name:"id"`
		Period  uint32
		Retries uint8
	}
	Task struct {
		Task Address
		ID   scale.Option[TaskName] `name:"id"`
	}
	AgendaOpen struct{ When uint32 }
)

// The arguments of the calls.
type (
	Schedule struct {
		When          uint32
		MaybePeriodic scale.Option[Period]
		Priority      uint8
		Call          frame.RuntimeCall
	}
	ScheduleNamed struct {
		ID            TaskName `name:"id"`
		When          uint32
		MaybePeriodic scale.Option[Period]
		Priority      uint8
		Call          frame.RuntimeCall
	}
	ScheduleAfter struct {
		After         uint32
		MaybePeriodic scale.Option[Period]
		Priority      uint8
		Call          frame.RuntimeCall
	}
	ScheduleNamedAfter struct {
		ID            TaskName `name:"id"`
		After         uint32
		MaybePeriodic scale.Option[Period]
		Priority      uint8
		Call          frame.RuntimeCall
	}
	SetRetry struct {
		Task    Address
		Retries uint8
		Period  uint32
	}
	SetRetryNamed struct {
		ID      TaskName `name:"id"`
		Retries uint8
		Period  uint32
	}
	OfTask struct{ Task Address }
	Named  struct {
		ID TaskName `name:"id"`
	}
)
