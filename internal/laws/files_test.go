package laws

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Files longer than this are divided by what they are about.
const (
	mostLines     = 700
	mostTestLines = 1000
)

func TestFilesAreShort(t *testing.T) {
	for _, file := range goFiles(t) {
		raw, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		most := mostLines
		if strings.HasSuffix(file, "_test.go") {
			most = mostTestLines
		}
		if n := bytes.Count(raw, []byte("\n")); n > most {
			t.Errorf("%s has %d lines, at most %d may be: divide it", file, n, most)
		}
	}
}

// Every package says what lives there, in a comment before its package clause. Packages of tests alone need none.
func TestPackagesSayWhatTheyAre(t *testing.T) {
	type folder struct{ name, comment string }
	folders := map[string]folder{}
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Comments) > 0 && strings.HasPrefix(f.Comments[0].List[0].Text, "//go:build ignore") {
			continue // a program of one file, run by hand; its folder is another package
		}
		of := folders[filepath.Dir(file)]
		of.name = f.Name.Name
		of.comment += f.Doc.Text()
		folders[filepath.Dir(file)] = of
	}
	for dir, f := range folders {
		want := "Package " + f.name + " "
		if f.name == "main" {
			want = "Command " + filepath.Base(dir) + " "
		}
		if !strings.HasPrefix(f.comment, want) {
			t.Errorf("the package in %s has the comment %.60q, want one that begins with %q", dir, f.comment, want)
		}
	}
}
