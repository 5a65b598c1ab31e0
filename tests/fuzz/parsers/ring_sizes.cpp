// SPDX-License-Identifier: Apache-2.0
// Sizes of the rings as a caller gives them (src/config/sizes.hpp), and the layout of the memory that they
// take (src/memory/arena.hpp): eight bytes of the input for each size of the singular fields, one for the
// number of threads, and eight for each size of the plural fields.
#include <cstring>

#include <weir/error.hpp>

#include "config/resource_table.hpp"
#include "config/sizes.hpp"
#include "driver/parser_target.hpp"
#include "memory/arena.hpp"

namespace {

using weir::fuzz::require;

class Reader {
public:
    Reader(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}

    /// The next number; bytes that are missing are 0.
    std::uint64_t next(std::size_t bytes = sizeof(std::uint64_t)) {
        std::uint64_t value = 0;
        const std::size_t taken = bytes < left_ ? bytes : left_;
        if (taken != 0) std::memcpy(&value, data_, taken);
        data_ += taken;
        left_ -= taken;
        return value;
    }
    void fill(std::array<std::uint64_t, weir::kRings>& values) {
        for (std::uint64_t& value : values) value = next();
    }

private:
    const std::uint8_t* data_;
    std::size_t left_;
};

void check_layout(const weir::Sizes& sizes, int threads) {
    constexpr std::uint64_t kPage = 4096;
    const weir::ArenaLayout layout = weir::lay_out(sizes, threads);
    require(layout.total <= std::uint64_t{1} << 46U, "an accepted layout can be addressed");
    for (std::size_t r = 0; r < weir::kRings; ++r) {
        const weir::ArenaLayout::Ring& ring = layout.ring[r];
        require(ring.heap % kPage == 0 && ring.heap_mapped % kPage == 0, "heaps are made of whole pages");
        require(ring.heap_mapped >= sizes.ring[r].heap, "a heap has the bytes that were asked for");
        require(ring.heap + 2 * ring.heap_mapped <= layout.total, "a heap is inside the arena");
        require(ring.heap >= layout.ring[0].heap, "the heaps are behind everything else");
        require(ring.entries < ring.slots && ring.slots < ring.payload && ring.payload < ring.deps &&
                    ring.deps < ring.seen && ring.seen < layout.ring[0].heap,
                "the parts of a ring lie one behind the other");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Reader reader(data, size);
    weir::RuntimeEnv env;
    for (const weir::ResourceRow& row : weir::kResourceRows) {
        if (row.per_ring())
            reader.fill((env.*row.values).per_ring);
        else
            env.*row.shared_value = reader.next();
    }
    const int threads = 1 + static_cast<int>(reader.next(1));
    for (const weir::ResourceRow& row : weir::kResourceRows)
        if (row.per_ring()) reader.fill((env.*row.list).per_ring);
    try {
        const weir::Sizes sizes = weir::resolve_sizes(env);
        const weir::RuntimeEnv filled = weir::to_env(sizes);
        require(weir::to_env(weir::resolve_sizes(filled)) == filled,
                "sizes in force are accepted as they are");
        check_layout(sizes, threads);
    } catch (const weir::Error& error) {
        require(error.code() == weir::ErrorCode::configuration, "a refusal is about configuration");
    }
    return 0;
}
