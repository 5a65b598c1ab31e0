// SPDX-License-Identifier: Apache-2.0
#include "analysis/swimlane_file.hpp"

#include <array>
#include <limits>

#include <fmt/format.h>

#include "analysis/json_tables.hpp"
#include "analysis/name_lists.hpp"

namespace weir::analysis {

namespace {

constexpr std::uint64_t kMostThreads = 65536;  // and cores, and blocks of an SPMD task beyond 2^31 of them
constexpr std::uint64_t kMostBlocks = std::numeric_limits<std::int32_t>::max();

/// Times of an execution in the order in which they follow each other.
struct Moment {
    const char* name;
    Time Execution::*time;
};
constexpr std::array<Moment, 8> kMoments = {{{"submitted", &Execution::submitted},
                                             {"ready", &Execution::ready},
                                             {"dispatched", &Execution::dispatched},
                                             {"start", &Execution::start},
                                             {"end", &Execution::end},
                                             {"observed", &Execution::observed},
                                             {"released", &Execution::released},
                                             {"consumed", &Execution::consumed}}};
constexpr std::size_t kFirstMoment = 8;  // column of "submitted"
constexpr std::size_t kSlotCell = kFirstMoment + kMoments.size();

class SwimlaneReader {
public:
    Swimlane read(const std::filesystem::path& file);

private:
    void begin(const SmallValues& values);
    void take_execution(const Row& row);
    void take_scope(const Row& row);
    void take_phase(const Row& row);
    void take_counter(const Row& row);
    void take_instant(const Row& row);
    void look_for_backwards(Execution& execution, std::uint64_t row);
    void count_backwards(const char* table, std::uint64_t row, const char* later, const char* earlier);
    void check_scopes(const SmallValues& values) const;

