package main

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// rpcFlags are the flags about serving JSON-RPC, the same for every command that does.
type rpcFlags struct {
	port          uint16
	bind          string
	methods       string
	cors          []string
	connections   int
	requestSize   int
	responseSize  int
	subscriptions int
	batch         int
	calls         int
}

// add adds the flags. methods is which methods are answered when the person does not say.
func (r *rpcFlags) add(f *pflag.FlagSet, methods, portHelp string) {
	f.Uint16Var(&r.port, "rpc-port", 9944, portHelp)
	f.StringVar(&r.bind, "rpc-bind", "localhost", "address to serve JSON-RPC on; localhost is 127.0.0.1 and ::1, 0.0.0.0 everybody who can reach this machine")
	f.StringVar(&r.methods, "rpc-methods", methods, "safe; unsafe: answer also the methods that write to the node or cost it without bound; or auto: unsafe when --rpc-bind is a loopback address")
	f.StringSliceVar(&r.cors, "rpc-cors", []string{"local"}, "web pages whose scripts may connect: all, none, local (any port of this machine, and polkadot.js.org), or origins such as https://example.org or http://localhost:*; may be repeated")
	f.IntVar(&r.connections, "rpc-max-connections", 5000, "clients connected at once, HTTP and WebSocket together")
	f.IntVar(&r.requestSize, "rpc-max-request-size", 15, "MiB of one request or batch")
	f.IntVar(&r.responseSize, "rpc-max-response-size", 15, "MiB of one answer, that of a batch in whole")
	f.IntVar(&r.batch, "rpc-max-batch-request-len", 1000, "calls in one batch")
	f.IntVar(&r.subscriptions, "rpc-max-subscriptions-per-connection", 1024, "subscriptions open at once on one connection")
	f.IntVar(&r.calls, "rpc-max-calls-per-connection", 32, "calls of one connection that are worked on at once; further ones wait")
}

// complete completes flag completion.
func (r *rpcFlags) complete(cmd *cobra.Command) {
	for flag, values := range map[string][]string{"rpc-methods": {"safe", "unsafe", "auto"}, "rpc-cors": {"all", "none", "local"}} {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err)
		}
	}
}

// local are the origins of this machine, and of the page that most people use with a node of their own.
var local = []string{
	"http://localhost:*", "https://localhost:*", "http://127.0.0.1:*", "https://127.0.0.1:*", "http://[::1]:*", "https://[::1]:*", "https://polkadot.js.org",
}

// config is what the flags say.
func (r *rpcFlags) config() (limits jsonrpc.Config, unsafe bool, err error) {
	switch r.methods {
	case "safe", "unsafe":
		unsafe = r.methods == "unsafe"
	case "auto":
		ip := net.ParseIP(r.bind)
		unsafe = r.bind == "localhost" || ip != nil && ip.IsLoopback()
	default:
		return limits, false, fmt.Errorf("unknown --rpc-methods %q, want safe, unsafe or auto", r.methods)
	}
	for _, l := range []struct {
		flag     string
		value    int
		at, most int
	}{
		{"rpc-max-connections", r.connections, 1, 1_000_000},
		{"rpc-max-request-size", r.requestSize, 1, 1024},
		{"rpc-max-response-size", r.responseSize, 1, 1024},
		{"rpc-max-batch-request-len", r.batch, 1, 100_000},
		{"rpc-max-subscriptions-per-connection", r.subscriptions, 1, 100_000},
		{"rpc-max-calls-per-connection", r.calls, 1, 10_000},
	} {
		if l.value < l.at || l.value > l.most {
			return limits, false, fmt.Errorf("--%s is %d, want %d to %d", l.flag, l.value, l.at, l.most)
		}
	}
	limits = jsonrpc.Config{
		MaxConnections: r.connections, MaxMessage: int64(r.requestSize) << 20, MaxAnswer: r.responseSize << 20,
		MaxUnread: max(32, 2*r.responseSize) << 20, MaxBatch: r.batch, MaxSubscriptions: r.subscriptions, MaxCalls: r.calls,
		Origins: []string{},
	}
	for _, origin := range r.cors {
		switch origin {
		case "all":
			limits.Origins = append(limits.Origins, "*")
		case "local":
			limits.Origins = append(limits.Origins, local...)
		case "none":
		default:
			if err := checkOrigin(origin); err != nil {
				return limits, false, err
			}
			limits.Origins = append(limits.Origins, origin)
		}
	}
	return limits, unsafe, nil
}

// checkOrigin tells what is wrong with an origin: a browser sends scheme, host and port, and nothing behind them.
func checkOrigin(origin string) error {
	u, err := url.Parse(strings.TrimSuffix(origin, ":*"))
	if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("--rpc-cors %q is neither all, none, local nor an origin such as https://example.org", origin)
	}
	return nil
}

// addresses are where n ports in a row are served.
func (r *rpcFlags) addresses(n uint16) (out []string, err error) {
	if int(r.port)+int(n) > 1<<16 {
		return nil, fmt.Errorf("--rpc-port is %d, but the port after it serves RPC too: want at most %d", r.port, 1<<16-int(n))
	}
	for i := range n {
		port := r.port
		if port != 0 {
			port += i
		}
		out = append(out, net.JoinHostPort(r.bind, strconv.Itoa(int(port))))
	}
	return out, nil
}
