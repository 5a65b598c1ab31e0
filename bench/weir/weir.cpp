// SPDX-License-Identifier: Apache-2.0
//
// Weir as it comes: no option, no variable, no hint.
#include "weir/pattern_peer.hpp"

namespace weir::peers {

std::string_view peer_name() { return "weir"; }

std::unique_ptr<Peer> make_peer(const Setup& setup) { return make_weir_peer(setup, KernelOptions{}); }

}  // namespace weir::peers
