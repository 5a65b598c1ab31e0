// SPDX-License-Identifier: Apache-2.0
/// Lets a test watch what the threads around a runtime share: its core, the memory of its rings, and the
/// state of a submitted run. Explicit instantiation may name private members, which keeps the door out of the
/// product.
#pragma once

#include <memory>

#include <weir/runtime.hpp>

#include "platform/runtime_core.hpp"

namespace weir::open_runtime {

template <class Key, typename Key::Type member>
struct Opened {
    friend constexpr typename Key::Type member_of(Key) noexcept { return member; }
};
struct Core {
    using Type = std::unique_ptr<detail::RuntimeCore> Runtime::*;
    friend constexpr Type member_of(Core) noexcept;
};
struct State {
    using Type = std::shared_ptr<detail::RunState> RunHandle::*;
    friend constexpr Type member_of(State) noexcept;
};
struct Memory {
    using Type = RingMemory detail::RuntimeCore::*;
    friend constexpr Type member_of(Memory) noexcept;
};
template struct Opened<Core, &Runtime::core_>;
template struct Opened<Memory, &detail::RuntimeCore::memory_>;
template struct Opened<State, &RunHandle::state_>;

inline detail::RuntimeCore& core_of(Runtime& runtime) noexcept { return *(runtime.*member_of(Core{})); }
/// Laid out anew by a run with other sizes than the one before it.
inline const RingMemory& memory_of(Runtime& runtime) noexcept {
    return core_of(runtime).*member_of(Memory{});
}
inline detail::RunState& state_of(RunHandle& handle) noexcept { return *(handle.*member_of(State{})); }

}  // namespace weir::open_runtime
