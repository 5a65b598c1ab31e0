// SPDX-License-Identifier: Apache-2.0
/// What the program's thread tells of its run to who watches it from another thread. Ring counters and scopes
/// are that thread's own and no atomics; so it is asked (RunControl::kAsked), and answers at its next submit
/// that takes the long way, before it sleeps, and before it runs something that may take long. A thread that
/// is inside a kernel cannot answer, and what it told last stays, with the time of that.
///
/// A run that nobody watches has no RunAccountBook, and tells nothing.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <weir/resources.hpp>
#include <weir/task.hpp>

#include "model/live_page.hpp"
#include "model/sequence_lock.hpp"

namespace weir {

/// What the program's thread waits for.
enum class ProgramWait : std::uint64_t {
    nothing,  ///< it submits, runs tasks, or is in the program's own code
    space,    ///< held back
    data,     ///< get, set: a task
    tasks,    ///< all that is in flight: at the end, or before a ring grows
};

/// Words alone, so that it can be handed over word by word. Times: nanoseconds of the steady clock. Sites:
/// std::source_location as a word.
struct RunAccount {
    static constexpr std::size_t kHeads = 4;
    static constexpr std::size_t kScopes = 8;

    using Ring = live_page::PageRing;
    struct Scope {
        std::uint64_t site = 0;
        std::uint64_t first_number = 0;  ///< of the ring, when it opened
    };
    /// A task that is not RELEASED.
    struct Head {
        std::uint64_t ref = 0;  ///< TaskRef::word; 0: none
        std::uint64_t kernel_id = 0;
        std::uint64_t site = 0;
        std::uint64_t state = 0;      ///< TaskState
        std::uint64_t missing = 0;    ///< producers that it still waits for
        std::uint64_t waits_for = 0;  ///< one of them; 0: not among those that were looked at
    };

    std::uint64_t told_ns = 0;  ///< 0: nothing has been told
    std::uint64_t tasks = 0;
    std::uint64_t tasks_in_place = 0;
    std::uint64_t times_held_back = 0;
    std::uint64_t held_back_ns = 0;
    ProgramWait wait = ProgramWait::nothing;
    std::uint64_t wait_since_ns = 0;
    std::uint64_t wait_resource = 0;  ///< Resource, of `space`
    std::uint64_t wait_ring = 0;
    std::uint64_t wait_site = 0;          ///< of the submit that is held back
    std::uint64_t wait_task = 0;          ///< TaskRef::word, of `data`
    std::uint64_t depth = 0;              ///< open scopes, the root included
    std::array<Scope, kScopes> scopes{};  ///< the outermost ones
    std::array<Ring, kRings> rings{};
    std::array<std::array<Head, kHeads>, kRings> heads{};  ///< the oldest of each ring
};
static_assert(sizeof(RunAccount) % sizeof(std::uint64_t) == 0, "it is handed over in words");

class RunAccountBook {
public:
    /// The program's thread.
    void tell(const RunAccount& account) noexcept {
        write_whole(sequence_, words_, std::bit_cast<Words>(account));
    }
    /// Any thread. False: it was being written.
    [[nodiscard]] bool read(RunAccount& account) const noexcept {
        Words words;
        if (!read_whole(sequence_, words_, words)) return false;
        account = std::bit_cast<RunAccount>(words);
        return true;
    }

private:
    using Words = std::array<std::uint64_t, sizeof(RunAccount) / sizeof(std::uint64_t)>;

    SharedWord sequence_{0};
    std::array<SharedWord, sizeof(RunAccount) / sizeof(std::uint64_t)> words_{};
};

}  // namespace weir
