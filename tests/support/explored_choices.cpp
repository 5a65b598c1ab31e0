// SPDX-License-Identifier: Apache-2.0
#include "explored_choices.hpp"

#include <algorithm>
#include <cstdlib>

namespace weir::explored {

std::size_t ExhaustiveChoices::decide(std::size_t options) {
    if (position_ == path_.size()) path_.push_back({0, options});
    return path_[position_++].picked;
}

std::size_t ExhaustiveChoices::pick_thread(std::span<const int> threads, bool continues) {
    if (continues && preemptions_ == most_preemptions_) return 0;
    const std::size_t picked = decide(threads.size());
    if (continues && picked != 0) ++preemptions_;
    return picked;
}

std::size_t ExhaustiveChoices::pick_value(std::size_t count) {
    if (stale_loads_ == most_stale_loads_) return 0;
    const std::size_t picked = decide(count);
    if (picked != 0) ++stale_loads_;
    return picked;
}

bool ExhaustiveChoices::advance() noexcept {
    position_ = 0;
    preemptions_ = stale_loads_ = 0;
    while (!path_.empty() && path_.back().picked + 1 == path_.back().options) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().picked;
    return true;
}

RandomChoices::RandomChoices(std::uint64_t seed, std::size_t expected_operations)
    : generator_(seed), by_priority_(seed % 2 == 0) {
    for (std::int64_t& priority : priority_) priority = static_cast<std::int64_t>(below(1U << 30U)) + 1;
    const std::size_t most = std::max<std::size_t>(expected_operations, 1);
    for (std::uint64_t& point : change_at_) point = below(most);
}

std::size_t RandomChoices::pick_thread(std::span<const int> threads, bool continues) {
    ++operations_;
    if (!by_priority_) {
        constexpr std::uint64_t kStay = 3;  // of four
        if (continues && below(kStay + 1) < kStay) return 0;
        return below(threads.size());
    }
    if (std::find(change_at_.begin(), change_at_.end(), operations_) != change_at_.end())
        priority_[static_cast<std::size_t>(threads[0])] = -static_cast<std::int64_t>(operations_);
    const auto lower = [this](int a, int b) {
        return priority_[static_cast<std::size_t>(a)] < priority_[static_cast<std::size_t>(b)];
    };
    return static_cast<std::size_t>(std::max_element(threads.begin(), threads.end(), lower) -
                                    threads.begin());
}

std::size_t RandomChoices::pick_value(std::size_t count) {
    constexpr std::uint64_t kNewest = 3;  // of four
    return below(kNewest + 1) < kNewest ? 0 : below(count);
}

ReplayedChoices::ReplayedChoices(const std::string& text) {
    for (const char* place = text.c_str(); *place != '\0';) {
        char* end = nullptr;
        picked_.push_back(std::strtoul(place, &end, 10));
        if (end == place) break;
        place = *end == '.' ? end + 1 : end;
    }
}

std::size_t ReplayedChoices::next(std::size_t options) noexcept {
    if (position_ == picked_.size()) return 0;
    return std::min(picked_[position_++], options - 1);
}

}  // namespace weir::explored
