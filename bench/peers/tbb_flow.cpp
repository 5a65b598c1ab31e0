// SPDX-License-Identifier: Apache-2.0
//
// oneTBB flow graph: a continue_node per task, edges from the pattern's closed form. An edge must exist
// before its source runs, so the graph of a segment is built whole (the submitting loop), then its sources
// are started.
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <memory>

#include "patterns/graph.hpp"
#include "peers/harness.hpp"

namespace weir::peers {
namespace {

using namespace patterns;
namespace flow = oneapi::tbb::flow;

using FlowNode = flow::continue_node<flow::continue_msg>;

/// Room for the nodes of one segment, which have neither default construction nor move.
class Nodes {
public:
    explicit Nodes(std::uint64_t capacity) : capacity_(capacity), nodes_(Allocator{}.allocate(capacity)) {}
    ~Nodes() {
        clear();
        Allocator{}.deallocate(nodes_, capacity_);
    }
    Nodes(const Nodes&) = delete;
    Nodes& operator=(const Nodes&) = delete;

    template <class Body>
    void emplace(flow::graph& graph, Body body) {
        std::construct_at(nodes_ + size_, graph, body);
        ++size_;
    }

    void clear() {
        while (size_ > 0) std::destroy_at(nodes_ + --size_);
    }

    FlowNode& operator[](std::uint64_t index) { return nodes_[index]; }

private:
    using Allocator = std::allocator<FlowNode>;

    std::uint64_t capacity_;
    std::uint64_t size_ = 0;
    FlowNode* nodes_;
};

template <Mode mode>
class NodeSink {
public:
    NodeSink(flow::graph& graph, Nodes& nodes, Datum* data, std::uint64_t first_index)
        : graph_(graph), nodes_(nodes), data_(data), first_index_(first_index) {}

    template <class AccessType, class... Data>
    void task(AccessType access, std::uint64_t index, Data... data) {
        emplace(access, first_index_ + index, &data_[data].value...);
    }

private:
    template <class AccessType, class... Pointers>
    void emplace(AccessType access, std::uint64_t index, Pointers... pointers) {
        nodes_.emplace(graph_, [=](const flow::continue_msg&) { execute<mode>(access, index, pointers...); });
    }

    flow::graph& graph_;
    Nodes& nodes_;
    Datum* data_;
    std::uint64_t first_index_;
};

class FlowPeer final : public Peer {
public:
    explicit FlowPeer(const Setup& setup)
        : setup_(setup),
          limit_(oneapi::tbb::global_control::max_allowed_parallelism, setup.threads),
          arena_(static_cast<int>(setup.threads)) {}

    Clock::duration run() override {
        Clock::duration submitting{0};
        arena_.execute([&] {
            const std::uint64_t segment = std::min(segment_tasks(setup_.pattern, setup_.tasks), setup_.tasks);
            flow::graph graph;
            Nodes nodes{segment};
            for (std::uint64_t first = 0; first < setup_.tasks; first += segment) {
                const auto begin = Clock::now();
                const Graph part{setup_.pattern, std::min(segment, setup_.tasks - first)};
                build(part, first, graph, nodes);
                start_sources(part, nodes);
                submitting += Clock::now() - begin;
                graph.wait_for_all();
                nodes.clear();
            }
        });
        return submitting;
    }

private:
    void build(const Graph& part, std::uint64_t first, flow::graph& graph, Nodes& nodes) {
        with_mode(setup_.mode, [&](auto mode) {
            NodeSink<decltype(mode)::kMode> sink{graph, nodes, setup_.data.data(), first};
            generate(part.pattern, part.tasks, sink);
        });
        NodeWalk walk{part.pattern};
        for (std::uint64_t i = 0; i < part.tasks; ++i) {
            const Node node = walk.next();
            for_each_successor(part, node,
                               [&](const Node& next) { flow::make_edge(nodes[i], nodes[next.index]); });
        }
    }

    static void start_sources(const Graph& part, Nodes& nodes) {
        NodeWalk walk{part.pattern};
        for (std::uint64_t i = 0; i < part.tasks; ++i) {
            if (predecessor_count(part, walk.next()) == 0) nodes[i].try_put(flow::continue_msg{});
        }
    }

    Setup setup_;
    oneapi::tbb::global_control limit_;
    oneapi::tbb::task_arena arena_;
};

}  // namespace

std::string_view peer_name() { return "tbb_flow"; }

std::unique_ptr<Peer> make_peer(const Setup& setup) { return std::make_unique<FlowPeer>(setup); }

}  // namespace weir::peers
