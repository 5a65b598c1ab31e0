// SPDX-License-Identifier: Apache-2.0
//
// oneTBB by hand: a task_group and an atomic counter of open predecessors per task. Nothing is inferred; who
// follows whom comes from the pattern's closed form. The task that brings a counter to zero spawns its owner.
// The floor for hand-written code.
//
// Counter, numbered pairs: [1] a finished task's decrement (release) hands over what it wrote; the decrement
// that reaches zero (acquire) receives it from all predecessors. Initial values are ordered by the spawn of
// the first tasks.
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "patterns/graph.hpp"
#include "peers/harness.hpp"

namespace weir::peers {
namespace {

using namespace patterns;

/// One segment of the program while it runs.
struct Segment {
    Graph graph;
    std::uint64_t first_index;
    Datum* data;
    std::atomic<std::uint32_t>* open_predecessors;
    oneapi::tbb::task_group& group;
};

template <Mode mode>
void spawn(const Segment& segment, const Node& node);

/// Calls the kernel of a node, as its place in the pattern says. The accesses are those of `generate`.
template <Mode mode>
void execute_node(const Segment& segment, const Node& node) {
    const auto call = [&](auto access, auto... data) {
        execute<mode>(access, segment.first_index + node.index, &segment.data[data].value...);
    };
    switch (segment.graph.pattern) {
        case Pattern::kNoDep:
            return call(Access<0, 0, 0>{});
        case Pattern::kIndependent:
            return call(Access<0, 1, 0>{}, node.index % kIndependentData);
        case Pattern::kChain:
            return call(Access<0, 0, 1>{}, DataId{0});
        case Pattern::kStencil1d: {
            const DataId previous = (node.step % 2 == 0 ? 1 : 0) * kStencilWidth + node.column;
            const DataId current = (node.step % 2) * kStencilWidth + node.column;
            if (node.column == 0) return call(Access<2, 1, 0>{}, previous, previous + 1, current);
            if (node.column + 1 == kStencilWidth) {
                return call(Access<2, 1, 0>{}, previous - 1, previous, current);
            }
            return call(Access<3, 1, 0>{}, previous - 1, previous, previous + 1, current);
        }
        case Pattern::kForkJoin: {
            const std::uint64_t place = node.index % kForkJoinRound;
            if (place == 0 || place > kForkJoinWidth) return call(Access<0, 0, 1>{}, DataId{0});
            return call(Access<1, 0, 1>{}, DataId{0}, place);
        }
        case Pattern::kCholesky: {
            const auto tile = [](DataId row, DataId column) { return row * kCholeskyTiles + column; };
            const auto [index, k, i, j] = node;
            if (i == k) return call(Access<0, 0, 1>{}, tile(k, k));
            if (j == k) return call(Access<1, 0, 1>{}, tile(k, k), tile(i, k));
            if (i == j) return call(Access<1, 0, 1>{}, tile(i, k), tile(i, i));
            return call(Access<2, 0, 1>{}, tile(i, k), tile(j, k), tile(i, j));
        }
    }
}

template <Mode mode>
void run_node(const Segment& segment, const Node& node) {
    execute_node<mode>(segment, node);
    for_each_successor(segment.graph, node, [&](const Node& next) {
        std::atomic<std::uint32_t>& open = segment.open_predecessors[next.index];
        if (open.fetch_sub(1, std::memory_order_acq_rel) == 1) spawn<mode>(segment, next);  // [1]
    });
}

template <Mode mode>
void spawn(const Segment& segment, const Node& node) {
    segment.group.run([&segment, node] { run_node<mode>(segment, node); });
}

class HandPeer final : public Peer {
public:
    explicit HandPeer(const Setup& setup)
        : setup_(setup),
          open_predecessors_(std::min(segment_tasks(setup.pattern, setup.tasks), setup.tasks)),
          limit_(oneapi::tbb::global_control::max_allowed_parallelism, setup.threads),
          arena_(static_cast<int>(setup.threads)) {}

    Clock::duration run() override {
        return with_mode(setup_.mode, [&](auto mode) { return run_segments<decltype(mode)::kMode>(); });
    }

private:
    template <Mode mode>
    Clock::duration run_segments() {
        Clock::duration submitting{0};
        arena_.execute([&] {
            const std::uint64_t tasks = open_predecessors_.size();
            for (std::uint64_t first = 0; first < setup_.tasks; first += tasks) {
                const auto begin = Clock::now();
                oneapi::tbb::task_group group;
                const Segment segment{{setup_.pattern, std::min(tasks, setup_.tasks - first)},
                                      first,
                                      setup_.data.data(),
                                      open_predecessors_.data(),
                                      group};
                start<mode>(segment);
                submitting += Clock::now() - begin;
                group.wait();
            }
        });
        return submitting;
    }

    /// Sets all counters before the first task can decrement one, then spawns the tasks without predecessors.
    template <Mode mode>
    static void start(const Segment& segment) {
        NodeWalk counting{segment.graph.pattern};
        std::uint64_t sources = 0;
        for (std::uint64_t i = 0; i < segment.graph.tasks; ++i) {
            const unsigned open = predecessor_count(segment.graph, counting.next());
            // Relaxed: the spawn of the first tasks orders it.
            segment.open_predecessors[i].store(open, std::memory_order_relaxed);
            if (open == 0) ++sources;
        }
        NodeWalk spawning{segment.graph.pattern};
        while (sources > 0) {
            const Node node = spawning.next();
            if (predecessor_count(segment.graph, node) != 0) continue;
            spawn<mode>(segment, node);
            --sources;
        }
    }

    Setup setup_;
    std::vector<std::atomic<std::uint32_t>> open_predecessors_;
    oneapi::tbb::global_control limit_;
    oneapi::tbb::task_arena arena_;
};

}  // namespace

std::string_view peer_name() { return "tbb_hand"; }

std::unique_ptr<Peer> make_peer(const Setup& setup) { return std::make_unique<HandPeer>(setup); }

}  // namespace weir::peers
