// SPDX-License-Identifier: Apache-2.0
/// The three ways to decide: all possibilities in turn, at random, and as recorded.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "explored_execution.hpp"

namespace weir::explored {

/// Depth first: an execution takes the recorded decisions and option 0 from there on; `advance` changes the
/// last decision that has an option left.
class ExhaustiveChoices final : public Choices {
public:
    ExhaustiveChoices(unsigned preemptions, unsigned stale_loads) noexcept
        : most_preemptions_(preemptions), most_stale_loads_(stale_loads) {}

    std::size_t pick_thread(std::span<const int> threads, bool continues) override;
    std::size_t pick_value(std::size_t count) override;
    /// False when everything was covered.
    bool advance() noexcept;

private:
    struct Decision {
        std::size_t picked;
        std::size_t options;
    };
    std::size_t decide(std::size_t options);

    unsigned most_preemptions_;
    unsigned most_stale_loads_;
    unsigned preemptions_ = 0;
    unsigned stale_loads_ = 0;
    std::vector<Decision> path_;
    std::size_t position_ = 0;
};

/// One execution at random. Even seeds: the running thread is the one with the highest priority, and at a few
/// random operations the running thread falls behind all others. Odd seeds: at each operation another thread
/// may go on.
class RandomChoices final : public Choices {
public:
    RandomChoices(std::uint64_t seed, std::size_t expected_operations);

    std::size_t pick_thread(std::span<const int> threads, bool continues) override;
    std::size_t pick_value(std::size_t count) override;

private:
    static constexpr std::size_t kChangePoints = 3;

    std::uint64_t below(std::uint64_t bound) { return generator_() % bound; }

    std::mt19937_64 generator_;
    bool by_priority_;
    std::array<std::int64_t, kMaxThreads> priority_{};
    std::array<std::uint64_t, kChangePoints> change_at_{};
    std::uint64_t operations_ = 0;
};

/// The decisions that a report names: numbers separated by dots. Option 0 behind their end.
class ReplayedChoices final : public Choices {
public:
    explicit ReplayedChoices(const std::string& text);

    std::size_t pick_thread(std::span<const int> threads, bool) override { return next(threads.size()); }
    std::size_t pick_value(std::size_t count) override { return next(count); }

private:
    std::size_t next(std::size_t options) noexcept;

    std::vector<std::size_t> picked_;
    std::size_t position_ = 0;
};

}  // namespace weir::explored
