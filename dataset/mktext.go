//go:build ignore

// Mktext turns the plain-text edition of a book into the form that package dataset embeds: one paragraph a line group,
// lines joined, typesetting marks and the notes of transcribers left out, gzip-compressed without a time stamp.
//
//	go run mktext.go < edition.txt > text/name.txt.gz
package main

import (
	"bufio"
	"compress/gzip"
	"io"
	"log"
	"os"
	"strings"
)

func main() {
	log.SetFlags(0)
	raw, err := io.ReadAll(bufio.NewReader(os.Stdin))
	if err != nil {
		log.Fatal(err)
	}
	out, err := gzip.NewWriterLevel(os.Stdout, gzip.BestCompression)
	if err != nil {
		log.Fatal(err)
	}
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	for _, par := range strings.Split(text, "\n\n") {
		if par = clean(par); par == "" {
			continue
		}
		if _, err := io.WriteString(out, par+"\n\n"); err != nil {
			log.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		log.Fatal(err)
	}
}

// clean joins the lines of a paragraph. It returns nothing for a paragraph that the author did not write, or that is a drawing
// or a table.
func clean(par string) string {
	for _, mark := range []string{"[Illustration", "Produced by ", "Project Gutenberg", "Transcriber's Note"} {
		if strings.Contains(par, mark) {
			return ""
		}
	}
	if strings.Contains(par, "   ") && strings.ContainsAny(par, "0123456789|") {
		return ""
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(par, "_", "")), " ")
}
