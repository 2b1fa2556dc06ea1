package node

import (
	"net/http"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/myelin-go/myelin/node/ledger"
)

// gauges are the node's metrics, in a registry of their own.
type gauges struct {
	registry   *prometheus.Registry
	blocks     prometheus.Counter
	extrinsics prometheus.Counter
	interval   prometheus.Histogram
	calls      *prometheus.HistogramVec
	failures   *prometheus.CounterVec
	last       atomic.Int64 // time of the last import, in nanoseconds
}

// liveHeap is the heap as the last garbage collection found it: what tells whether memory grows.
var liveHeap = collectors.GoRuntimeMetricsRule{Matcher: regexp.MustCompile(`^/gc/heap/live:bytes$`)}

func newGauges(n *Node) *gauges {
	g := &gauges{
		registry:   prometheus.NewRegistry(),
		blocks:     prometheus.NewCounter(prometheus.CounterOpts{Name: "myelin_blocks_imported_total", Help: "Blocks imported since the start."}),
		extrinsics: prometheus.NewCounter(prometheus.CounterOpts{Name: "myelin_extrinsics_imported_total", Help: "Extrinsics in imported blocks."}),
		interval: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "myelin_block_interval_seconds", Help: "Time between imports.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 14),
		}),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "myelin_rpc_call_seconds", Help: "Duration of RPC calls.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9),
		}, []string{"method"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "myelin_rpc_errors_total", Help: "RPC calls answered by an error."}, []string{"method"}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	g.registry.MustRegister(g.blocks, g.extrinsics, g.interval, g.calls, g.failures,
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(liveHeap)), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("myelin_block_height", "Height of the best block.", func() float64 { return float64(n.ledger.Head().Header.Number) }),
		gauge("myelin_finalized_height", "Height of the last final block.", func() float64 { return float64(n.ledger.Finalized().Header.Number) }),
		gauge("myelin_pool_ready", "Transactions that may be in the next block.", func() float64 { ready, _ := n.pool.Len(); return float64(ready) }),
		gauge("myelin_pool_future", "Transactions that wait for earlier ones.", func() float64 { _, future := n.pool.Len(); return float64(future) }),
		gauge("myelin_rpc_connections", "Open WebSocket connections.", func() float64 { return float64(n.server.Connections()) }),
		gauge("myelin_rpc_subscriptions", "Open subscriptions.", func() float64 { return float64(n.server.Subscriptions()) }),
		gauge("myelin_rpc_unread_bytes", "Output that WebSocket clients have not read.", func() float64 { return float64(n.server.Unread()) }),
		gauge("myelin_rpc_pinned_blocks", "Blocks that clients have pinned by chainHead_v1.", func() float64 { return float64(n.pinned.Load()) }),
		gauge("myelin_store_views", "States that are being read.", func() float64 { return float64(n.store.Views()) }),
		gauge("myelin_peers", "Connected nodes.", func() float64 { return float64(n.engine.Peers()) }),
	)
	return g
}

func (g *gauges) observe(method string, took time.Duration, failed bool) {
	g.calls.WithLabelValues(method).Observe(took.Seconds())
	if failed {
		g.failures.WithLabelValues(method).Inc()
	}
}

func (g *gauges) imported(b *ledger.Block) {
	g.blocks.Inc()
	g.extrinsics.Add(float64(len(b.Extrinsics)))
	now := time.Now().UnixNano()
	if last := g.last.Swap(now); last != 0 {
		g.interval.Observe(time.Duration(now - last).Seconds())
	}
}

func (g *gauges) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(g.registry, promhttp.HandlerOpts{}))
	return mux
}
