package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/scale/metadata"
)

func newMetadata() *cobra.Command {
	var v14, v15, asJSON bool
	cmd := &cobra.Command{
		Use:   "metadata",
		Short: "Print the metadata that the node serves",
		Long: "Prints the metadata that the node serves: raw, as clients get it, in version 15 or 14, or in JSON for people and scripts. docs/surface.md\n" +
			"tells besides what calls cost, who may make them and how they fail.",
		Example: `  myelin metadata > metadata.scale
  myelin metadata --v14 | xxd | head
  myelin metadata --json | jq '.pallets[] | {name, calls: [.calls[].name]}'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if v14 && v15 {
				return &usageError{errors.New("--v14 and --v15 exclude each other"), cmd.CommandPath() + " --help"}
			}
			version := uint32(15)
			if v14 {
				version = 14
			}
			raw, _ := genesis.Bittensor(genesis.Localnet()).Runtime.Metadata(version)
			if !asJSON {
				_, err := cmd.OutOrStdout().Write(raw)
				return err
			}
			m, err := metadata.Decode(raw)
			if err != nil {
				return err
			}
			out := json.NewEncoder(cmd.OutOrStdout())
			out.SetIndent("", "  ")
			out.SetEscapeHTML(false)
			return out.Encode(inJSON(m))
		},
	}
	cmd.Flags().BoolVar(&v15, "v15", false, "version 15, with the runtime functions (the default)")
	cmd.Flags().BoolVar(&v14, "v14", false, "version 14, without them")
	cmd.Flags().BoolVar(&asJSON, "json", false, "decoded, in JSON")
	return cmd
}

// The metadata in JSON. Types are given by name, and by their number in the list of types; values in SCALE as hex digits.
type (
	metadataJSON struct {
		Version    uint8           `json:"version"`
		Pallets    []palletJSON    `json:"pallets"`
		Extensions []extensionJSON `json:"transaction_extensions"`
		APIs       []apiJSON       `json:"runtime_apis"`
		Types      []typeJSON      `json:"types"`
	}
	palletJSON struct {
		Name      string         `json:"name"`
		Index     uint8          `json:"index"`
		Calls     []variantJSON  `json:"calls"`
		Storage   []itemJSON     `json:"storage"`
		Events    []variantJSON  `json:"events"`
		Errors    []variantJSON  `json:"errors"`
		Constants []constantJSON `json:"constants"`
	}
	variantJSON struct {
		Name   string      `json:"name"`
		Index  uint8       `json:"index"`
		Fields []fieldJSON `json:"fields"`
		Docs   []string    `json:"docs,omitempty"`
	}
	fieldJSON struct {
		Name string `json:"name,omitempty"`
		refJSON
	}
	refJSON struct {
		Type string `json:"type"`
		ID   uint32 `json:"type_id"`
	}
	itemJSON struct {
		Name     string   `json:"name"`
		Optional bool     `json:"optional"`
		Hashers  []string `json:"hashers,omitempty"`
		Key      *refJSON `json:"key,omitempty"`
		Value    refJSON  `json:"value"`
		Default  string   `json:"default"`
		Docs     []string `json:"docs,omitempty"`
	}
	constantJSON struct {
		Name string `json:"name"`
		refJSON
		Value string   `json:"value"`
		Docs  []string `json:"docs,omitempty"`
	}
	extensionJSON struct {
		Name     string  `json:"name"`
		Explicit refJSON `json:"carried"`
		Implicit refJSON `json:"only_signed"`
	}
	apiJSON struct {
		Name    string       `json:"name"`
		Methods []methodJSON `json:"methods"`
	}
	methodJSON struct {
		Name   string      `json:"name"`
		Args   []fieldJSON `json:"args"`
		Result refJSON     `json:"result"`
		Docs   []string    `json:"docs,omitempty"`
	}
	typeJSON struct {
		ID       uint32        `json:"id"`
		Name     string        `json:"name"`
		Path     []string      `json:"path,omitempty"`
		Kind     string        `json:"kind"`
		Fields   []fieldJSON   `json:"fields,omitempty"`
		Variants []variantJSON `json:"variants,omitempty"`
		Elements []uint32      `json:"elements,omitempty"`
		Length   uint32        `json:"length,omitempty"`
	}
)

// describer turns metadata into JSON.
type describer struct{ *metadata.Metadata }

func inJSON(m *metadata.Metadata) (out metadataJSON) {
	d := describer{m}
	out.Version = m.Version
	for i := range m.Pallets {
		out.Pallets = append(out.Pallets, d.pallet(&m.Pallets[i]))
	}
	for _, x := range m.Extrinsic.Extensions {
		out.Extensions = append(out.Extensions, extensionJSON{x.Name, d.ref(x.Explicit), d.ref(x.Implicit)})
	}
	for _, a := range m.APIs {
		api := apiJSON{Name: a.Name}
		for _, f := range a.Methods {
			method := methodJSON{Name: f.Name, Args: []fieldJSON{}, Result: d.ref(f.Output), Docs: f.Docs}
			for _, in := range f.Inputs {
				method.Args = append(method.Args, fieldJSON{in.Name, d.ref(in.Type)})
			}
			api.Methods = append(api.Methods, method)
		}
		out.APIs = append(out.APIs, api)
	}
	for i := range m.Types {
		out.Types = append(out.Types, d.typ(&m.Types[i]))
	}
	return out
}

func (d describer) pallet(p *metadata.Pallet) palletJSON {
	variants := func(id uint32, set bool) []variantJSON {
		if !set {
			return []variantJSON{}
		}
		return d.variants(d.Type(id))
	}
	out := palletJSON{
		Name: p.Name, Index: p.Index, Storage: []itemJSON{}, Constants: []constantJSON{},
		Calls: variants(p.Calls.Get()), Events: variants(p.Event.Get()), Errors: variants(p.Error.Get()),
	}
	for _, e := range p.Storage.Value.Entries {
		item := itemJSON{Name: e.Name, Optional: e.Optional, Value: d.ref(e.Value), Default: digits(e.Default), Docs: e.Docs}
		for _, h := range e.Hashers {
			item.Hashers = append(item.Hashers, h.String())
		}
		if len(e.Hashers) > 0 {
			key := d.ref(e.Key)
			item.Key = &key
		}
		out.Storage = append(out.Storage, item)
	}
	for _, c := range p.Constants {
		out.Constants = append(out.Constants, constantJSON{c.Name, d.ref(c.Type), digits(c.Value), c.Docs})
	}
	return out
}

func (d describer) variants(t *metadata.Type) []variantJSON {
	out := []variantJSON{}
	for _, v := range t.Variants {
		out = append(out, variantJSON{v.Name, v.Index, d.fields(v.Fields), v.Docs})
	}
	return out
}

func (d describer) fields(list []metadata.Field) []fieldJSON {
	out := []fieldJSON{}
	for _, f := range list {
		out = append(out, fieldJSON{f.Name.Value, d.ref(f.Type)})
	}
	return out
}

func (d describer) ref(id uint32) refJSON { return refJSON{d.TypeName(id), id} }

func (d describer) typ(t *metadata.Type) typeJSON {
	out := typeJSON{ID: t.ID, Name: d.TypeName(t.ID), Path: t.Path, Length: t.Len}
	switch t.Kind {
	case metadata.Composite:
		out.Kind, out.Fields = "composite", d.fields(t.Fields)
	case metadata.Enum:
		out.Kind, out.Variants = "enum", d.variants(t)
	case metadata.Sequence:
		out.Kind, out.Elements = "sequence", []uint32{t.Elem}
	case metadata.Array:
		out.Kind, out.Elements = "array", []uint32{t.Elem}
	case metadata.Tuple:
		out.Kind, out.Elements = "tuple", t.Tuple
	case metadata.Primitive:
		out.Kind = "primitive"
	case metadata.Compact:
		out.Kind, out.Elements = "compact", []uint32{t.Elem}
	case metadata.BitSequence:
		out.Kind, out.Elements = "bits", []uint32{t.Elem, t.BitOrder}
	}
	return out
}

func digits(raw []byte) string { return "0x" + hex.EncodeToString(raw) }
