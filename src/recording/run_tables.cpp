// SPDX-License-Identifier: Apache-2.0
#include "recording/run_tables.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace weir::recording {

namespace {

/// Shorter runs do not measure their clock better than it was known before.
constexpr std::uint64_t kLeastBaselineNs = 1'000'000;

/// A processor may read its counter before it has seen what the program looks at first, so a stamp of one
/// thread can be some nanoseconds older than that of another for what had happened before.
constexpr double kMostDisorderSeconds = 1e-6;

/// What a file says is missing takes places in a table: so many for each of its bytes are believed.
constexpr std::uint64_t kMostMissingPerByte = 8;

}  // namespace

void RunTables::Names::add(std::uint32_t number, std::string text, std::uint8_t flags_of_text) {
    if (number >= by_number.size()) by_number.resize(number + std::size_t{1}, kNone);
    const auto [place, is_new] = known.try_emplace(std::move(text), static_cast<std::uint32_t>(texts.size()));
    if (is_new) {
        texts.push_back(place->first);
        flags.push_back(flags_of_text);
    }
    by_number[number] = place->second;
}

RunTables::RunTables(const RecordingFile& file) : file_(file) {
    last_tick_ = origin_ = head().start;
    // First what the orchestrator says: the file may have what became of a task before its submit.
    file.for_each([this](std::uint32_t thread, Head event, Words words) {
        if (thread == kWriterThread) return take_sums(event, words);
        ++recorded_;
        if (event.kind == Kind::gap) {
            --recorded_;
            dropped_ += std::min(words[0], ~dropped_);
            if (thread == 0) {
                orchestrator_complete_ = false;
                scope_ = kNone;
            }
        }
        if (thread != 0) return;
        take_names(event, words);
        take_scope(event, words);
        take_orchestrator(event, words);
    });
    std::sort(launches_.begin(), launches_.end(),
              [](const LaunchRow& one, const LaunchRow& other) { return one.task < other.task; });
    calibrate();
    file.for_each([this](std::uint32_t thread, Head event, Words words) {
        if (thread != kWriterThread) take_execution(thread, event, words);
    });
    finish_rows();
}

std::uint32_t RunTables::row_of(std::uint64_t task) const noexcept {
    const detail::TaskRef ref(task);
    const RingIndex& ring = rings_[static_cast<std::size_t>(ref.ring())];
    const std::uint64_t place = ref.number() - ring.first;
    return ref.number() >= ring.first && place < ring.rows.size() ? ring.rows[place] : kNone;
}

const char* RunTables::core_type_of(std::size_t kernel) const noexcept {
    if (threads_are_cores()) return kCpu.data();
    return kernels_.flags[kernel] == static_cast<std::uint8_t>(CoreNeed::aic) ? "AIC" : "AIV";
}

void RunTables::take_names(Head head, Words words) {
    if (head.kind != Kind::kernel && head.kind != Kind::site) return;
    // Every name takes words of the file, so no number is larger than that.
    if (head.b >= file_.bytes()) return;
    std::string text(head.a, '\0');
    std::memcpy(text.data(), words.data(), head.a);
    (head.kind == Kind::kernel ? kernels_ : sites_).add(head.b, std::move(text), head.flags);
}

void RunTables::take_scope(Head head, Words words) {
    if (head.kind != Kind::scope_open && head.kind != Kind::scope_close) return;
    const std::uint64_t serial = head.kind == Kind::scope_open ? words[0] & 0xffffffffU : words[0];
    if (serial == 0 || serial > file_.bytes()) return;
    if (serial > scopes_.size()) scopes_.resize(serial);
    ScopeRow& scope = scopes_[serial - 1];
    scope.depth = head.a;
    if (head.kind == Kind::scope_open) {
        const std::uint64_t parent = words[0] >> 32U;
        scope.parent = parent == 0 || parent >= serial ? kNone : static_cast<std::uint32_t>(parent - 1);
        scope.manual = (head.flags & kManual) != 0;
        scope.site = sites_.index_of(head.b);
        scope.begin = words[1];
        note(scope.begin);
        scope_ = static_cast<std::uint32_t>(serial - 1);
    } else {
        scope.end = words[2];
        note(scope.end);
        scope_ = scope.parent;
    }
}

void RunTables::add_task(Head head, std::uint64_t task, std::uint64_t submitted) {
    const detail::TaskRef ref(task);
    RingIndex& ring = rings_[static_cast<std::size_t>(ref.ring())];
    if (ring.rows.empty()) ring.first = ref.number();
    const std::uint64_t place = ref.number() - ring.first;
    // Numbers follow one another; more are missing only where events were dropped.
    const std::uint64_t most = file_.bytes() + std::min(dropped_, file_.bytes() * kMostMissingPerByte);
    if (ref.number() < ring.first || place > most) return;
    if (place >= ring.rows.size()) ring.rows.resize(place + 1, kNone);
    ring.rows[place] = static_cast<std::uint32_t>(tasks_.size());
    TaskRow& row = tasks_.emplace_back();
    row.task = task;
    row.submitted = submitted;
    row.kernel = kernels_.index_of(head.a);
    row.site = sites_.index_of(head.b);
    row.scope = scope_;
    row.flags = head.flags & (kManual | kOwner);
    note(submitted);
}

