// SPDX-License-Identifier: Apache-2.0
// weir-test: optimized
//
// Region questions against an oracle that knows no geometry: a map of the bytes a view touches, filled
// element by element. WEIR_SEED replaces the seed; a failure prints it together with both views.
#include "model/region.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace weir {
namespace {

std::uint64_t seed_in_force() {
    static const std::uint64_t kSeed = [] {
        const char* text = std::getenv("WEIR_SEED");
        const std::uint64_t value = text != nullptr ? std::strtoull(text, nullptr, 10) : 20240607U;
        std::cout << "region oracle: WEIR_SEED=" << value << std::endl;
        return value;
    }();
    return kSeed;
}

class Random {
public:
    explicit Random(std::uint64_t salt) : engine_(seed_in_force() * 1'000'003 + salt) {}

    /// Uniform in [low, high].
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
    }
    bool chance(int percent) { return between(1, 100) <= percent; }

    template <typename Element>
    void shuffle(std::vector<Element>& elements) {
        std::shuffle(elements.begin(), elements.end(), engine_);
    }

private:
    std::mt19937_64 engine_;
};

/// A view inside a buffer that begins at offset 0.
struct View {
    std::int64_t offset = 0;
    std::int64_t element_size = 1;
    std::vector<RegionAxis> axes;

    Region region(std::uintptr_t base) const {
        return normalize(base + static_cast<std::uintptr_t>(offset), static_cast<std::uint64_t>(element_size),
                         axes);
    }
    std::string text() const {
        std::ostringstream out;
        out << "offset " << offset << " element " << element_size << " axes";
        for (const RegionAxis& axis : axes) out << " (" << axis.extent << ", " << axis.stride_bytes << ")";
        return out.str();
    }
};

/// The bytes of a buffer that a view touches.
class ByteMap {
public:
    ByteMap(const View& view, std::int64_t buffer_bytes)
        : words_(static_cast<std::size_t>(buffer_bytes + 63) / 64), buffer_bytes_(buffer_bytes) {
        mark(view, 0, view.offset);
    }

    bool intersects(const ByteMap& other) const {
        for (std::size_t i = 0; i < words_.size(); ++i) {
            if ((words_[i] & other.words_[i]) != 0) return true;
        }
        return false;
    }
    bool contains(const ByteMap& other) const {
        for (std::size_t i = 0; i < words_.size(); ++i) {
            if ((other.words_[i] & ~words_[i]) != 0) return false;
        }
        return true;
    }
    bool test(std::int64_t byte) const {
        return (words_[static_cast<std::size_t>(byte) / 64] >> (byte % 64) & 1) != 0;
    }

private:
    void mark(const View& view, std::size_t axis, std::int64_t at) {
        if (axis < view.axes.size()) {
            for (std::int64_t i = 0; i < view.axes[axis].extent; ++i) {
                mark(view, axis + 1, at + i * view.axes[axis].stride_bytes);
            }
            return;
        }
        ASSERT_GE(at, 0) << view.text();
        ASSERT_LE(at + view.element_size, buffer_bytes_) << view.text();
        for (std::int64_t byte = at; byte < at + view.element_size; ++byte) {
            words_[static_cast<std::size_t>(byte) / 64] |= std::uint64_t{1} << (byte % 64);
        }
    }

    std::vector<std::uint64_t> words_;
    std::int64_t buffer_bytes_;
};

/// A row-major tensor of 1 to 5 dimensions that fits the buffer.
View random_frame(Random& random, std::int64_t buffer_bytes) {
    View frame;
    frame.element_size = std::int64_t{1} << random.between(0, 3);
    const auto rank = static_cast<std::size_t>(random.between(1, 5));
    std::int64_t room = buffer_bytes / frame.element_size;
    for (std::size_t i = 0; i < rank; ++i) {
        const std::int64_t most = i + 1 == rank ? room : std::min<std::int64_t>(room, 9);
        frame.axes.push_back({random.between(1, most), 0});
        room /= frame.axes.back().extent;
    }
    random.shuffle(frame.axes);
    std::int64_t stride = frame.element_size;
    for (std::size_t i = rank; i-- > 0;) {
        frame.axes[i].stride_bytes = stride;
        stride *= frame.axes[i].extent;
    }
    frame.offset = random.between(0, buffer_bytes - stride);
    return frame;
}