    Swimlane lane_;
    bool begun_ = false;
    NameIndex phase_name_{lane_.phase_names};
    NameIndex instant_name_{lane_.instant_names};
};

void SwimlaneReader::begin(const SmallValues& values) {
    if (begun_) return;
    begun_ = true;
    lane_.kernels = read_kernels(values);
    lane_.sites = values.texts("sites");
    lane_.level = values.whole("level");
    lane_.partial = values.truth("partial");
}

void SwimlaneReader::count_backwards(const char* table, std::uint64_t row, const char* later,
                                     const char* earlier) {
    if (lane_.backwards++ == 0)
        lane_.first_backwards = fmt::format("row {} of \"{}\": {} is before {}", row, table, later, earlier);
}

void SwimlaneReader::look_for_backwards(Execution& execution, std::uint64_t row) {
    const Moment* before = nullptr;
    for (const Moment& moment : kMoments) {
        const Time time = execution.*moment.time;
        if (!known(time)) continue;
        if (before != nullptr && time < execution.*before->time) {
            count_backwards("tasks", row, moment.name, before->name);
            break;
        }
        before = &moment;
    }
    if (execution.ran() && execution.end < execution.start) execution.start = execution.end = kUnknownTime;
}

void SwimlaneReader::take_execution(const Row& row) {
    Execution execution;
    execution.ring = row[0].index(kRings, "rings");
    execution.id = row[1].whole();
    execution.kernel = row[2].optional_index(lane_.kernels.size(), "kernels");
    execution.site = row[3].optional_index(lane_.sites.size(), "sites");
    execution.scope = row[4].optional_index(kNone, "scopes");
    execution.thread = row[5].optional_index(kMostThreads, "threads");
    execution.core = row[6].optional_index(kMostThreads, "cores");
    execution.block = row[7].optional_index(kMostBlocks, "blocks");
    if (const std::uint32_t slot = row[kSlotCell].optional_index(kSlotNames.size(), "slots"); slot != kNone)
        execution.slot = static_cast<std::uint8_t>(slot);
    execution.resumed = !lane_.executions.empty() && execution.same_call(lane_.executions.back());
    for (std::size_t i = 0; i < kMoments.size(); ++i)
        execution.*kMoments[i].time = row[kFirstMoment + i].optional_time();
    look_for_backwards(execution, row.number());
    lane_.executions.push_back(execution);
}

void SwimlaneReader::take_scope(const Row& row) {
    RecordedScope scope;
    scope.depth = row[0].index(kMostThreads, "depths");
    scope.ring = row[1].index(kRings, "rings");
    scope.site = row[2].optional_index(lane_.sites.size(), "sites");
    scope.parent = row[3].optional_index(lane_.scopes.size(), "scopes before it");
    scope.begin = row[4].optional_time();
    scope.end = row[5].optional_time();
    if (known(scope.begin) && known(scope.end) && scope.end < scope.begin)
        count_backwards("scopes", row.number(), "end", "begin");
    lane_.scopes.push_back(scope);
}

void SwimlaneReader::take_phase(const Row& row) {
    Phase phase;
    phase.thread = row[0].index(kMostThreads, "threads");
    phase.name = phase_name_(row[1].text());
    phase.begin = row[2].time();
    phase.end = row[3].time();
    if (phase.end < phase.begin) {
        count_backwards("phases", row.number(), "end", "begin");
        return;
    }
    lane_.phases.push_back(phase);
}

void SwimlaneReader::take_counter(const Row& row) {
    Counter counter;
    counter.time = row[0].time();
    counter.ring = row[1].index(kRings, "rings");
    for (std::size_t i = 0; i < counter.used.size(); ++i) counter.used[i] = row[2 + i].whole();
    lane_.counters.push_back(counter);
}

void SwimlaneReader::take_instant(const Row& row) {
    Instant instant;
    instant.time = row[0].time();
    instant.thread = row[1].optional_index(kMostThreads, "threads");
    instant.what = instant_name_(row[2].text());
    instant.site = row[3].optional_index(lane_.sites.size(), "sites");
    const CellRef detail = row[4];
    instant.ring = detail.member("ring").optional_index(kRings, "rings");
    if (const CellRef resource = detail.member("resource"); !resource.is_null())
        instant.resource = resource.text();
    instant.duration = detail.member("duration_us").optional_time();
    if (const CellRef events = detail.member("events"); !events.is_null()) instant.events = events.whole();
    lane_.instants.push_back(std::move(instant));
}

void SwimlaneReader::check_scopes(const SmallValues& values) const {
    for (std::size_t i = 0; i < lane_.executions.size(); ++i) {
        const std::uint32_t scope = lane_.executions[i].scope;
        if (scope != kNone && scope >= lane_.scopes.size())
            values.fail("tasks", fmt::format("row {}, column \"scope\": {} is too much; there are {} scopes",
                                             i, scope, lane_.scopes.size()));
    }
}

Swimlane SwimlaneReader::read(const std::filesystem::path& file) {
    const auto begin = [this](const SmallValues& values) { this->begin(values); };
    TableFormat format{"weir-swimlane", 1, {"kernels", "sites", "level", "partial"}, {}};
    format.tables.push_back({"tasks",
                             "task_columns",
                             {"ring", "id", "kernel", "site", "scope", "thread", "core", "block", "submitted",
                              "ready", "dispatched", "start", "end", "observed", "released", "consumed"},
                             begin,
                             [this](const Row& row) { take_execution(row); },
                             {"slot"}});
    format.tables.push_back({"scopes",
                             "scope_columns",
                             {"depth", "ring", "site", "parent", "begin", "end"},
                             begin,
                             [this](const Row& row) { take_scope(row); }});
    format.tables.push_back(
        {"phases", "phase_columns", {"thread", "phase", "begin", "end"}, begin, [this](const Row& row) {
             take_phase(row);
         }});
    std::vector<std::string> counter_columns = {"time", "ring"};
    counter_columns.insert(counter_columns.end(), kOccupancies.begin(), kOccupancies.end());
    format.tables.push_back({"counters", "counter_columns", counter_columns, begin,
                             [this](const Row& row) { take_counter(row); }});
    format.tables.push_back({"instants",
                             "instant_columns",
                             {"time", "thread", "what", "site", "detail"},
                             begin,
                             [this](const Row& row) { take_instant(row); }});
    const SmallValues values = read_tables(file, format);
    check_scopes(values);
    return std::move(lane_);
}

}  // namespace

Swimlane read_swimlane(const std::filesystem::path& file) { return SwimlaneReader().read(file); }

}  // namespace weir::analysis
