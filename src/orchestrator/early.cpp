// SPDX-License-Identifier: Apache-2.0
/// Submits where tasks may be staged before they are ready (platform/chip/early_dispatch.hpp): every task of
/// a kernel has a launch record there, and behind it an early record.
#include <algorithm>

#include "orchestrator/orchestrator_core.hpp"
#include "orchestrator/submit_recording.hpp"

namespace weir::detail {

namespace {

/// Those of a list that the task waits for. Asked by number: one that has completed may be gone.
class ListedProducers final : public UnfinishedProducers {
public:
    ListedProducers(std::span<const Producer> all, const std::array<TaskRing, kRings>& rings) noexcept
        : all_(all), rings_(rings) {}

    [[nodiscard]] TaskSlot* next() noexcept override {
        while (!all_.empty()) {
            const Producer& producer = all_.front();
            all_ = all_.subspan(1);
            const TaskRing& ring = rings_[static_cast<std::size_t>(producer.task.ring())];
            const std::uint64_t number = producer.task.number();
            if (producer.waits != 0 && !ring.completed(number)) return &ring.slot(number);
        }
        return nullptr;
    }

private:
    std::span<const Producer> all_;
    const std::array<TaskRing, kRings>& rings_;
};

}  // namespace

Task OrchestratorCore::submit_early(const SubmitRequest& request) {
    static const Options kNoOptions;
    check_call(request.site);
    settle();
    Submit submit;
    if (!examine(request, std::min(request.argument_count, kMaxTensors), submit)) check_request(request);
    SubmitRequest with_options = request;
    if (request.options == nullptr) with_options.options = &kNoOptions;
    if (records_tasks_ && plan_ == nullptr) {
        SubmitRecording recording(*events_, *reasons_);
        return submit_launch(alone(request), with_options, recording);
    }
    NoSubmitRecording recording;
    return submit_launch(alone(request), with_options, recording);
}

void OrchestratorCore::tell_wired(const LaunchSubmit& submit, TaskSlot& slot) noexcept {
    if (!submit.early) return;
    ListedProducers producers(producers_.all(), rings_);
    dispatcher_->wired(slot, producers);
}

}  // namespace weir::detail