/// A slice of a frame: per axis a range with a step, either way round.
View random_slice(Random& random, const View& frame) {
    View slice = frame;
    for (RegionAxis& axis : slice.axes) {
        const std::int64_t step = random.chance(60) ? 1 : random.between(1, 4);
        const std::int64_t first = random.chance(30) ? 0 : random.between(0, axis.extent - 1);
        const std::int64_t most = (axis.extent - 1 - first) / step + 1;
        const std::int64_t extent = random.chance(30) ? most : random.between(1, most);
        slice.offset += first * axis.stride_bytes;
        axis = {extent, axis.stride_bytes * step};
        if (random.chance(20)) {
            slice.offset += (axis.extent - 1) * axis.stride_bytes;
            axis.stride_bytes = -axis.stride_bytes;
        }
    }
    if (random.chance(30)) random.shuffle(slice.axes);
    if (slice.axes.size() < kMaxRegionAxes && random.chance(10))
        slice.axes.push_back({random.between(1, 3), 0});
    return slice;
}

/// Strides and extents of no system at all; steps often overlap one another.
View random_tangle(Random& random, std::int64_t buffer_bytes) {
    View view;
    view.element_size = std::int64_t{1} << random.between(0, 3);
    const auto rank = static_cast<std::size_t>(random.between(1, 5));
    std::int64_t room = buffer_bytes - view.element_size;
    for (std::size_t i = 0; i < rank; ++i) {
        const std::int64_t extent = random.between(1, 6);
        const std::int64_t most = extent > 1 ? room / (extent - 1) : room;
        const std::int64_t stride = random.between(0, std::min<std::int64_t>(most, 60));
        room -= (extent - 1) * stride;
        const bool reversed = random.chance(25);
        if (reversed) view.offset += (extent - 1) * stride;
        view.axes.push_back({extent, reversed ? -stride : stride});
    }
    view.offset += random.between(0, room);
    return view;
}

struct Tally {
    std::uint64_t pairs = 0;
    std::uint64_t intersecting = 0;
    std::uint64_t apart_inside_each_other = 0;  // bounding intervals overlap, bytes do not
    std::uint64_t contained = 0;
    std::uint64_t covers_said_yes = 0;
    std::uint64_t undecided = 0;
    std::uint64_t undecided_at_small_limit = 0;

    void print(const char* name) const {
        std::cout << name << ": " << pairs << " pairs, " << intersecting << " intersecting, "
                  << apart_inside_each_other << " apart within overlapping bounds, " << contained
                  << " contained, " << covers_said_yes << " reported covered, " << undecided << " undecided, "
                  << undecided_at_small_limit << " undecided at a limit of 0" << std::endl;
    }
};

struct Sample {
    View view;
    Region region;
    ByteMap bytes;
};

std::string describe(const Sample& a, const Sample& b) {
    return "WEIR_SEED=" + std::to_string(seed_in_force()) + "\n  a: " + a.view.text() +
           "\n  b: " + b.view.text();
}

void check_pair(const Sample& a, const Sample& b, Tally& tally) {
    const bool intersect = a.bytes.intersects(b.bytes);
    const bool contained = a.bytes.contains(b.bytes);
    const Overlap found = find_overlap(a.region, b.region);
    const Overlap found_at_once = find_overlap(a.region, b.region, 0);
    const bool covered = covers(a.region, b.region);

    ASSERT_TRUE(overlaps(a.region, b.region) || !intersect) << "missed overlap\n" << describe(a, b);
    if (found != Overlap::kUndecided) {
        ASSERT_EQ(found == Overlap::kSome, intersect) << describe(a, b);
        ASSERT_EQ(overlaps(a.region, b.region), intersect) << describe(a, b);
    }
    if (found_at_once != Overlap::kUndecided) {
        ASSERT_EQ(found_at_once == Overlap::kSome, intersect) << describe(a, b);
    }
    ASSERT_TRUE(contained || !covered) << "covers what it does not contain\n" << describe(a, b);
    if (a.region.contiguous()) {
        ASSERT_EQ(covered, contained) << describe(a, b);
    }

    const bool bounds_overlap = a.region.lo < b.region.hi && b.region.lo < a.region.hi;
    tally.pairs += 1;
    tally.intersecting += intersect;
    tally.apart_inside_each_other += bounds_overlap && !intersect;
    tally.contained += contained;
    tally.covers_said_yes += covered;
    tally.undecided += found == Overlap::kUndecided;
    tally.undecided_at_small_limit += found_at_once == Overlap::kUndecided;
}

