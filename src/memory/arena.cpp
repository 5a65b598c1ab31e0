// SPDX-License-Identifier: Apache-2.0
#include "memory/arena.hpp"

#include <bit>
#include <cerrno>
#include <cstring>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include <weir/error.hpp>

#include "memory/mapping.hpp"
#include "memory/task_entry.hpp"

namespace weir {

namespace {

/// What a process can address with room to spare; a sum above it is a typing error, not a wish.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 46U;

/// Adds up parts of the arena, each on its own pages, and refuses sums that overflow.
class Sum {
public:
    explicit Sum(std::uint64_t page) : page_(page) {}

    std::uint64_t add(std::uint64_t count, std::uint64_t bytes_each) {
        const std::uint64_t offset = total_;
        std::uint64_t bytes = 0;
        if (__builtin_mul_overflow(count, bytes_each, &bytes)) refuse_sum();
        if (__builtin_add_overflow(total_, whole_pages(bytes), &total_) || total_ > kMostBytes) refuse_sum();
        return offset;
    }
    [[nodiscard]] std::uint64_t whole_pages(std::uint64_t bytes) const {
        if (bytes > kMostBytes) refuse_sum();
        return (bytes + page_ - 1) / page_ * page_;
    }
    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

private:
    [[noreturn]] static void refuse_sum() {
        throw Error(ErrorCode::configuration,
                    "the ring sizes add up to more than 2^46 bytes of address space; lower ring_heap or the "
                    "windows");
    }

    std::uint64_t page_;
    std::uint64_t total_ = 0;
};

[[noreturn]] void refuse(const char* what, std::uint64_t bytes) {
    throw Error(ErrorCode::out_of_memory, std::string(what) + " of " + std::to_string(bytes) +
                                              " bytes failed: " + std::strerror(errno) +
                                              "; lower the ring sizes, or raise the process's limits of "
                                              "memory and open files");
}

}  // namespace

ArenaLayout lay_out(const Sizes& sizes, int threads) {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    Sum sum(page);
    ArenaLayout layout;
    std::uint64_t slots = 0;
    for (std::size_t r = 0; r < kRings; ++r) {
        const RingSizes& ring = sizes.ring[r];
        layout.ring[r].entries = sum.add(ring.consumed_window, sizeof(TaskEntry));
        layout.ring[r].slots = sum.add(ring.task_window, sizeof(TaskSlot));
        layout.ring[r].payload = sum.add(ring.payload, 1);
        layout.ring[r].deps = sum.add(ring.dep_pool, sizeof(DepEntry));
        layout.ring[r].seen = sum.add(ring.consumed_window, sizeof(std::uint64_t));
        slots += ring.task_window;
    }
    layout.tensormap_entries = sum.add(sizes.tensormap, kTensorMapEntryBytes);
    layout.bucket_count = std::bit_ceil(sizes.tensormap);
    layout.tensormap_buckets = sum.add(layout.bucket_count, sizeof(std::uint32_t));
    // Tasks to wait for; owners of arguments and of a predicate's tensor.
    layout.producer_count = slots + kMaxTensors + 1;
    layout.producers = sum.add(layout.producer_count, 2 * sizeof(void*));
    layout.ready_rings = sum.add(static_cast<std::uint64_t>(threads), kReadyRingSlots * sizeof(void*));
    for (std::size_t r = 0; r < kRings; ++r) {
        const std::uint64_t mapped = sum.whole_pages(sizes.ring[r].heap);
        layout.ring[r].heap_mapped = mapped;
        layout.ring[r].heap = sum.add(2, mapped);
    }
    layout.total = sum.total();
    return layout;
}

std::uint64_t ArenaLayout::memory_bytes() const noexcept {
    std::uint64_t bytes = total;
    for (const Ring& r : ring) bytes -= r.heap_mapped;
    return bytes;
}

Arena::Arena(const ArenaLayout& layout)
    : layout_(layout), bytes_(layout.total), plain_bytes_(layout.ring[0].heap) {
    void* place = mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) refuse("reserving address space", bytes_);
    base_ = static_cast<std::byte*>(place);
    bool mapped = mprotect(base_, plain_bytes_, PROT_READ | PROT_WRITE) == 0;
    // Small pages: a huge one would charge 2 MiB for the first slot that is touched.
    if (mapped) madvise(base_, plain_bytes_, MADV_NOHUGEPAGE);
    for (const ArenaLayout::Ring& ring : layout.ring)
        mapped = mapped && map_twice(base_ + ring.heap, ring.heap_mapped);
    if (!mapped) {
        const int error = errno;
        munmap(base_, bytes_);
        errno = error;
        refuse("mapping the rings", bytes_);
    }
}

void Arena::clear() noexcept {
    give_back(base_, plain_bytes_);
    for (const ArenaLayout::Ring& ring : layout_.ring) give_back_shared(base_ + ring.heap, ring.heap_mapped);
}

Arena::~Arena() { munmap(base_, bytes_); }

}  // namespace weir
