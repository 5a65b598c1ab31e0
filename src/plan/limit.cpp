// SPDX-License-Identifier: Apache-2.0
#include "plan/limit.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <weir/error.hpp>

#include "config/resource_table.hpp"
#include "config/sizes.hpp"
#include "memory/arena.hpp"
#include "memory/task_entry.hpp"

namespace weir {

namespace {

constexpr int kSteps = 64;
constexpr std::size_t kMostNamed = 6;

std::uint64_t bytes_each(Resource resource) noexcept {
    switch (resource) {
        case Resource::task_window:
            return sizeof(TaskSlot);
        case Resource::consumed_window:
            return sizeof(TaskEntry) + sizeof(std::uint64_t);
        case Resource::dep_pool:
            return sizeof(DepEntry);
        case Resource::tensormap:
            return kTensorMapEntryBytes + sizeof(std::uint32_t);
        default:
            return 1;
    }
}

std::optional<std::uint64_t> bytes_of(const SizesInForce& sizes) {
    try {
        return lay_out(to_sizes(sizes), 0).memory_bytes();
    } catch (const Error&) {
        return std::nullopt;  // more than can be addressed
    }
}

std::string scope_text(std::source_location site) {
    return site.line() == 0 ? "the root scope" : fmt::format("the scope opened at {}", format_site(site));
}

std::string place_text(Resource resource, std::size_t ring) {
    return per_ring(resource) ? fmt::format("{} of ring {}", label_of(resource), ring) : label_of(resource);
}

class Fitting {
public:
    Fitting(const SizesInForce& asked, const Plan& plan, SizePolicy policy, std::uint64_t limit)
        : asked_(asked), plan_(plan), policy_(policy), limit_(limit) {}

    SizesInForce sizes() const {
        check_bounds();
        const SizesInForce least = divided(kSteps);
        const auto least_bytes = bytes_of(least);
        if (!possible() || !least_bytes || *least_bytes > limit_) refuse(least_bytes);
        const std::uint64_t room = plan_.exact ? limit_ : limit_ / 2;
        for (int step = 0; step < kSteps; ++step) {
            const SizesInForce sizes = divided(step);
            if (const auto bytes = bytes_of(sizes); bytes && *bytes <= room) return sizes;
        }
        return least;
    }

private:
    [[nodiscard]] bool free(const ResourceRow& row, std::size_t ring) const noexcept {
        return may_change(policy_, asked_.sources[index_of(row.resource)][ring]);
    }
    [[nodiscard]] const PlannedSize& smallest(const ResourceRow& row, std::size_t ring) const noexcept {
        return plan_.smallest[index_of(row.resource)][ring];
    }

    [[nodiscard]] bool possible() const {
        bool all = true;
        for_each_size(
            [&](const ResourceRow& row, std::size_t ring) { all = all && smallest(row, ring).possible; });
        return all;
    }

    void check_bounds() const {
        for_each_size([this](const ResourceRow& row, std::size_t ring) {
            const PlannedSize& needed = smallest(row, ring);
            const std::uint64_t value = asked_.values[index_of(row.resource)][ring];
            if (free(row, ring) || value >= needed.value) return;
            throw Error(
                ErrorCode::configuration,
                fmt::format("{} of ring {} is {}, but the program needs {}: {} holds that much at the "
                            "submit at {}; raise it, leave it to the runtime, or split that scope",
                            row.field, ring, value, needed.value, scope_text(needed.scope),
                            format_site(needed.submit)),
                needed.submit);
        });
    }

    /// What was asked for, divided by 2^(step - 1); at step 0 as it is.
    [[nodiscard]] SizesInForce divided(int step) const {
        SizesInForce sizes = asked_;
        for_each_size([&](const ResourceRow& row, std::size_t ring) {
            if (!free(row, ring)) return;
            std::uint64_t& value = sizes.values[index_of(row.resource)][ring];
            const std::uint64_t before = value;
            if (step > 0) {
                const std::uint64_t most = plan_.unhindered[index_of(row.resource)][ring].value;
                value = (plan_.exact ? std::min(value, most) : value) >> static_cast<unsigned>(step - 1);
            }
            value = std::max(value, smallest(row, ring).value);
            if (value != before) sizes.sources[index_of(row.resource)][ring] = SizeSource::memory_limit;
        });
        keep_windows_in_order(sizes);
        return sizes;
    }

