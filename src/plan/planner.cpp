// SPDX-License-Identifier: Apache-2.0
#include "plan/planner.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "config/resource_table.hpp"
#include "plan/recommend.hpp"

namespace weir {

namespace {

bool writes(Access access) noexcept { return access != Access::in; }

}  // namespace

Planner::Planner(Setup setup) : model_(std::move(setup.simulate)) {
    for (const ResourceRow& row : kResourceRows) {
        for (std::size_t ring = 0; ring < row.rings(); ++ring) {
            size_in(smallest_, row, ring) = row.low;
            plan_.smallest[index_of(row.resource)][ring].value = row.low;
        }
    }
    if (setup.call) tasks_ = std::make_unique<RecordedTasks>(std::move(setup.call));
    if (!model_) return;
    times_ = KernelTimes::read(model_->kernel_times, model_->kernel_medians);
    // Filled in by who asks for a schedule.
    trace_ = std::make_unique<SubmitTrace>(model_->most_tasks.value());
}

void Planner::close_last() {
    for (const detail::TaskRef owner : scopes_.back().owners) {
        map_.forget_owner(owner);
        cells_.erase(owner.word());
        if (tasks_) tasks_->forget(owner);
    }
    if (trace_) trace_->close_scope();
    scopes_.pop_back();
}

void Planner::follow(const ScopeStack& scopes) {
    const auto depth = static_cast<std::size_t>(scopes.depth());
    const auto tag_at = [&](std::size_t level) { return scopes.at(static_cast<int>(level)).tag; };
    // Tags are never given twice: where the innermost scope is the same, all around it are.
    while (scopes_.size() > depth + 1 ||
           (!scopes_.empty() && scopes_.back().tag != tag_at(scopes_.size() - 1)))
        close_last();
    while (scopes_.size() <= depth) {
        const OpenScope& scope = scopes.at(static_cast<int>(scopes_.size()));
        const Place place{scope.site.file_name(), scope.site.line(), scope.site.column()};
        Contribution& contribution = contributions_[place];
        contribution.site = scope.site;
        scopes_.push_back({scope.tag, &contribution, {}});
        if (trace_) trace_->open_scope();
    }
}

void Planner::submitted(const detail::PlannedTask& task) {
    const int ring = task.ref.ring();
    const auto r = static_cast<std::size_t>(ring);
    follow(task.scopes);
    if (next_[r] == 0) first_[r] = task.ref.number();
    next_[r] = task.ref.number() + 1;
    ++plan_.tasks;
    ++plan_.tasks_of_ring[r];
    if (task.needs.heap_bytes != 0) {
        map_.add_owner(task.ref);
        scopes_.back().owners.push_back(task.ref);
    }
    raise_smallest(task);
    note_entries(task.needs.tensormap_entries);
    enter(task);
    add_up(task);
    trace(task);
    record(task);
}

void Planner::raise_smallest(const detail::PlannedTask& task) {
    const int ring = task.ref.ring();
    const RingSizes& sizes = smallest_.ring[static_cast<std::size_t>(ring)];
    while (const auto shortage = find_shortage(sizes, smallest_.tensormap, task.position, task.needs)) {
        const ResourceRow& row = row_of(shortage->resource);
        size_in(smallest_, row, static_cast<std::size_t>(ring)) = shortage->sufficient;
        const OpenScope& scope =
            shortage->occupied != 0 ? *task.scopes.holder(ring) : task.scopes.at(task.scopes.depth());
        plan_.smallest[index_of(row.resource)][row.per_ring() ? static_cast<std::size_t>(ring) : 0] = {
            shortage->sufficient, shortage->sufficient <= row.high, true, scope.site, task.request.site};
    }
}

void Planner::add(Resource resource, int ring, std::uint64_t amount) {
    const auto r = static_cast<std::size_t>(ring);
    sums_[index_of(resource)][r] += amount;
    scopes_.back().contribution->sums[index_of(resource)][r] += amount;
}

void Planner::note_entries(std::uint64_t needed) {
    const std::uint64_t most = map_.entries() + needed;
    const std::uint64_t known = sums_[index_of(Resource::tensormap)][0];
    if (most > known) add(Resource::tensormap, 0, most - known);
}

void Planner::add_up(const detail::PlannedTask& task) {
    const int ring = task.ref.ring();
    add(Resource::task_window, ring, 1);
    add(Resource::consumed_window, ring, 1);
    add(Resource::payload, ring, task.needs.payload_bytes);
    add(Resource::heap, ring, task.needs.heap_bytes);
    add(Resource::dep_pool, ring, producers_.size());
}

void Planner::add_producer(detail::TaskRef task, bool waits, bool keeps) {
    producers_.push_back({task, waits, keeps});
}

void Planner::enter(const detail::PlannedTask& task) {
    const detail::SubmitRequest& request = task.request;
    producers_.clear();
    regions_.clear();
    const auto add_task = [&](const Task& earlier) {
        // One of an earlier run has completed.
        if (earlier.number() >= first_[static_cast<std::size_t>(earlier.ring())] &&
            first_[static_cast<std::size_t>(earlier.ring())] != 0)
            add_producer(earlier.ref(), true, false);
    };
    if (request.options != nullptr) {
        for (const Task& earlier : request.options->inline_tasks()) add_task(earlier);
        for (const Task& earlier : request.options->listed_tasks()) add_task(earlier);
    }
    const auto waits = [&](const detail::ArgumentRef& argument) {
        return task.waits_for_tensors && !argument.no_dep;
    };
    for (std::size_t i = 0; i < request.argument_count; ++i) {
        const detail::ArgumentRef& argument = request.arguments[i];
        const AnyTensor& tensor = argument.tensor != nullptr ? *argument.tensor : request.outputs[i];
        const std::uint64_t owner = tensor.identity().owner;
        regions_.push_back(map_.locate(tensor.record(), owner));
        if (argument.tensor == nullptr) continue;
        if (owner != 0) add_producer(detail::TaskRef(owner), false, true);
        if (waits(argument))
            map_.conflicts(regions_.back(), writes(argument.access),
                           [&](detail::TaskRef earlier) { add_producer(earlier, true, false); });
    }
    for (std::size_t i = 0; i < request.argument_count; ++i)
        map_.record(regions_[i], task.ref, writes(request.arguments[i].access), waits(request.arguments[i]));
    std::sort(producers_.begin(), producers_.end(),
              [](const Producer& one, const Producer& other) { return one.task.word() < other.task.word(); });
    std::size_t kept = 0;
    for (const Producer& producer : producers_) {
        if (kept != 0 && producers_[kept - 1].task.word() == producer.task.word()) {
            producers_[kept - 1].waits |= producer.waits;
            producers_[kept - 1].keeps |= producer.keeps;
        } else {
            producers_[kept++] = producer;
        }
    }
    producers_.resize(kept);
}

void* Planner::accessed(const detail::PlannedAccess& access) {
    follow(access.scopes);
    note_entries(TensorMap::entries_needed(access.element));
    const EntryIndex region = map_.locate(access.element, access.owner);
    auto& cells = cells_[access.owner];
    const auto found = cells.find(access.element.data);
    Cell* cell = found != cells.end() ? &found->second : nullptr;
    accessors_.clear();
    // Whom a `set` waits for matters only to who simulates waiting or runs tasks.
    if (!access.writes || trace_ || tasks_)
        map_.conflicts(region, access.writes, [&](detail::TaskRef task) {
            if (cell == nullptr || task.number() >= cell->before[static_cast<std::size_t>(task.ring())])
                accessors_.push_back(task);
        });
    trace_wait();
    if (access.writes) {
        if (access.owner == 0) writes_external_ = true;
        if (cell == nullptr) cell = &cells[access.element.data];
        cell->before = next_;
    }
    if (tasks_) {
        tasks_->run(accessors_);
        plan_.tasks_run = tasks_->ran();
        return tasks_->place(access.element, access.owner);
    }
    if (!access.writes && !accessors_.empty()) {
        plan_.exact = false;
        plan_.ends_at = access.site;
        return nullptr;
    }
    if (access.owner == 0) return access.element.data;
    // Memory that nobody has written holds anything, so zeros.
    return (cell != nullptr ? cell : &cells[access.element.data])->value.data();
}

PlannedSize Planner::unhindered(Resource resource, int ring) const {
    const ResourceRow& row = row_of(resource);
    const auto sum_in = [&](const Sums& sums) {
        return sums[index_of(resource)][static_cast<std::size_t>(ring)];
    };
    PlannedSize size;
    size.value = std::max(row.low, sum_in(sums_));
    if (row.rule != SizeRule::any) size.value = std::bit_ceil(size.value);
    size.possible = size.value <= row.high;
    size.decided = size.value > row.low;
    if (!size.decided) return size;
    const auto most = std::max_element(contributions_.begin(), contributions_.end(),
                                       [&](const auto& one, const auto& other) {
                                           return sum_in(one.second.sums) < sum_in(other.second.sums);
                                       });
    size.scope = most->second.site;
    return size;
}

Plan Planner::take() {
    for (const ResourceRow& row : kResourceRows)
        for (int ring = 0; ring < static_cast<int>(row.rings()); ++ring)
            plan_.unhindered[index_of(row.resource)][static_cast<std::size_t>(ring)] =
                unhindered(row.resource, ring);
    return plan_;
}

RuntimeEnv Plan::env(const Table& table) noexcept {
    RuntimeEnv env;
    for (const ResourceRow& row : kResourceRows) {
        RingValues values;
        for (std::size_t ring = 0; ring < row.rings(); ++ring)
            values.per_ring[ring] = table[index_of(row.resource)][ring].value;
        env.set(row.resource, values);
    }
    return env;
}

}  // namespace weir
