package bt

import (
	"reflect"

	"github.com/myelin-go/myelin/scale"
)

// ScaleName is Substrate's.
func (AccountID) ScaleName() scale.Name { return scale.Name{Path: "sp_core::crypto::AccountId32"} }

// ScaleName is Substrate's.
func (Hash) ScaleName() scale.Name { return scale.Name{Path: "primitive_types::H256"} }

// ScaleName is Subtensor's.
func (NetUID) ScaleName() scale.Name { return scale.Name{Path: "subtensor_runtime_common::NetUid"} }

// ScaleName is Subtensor's.
func (MechID) ScaleName() scale.Name { return scale.Name{Path: "subtensor_runtime_common::MechId"} }

// ScaleName is Subtensor's.
func (NetUIDIndex) ScaleName() scale.Name {
	return scale.Name{Path: "subtensor_runtime_common::NetUidStorageIndex"}
}

// ScaleName is Subtensor's.
func (Rao) ScaleName() scale.Name {
	return scale.Name{Path: "subtensor_runtime_common::currency::TaoBalance"}
}

// ScaleName is Subtensor's.
func (Alpha) ScaleName() scale.Name {
	return scale.Name{Path: "subtensor_runtime_common::currency::AlphaBalance"}
}

// ScaleName is Substrate's; clients look for exactly these parameters.
func (MultiAddress) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::multiaddress::MultiAddress", Params: []scale.Param{
		{Name: "AccountId", Type: reflect.TypeFor[AccountID]()},
		{Name: "AccountIndex", Type: reflect.TypeFor[scale.Unit]()},
	}}
}

// ScaleName is Substrate's.
func (MultiSignature) ScaleName() scale.Name { return scale.Name{Path: "sp_runtime::MultiSignature"} }

// ScaleName is Substrate's.
func (Era) ScaleName() scale.Name { return scale.Name{Path: "sp_runtime::generic::era::Era"} }
