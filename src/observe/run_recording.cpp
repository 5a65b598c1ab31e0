// SPDX-License-Identifier: Apache-2.0
#include "observe/run_recording.hpp"

#include <exception>

#include <fmt/format.h>

#include <weir/error.hpp>

#include "observe/run_facts.hpp"

namespace weir {

namespace {

recording::RunHead head_of_run(const CallConfig& config, const RecordingOptions& options,
                               const SizesInForce& sizes, const RecordedMachine& machine,
                               const RunRecorder& recorder) {
    recording::RunHead head;
    head.weir = WEIR_VERSION_STRING;
    head.program = config.program_name;
    head.platform = machine.platform;
    head.clock = to_string(recorder.clock().kind());
    head.clock_hz = recorder.clock().ticks_per_second();
    head.level = options.request.level;
    head.swimlane = options.swimlane;
    head.dependencies = options.request.dependencies;
    head.scope_stats = config.enable_scope_stats;
    head.sizes = sizes_text(sizes);
    head.threads = machine.threads;
    head.cores = machine.cores;
    return head;
}

}  // namespace

RecordedMachine host_machine(int threads) {
    RecordedMachine machine{std::string(recording::kCpu), {}, {}};
    for (int i = 0; i < threads; ++i) {
        machine.threads.push_back({i, i == 0 ? "orchestrator" : "worker"});
        machine.cores.push_back({i, std::string(recording::kCpu), 0, i});
    }
    return machine;
}

RecordingOptions recording_options(const CallConfig& config) {
    RecordingOptions options;
    const bool tasks = config.enable_swimlane || config.enable_dep_gen;
    options.wanted = tasks || config.record_level.has_value();
    options.swimlane = config.enable_swimlane;
    options.request.dependencies = config.enable_dep_gen;
    options.request.level = config.record_level.value_or(kTasksLevel);
    const int level = options.request.level;
    if (level < 0 || level > kMostRecordLevel)
        throw Error(ErrorCode::configuration,
                    fmt::format("record_level is {}, but levels are 0 to {}", level, kMostRecordLevel));
    if (config.enable_swimlane && level < kScopesLevel)
        throw Error(ErrorCode::configuration,
                    "enable_swimlane is set, but record_level is 0; tasks are recorded from level 2 on");
    if (config.enable_dep_gen && level < kTasksLevel)
        throw Error(
            ErrorCode::configuration,
            fmt::format("enable_dep_gen is set, but record_level is {}; dependencies are recorded from "
                        "level 2 on",
                        level));
    const char* const asks = config.enable_scope_stats ? "enable_scope_stats"
                             : config.enable_swimlane  ? "enable_swimlane"
                             : config.enable_dep_gen   ? "enable_dep_gen"
                                                       : "record_level";
    if ((options.wanted || config.enable_scope_stats) && config.record_directory.empty())
        throw Error(ErrorCode::configuration,
                    fmt::format("{} is set, but record_directory is empty; name the directory that the "
                                "recording goes to",
                                asks));
    return options;
}

RunRecording::RunRecording(const CallConfig& config, const RecordingOptions& options,
                           const SizesInForce& sizes, const RecordedMachine& machine, RunRecorder& recorder)
    : options_(options),
      recorder_(recorder),
      partial_(config.record_directory, {}, "recording.partial", "itself", "a recording") {
    recording::RunHead head = head_of_run(config, options, sizes, machine, recorder);
    head.start = recorder.begin_run(options.request);
    const std::string line = to_line(head);
    if (const int failed = write_all(partial_.number(), std::as_bytes(std::span(line))); failed != 0)
        partial_.refuse(fmt::format("writing '{}'", partial_.path()), failed);
    if (options_.request.level == 0) return;
    recorder_.write_to(partial_.number(), line.size());
    writing_ = true;
}

RunRecording::~RunRecording() { stop(); }

void RunRecording::stop() noexcept {
    if (!writing_) return;
    writing_ = false;
    recorder_.end_run();
}

void RunRecording::write_files(const recording::RunFacts& facts) const {
    const recording::RecordingFile file(partial_.path());
    const recording::RunTables tables(file);
    const auto write = [&](const char* name, const auto& fill) {
        NewFile target(partial_.beside(name));
        fill([&target](std::string_view text) { target.write(text); });
        target.commit();
    };
    if (options_.swimlane)
        write("swimlane.json",
              [&](const recording::Sink& sink) { write_swimlane_json(tables, false, sink); });
    if (options_.request.dependencies)
        write("deps.json", [&](const recording::Sink& sink) { write_deps_json(tables, false, sink); });
    write("run.json", [&](const recording::Sink& sink) { write_run_json(tables, &facts, sink); });
}

void RunRecording::finish(recording::RunFacts facts) {
    stop();
    facts.recorded = recorder_.recorded();
    facts.dropped = recorder_.dropped();
    try {
        write_files(facts);
    } catch (const std::exception& error) {
        throw Error(ErrorCode::system,
                    fmt::format("the recording could not be written: {}; what was recorded is in '{}'; make "
                                "room, or record to another directory",
                                error.what(), partial_.path()));
    }
    partial_.remove();
    if (recorder_.error() != 0)
        throw Error(
            ErrorCode::system,
            fmt::format("the recording in '{}' is not complete: writing '{}' failed: {}; {} events are "
                        "missing; make room, or record to another directory",
                        partial_.beside("run.json"), partial_.path(), errno_text(recorder_.error()),
                        facts.dropped));
}

}  // namespace weir