void check_all_pairs(const std::vector<Sample>& samples, Tally& tally) {
    for (const Sample& a : samples) {
        for (const Sample& b : samples) {
            check_pair(a, b, tally);
            if (testing::Test::HasFatalFailure()) return;
        }
    }
}

Sample sample(const View& view, std::uintptr_t base, std::int64_t buffer_bytes) {
    return {view, view.region(base), ByteMap(view, buffer_bytes)};
}

std::uintptr_t random_base(Random& random) {
    constexpr std::uintptr_t kBases[] = {0, 4096, 0x7f0012345678, 0xffff'ffff'ffff'0000};
    return kBases[random.between(0, 3)];
}

TEST(RegionOracle, NormalizeKeepsExactlyTheBytesOfTheView) {
    Random random(1);
    for (int round = 0; round < 20'000; ++round) {
        const std::int64_t buffer_bytes = random.between(8, 400);
        const View view = random.chance(50) ? random_tangle(random, buffer_bytes)
                                            : random_slice(random, random_frame(random, buffer_bytes));
        const Region region = view.region(0);
        View rebuilt{static_cast<std::int64_t>(region.lo), 1, {}};
        ASSERT_LE(region.step_count, kMaxRegionAxes);
        std::uint64_t smallest_stride = region.run_bytes;
        for (std::size_t i = region.step_count; i-- > 0;) {
            ASSERT_GT(region.steps[i].stride_bytes, smallest_stride) << view.text();
            ASSERT_GE(region.steps[i].count, 2U) << view.text();
            smallest_stride = region.steps[i].stride_bytes;
            rebuilt.axes.push_back({static_cast<std::int64_t>(region.steps[i].count),
                                    static_cast<std::int64_t>(region.steps[i].stride_bytes)});
        }
        rebuilt.axes.push_back({static_cast<std::int64_t>(region.run_bytes), 1});
        const ByteMap expected(view, buffer_bytes);
        const ByteMap actual(rebuilt, buffer_bytes);
        ASSERT_TRUE(expected.contains(actual) && actual.contains(expected)) << view.text();
        ASSERT_TRUE(expected.test(static_cast<std::int64_t>(region.lo))) << view.text();
        ASSERT_TRUE(expected.test(static_cast<std::int64_t>(region.hi) - 1)) << view.text();
        for (std::int64_t byte = 0; byte < buffer_bytes; ++byte) {
            const bool inside =
                static_cast<std::uint64_t>(byte) >= region.lo && static_cast<std::uint64_t>(byte) < region.hi;
            ASSERT_TRUE(inside || !expected.test(byte)) << view.text();
        }
    }
}

TEST(RegionOracle, RandomViewsOfOneBufferAgreeWithTheByteMap) {
    Random random(2);
    Tally tally;
    for (int round = 0; round < 1'200; ++round) {
        const std::int64_t buffer_bytes = random.between(16, 500);
        const std::uintptr_t base = random_base(random);
        const View frame = random_frame(random, buffer_bytes);
        std::vector<Sample> samples;
        while (samples.size() < 18) {
            const std::int64_t kind = random.between(0, 2);
            const View view = kind == 0   ? random_slice(random, frame)
                              : kind == 1 ? random_slice(random, random_frame(random, buffer_bytes))
                                          : random_tangle(random, buffer_bytes);
            samples.push_back(sample(view, base, buffer_bytes));
        }
        ASSERT_NO_FATAL_FAILURE(check_all_pairs(samples, tally));
    }
    tally.print("views of one buffer");
    EXPECT_GE(tally.pairs, 300'000U);
    EXPECT_GE(tally.intersecting, tally.pairs / 10);
    EXPECT_GE(tally.apart_inside_each_other, tally.pairs / 20);
    EXPECT_GE(tally.covers_said_yes, tally.pairs / 20);
    EXPECT_GE(tally.undecided_at_small_limit, 1U) << "the node limit was never reached";
    EXPECT_EQ(tally.undecided, 0U) << "buffers this small are decided within the limit";
}

TEST(RegionOracle, CoversIsExactForBoxesOfOneFrame) {
    Random random(3);
    std::uint64_t contained_boxes = 0;
    std::uint64_t separate_boxes = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::int64_t buffer_bytes = random.between(16, 700);
        const View frame = random_frame(random, buffer_bytes);
        const View outer_view = random_slice(random, frame);
        const Sample outer = sample(outer_view, 4096, buffer_bytes);
        for (int i = 0; i < 8; ++i) {
            // A slice of the outer box is always contained, a slice of the frame sometimes.
            const View inner_view = random_slice(random, random.chance(50) ? frame : outer_view);
            if (inner_view.axes.size() > kMaxRegionAxes) continue;
            const Sample inner = sample(inner_view, 4096, buffer_bytes);
            const bool contained = outer.bytes.contains(inner.bytes);
            if (contained && !outer.region.contiguous() && outer.region != inner.region) ++contained_boxes;
            if (!contained) ++separate_boxes;
            ASSERT_EQ(covers(outer.region, inner.region), contained) << describe(outer, inner);
        }
    }
    std::cout << "boxes of one frame: " << contained_boxes << " contained in a strided box, "
              << separate_boxes << " not contained" << std::endl;
    EXPECT_GE(contained_boxes, 20'000U);
    EXPECT_GE(separate_boxes, 20'000U);
}

TEST(RegionOracle, ViewsWithLargeUnrelatedStridesAgreeWithTheByteMap) {
    Random random(4);
    Tally tally;
    constexpr std::int64_t kBufferBytes = 1 << 16;
    for (int round = 0; round < 200; ++round) {
        std::vector<Sample> samples;
        while (samples.size() < 12) {
            View view;
            view.element_size = std::int64_t{1} << random.between(0, 3);
            std::int64_t room = kBufferBytes - view.element_size;
            const std::int64_t rank = random.between(1, 3);
            for (std::int64_t i = 0; i < rank; ++i) {
                const std::int64_t stride =
                    random.between(1, 900) * (random.chance(50) ? view.element_size : 1);
                const std::int64_t extent = random.between(1, std::min<std::int64_t>(room / stride + 1, 60));
                room -= (extent - 1) * stride;
                view.axes.push_back({extent, stride});
            }
            view.offset = random.between(0, std::min<std::int64_t>(room, 3000));
            samples.push_back(sample(view, 0x7f0000000000, kBufferBytes));
        }
        ASSERT_NO_FATAL_FAILURE(check_all_pairs(samples, tally));
    }
    tally.print("large unrelated strides");
    EXPECT_GE(tally.intersecting, tally.pairs / 20);
    EXPECT_GE(tally.apart_inside_each_other, tally.pairs / 20);
}

TEST(RegionOracle, OneDimensionalViewsTooLargeForAByteMapAgreeWithElementwiseComparison) {
    Random random(5);
    std::uint64_t intersecting = 0;
    constexpr int kRounds = 20'000;
    for (int round = 0; round < kRounds; ++round) {
        const std::int64_t element_size = std::int64_t{1} << random.between(0, 3);
        const std::int64_t stride_a = random.between(element_size, 1'000'000'000);
        const std::int64_t stride_b = random.between(element_size, random.chance(50) ? 2000 : 1'000'000'000);
        const std::int64_t count_a = random.between(1, 100);
        const std::int64_t count_b = random.between(1, 1'000'000'000);
        const std::int64_t offset_b = random.between(0, 2'000'000'000);
        bool expected = false;
        for (std::int64_t i = 0; i < count_a && !expected; ++i) {
            // The last element of b that begins before the end of element i of a, if there is one, decides.
            const std::int64_t end = i * stride_a + element_size;
            if (end <= offset_b) continue;
            const std::int64_t index = std::min((end - 1 - offset_b) / stride_b, count_b - 1);
            expected = offset_b + index * stride_b + element_size > i * stride_a;
        }
        const View a{0, element_size, {{count_a, stride_a}}};
        const View b{offset_b, element_size, {{count_b, stride_b}}};
        const Overlap found = find_overlap(a.region(4096), b.region(4096), 0);
        ASSERT_EQ(found, expected ? Overlap::kSome : Overlap::kNone)
            << "WEIR_SEED=" << seed_in_force() << "\n  a: " << a.text() << "\n  b: " << b.text();
        ASSERT_EQ(overlaps(b.region(4096), a.region(4096)), expected);
        intersecting += expected;
    }
    EXPECT_GE(intersecting, static_cast<std::uint64_t>(kRounds / 50));
}

}  // namespace
}  // namespace weir
