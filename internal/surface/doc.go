// Package surface holds the check that our chain shows to clients what upstream's spec 461 shows: every pallet, call, storage item, event, error,
// constant, extension and runtime API, under the same name, index and type. It is tests only.
//
// testdata/left-out.txt names what upstream has and we do not, testdata/added.txt what we have beside it or of a
// later spec, a line each with the reason. Nothing
// else may differ, and no line may stand there for nothing. Beside it stands the check that calls weigh what upstream declares (weights.txt), and
// docs/surface.md is made here: of the metadata, of the program's text, and of who.txt. What the items do is not checked here.
package surface