void RunTables::take_orchestrator(Head head, Words words) {
    switch (head.kind) {
        case Kind::in_place:
        case Kind::in_place_late: {
            add_task(head, words[0], words[1]);
            if (tasks_.empty() || tasks_.back().task != words[0]) return;
            TaskRow& row = tasks_.back();
            row.flags |= kInPlace;
            row.ready = row.dispatched = row.start = words[words.size() - 2];
            row.end = row.observed = row.released = words.back();
            if ((head.flags & kOwner) == 0) row.consumed = row.end;
            row.thread = 0;
            if (threads_are_cores()) row.core = 0;
            row.completed = static_cast<std::uint32_t>(tasks_.size());
            note(row.end);
            break;
        }
        case Kind::submit:
            add_task(head, words[0], words[1]);
            if (!tasks_.empty() && tasks_.back().task == words[0] && (head.flags & kReady) != 0)
                tasks_.back().ready = words[2];
            break;
        case Kind::subtask:
            take_subtask(head, words);
            break;
        case Kind::begin:
            origin_ = std::max(origin_, words[0]);
            break;
        case Kind::completed:
            completed(words[0]);
            break;
        case Kind::released_until: {
            if (head.a >= kRings) return;
            std::uint64_t& until = released_[head.a];
            const RingIndex& ring = rings_[head.a];
            until = std::max(until, ring.first);
            const std::uint64_t end = std::min(words[0], ring.first + ring.rows.size());
            for (; until < end; ++until) completed(detail::TaskRef(head.a, until).word());
            break;
        }
        default:
            break;
    }
}

void RunTables::completed(std::uint64_t task) {
    const std::uint32_t row = row_of(task);
    if (row == kNone) return;
    std::uint32_t& known = tasks_[row].completed;
    known = std::min(known, static_cast<std::uint32_t>(tasks_.size()));
}

void RunTables::take_sums(Head head, Words words) {
    if (head.kind == Kind::sync) {
        sync_ticks_ = words[0];
        sync_ns_ = words[1];
    } else if (head.kind == Kind::looks && head.a < this->head().threads.size()) {
        if (head.a >= sums_.size()) sums_.resize(head.a + std::size_t{1});
        std::array<std::uint64_t, kThreadSumWords> sums;
        std::copy(words.begin(), words.end(), sums.begin());
        sums_[head.a] = std::bit_cast<ThreadSums>(sums);
    } else if (head.kind == Kind::steps) {
        submits_ = words[0];
        std::copy(words.begin() + 1, words.end(), steps_.begin());
    }
}

void RunTables::take_execution(std::uint32_t thread, Head head, Words words) {
    switch (head.kind) {
        case Kind::run:
            take_run(thread, head, words);
            break;
        case Kind::call:
            take_call(thread, head, words);
            break;
        case Kind::ready:
        case Kind::consumed:
            take_completion(thread, head, words);
            break;
        case Kind::gap:
            if (thread < made_ready_.size()) made_ready_[thread].clear();
            break;
        case Kind::phase:
        case Kind::instant:
            note(head.kind == Kind::phase ? words[1] : words[0]);
            break;
        default:
            break;
    }
}

void RunTables::take_run(std::uint32_t thread, Head head, Words words) {
    take_ready_by_calls(thread, head, words);
    const std::uint32_t index = row_of(words[0]);
    if (index == kNone || words[1] < origin_) return;
    TaskRow& row = tasks_[index];
    row.released = words[5];
    if ((head.flags & recording::kConsumed) != 0) row.consumed = words[5];
    note(words[5]);
    if ((head.flags & kOfCalls) != 0) return take_last_call(thread, head, words);
    row.thread = thread;
    row.core = head.a == kNoCore ? kNone : head.a;
    row.dispatched = words[1];
    row.start = words[2];
    row.end = words[3];
    row.observed = words[4];
}

void RunTables::take_completion(std::uint32_t thread, Head head, Words words) {
    const std::uint32_t index = row_of(words[0]);
    if (index == kNone || words[1] < origin_) return;
    if (head.kind == Kind::ready && thread < this->head().threads.size()) {
        if (thread >= made_ready_.size()) made_ready_.resize(thread + std::size_t{1});
        made_ready_[thread].push_back(index);
    }
    TaskRow& row = tasks_[index];
    if (head.kind == Kind::ready)
        row.ready = words[1];
    else
        // An owner that is held again after a ring has grown is CONSUMED more than once (memory/growth.hpp).
        row.consumed = std::max(row.consumed, words[1]);
    note(words[1]);
}

void RunTables::calibrate() noexcept {
    ns_per_tick_ = head().clock_hz > 0 ? 1e9 / head().clock_hz : 1;
    if (head().clock == "tsc" && sync_ticks_ > head().start && sync_ns_ >= kLeastBaselineNs)
        ns_per_tick_ = static_cast<double>(sync_ns_) / static_cast<double>(sync_ticks_ - head().start);
}

void RunTables::order_stamps(TaskRow& row) const noexcept {
    const auto slack = static_cast<std::uint64_t>(head().clock_hz * kMostDisorderSeconds);
    if (!threads_are_cores() || row.dispatched == 0 || row.ready <= row.dispatched ||
        row.ready - row.dispatched > slack)
        return;
    row.ready = row.dispatched = std::min(row.ready, row.end);
    row.start = std::max(row.start, row.dispatched);
}

void RunTables::finish_rows() {
    finish_ready();
    for (TaskRow& row : tasks_) {
        // A producer may have ended between the beginning of the submit and its wiring.
        if (row.ready != 0) row.ready = std::max(row.ready, row.submitted);
        order_stamps(row);
        if (row.completed >= tasks_.size()) row.completed = kNone;
    }
    finish_calls();
}

}  // namespace weir::recording
