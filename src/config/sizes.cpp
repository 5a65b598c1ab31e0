// SPDX-License-Identifier: Apache-2.0
#include "config/sizes.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include <weir/error.hpp>

namespace weir {

namespace {

constexpr std::size_t kWindow = static_cast<std::size_t>(Resource::task_window);
constexpr std::size_t kSources = 7;

/// What each source says of one resource in one ring, by SizeSource; 0: nothing.
using Said = std::array<std::uint64_t, kSources>;

bool from_environment(SizeSource source) noexcept {
    return source == SizeSource::environment || source == SizeSource::environment_per_ring;
}

/// Who says it: the runtime's configuration, the environment, the call. Each may say one number or a list.
int author_of(SizeSource source) noexcept {
    switch (source) {
        case SizeSource::built_in:
            return 0;
        case SizeSource::runtime:
            return 1;
        case SizeSource::environment:
        case SizeSource::environment_per_ring:
            return 2;
        case SizeSource::call:
        case SizeSource::call_per_ring:
            return 3;
        case SizeSource::memory_limit:
            break;
    }
    return 4;
}

bool same_everywhere(const RingValues& values) noexcept {
    return std::all_of(values.per_ring.begin(), values.per_ring.end(),
                       [&](std::uint64_t value) { return value == values.per_ring[0]; });
}

std::uint64_t& said_by(Said& said, SizeSource source) noexcept {
    return said[static_cast<std::size_t>(source)];
}

/// A plural field over the singular one; where that says the same for every ring, `every_ring` is its place.
void add_env(Said& said, const RuntimeEnv& env, const ResourceRow& row, std::size_t ring,
             SizeSource every_ring, SizeSource each_ring) {
    if (!row.per_ring()) {
        said_by(said, every_ring) = env.*row.shared_value;
        return;
    }
    const RingValues& singular = env.*row.values;
    const SizeSource place = same_everywhere(singular) ? every_ring : each_ring;
    said_by(said, place) = singular.per_ring[ring];
    if (const std::uint64_t value = (env.*row.list).per_ring[ring]; value != 0)
        said_by(said, each_ring) = value;
}

Said collect(const SizeSources& sources, const ResourceRow& row, std::size_t ring) {
    Said said{};
    add_env(said, sources.runtime, row, ring, SizeSource::runtime, SizeSource::runtime);
    if (const auto& setting = sources.environment.settings[static_cast<std::size_t>(row.resource)])
        said_by(said, setting->list ? SizeSource::environment_per_ring : SizeSource::environment) =
            setting->values.per_ring[ring];
    add_env(said, sources.call, row, ring, SizeSource::call, SizeSource::call_per_ring);
    return said;
}

bool valid(const ResourceRow& row, std::uint64_t value, std::uint64_t low) noexcept {
    return value >= low && value <= row.high && (row.rule == SizeRule::any || std::has_single_bit(value));
}

/// The valid value that is nearest, larger rather than smaller.
std::uint64_t nearest_valid(const ResourceRow& row, std::uint64_t value, std::uint64_t low) noexcept {
    const std::uint64_t inside = std::clamp(value, low, row.high);
    return row.rule == SizeRule::any ? inside : std::bit_ceil(inside);
}

std::string value_text(std::uint64_t value) {
    const auto as_signed = static_cast<std::int64_t>(value);
    return as_signed < 0 ? fmt::format("{} ({} as an unsigned number)", as_signed, value)
                         : fmt::format("{}", value);
}

std::string place_text(const ResourceRow& row, std::size_t ring) {
    return row.per_ring() ? fmt::format("{} of ring {}", row.field, ring) : std::string(row.field);
}

class Resolver {
public:
    explicit Resolver(const SizeSources& sources) : sources_(sources) {
        result_.warnings = sources.environment.warnings;
        for (const ResourceRow& row : kResourceRows)
            for (std::size_t ring = 0; ring < row.rings(); ++ring) decide(row, ring);
    }
    ResolvedSizes take() { return std::move(result_); }

private:
    void decide(const ResourceRow& row, std::size_t ring) {
        const auto index = static_cast<std::size_t>(row.resource);
        Said said = collect(sources_, row, ring);
        for (std::size_t place = 0; place < kSources; ++place)
            if (said[place] != 0 && !valid(row, said[place], row.low))
                drop(row, ring, said[place], static_cast<SizeSource>(place), row.low);
        const std::uint64_t window = result_.in_force.values[kWindow][ring];
        const SizeSource window_source = result_.in_force.sources[kWindow][ring];
        const std::uint64_t low = row.rule == SizeRule::window_at_least ? window : row.low;
        for (std::size_t place = kSources; place-- > 1;) {
            const auto source = static_cast<SizeSource>(place);
            if (said[place] == 0) continue;
            if (!valid(row, said[place], low)) {
                if (author_of(source) >= author_of(window_source) || from_environment(source))
                    drop(row, ring, said[place], source, low);
                continue;
            }
            result_.in_force.values[index][ring] = said[place];
            result_.in_force.sources[index][ring] = source;
            return;
        }
        const std::uint64_t amount =
            row.fallback.per_slot ? row.fallback.amount * window : row.fallback.amount;
        result_.in_force.values[index][ring] = std::clamp(amount, low, row.high);
        result_.in_force.sources[index][ring] = SizeSource::built_in;
    }

