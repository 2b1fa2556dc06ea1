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
	Frac   int
	Int    int
	Signed bool
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

func run() error {
	text, err := template.New("type").Parse(source)
	if err != nil {
		return err
	}
	for _, n := range []number{
		{"I64F64", 64, 64, true},
		{"U64F64", 64, 64, false},
		{"I96F32", 32, 96, true},
		{"U96F32", 32, 96, false},
	} {
		var b bytes.Buffer
		if err := text.Execute(&b, n); err != nil {
			return err
		}
		formatted, err := format.Source(b.Bytes())
		if err != nil {
			return fmt.Errorf("format %s: %w", n.Name, err)
		}
		if err := os.WriteFile(strings.ToLower(n.Name)+".go", formatted, 0o644); err != nil {
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
