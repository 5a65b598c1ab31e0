// SPDX-License-Identifier: Apache-2.0
/// What the recorder of scopes is told: the counters of the innermost scope's ring, with waterlines that have
/// been moved as far as they go, so that what is reclaimed counts as reclaimed.
#include "orchestrator/orchestrator_core.hpp"

namespace weir::detail {

namespace {

ScopeRecorder::EmptyRing of_empty(const TaskRing& ring, const TensorMap& map) noexcept {
    return {ring.next_number,
            ring.heap.head() + ring.deps.head() + ring.payload.head() + map.taken() + map.given_back()};
}

}  // namespace

void OrchestratorCore::record_open(const OpenScope& scope) noexcept {
    const int depth = scopes_.depth();
    if (depth < kRings) {
        const TaskRing& r = ring(depth);
        if (r.empty() && recorder_->begin_empty(depth, scope.site, of_empty(r, map_))) return;
    }
    record_counters(scope, true);
}

void OrchestratorCore::record_close(const OpenScope& scope) noexcept {
    const int depth = scopes_.depth();
    if (depth < kRings) {
        const TaskRing& r = ring(depth);
        if (r.empty() && recorder_->end_empty(depth, of_empty(r, map_))) return;
    }
    record_counters(scope, false);
}

void OrchestratorCore::record_counters(const OpenScope& scope, bool begins) noexcept {
    const int depth = scopes_.depth();
    TaskRing& r = ring(scopes_.ring());
    reclaim(r);
    scope_recording::Counters now;
    now[scope_recording::kTasksEnd] = r.next_number;
    now[scope_recording::kTaskWindowUsed] = r.next_number - r.first_unreleased();
    now[scope_recording::kConsumedUsed] = r.next_number - r.first_unconsumed();
    now[scope_recording::kHeapEnd] = r.heap.head();
    now[scope_recording::kHeapUsed] = r.heap.used();
    now[scope_recording::kDepPoolEnd] = r.deps.head();
    now[scope_recording::kDepPoolUsed] = r.deps.used();
    now[scope_recording::kPayloadEnd] = r.payload.head();
    now[scope_recording::kPayloadUsed] = r.payload.used();
    now[scope_recording::kTensormapEnd] = map_.taken();
    now[scope_recording::kTensormapUsed] = map_.used();
    if (begins)
        recorder_->begin(depth, scope.site, now);
    else
        recorder_->end(depth, scope.site, now);
}

}  // namespace weir::detail