    /// A value that cannot be used: refused when the program gave it, passed over when the environment did.
    void drop(const ResourceRow& row, std::size_t ring, std::uint64_t& value, SizeSource source,
              std::uint64_t low) {
        if (from_environment(source)) {
            warn(row, ring, value, low);
        } else {
            throw Error(ErrorCode::configuration,
                        fmt::format("{} is {}, but it must be {}; the nearest valid value is {}",
                                    place_text(row, ring), value_text(value), bound_text(row, ring),
                                    nearest_valid(row, value, low)));
        }
        value = 0;
    }

    void warn(const ResourceRow& row, std::size_t ring, std::uint64_t value, std::uint64_t low) {
        const auto& setting = sources_.environment.settings[static_cast<std::size_t>(row.resource)];
        const std::string place = setting->list ? place_text(row, ring) : std::string(row.field);
        std::string text = fmt::format(
            "{} '{}': {} would be {}, but it must be {}; it was not used, the nearest valid value is {}",
            variable_of(row.resource), setting->text, place, value_text(value), bound_text(row, ring),
            nearest_valid(row, value, low));
        // One number stands for every ring, and is usually as wrong in each.
        auto& warnings = result_.warnings;
        if (std::find(warnings.begin(), warnings.end(), text) == warnings.end())
            warnings.push_back(std::move(text));
    }

    [[nodiscard]] std::string bound_text(const ResourceRow& row, std::size_t ring) const {
        const std::uint64_t window = result_.in_force.values[kWindow][ring];
        return rule_text(row, fmt::format("{} ({})", kResourceRows[kWindow].field, window));
    }

