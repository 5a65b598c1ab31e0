// SPDX-License-Identifier: Apache-2.0
#include "analysis/report_tables.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>
#include <utility>

namespace weir::analysis {
namespace {

using Values = std::vector<std::int64_t>;

struct TaskKey {
    std::uint64_t id;
    std::uint32_t ring;
    bool operator==(const TaskKey&) const = default;
};
struct TaskKeyHash {
    std::size_t operator()(const TaskKey& key) const noexcept {
        return std::hash<std::uint64_t>{}((key.id << 2U) ^ key.ring);
    }
};

std::int64_t cell(std::uint32_t index) { return index == kNone ? kNullCell : std::int64_t{index}; }

std::int64_t cell(std::uint64_t number) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(std::min(number, kMost));
}

/// Rounded, so that what is the same time in two columns stays so.
std::int64_t ticks(Time time, Time tick) {
    if (!known(time)) return kNullCell;
    return time >= 0 ? (time + tick / 2) / tick : -((-time + tick / 2) / tick);
}

template <class Row, class Of>
Values column(const std::vector<Row>& rows, Of of) {
    Values values;
    values.reserve(rows.size());
    for (const Row& row : rows) values.push_back(of(row));
    return values;
}

/// Adds what is missing in `names`, and returns where each of `more` stands there.
template <class Name, class Text>
std::vector<std::uint32_t> join(std::vector<Name>& names, const std::vector<std::string>& more,
                                Text text_of) {
    std::unordered_map<std::string, std::uint32_t> index;
    for (std::uint32_t i = 0; i < names.size(); ++i) index.try_emplace(text_of(names[i]), i);
    std::vector<std::uint32_t> joined;
    for (const std::string& name : more) {
        const auto [place, is_new] = index.try_emplace(name, static_cast<std::uint32_t>(names.size()));
        if (is_new) {
            names.emplace_back();
            text_of(names.back()) = name;
        }
        joined.push_back(place->second);
    }
    return joined;
}

class TaskColumns {
public:
    TaskColumns(const Swimlane& swimlane, const Deps& deps, const TaskRows& rows, const JoinedNames& names)
        : swimlane_(swimlane), deps_(deps), rows_(rows), names_(names) {}

    /// `of_deps` for the rows behind the executions.
    template <class OfExecution, class OfDeps>
    Values values(OfExecution of_execution, OfDeps of_deps) const {
        Values values = column(swimlane_.executions, of_execution);
        for (const std::uint32_t task : rows_.only_deps()) values.push_back(of_deps(deps_.tasks[task]));
        return values;
    }

    void write(ReportTables& tables, Time tick) const {
        tables.begin("tasks", rows_.rows());
        tables.add("ring",
                   values([](const Execution& row) { return cell(row.ring); },
                          [](const DepsTask& row) { return cell(row.ring); }),
                   false);
        tables.add("id",
                   values([](const Execution& row) { return cell(row.id); },
                          [](const DepsTask& row) { return cell(row.id); }),
                   true, {}, {"ring"});
        tables.add("kernel",
                   values([](const Execution& row) { return cell(row.kernel); },
                          [&](const DepsTask& row) { return cell(names_.kernel_of_deps(row.kernel)); }),
                   false);
        tables.add("site",
                   values([](const Execution& row) { return cell(row.site); },
                          [&](const DepsTask& row) { return cell(names_.site_of_deps(row.site)); }),
                   false, {}, {"kernel"});
        tables.add("scope",
                   values([](const Execution& row) { return cell(row.scope); },
                          [](const DepsTask& row) { return cell(row.scope); }),
                   false, {}, {"ring"});
        constexpr auto kNothing = [](const DepsTask&) { return kNullCell; };
        tables.add("thread", values([](const Execution& row) { return cell(row.thread); }, kNothing), false);
        tables.add("core", values([](const Execution& row) { return cell(row.core); }, kNothing), false,
                   {"thread"});
        tables.add("block", values([](const Execution& row) { return cell(row.block); }, kNothing), false);
        tables.add("slot",
                   values([](const Execution& row) { return cell(row.slot == kNoSlot ? kNone : row.slot); },
                          kNothing),
                   false);
        write_times(tables, tick);
    }

private:
    void write_times(ReportTables& tables, Time tick) const {
        const auto time = [&](Time Execution::*of) {
            return values([=](const Execution& row) { return ticks(row.*of, tick); },
                          [](const DepsTask&) { return kNullCell; });
        };
        tables.add("submitted",
                   values([=](const Execution& row) { return ticks(row.submitted, tick); },
                          [=](const DepsTask& row) { return ticks(row.submitted, tick); }),
                   true);
        tables.add("ready", time(&Execution::ready), true, {"submitted"});
        tables.add("dispatched", time(&Execution::dispatched), true, {"submitted", "ready"}, {"core"});
        tables.add("start", time(&Execution::start), true, {"submitted", "ready", "dispatched"}, {"core"});
        tables.add("end", time(&Execution::end), true, {"start"});
        tables.add("observed", time(&Execution::observed), true, {"end"});
        tables.add("released", time(&Execution::released), true, {"end", "observed"});
        tables.add("consumed", time(&Execution::consumed), true, {"released"}, {"ring", "scope"});
    }

