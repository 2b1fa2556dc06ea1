// Command gen writes the four 128-bit types of package fixed, which differ only in sign and in the place of the binary
// point. Run it through go generate in the package's folder.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/format"
	"os"
	"strings"
	"text/template"
)

//go:embed number.go.tmpl
var source string

// number describes one type for the template.
type number struct {
	Name   string
	Frac   int // fractional bits
	Int    int // integer bits, sign included
	Signed bool
}

var numbers = []number{
	{"I64F64", 64, 64, true},
	{"U64F64", 64, 64, false},
	{"I96F32", 32, 96, true},
	{"U96F32", 32, 96, false},
}

// Raw is the integer type of the bits.
func (n number) Raw() string {
	if n.Signed {
		return "Int128"
	}
	return "Uint128"
}

// Op is the suffix of the shared operations on bits.
func (n number) Op() string {
	if n.Signed {
		return "Signed"
	}
	return "Unsigned"
}

// Others are the types to convert to.
func (n number) Others() []string {
	var names []string
	for _, name := range []string{"I32F32", "I64F64", "U64F64", "I96F32", "U96F32"} {
		if name != n.Name {
			names = append(names, name)
		}
	}
	return names
}

// file is the name of the type's file.
func (n number) file() string { return strings.ToLower(n.Name) + ".go" }

// render is the text of that file.
func (n number) render() ([]byte, error) {
	text, err := template.New("number").Parse(source)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := text.Execute(&b, n); err != nil {
		return nil, err
	}
	formatted, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("format %s: %w", n.Name, err)
	}
	return formatted, nil
}

func run() error {
	for _, n := range numbers {
		text, err := n.render()
		if err != nil {
			return err
		}
		if err := os.WriteFile(n.file(), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
