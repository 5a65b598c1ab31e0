// SPDX-License-Identifier: Apache-2.0
// weir-test: not-under thread
#include "model/region.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <vector>

namespace weir {
namespace {

constexpr std::uintptr_t kBase = 0x10000;

Region view(std::uintptr_t base, std::uint64_t element_size, std::initializer_list<RegionAxis> axes) {
    return normalize(base, element_size, std::span<const RegionAxis>(axes.begin(), axes.size()));
}

/// A row-major matrix of 8-byte elements and the tiles, slices and transposes taken from it.
struct Matrix {
    std::int64_t rows;
    std::int64_t columns;

    std::uintptr_t address(std::int64_t row, std::int64_t column) const {
        return kBase + static_cast<std::uintptr_t>(row * columns + column) * 8;
    }
    Region block(std::int64_t row, std::int64_t column, std::int64_t height, std::int64_t width) const {
        return view(address(row, column), 8, {{height, columns * 8}, {width, 8}});
    }
    Region whole() const { return block(0, 0, rows, columns); }
};

bool overlaps_both_ways(const Region& a, const Region& b) {
    EXPECT_EQ(overlaps(a, b), overlaps(b, a));
    return overlaps(a, b);
}

TEST(RegionNormalize, AViewWithoutAxesIsOneElement) {
    const Region region = normalize(kBase, 8, {});
    EXPECT_EQ(region.lo, kBase);
    EXPECT_EQ(region.hi, kBase + 8);
    EXPECT_EQ(region.run_bytes, 8U);
    EXPECT_TRUE(region.contiguous());
}

TEST(RegionNormalize, AWholeMatrixIsOneRun) {
    const Region region = Matrix{6, 5}.whole();
    EXPECT_TRUE(region.contiguous());
    EXPECT_EQ(region.run_bytes, 240U);
    EXPECT_EQ(region.hi - region.lo, 240U);
}

TEST(RegionNormalize, ATileHasOneStepOfThePitch) {
    const Region region = Matrix{64, 64}.block(8, 16, 4, 4);
    ASSERT_EQ(region.step_count, 1U);
    EXPECT_EQ(region.run_bytes, 32U);
    EXPECT_EQ(region.steps[0], (RegionStep{4, 512}));
    EXPECT_EQ(region.lo, kBase + 8 * 512 + 128);
    EXPECT_EQ(region.hi, region.lo + 3 * 512 + 32);
}

TEST(RegionNormalize, ExtentOneAndStrideZeroLeaveNoTrace) {
    const Region plain = view(kBase, 4, {{3, 64}, {5, 4}});
    const Region dressed = view(kBase, 4, {{1, 12345}, {3, 64}, {7, 0}, {5, 4}, {1, -99}});
    EXPECT_EQ(plain, dressed);
}

TEST(RegionNormalize, ANegativeStrideCoversTheSameBytesFromTheOtherEnd) {
    const Region forward = view(kBase, 4, {{3, 64}, {5, 8}});
    const Region rows_reversed = view(kBase + 2 * 64, 4, {{3, -64}, {5, 8}});
    const Region both_reversed = view(kBase + 2 * 64 + 4 * 8, 4, {{3, -64}, {5, -8}});
    EXPECT_EQ(forward, rows_reversed);
    EXPECT_EQ(forward, both_reversed);
}

TEST(RegionNormalize, TransposedViewsAreEqual) {
    EXPECT_EQ(view(kBase, 8, {{10, 512}, {4, 8}}), view(kBase, 8, {{4, 8}, {10, 512}}));
    EXPECT_EQ(view(kBase, 2, {{2, 1000}, {3, 200}, {4, 40}, {5, 6}, {1, 2}}),
              view(kBase, 2, {{5, 6}, {3, 200}, {1, 2}, {2, 1000}, {4, 40}}));
}

TEST(RegionNormalize, AReshapedViewIsEqualToTheOriginal) {
    const Region flat = view(kBase, 4, {{60, 8}});
    EXPECT_EQ(flat, view(kBase, 4, {{6, 80}, {10, 8}}));
    EXPECT_EQ(flat, view(kBase, 4, {{3, 160}, {4, 40}, {5, 8}}));
}

TEST(RegionNormalize, OverlappingWindowsFoldIntoWhatTheyCover) {
    // Windows of 5 floats that begin 2 floats apart cover 5 + 3 * 2 floats without a gap.
    EXPECT_EQ(view(kBase, 4, {{4, 8}, {5, 4}}), view(kBase, 4, {{11, 4}}));
    // The same along a strided axis.
    EXPECT_EQ(view(kBase, 4, {{4, 32}, {5, 16}}), view(kBase, 4, {{11, 16}}));
    // Two axes of one stride.
    EXPECT_EQ(view(kBase, 4, {{4, 16}, {5, 16}}), view(kBase, 4, {{8, 16}}));
}

TEST(RegionNormalize, FiveStridedAxesKeepAllTheirSteps) {
    const Region region = view(kBase, 1, {{2, 3}, {2, 7}, {2, 15}, {2, 31}, {2, 63}});
    ASSERT_EQ(region.step_count, 5U);
    for (std::size_t i = 1; i < 5; ++i)
        EXPECT_LT(region.steps[i].stride_bytes, region.steps[i - 1].stride_bytes);
    EXPECT_EQ(region.hi - region.lo, 1U + 3 + 7 + 15 + 31 + 63);
}

TEST(RegionOverlap, NeighbouringRunsDoNotOverlapAndOneSharedByteDoes) {
    const Region first = view(kBase, 1, {{100, 1}});
    EXPECT_FALSE(overlaps_both_ways(first, view(kBase + 100, 1, {{100, 1}})));
    EXPECT_TRUE(overlaps_both_ways(first, view(kBase + 99, 1, {{100, 1}})));
}

TEST(RegionOverlap, TilesOfOneMatrixDoNotOverlapAlthoughTheirBoundingIntervalsDo) {
    const Matrix matrix{64, 64};
    const Region left = matrix.block(0, 0, 16, 16);
    const Region right = matrix.block(0, 16, 16, 16);
    ASSERT_LT(right.lo, left.hi);
    EXPECT_FALSE(overlaps_both_ways(left, right));
    EXPECT_FALSE(overlaps_both_ways(left, matrix.block(16, 0, 16, 16)));
    EXPECT_TRUE(overlaps_both_ways(left, left));
}

TEST(RegionOverlap, TilesThatShareOneElementAtACornerOverlap) {
    const Matrix matrix{64, 64};
    const Region tile = matrix.block(16, 16, 16, 16);
    EXPECT_TRUE(overlaps_both_ways(tile, matrix.block(31, 31, 16, 16)));
    EXPECT_TRUE(overlaps_both_ways(tile, matrix.block(1, 1, 16, 16)));
    EXPECT_TRUE(overlaps_both_ways(tile, matrix.block(31, 1, 16, 16)));
    EXPECT_FALSE(overlaps_both_ways(tile, matrix.block(31, 32, 16, 16)));
    EXPECT_FALSE(overlaps_both_ways(tile, matrix.block(31, 0, 16, 16)));
    EXPECT_FALSE(overlaps_both_ways(tile, matrix.block(32, 31, 16, 16)));
}

TEST(RegionOverlap, ATileAtTheRightEdgeDoesNotReachIntoTheNextRow) {
    const Matrix matrix{64, 64};
    const Region right_edge = matrix.block(0, 48, 16, 16);
    const Region left_edge_one_row_down = matrix.block(1, 0, 16, 16);
    EXPECT_FALSE(overlaps_both_ways(right_edge, left_edge_one_row_down));
}

TEST(RegionOverlap, RaggedEdgeTilesOverlapNeitherTheirNeighboursNorTheNextRow) {
    const Matrix matrix{50, 50};
    const Region inner = matrix.block(32, 32, 16, 16);
    const Region right = matrix.block(32, 48, 16, 2);
    const Region below = matrix.block(48, 32, 2, 16);
    const Region corner = matrix.block(48, 48, 2, 2);
    const Region first_column = matrix.block(33, 0, 16, 16);
    for (const Region* ragged : {&right, &below, &corner}) EXPECT_FALSE(overlaps_both_ways(inner, *ragged));
    EXPECT_FALSE(overlaps_both_ways(right, below));
    EXPECT_FALSE(overlaps_both_ways(right, first_column));
    EXPECT_TRUE(overlaps_both_ways(matrix.block(32, 47, 16, 3), inner));
}

TEST(RegionOverlap, AHaloRowOverlapsTheBlockItReachesInto) {
    const Matrix matrix{64, 64};
    const Region block = matrix.block(16, 0, 16, 64);
    const Region neighbour_with_halo = matrix.block(31, 0, 18, 64);
    const Region neighbour = matrix.block(32, 0, 16, 64);
    EXPECT_TRUE(overlaps_both_ways(block, neighbour_with_halo));
    EXPECT_FALSE(overlaps_both_ways(block, neighbour));
    EXPECT_TRUE(overlaps_both_ways(matrix.block(15, 8, 1, 1), matrix.block(8, 8, 8, 8)));
}

TEST(RegionOverlap, EvenAndOddElementsDoNotOverlap) {
    const Region even = view(kBase, 8, {{1000, 16}});
    const Region odd = view(kBase + 8, 8, {{1000, 16}});
    EXPECT_FALSE(overlaps_both_ways(even, odd));
    EXPECT_TRUE(overlaps_both_ways(even, view(kBase + 16, 8, {{1000, 16}})));
    EXPECT_TRUE(overlaps_both_ways(even, view(kBase + 8, 8, {{1000, 8}})));
}

TEST(RegionOverlap, RowsAndColumnsMeetWhereTheyCross) {
    const Matrix matrix{40, 40};
    const Region column = matrix.block(0, 7, 40, 1);
    EXPECT_TRUE(overlaps_both_ways(column, matrix.block(13, 0, 1, 40)));
    EXPECT_FALSE(overlaps_both_ways(column, matrix.block(13, 8, 1, 32)));
    EXPECT_FALSE(overlaps_both_ways(column, matrix.block(0, 8, 40, 1)));
}

TEST(RegionOverlap, CyclicDistributionsOfOneArrayDoNotOverlap) {
    constexpr std::int64_t kOwners = 7;
    for (std::int64_t a = 0; a < kOwners; ++a) {
        for (std::int64_t b = 0; b < kOwners; ++b) {
            const Region of_a = view(kBase + static_cast<std::uintptr_t>(a) * 4, 4, {{500, kOwners * 4}});
            const Region of_b = view(kBase + static_cast<std::uintptr_t>(b) * 4, 4, {{500, kOwners * 4}});
            EXPECT_EQ(overlaps(of_a, of_b), a == b);
        }
    }
}

TEST(RegionOverlap, BlockCyclicDistributionsInTwoDimensionsDoNotOverlap) {
    // Blocks of 2 x 3 elements dealt out to a 2 x 2 grid of owners: four axes each.
    constexpr std::int64_t kPitch = 12 * 8;
    const auto owner = [](std::int64_t row, std::int64_t column) {
        return view(kBase + static_cast<std::uintptr_t>(row * 2 * kPitch + column * 3 * 8), 8,
                    {{3, 4 * kPitch}, {2, kPitch}, {2, 6 * 8}, {3, 8}});
    };
    for (int a = 0; a < 4; ++a) {
        for (int b = 0; b < 4; ++b) EXPECT_EQ(overlaps(owner(a / 2, a % 2), owner(b / 2, b % 2)), a == b);
    }
}

TEST(RegionOverlap, DiagonalAndBlockMeetOnlyOnTheDiagonal) {
    const Matrix matrix{32, 32};
    const Region diagonal = view(matrix.address(0, 0), 8, {{32, 33 * 8}});
    EXPECT_TRUE(overlaps_both_ways(diagonal, matrix.block(8, 8, 8, 8)));
    EXPECT_FALSE(overlaps_both_ways(diagonal, matrix.block(8, 16, 8, 8)));
    EXPECT_TRUE(overlaps_both_ways(diagonal, matrix.block(8, 15, 8, 8)));
}

TEST(RegionOverlap, TwoMatricesOfDifferentPitchOverOneBufferAreComparedExactly) {
    // First column of a matrix with rows of 1000 floats, third column of the same memory with rows of 750:
    // positions 1000 i and 750 j + 2 never agree modulo 250, positions 1000 i and 750 j + 250 do.
    const Region column = view(kBase, 4, {{3000, 4000}});
    EXPECT_FALSE(overlaps_both_ways(column, view(kBase + 2 * 4, 4, {{4000, 3000}})));
    EXPECT_TRUE(overlaps_both_ways(column, view(kBase + 250 * 4, 4, {{4000, 3000}})));
    EXPECT_TRUE(overlaps_both_ways(column, view(kBase + 2 * 4, 4, {{4000, 3000}, {249, 4}})));
    EXPECT_FALSE(overlaps_both_ways(column, view(kBase + 2 * 4, 4, {{4000, 3000}, {248, 4}})));
}

TEST(RegionOverlap, BillionsOfElementsAreDecidedWithoutCountingThem) {
    constexpr std::int64_t kMany = 3'000'000'000;
    const Region by_six = view(kBase, 4, {{kMany, 24}});
    EXPECT_FALSE(overlaps_both_ways(by_six, view(kBase + 8, 4, {{kMany, 36}})));
    EXPECT_TRUE(overlaps_both_ways(by_six, view(kBase + 12, 4, {{kMany, 36}})));
    EXPECT_NE(find_overlap(by_six, view(kBase + 12, 4, {{kMany, 36}}), 0), Overlap::kUndecided);
}

TEST(RegionOverlap, TheFirstCommonByteMayLieBehindTheEnd) {
    // Positions 1001 i and 1000 j + 500 agree for the first time at i = 500.
    const auto first = [](std::int64_t count) { return view(kBase, 1, {{count, 1001}}); };
    const auto shifted = [](std::uintptr_t shift) { return view(kBase + shift, 1, {{1'000'000, 1000}}); };
    EXPECT_TRUE(overlaps_both_ways(first(501), shifted(500)));
    EXPECT_FALSE(overlaps_both_ways(first(500), shifted(500)));
}

TEST(RegionOverlap, AnInterleavedPairOfThreeDimensionalViewsIsDecided) {
    // Channels 0 and 1 of an interleaved image, in two overlapping windows.
    const auto window = [](std::int64_t row, std::int64_t column, std::int64_t channel) {
        return view(kBase + static_cast<std::uintptr_t>(row * 300 + column * 3 + channel), 1,
                    {{20, 300}, {30, 3}, {1, 1}});
    };
    EXPECT_FALSE(overlaps_both_ways(window(0, 0, 0), window(10, 15, 1)));
    EXPECT_TRUE(overlaps_both_ways(window(0, 0, 0), window(10, 15, 0)));
    EXPECT_FALSE(overlaps_both_ways(window(0, 0, 0), window(10, 30, 0)));
}

TEST(RegionOverlap, ASlidingWindowViewOverlapsWhatItsWindowsTouch) {
    // Rows of windows of two elements 16 bytes apart that advance by 40 bytes: bytes 0, 16, 40, 56, 80, ...
    const Region windows = view(kBase, 4, {{10, 40}, {2, 16}});
    EXPECT_TRUE(overlaps_both_ways(windows, view(kBase + 56, 4, {})));
    EXPECT_FALSE(overlaps_both_ways(windows, view(kBase + 60, 4, {{5, 4}})));
    // Windows longer than their advance: the steps overlap one another.
    const Region tangled = view(kBase, 4, {{5, 24}, {4, 16}});
    EXPECT_TRUE(overlaps_both_ways(tangled, view(kBase + 72, 4, {})));
    EXPECT_TRUE(overlaps_both_ways(tangled, view(kBase + 56, 4, {})));
    EXPECT_FALSE(overlaps_both_ways(tangled, view(kBase + 8, 4, {})));
    EXPECT_FALSE(overlaps_both_ways(tangled, view(kBase + 36, 4, {})));
}

TEST(RegionOverlap, ASearchThatReachesItsLimitCountsAsOverlap) {
    // Every stride is 1000003 and a little more. 6000 steps add at least 6000 * 3 to 6000 * 1000003, 5999
    // steps fall short of it although each adds up to 34: the byte lies in none of the elements. Thousands of
    // digits of the largest stride are in reach of it.
    const Region tangled = view(kBase, 1, {{4000, 1'000'006}, {4000, 1'000'033}, {4000, 1'000'037}});
    const Region byte = view(kBase + 6000ULL * 1'000'003 + 100, 1, {});
    EXPECT_EQ(find_overlap(tangled, byte, 1'000'000), Overlap::kNone);
    EXPECT_EQ(find_overlap(tangled, byte), Overlap::kUndecided);
    EXPECT_TRUE(overlaps_both_ways(tangled, byte));
}

TEST(RegionOverlap, NestedStepsAreDecidedWithoutVisitingANode) {
    const Region box = view(kBase, 4, {{5, 100'000}, {5, 10'000}, {5, 1000}, {5, 100}, {5, 8}});
    EXPECT_EQ(
        find_overlap(box, view(kBase + 4, 4, {{5, 100'000}, {5, 10'000}, {5, 1000}, {5, 100}, {5, 8}}), 0),
        Overlap::kNone);
    EXPECT_EQ(find_overlap(box, view(kBase + 11'116, 4, {{5, 100'000}, {5, 10'000}, {5, 8}}), 0),
              Overlap::kSome);
}

TEST(RegionOverlap, ViewsAtTheTopOfTheAddressSpaceAreCompared) {
    const std::uintptr_t top = std::numeric_limits<std::uintptr_t>::max() - 4095;
    const Region even = view(top, 8, {{200, 16}});
    EXPECT_FALSE(overlaps_both_ways(even, view(top + 8, 8, {{200, 16}})));
    EXPECT_TRUE(overlaps_both_ways(even, view(top + 199 * 16, 8, {{10, 8}})));
}

TEST(RegionCovers, AContiguousRegionCoversExactlyWhatLiesInside) {
    const Matrix matrix{32, 32};
    EXPECT_TRUE(covers(matrix.whole(), matrix.block(3, 4, 5, 6)));
    EXPECT_TRUE(covers(matrix.block(3, 0, 5, 32), matrix.block(4, 31, 4, 1)));
    EXPECT_FALSE(covers(matrix.block(3, 0, 5, 32), matrix.block(4, 31, 5, 1)));
    EXPECT_FALSE(covers(matrix.block(3, 0, 5, 32), matrix.block(2, 31, 2, 1)));
}

TEST(RegionCovers, EveryRegionCoversItself) {
    for (const Region& region : {Matrix{9, 9}.block(1, 1, 3, 3), view(kBase, 4, {{5, 24}, {4, 16}}),
                                 view(kBase, 1, {{2, 3}, {2, 7}, {2, 15}, {2, 31}, {2, 63}})}) {
        EXPECT_TRUE(covers(region, region));
    }
}

TEST(RegionCovers, ATileCoversItsPartsAndNothingThatStandsOut) {
    const Matrix matrix{64, 64};
    const Region tile = matrix.block(16, 16, 16, 16);
    EXPECT_TRUE(covers(tile, matrix.block(16, 16, 1, 16)));
    EXPECT_TRUE(covers(tile, matrix.block(16, 31, 16, 1)));
    EXPECT_TRUE(covers(tile, matrix.block(20, 20, 4, 4)));
    EXPECT_TRUE(covers(tile, matrix.block(31, 31, 1, 1)));
    EXPECT_FALSE(covers(tile, matrix.block(20, 20, 4, 13)));
    EXPECT_FALSE(covers(tile, matrix.block(20, 15, 4, 4)));
    EXPECT_FALSE(covers(tile, matrix.block(20, 32, 4, 1)));
    EXPECT_FALSE(covers(tile, matrix.whole()));
}

TEST(RegionCovers, EverySecondElementCoversEveryFourthOfTheSamePhase) {
    const Region even = view(kBase, 4, {{100, 8}});
    EXPECT_TRUE(covers(even, view(kBase + 8, 4, {{49, 16}})));
    EXPECT_FALSE(covers(even, view(kBase + 4, 4, {{49, 16}})));
    EXPECT_FALSE(covers(even, view(kBase, 4, {{49, 12}})));
    EXPECT_FALSE(covers(even, view(kBase, 8, {{49, 16}})));
}

TEST(RegionCovers, ATileCoversItsDiagonal) {
    const Matrix matrix{64, 64};
    const Region diagonal = view(matrix.address(16, 16), 8, {{16, 65 * 8}});
    EXPECT_TRUE(covers(matrix.block(16, 16, 16, 16), diagonal));
    EXPECT_FALSE(covers(matrix.block(16, 16, 16, 15), diagonal));
}

TEST(RegionCovers, AStepThatRunsOnFromRowToRowIsFollowedThroughTheGaps) {
    // Rows of 5 bytes, 6 apart: bytes 0, 3 | 6, 9 | 12 are in them, and so is all of 0, 3, 6 alone.
    const Region rows = view(kBase, 1, {{10, 6}, {5, 1}});
    EXPECT_TRUE(covers(rows, view(kBase, 1, {{5, 3}})));
    EXPECT_TRUE(covers(rows, view(kBase, 1, {{3, 3}})));
    EXPECT_TRUE(covers(rows, view(kBase, 1, {{20, 3}})));
    EXPECT_FALSE(covers(rows, view(kBase, 1, {{21, 3}})));
    EXPECT_FALSE(covers(rows, view(kBase + 2, 1, {{3, 3}})));
}

TEST(RegionIdentityKey, EqualGeometriesHaveEqualKeys) {
    const std::vector<RegionAxis> axes{{16, 512}, {16, 8}};
    const std::array<RegionAxis, 2> same_axes{{{16, 512}, {16, 8}}};
    EXPECT_EQ(identity_key(kBase, 8, axes), identity_key(kBase, 8, same_axes));
}

TEST(RegionIdentityKey, TheTilesOfAMatrixHaveDifferentKeys) {
    const std::vector<RegionAxis> axes{{16, 8000}, {16, 8}};
    std::vector<std::uint64_t> keys;
    for (std::uintptr_t row = 0; row < 60; ++row) {
        for (std::uintptr_t column = 0; column < 60; ++column) {
            keys.push_back(identity_key(kBase + row * 16 * 8000 + column * 128, 8, axes));
        }
    }
    std::sort(keys.begin(), keys.end());
    EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

TEST(RegionIdentityKey, EveryPartOfAGeometryMatters) {
    const std::vector<RegionAxis> axes{{16, 512}, {4, 8}};
    const std::uint64_t key = identity_key(kBase, 8, axes);
    EXPECT_NE(key, identity_key(kBase + 1, 8, axes));
    EXPECT_NE(key, identity_key(kBase, 4, axes));
    EXPECT_NE(key, identity_key(kBase, 8, std::vector<RegionAxis>{{17, 512}, {4, 8}}));
    EXPECT_NE(key, identity_key(kBase, 8, std::vector<RegionAxis>{{16, 512}, {4, -8}}));
    EXPECT_NE(key, identity_key(kBase, 8, std::vector<RegionAxis>{{4, 8}, {16, 512}}));
    EXPECT_NE(key, identity_key(kBase, 8, std::vector<RegionAxis>{{16, 512}}));
    EXPECT_NE(key, identity_key(kBase, 8, std::vector<RegionAxis>{{16, 512}, {4, 8}, {1, 0}}));
}

}  // namespace
}  // namespace weir
