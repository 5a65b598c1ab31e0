// SPDX-License-Identifier: Apache-2.0
/// What an orchestrator that plans tells of the program, instead of running anything.
///
/// While a sink is set, a submit is checked as always, takes a running number and heap in its ring, and is
/// handed to the sink; nothing is written to the rings, and nothing ever holds the program back. Scopes open
/// and close as always. Owned memory has addresses, but nothing lies there. No kernel is called, unless the
/// sink asks for it (OrchestratorCore::call_planned).
#pragma once

#include <source_location>

#include <weir/orchestrator.hpp>

#include "orchestrator/launch_request.hpp"
#include "orchestrator/scope_stack.hpp"
#include "orchestrator/verdict.hpp"

namespace weir::detail {

/// A submit, in program order. The references are valid during the call.
struct PlannedTask {
    TaskRef ref;
    const SubmitRequest& request;  ///< its outputs are filled in
    const Request& needs;          ///< owners counted once each
    RingPosition position;         ///< right before it
    bool waits_for_tensors;        ///< false in a MANUAL scope
    bool built_in;                 ///< allocate or barrier_task: no kernel of the program
    const ScopeStack& scopes;      ///< an owner is not yet entered in the innermost one
    const LaunchRequest* launch;  ///< null: one call of one kernel. Else the last argument may be the element
                                  ///< of a predicate, which kernels do not see

    /// Tensors that its kernels see.
    [[nodiscard]] std::size_t kernel_arguments() const noexcept {
        return launch != nullptr ? launch->kernel_arguments : request.argument_count;
    }
};

/// A `get` or `set` of one element.
struct PlannedAccess {
    const TensorRecord& element;
    std::uint64_t owner;  ///< TaskRef word of the task that owns the memory; 0: external memory
    bool writes;
    std::source_location site;
    const ScopeStack& scopes;
};

class PlanSink {
public:
    PlanSink() = default;
    PlanSink(const PlanSink&) = delete;
    PlanSink& operator=(const PlanSink&) = delete;

    /// What it throws ends the run, whatever the program makes of it.
    virtual void submitted(const PlannedTask& task) = 0;
    /// Where the program reads or writes the element; null when only a kernel could say what is there, which
    /// ends the run. May call call_planned.
    virtual void* accessed(const PlannedAccess& access) = 0;

protected:
    ~PlanSink() = default;
};

}  // namespace weir::detail