    const Swimlane& swimlane_;
    const Deps& deps_;
    const TaskRows& rows_;
    const JoinedNames& names_;
};

void write_scopes(ReportTables& tables, const std::vector<RecordedScope>& scopes, Time tick) {
    tables.begin("scopes", scopes.size());
    tables.add("depth", column(scopes, [](const auto& row) { return cell(row.depth); }), false);
    tables.add("ring", column(scopes, [](const auto& row) { return cell(row.ring); }), false, {"depth"});
    tables.add("site", column(scopes, [](const auto& row) { return cell(row.site); }), false, {}, {"depth"});
    tables.add("parent", column(scopes, [](const auto& row) { return cell(row.parent); }), false, {},
               {"depth"});
    tables.add("begin", column(scopes, [=](const auto& row) { return ticks(row.begin, tick); }), true);
    tables.add("end", column(scopes, [=](const auto& row) { return ticks(row.end, tick); }), true, {"begin"});
}

void write_phases(ReportTables& tables, const std::vector<Phase>& phases, Time tick) {
    tables.begin("phases", phases.size());
    tables.add("thread", column(phases, [](const auto& row) { return cell(row.thread); }), false);
    tables.add("name", column(phases, [](const auto& row) { return cell(row.name); }), false, {}, {"thread"});
    tables.add("begin", column(phases, [=](const auto& row) { return ticks(row.begin, tick); }), true, {},
               {"thread"});
    tables.add("end", column(phases, [=](const auto& row) { return ticks(row.end, tick); }), true, {"begin"});
}

void write_counters(ReportTables& tables, const std::vector<Counter>& counters, Time tick) {
    tables.begin("counters", counters.size());
    tables.add("ring", column(counters, [](const auto& row) { return cell(row.ring); }), false);
    tables.add("time", column(counters, [=](const auto& row) { return ticks(row.time, tick); }), true);
    for (std::size_t i = 0; i < kOccupancies.size(); ++i)
        tables.add(kOccupancies[i], column(counters, [=](const auto& row) { return cell(row.used[i]); }),
                   true, {}, {"ring"});
}

void write_instants(ReportTables& tables, const std::vector<Instant>& instants,
                    const std::vector<std::string>& resources, Time tick) {
    const auto resource = [&](const std::string& name) {
        const auto found = std::find(resources.begin(), resources.end(), name);
        return found == resources.end() ? kNullCell : static_cast<std::int64_t>(found - resources.begin());
    };
    tables.begin("instants", instants.size());
    tables.add("time", column(instants, [=](const auto& row) { return ticks(row.time, tick); }), true);
    tables.add("thread", column(instants, [](const auto& row) { return cell(row.thread); }), false);
    tables.add("what", column(instants, [](const auto& row) { return cell(row.what); }), false);
    tables.add("site", column(instants, [](const auto& row) { return cell(row.site); }), false);
    tables.add("ring", column(instants, [](const auto& row) { return cell(row.ring); }), false);
    tables.add("resource", column(instants, [&](const auto& row) { return resource(row.resource); }), false);
    tables.add("duration", column(instants, [=](const auto& row) { return ticks(row.duration, tick); }),
               true);
    tables.add("events", column(instants, [](const auto& row) { return cell(row.events); }), true);
}

void write_edges(ReportTables& tables, const Deps& deps, const TaskRows& rows) {
    std::vector<std::uint32_t> order(deps.edges.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return rows.of_task(deps.edges[a].consumer) < rows.of_task(deps.edges[b].consumer);
    });
    const auto of = [&](auto field) {
        return column(order, [&](std::uint32_t edge) { return field(deps.edges[edge]); });
    };
    tables.begin("edges", order.size());
    tables.add("consumer", of([&](const Edge& edge) { return cell(rows.of_task(edge.consumer)); }), false);
    tables.add("producer", of([&](const Edge& edge) { return cell(rows.of_task(edge.producer)); }), false,
               {"consumer"});
    tables.add("kind", of([](const Edge& edge) { return cell(static_cast<std::uint32_t>(edge.kind)); }),
               false);
    tables.add("argument", of([](const Edge& edge) { return cell(edge.argument); }), false);
    tables.add("waited", of([](const Edge& edge) { return std::int64_t{edge.waited}; }), false);
}

/// Bytes of a run and steps of a box; many accesses have the same.
using Shape = std::vector<std::int64_t>;

