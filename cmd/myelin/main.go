// Command myelin runs Bittensor networks: a living one on this machine (localnet), or a node of one.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