    const SizeSources& sources_;
    ResolvedSizes result_;
};

}  // namespace

const char* to_string(SizeSource source) noexcept {
    constexpr std::array<const char*, kSources> kNames = {
        "default", "runtime", "environment", "environment per ring", "call", "call per ring", "memory limit"};
    return kNames[static_cast<std::size_t>(source)];
}

const char* to_string(SizePolicy policy) noexcept {
    constexpr std::array<const char*, 3> kNames = {"auto", "fixed", "grow"};
    return kNames[static_cast<std::size_t>(policy)];
}

std::uint64_t largest_payload() noexcept { return kLargestTaskBytes; }

ResolvedSizes resolve(const SizeSources& sources) { return Resolver(sources).take(); }

Sizes resolve_sizes(const RuntimeEnv& env) {
    SizeSources sources;
    sources.runtime = env;
    return to_sizes(resolve(sources).in_force);
}

Sizes to_sizes(const SizesInForce& in_force) noexcept {
    Sizes sizes{};
    for (const ResourceRow& row : kResourceRows)
        for (std::size_t ring = 0; ring < row.rings(); ++ring)
            size_in(sizes, row, ring) = in_force.values[index_of(row.resource)][ring];
    return sizes;
}

RuntimeEnv to_env(const Sizes& sizes) noexcept {
    RuntimeEnv env;
    for (const ResourceRow& row : kResourceRows) {
        if (!row.per_ring()) env.*row.shared_value = sizes.*row.shared_size;
        for (std::size_t ring = 0; row.per_ring() && ring < kRings; ++ring)
            (env.*row.values).per_ring[ring] = sizes.ring[ring].*row.size;
    }
    return env;
}

std::string describe(const SizesInForce& in_force) {
    std::string text;
    for (const ResourceRow& row : kResourceRows) {
        const auto& values = in_force.values[static_cast<std::size_t>(row.resource)];
        const auto& sources = in_force.sources[static_cast<std::size_t>(row.resource)];
        std::size_t shown = 1;
        for (std::size_t ring = 1; ring < row.rings(); ++ring)
            if (values[ring] != values[0] || sources[ring] != sources[0]) shown = row.rings();
        text += fmt::format("{}{} ", text.empty() ? "" : ", ", row.field);
        std::string names;
        for (std::size_t ring = 0; ring < shown; ++ring) {
            text += fmt::format("{}{}", ring == 0 ? "" : ",", values[ring]);
            // One name when all agree, else one for each ring.
            const bool all_agree =
                std::all_of(sources.begin(), sources.begin() + static_cast<std::ptrdiff_t>(shown),
                            [&](SizeSource source) { return source == sources[0]; });
            if (ring == 0 || !all_agree)
                names += fmt::format("{}{}", ring == 0 ? "" : ",", to_string(sources[ring]));
        }
        text += fmt::format(" ({})", names);
    }
    return text;
}

Sizes with_growth(Sizes sizes, const std::vector<GrownSize>& grown) noexcept {
    for (const GrownSize& size : grown)
        size_in(sizes, row_of(size.resource), static_cast<std::size_t>(size.ring)) = size.to;
    return sizes;
}

namespace {

/// "PTO2_RING_HEAP=0,536870912,0,0": a 0 leaves a ring to the source that it had, unless that is the
/// variable.
std::string variable_text(Resource resource, const std::vector<GrownSize>& grown,
                          const SizesInForce& in_force) {
    std::string text;
    for (std::size_t ring = 0; ring < row_of(resource).rings(); ++ring) {
        const auto index = static_cast<std::size_t>(resource);
        std::uint64_t value =
            from_environment(in_force.sources[index][ring]) ? in_force.values[index][ring] : 0;
        for (const GrownSize& size : grown)
            if (size.resource == resource && static_cast<std::size_t>(size.ring) == ring) value = size.to;
        text += fmt::format("{}{}", ring == 0 ? "" : ",", value);
    }
    return fmt::format("{}={}", variable_of(resource), text);
}

}  // namespace

std::string growth_text(const std::vector<GrownSize>& grown, const SizesInForce& in_force) {
    std::string text = "sizes were too small for the program and grew while it ran: ";
    std::string line = "export";
    for (std::size_t i = 0; i < grown.size(); ++i) {
        const GrownSize& size = grown[i];
        const ResourceRow& row = row_of(size.resource);
        text += fmt::format("{}{} from {} to {} {}, first for the submit at {}", i == 0 ? "" : "; ",
                            place_text(row, static_cast<std::size_t>(size.ring)), size.from, size.to,
                            row.unit, format_site(size.site));
    }
    for (const ResourceRow& row : kResourceRows) {
        const bool any = std::any_of(grown.begin(), grown.end(),
                                     [&](const GrownSize& size) { return size.resource == row.resource; });
        if (any) line += " " + variable_text(row.resource, grown, in_force);
    }
    return fmt::format("{}; to start with enough: {}", text, line);
}

}  // namespace weir