    /// What the program needs, whatever was asked for.
    [[nodiscard]] SizesInForce needed() const {
        SizesInForce sizes = asked_;
        for_each_size([&](const ResourceRow& row, std::size_t ring) {
            sizes.values[index_of(row.resource)][ring] = smallest(row, ring).value;
        });
        return sizes;
    }

    /// A consumed window is not below the task window of its ring.
    void keep_windows_in_order(SizesInForce& sizes) const {
        const ResourceRow& consumed_row = row_of(Resource::consumed_window);
        for (std::size_t ring = 0; ring < kRings; ++ring) {
            std::uint64_t& window = sizes.values[index_of(Resource::task_window)][ring];
            std::uint64_t& consumed = sizes.values[index_of(Resource::consumed_window)][ring];
            if (consumed >= window) continue;
            const bool raise = free(consumed_row, ring);
            (raise ? consumed : window) = raise ? window : consumed;
            const Resource changed = raise ? Resource::consumed_window : Resource::task_window;
            sizes.sources[index_of(changed)][ring] = SizeSource::memory_limit;
        }
    }

    struct Part {
        std::uint64_t bytes;
        std::string text;
        std::source_location submit;
    };

    /// The largest parts first, of which some are told.
    static std::string told(std::vector<Part>& parts) {
        std::stable_sort(parts.begin(), parts.end(),
                         [](const Part& one, const Part& other) { return one.bytes > other.bytes; });
        std::string text;
        for (std::size_t i = 0; i < std::min(parts.size(), kMostNamed); ++i)
            text += fmt::format("; {}", parts[i].text);
        return text;
    }

    /// The program would fit if the sizes that are not to change were as small as it needs.
    [[noreturn]] void refuse_bounds(std::optional<std::uint64_t> bytes, std::uint64_t enough) const {
        std::vector<Part> parts;
        for_each_size([&](const ResourceRow& row, std::size_t ring) {
            const std::uint64_t value = asked_.values[index_of(row.resource)][ring];
            const std::uint64_t needed = smallest(row, ring).value;
            if (free(row, ring) || value <= needed) return;
            parts.push_back(
                {(value - needed) * bytes_each(row.resource),
                 fmt::format("{}{} is {}, and {} would do", row.field,
                             row.per_ring() ? fmt::format(" of ring {}", ring) : "", value, needed),
                 {}});
        });
        throw Error(
            ErrorCode::configuration,
            fmt::format("memory_limit is {} bytes, but the rings come to {} bytes with the sizes that "
                        "must not change, and {} bytes are {}enough for the program{}; lower these, "
                        "leave them to the runtime, or raise the limit",
                        limit_, bytes ? std::to_string(*bytes) : "more than 2^46", enough,
                        plan_.exact ? "" : "perhaps ", told(parts)));
    }

    [[noreturn]] void refuse(std::optional<std::uint64_t> bytes) const {
        const std::optional<std::uint64_t> enough = possible() ? bytes_of(needed()) : std::nullopt;
        if (enough && *enough <= limit_) refuse_bounds(bytes, *enough);
        std::vector<Part> parts;
        for_each_size([&](const ResourceRow& row, std::size_t ring) {
            const PlannedSize& needed = smallest(row, ring);
            if (!needed.decided) return;
            const std::uint64_t taken = needed.value * bytes_each(row.resource);
            parts.push_back(
                {taken,
                 fmt::format("{} takes {} bytes, for {} and the submit at {}", place_text(row.resource, ring),
                             taken, scope_text(needed.scope), format_site(needed.submit)),
                 needed.submit});
        });
        std::string text = fmt::format(
            "memory_limit is {} bytes, but the rings come to {} bytes at the smallest sizes with which the "
            "program {}runs",
            limit_, enough ? std::to_string(*enough) : "more than 2^46", plan_.exact ? "" : "perhaps ");
        text += told(parts);
        text += parts.empty() ? "; raise the limit"
                              : "; split these scopes, so that their memory goes earlier, or raise the limit";
        throw Error(ErrorCode::configuration, text,
                    parts.empty() ? std::source_location{} : parts.front().submit);
    }

    const SizesInForce& asked_;
    const Plan& plan_;
    SizePolicy policy_;
    std::uint64_t limit_;
};

}  // namespace

bool may_change(SizePolicy policy, SizeSource source) noexcept {
    return policy == SizePolicy::growing ||
           (policy == SizePolicy::automatic && source == SizeSource::built_in);
}

SizesInForce fit_into_limit(const SizesInForce& asked, const Plan& plan, SizePolicy policy,
                            std::uint64_t limit) {
    return Fitting(asked, plan, policy, limit).sizes();
}

}  // namespace weir
