// SPDX-License-Identifier: Apache-2.0
//
// For diagnosis: Weir, told that every kernel is long, so that no task runs where it is submitted. What
// remains is the price of wiring a task and handing it to another thread.
#include "weir/pattern_peer.hpp"

namespace weir::peers {

std::string_view peer_name() { return "weir_shipped"; }

std::unique_ptr<Peer> make_peer(const Setup& setup) {
    constexpr std::uint32_t kLongNs = 1'000'000'000;
    KernelOptions options;
    options.cost_ns = kLongNs;
    return make_weir_peer(setup, options);
}

}  // namespace weir::peers
