// SPDX-License-Identifier: Apache-2.0
/// The recording of one run in its directory: run.json, swimlane.json and deps.json (docs/formats.md).
///
///     before the run   recording.partial is opened, locked and emptied, and gets its first line
///     during the run   a RunRecorder writes events to it
///     after it         the JSON files are made from it, each beside its place, take their places by renames,
///                      and it goes; also when the run has failed
///
/// When a file cannot be written the partial file stays, which says by itself what it is.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <weir/config.hpp>

#include "observe/partial_file.hpp"
#include "observe/run_recorder.hpp"
#include "recording/run_files.hpp"

namespace weir {

/// Threads and cores of what runs the tasks.
struct RecordedMachine {
    std::string platform;
    std::vector<recording::RunHead::Thread> threads;
    std::vector<recording::RunHead::Core> cores;
};
/// A host's: each of its threads is a core.
RecordedMachine host_machine(int threads);

/// What a run's CallConfig asks to be recorded, beside scope statistics.
struct RecordingOptions {
    bool wanted = false;
    bool swimlane = false;
    RecordRequest request;
};
/// Throws configuration for what cannot be.
RecordingOptions recording_options(const CallConfig& config);

class RunRecording {
public:
    /// Throws as PartialFile does. The recorder writes from now on.
    RunRecording(const CallConfig& config, const RecordingOptions& options, const SizesInForce& sizes,
                 const RecordedMachine& machine, RunRecorder& recorder);
    RunRecording(const RunRecording&) = delete;
    RunRecording& operator=(const RunRecording&) = delete;
    ~RunRecording();

    /// What the orchestrator tells; null: nothing.
    [[nodiscard]] RunRecorder* recorder() noexcept {
        return options_.request.level > 0 ? &recorder_ : nullptr;
    }

    /// The run has ended: writes the files. Throws system when one could not be written, and, after they
    /// were, when events are missing because the partial file could not be written.
    void finish(recording::RunFacts facts);

private:
    void stop() noexcept;
    void write_files(const recording::RunFacts& facts) const;

    RecordingOptions options_;
    RunRecorder& recorder_;
    PartialFile partial_;
    bool writing_ = false;
};

/// What run.json has of a run beside its events. `error`: empty when the run has not failed. `places`: lines
/// that were held back.
recording::RunFacts facts_of(const RunResult& result, bool fatal, const std::string& error,
                             std::span<const HeldBackPlace> places);

}  // namespace weir