void write_shapes(ReportTables& tables, const std::map<Shape, std::int64_t>& shapes) {
    std::vector<const Shape*> by_index(shapes.size());
    for (const auto& [shape, index] : shapes) by_index[static_cast<std::size_t>(index)] = &shape;
    Values runs;
    Values of;
    Values counts;
    Values strides;
    for (std::size_t i = 0; i < by_index.size(); ++i) {
        const Shape& shape = *by_index[i];
        runs.push_back(shape[0]);
        for (std::size_t step = 1; step < shape.size(); step += 2) {
            of.push_back(static_cast<std::int64_t>(i));
            counts.push_back(shape[step]);
            strides.push_back(shape[step + 1]);
        }
    }
    tables.begin("shapes", runs.size());
    tables.add("run", std::move(runs), true);
    tables.begin("steps", of.size());
    tables.add("shape", std::move(of), false);
    tables.add("count", std::move(counts), true);
    tables.add("stride", std::move(strides), true);
}

void write_accesses(ReportTables& tables, const Deps& deps, const TaskRows& rows) {
    std::map<Shape, std::int64_t> shapes;
    std::vector<std::int64_t> shape_of;
    for (const Access& access : deps.accesses) {
        Shape shape = {cell(access.run)};
        for (std::size_t i = 0; i < access.step_count; ++i) {
            const BoxStep& step = deps.steps[access.first_step + i];
            shape.push_back(cell(step.count));
            shape.push_back(step.stride);
        }
        shape_of.push_back(
            shapes.try_emplace(std::move(shape), static_cast<std::int64_t>(shapes.size())).first->second);
    }
    std::vector<std::uint32_t> order(deps.accesses.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return rows.of_task(deps.accesses[a].task) < rows.of_task(deps.accesses[b].task);
    });
    const auto of = [&](auto field) {
        return column(order, [&](std::uint32_t access) { return field(deps.accesses[access]); });
    };
    tables.begin("accesses", order.size());
    tables.add("task", of([&](const Access& row) { return cell(rows.of_task(row.task)); }), false);
    tables.add("argument", of([](const Access& row) { return cell(row.argument); }), false);
    tables.add("direction",
               of([](const Access& row) { return cell(static_cast<std::uint32_t>(row.direction)); }), false);
    tables.add("no_dep", of([](const Access& row) { return std::int64_t{row.no_dep}; }), false);
    tables.add("buffer", of([](const Access& row) { return cell(row.buffer); }), true, {}, {"argument"});
    tables.add("offset", of([](const Access& row) { return cell(row.offset); }), true, {},
               {"argument", "buffer"});
    tables.add("shape", column(order, [&](std::uint32_t access) { return shape_of[access]; }), false, {},
               {"argument"});
    write_shapes(tables, shapes);
}

}  // namespace

TaskRows::TaskRows(const Swimlane& swimlane, const Deps& deps) : executions_(swimlane.executions.size()) {
    std::unordered_map<TaskKey, std::uint32_t, TaskKeyHash> first;
    first.reserve(executions_);
    for (std::uint32_t row = 0; row < executions_; ++row) {
        const Execution& execution = swimlane.executions[row];
        first.try_emplace({execution.id, execution.ring}, row);
    }
    rows_.reserve(deps.tasks.size());
    for (std::uint32_t task = 0; task < deps.tasks.size(); ++task) {
        const auto found = first.find({deps.tasks[task].id, deps.tasks[task].ring});
        if (found != first.end()) {
            rows_.push_back(found->second);
        } else {
            rows_.push_back(static_cast<std::uint32_t>(executions_ + only_deps_.size()));
            only_deps_.push_back(task);
        }
    }
}

JoinedNames::JoinedNames(const Swimlane& swimlane, const Deps& deps)
    : kernels_(swimlane.kernels),
      sites_(swimlane.sites),
      kernel_of_deps_(
          join(kernels_, deps.kernels, [](KernelName& kernel) -> std::string& { return kernel.name; })),
      site_of_deps_(join(sites_, deps.sites, [](std::string& site) -> std::string& { return site; })) {}

std::uint32_t JoinedNames::kernel_of_deps(std::uint32_t kernel) const {
    return kernel == kNone ? kNone : kernel_of_deps_[kernel];
}

std::uint32_t JoinedNames::site_of_deps(std::uint32_t site) const {
    return site == kNone ? kNone : site_of_deps_[site];
}

std::vector<std::string> resources_of(const Swimlane& swimlane) {
    std::set<std::string> resources;
    for (const Instant& instant : swimlane.instants)
        if (!instant.resource.empty()) resources.insert(instant.resource);
    return {resources.begin(), resources.end()};
}

ReportTables report_tables(const Swimlane& swimlane, const Deps& deps, const TaskRows& rows,
                           const JoinedNames& names, const std::vector<std::string>& resources, Time tick) {
    ReportTables tables;
    TaskColumns(swimlane, deps, rows, names).write(tables, tick);
    write_scopes(tables, swimlane.scopes, tick);
    write_phases(tables, swimlane.phases, tick);
    write_counters(tables, swimlane.counters, tick);
    write_instants(tables, swimlane.instants, resources, tick);
    write_edges(tables, deps, rows);
    write_accesses(tables, deps, rows);
    return tables;
}

}  // namespace weir::analysis
