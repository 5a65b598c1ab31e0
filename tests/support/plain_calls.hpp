// SPDX-License-Identifier: Apache-2.0
/// Calls without a cohort, for tests whose fixtures are the host of a chip's cores: each call runs to its
/// end, and nobody has to be woken.
#pragma once

#include <cstdint>

#include "platform/chip/cores.hpp"

namespace weir::chip {

struct PlainCalls {
    [[nodiscard]] std::uint32_t cohort(const Order&) const { return 0; }
    bool go_on(Cores::Core&, bool) { return true; }
    [[nodiscard]] bool cancelled() const { return false; }
    void finished() {}
    void may_go_on(int) {}
};

}  // namespace weir::chip
