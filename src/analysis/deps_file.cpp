// SPDX-License-Identifier: Apache-2.0
#include "analysis/deps_file.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "analysis/json_tables.hpp"
#include "analysis/name_lists.hpp"

namespace weir::analysis {

namespace {

constexpr std::uint64_t kManualFlag = 1;
constexpr std::uint64_t kInPlaceFlag = 2;
constexpr std::uint64_t kOwnsFlag = 4;
constexpr std::uint64_t kMostArguments = 1024;

class DepsReader {
public:
    Deps read(const std::filesystem::path& file);

private:
    void begin(const SmallValues& values);
    void take_task(const Row& row);
    void take_access(const Row& row);
    void take_box(const Row& row, std::size_t column, Access& access);
    void take_step(const Row& row, std::size_t column, std::int64_t count, std::int64_t stride);
    void check_span(const Row& row, std::size_t column, const Access& access) const;
    void take_edge(const Row& row);
    void take_explicit(const Row& row);
    [[nodiscard]] std::uint32_t task_of(const Row& row, std::size_t column) const {
        return row[column].index(deps_.tasks.size(), "tasks before this table");
    }

    Deps deps_;
    bool begun_ = false;
};

template <std::size_t N>
std::size_t choice(const Row& row, std::size_t column, const std::array<const char*, N>& words) {
    const std::string& text = row[column].text();
    const auto found = std::find(words.begin(), words.end(), text);
    if (found == words.end()) {
        std::string all;
        for (const char* word : words) all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", word);
        row[column].fail(fmt::format("\"{}\" is none of {}", text, all));
    }
    return static_cast<std::size_t>(found - words.begin());
}

void DepsReader::begin(const SmallValues& values) {
    if (begun_) return;
    begun_ = true;
    deps_.complete = values.truth("complete");
    deps_.partial = values.truth("partial");
    deps_.kernels = values.texts("kernels");
    deps_.sites = values.texts("sites");
    deps_.scope_sites = values.optional_indices("scope_sites", deps_.sites.size());
    deps_.buffers = values.whole("buffers");
}

void DepsReader::take_task(const Row& row) {
    DepsTask task;
    task.ring = row[0].index(kRings, "rings");
    task.id = row[1].whole();
    task.kernel = row[2].optional_index(deps_.kernels.size(), "kernels");
    task.site = row[3].optional_index(deps_.sites.size(), "sites");
    task.scope = row[4].optional_index(deps_.scope_sites.size(), "scopes");
    const std::uint64_t flags = row[5].whole();
    task.manual = (flags & kManualFlag) != 0;
    task.in_place = (flags & kInPlaceFlag) != 0;
    task.owns = (flags & kOwnsFlag) != 0;
    task.submitted = row[6].optional_time();
    task.completed = row[7].optional_index(kNone, "tasks");
    if (task.completed <= row.number())
        row[7].fail(fmt::format("task {} cannot have completed before it was submitted", row.number()));
    deps_.tasks.push_back(task);
}

void DepsReader::take_step(const Row& row, std::size_t column, std::int64_t count, std::int64_t stride) {
    if (count < 1) row[column].fail(fmt::format("{} repetitions: there is at least one", count));
    deps_.steps.push_back({static_cast<std::uint64_t>(count), stride});
}

/// [offset, bytes, [[count, stride], ...]]
void DepsReader::take_box(const Row& row, std::size_t column, Access& access) {
    using Kind = ListToken::Kind;
    const std::span<const ListToken> list = row[column].list();
    const auto is = [&](std::size_t i, Kind kind) { return i < list.size() && list[i].kind == kind; };
    const auto refuse = [&] { row[column].fail("it is not [offset, bytes, [[count, stride], ...]]"); };
    if (!is(0, Kind::number) || !is(1, Kind::number) || !is(2, Kind::open)) refuse();
    if (list[0].number < 0) row[column].fail(fmt::format("offset {} is below 0", list[0].number));
    if (list[1].number < 1) row[column].fail(fmt::format("runs of {} bytes", list[1].number));
    access.offset = static_cast<std::uint64_t>(list[0].number);
    access.run = static_cast<std::uint64_t>(list[1].number);
    access.first_step = deps_.steps.size();
    std::size_t i = 3;
    for (; is(i, Kind::open); i += 4) {
        if (!is(i + 1, Kind::number) || !is(i + 2, Kind::number) || !is(i + 3, Kind::close)) refuse();
        if (access.step_count == kMostBoxSteps)
            row[column].fail(fmt::format("more than {} axes", kMostBoxSteps));
        take_step(row, column, list[i + 1].number, list[i + 2].number);
        ++access.step_count;
    }
    if (!is(i, Kind::close) || i + 1 != list.size()) refuse();
    check_span(row, column, access);
}

/// The lowest byte is not before the buffer, and the highest can be told.
void DepsReader::check_span(const Row& row, std::size_t column, const Access& access) const {
    std::int64_t lowest = static_cast<std::int64_t>(access.offset);
    std::int64_t highest = lowest;
    // Half of the numbers there are, so that two regions can be compared.
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 2;
    bool fits = access.offset <= kMost && access.run <= kMost;
    for (std::size_t i = 0; fits && i < access.step_count; ++i) {
        const BoxStep& step = deps_.steps[access.first_step + i];
        std::int64_t reach = 0;
        fits = !__builtin_mul_overflow(static_cast<std::int64_t>(step.count - 1), step.stride, &reach) &&
               !__builtin_add_overflow(reach < 0 ? lowest : highest, reach, reach < 0 ? &lowest : &highest);
    }
    std::int64_t end = 0;
    fits =
        fits && !__builtin_add_overflow(highest, static_cast<std::int64_t>(access.run), &end) && end <= kMost;
    if (!fits) row[column].fail("the box reaches further than memory does");
    if (lowest < 0) row[column].fail("the box begins before its buffer");
}

void DepsReader::take_access(const Row& row) {
    static constexpr std::array<const char*, 3> kDirections = {"in", "out", "inout"};
    Access access;
    access.task = task_of(row, 0);
    if (!deps_.accesses.empty() && access.task < deps_.accesses.back().task)
        row[0].fail(fmt::format("{} comes after {}; accesses stand in the order of their tasks", access.task,
                                deps_.accesses.back().task));
    access.argument = row[1].index(kMostArguments, "arguments");
    access.direction = static_cast<Direction>(choice(row, 2, kDirections));
    access.no_dep = row[3].truth();
    access.buffer = row[4].whole();
    if (access.buffer >= deps_.buffers)
        row[4].fail(fmt::format("{} is too much; there are {} buffers", access.buffer, deps_.buffers));
    take_box(row, 5, access);
    deps_.accesses.push_back(access);
}

void DepsReader::take_edge(const Row& row) {
    static constexpr std::array<const char*, 2> kStates = {"completed", "waited"};
    Edge edge;
    edge.producer = task_of(row, 0);
    edge.consumer = task_of(row, 1);
    if (edge.producer >= edge.consumer)
        row[0].fail(fmt::format("task {} is not before its consumer {}", edge.producer, edge.consumer));
    edge.kind = static_cast<EdgeKind>(choice(row, 2, kEdgeKinds));
    edge.argument = row[3].optional_index(kMostArguments, "arguments");
    edge.waited = choice(row, 4, kStates) == 1;
    deps_.edges.push_back(edge);
}

void DepsReader::take_explicit(const Row& row) {
    const ExplicitEdge edge{task_of(row, 0), task_of(row, 1)};
    if (edge.after >= edge.task)
        row[1].fail(fmt::format("task {} is not before {}, which waits for it", edge.after, edge.task));
    deps_.explicit_edges.push_back(edge);
}

Deps DepsReader::read(const std::filesystem::path& file) {
    const auto begin = [this](const SmallValues& values) { this->begin(values); };
    TableFormat format{
        "weir-deps", 1, {"complete", "partial", "kernels", "sites", "scope_sites", "buffers"}, {}};
    format.tables.push_back({"tasks",
                             "task_columns",
                             {"ring", "id", "kernel", "site", "scope", "flags", "submitted", "completed"},
                             begin,
                             [this](const Row& row) { take_task(row); }});
    format.tables.push_back({"accesses",
                             "access_columns",
                             {"task", "argument", "direction", "no_dep", "buffer", "box"},
                             begin,
                             [this](const Row& row) { take_access(row); }});
    format.tables.push_back({"edges",
                             "edge_columns",
                             {"producer", "consumer", "kind", "argument", "state"},
                             begin,
                             [this](const Row& row) { take_edge(row); }});
    format.tables.push_back(
        {"explicit", "explicit_columns", {"task", "after"}, begin, [this](const Row& row) {
             take_explicit(row);
         }});
    const SmallValues values = read_tables(file, format);
    for (std::size_t i = 0; i < deps_.tasks.size(); ++i) {
        const std::uint32_t completed = deps_.tasks[i].completed;
        if (completed != kNone && completed >= deps_.tasks.size())
            values.fail("tasks",
                        fmt::format("row {}, column \"completed\": {} is too much; there are {} tasks", i,
                                    completed, deps_.tasks.size()));
    }
    return std::move(deps_);
}

}  // namespace

Deps read_deps(const std::filesystem::path& file) { return DepsReader().read(file); }

}  // namespace weir::analysis
