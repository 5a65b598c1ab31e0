// SPDX-License-Identifier: Apache-2.0
/// Runtimes and runs.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>

#include "capi/border.hpp"
#include "capi/handles.hpp"
#include "capi/source_line.hpp"
#include "capi/values.hpp"

namespace {

using weir::capi::checked;
using weir::capi::guarded;
using weir::capi::required;

weir::RuntimeConfig config_of(const weir_runtime_config* given, std::source_location site) {
    weir::RuntimeConfig config;
    if (given == nullptr) return config;
    checked(given, "weir_runtime_create: config", site);
    if (given->platform != nullptr) config.platform = given->platform;
    if (given->threads != WEIR_ALL_CORES) config.threads = given->threads;
    config.pin = given->pin != 0;
    if (given->sizes != nullptr)
        config.runtime_env =
            weir::capi::sizes_of(checked(given->sizes, "weir_runtime_create: config->sizes", site));
    if (given->log != nullptr) {
        config.log = [log = given->log, user = given->log_user](weir::LogLevel level,
                                                                const std::string& text) {
            log(static_cast<weir_log_level>(level), text.c_str(), user);
        };
    }
    if (given->first_task_number != 0) config.first_task_number = given->first_task_number;
    return config;
}

weir::CallConfig config_of(const weir_call_config* given, const char* what) {
    weir::CallConfig config;
    if (given == nullptr) return config;
    const std::int64_t deadline_ns = checked(given, what).deadline_ns;
    if (deadline_ns < 0)
        weir::capi::throw_invalid(std::string(what) + "->deadline_ns is negative; pass 0 for no deadline");
    if (deadline_ns > 0) config.deadline = std::chrono::nanoseconds(deadline_ns);
    if (given->sizes != nullptr)
        config.runtime_env =
            weir::capi::sizes_of(checked(given->sizes, (std::string(what) + "->sizes").c_str()));
    if (given->size_policy < WEIR_SIZES_AUTOMATIC || given->size_policy > WEIR_SIZES_GROWING)
        weir::capi::throw_invalid(std::string(what) + "->size_policy is " +
                                  std::to_string(given->size_policy) +
                                  ", which is no policy; pass WEIR_SIZES_AUTOMATIC, WEIR_SIZES_FIXED or "
                                  "WEIR_SIZES_GROWING");
    config.size_policy = static_cast<weir::SizePolicy>(given->size_policy);
    config.memory_limit = given->memory_limit;
    config.enable_scope_stats = given->enable_scope_stats != 0;
    config.enable_swimlane = given->enable_swimlane != 0;
    config.enable_dep_gen = given->enable_dep_gen != 0;
    if (given->record_level != -1) config.record_level = given->record_level;
    if (given->program_name != nullptr) config.program_name = given->program_name;
    if (given->record_directory != nullptr) config.record_directory = given->record_directory;
    return config;
}

/// Hands the figures of a run to the caller, who may not want them, however the run ends.
class Told {
public:
    explicit Told(weir_run_result* result) noexcept : result_(result) {}
    Told(const Told&) = delete;
    Told& operator=(const Told&) = delete;
    ~Told() {
        if (result_ != nullptr) *result_ = weir::capi::to_c(figures);
    }

    weir::RunResult figures;

private:
    weir_run_result* result_;
};

/// The program as the C++ API takes it.
weir::Program program_of(weir_runtime& runtime, weir_program_function program, void* user, const char* what) {
    required(program, what);
    return [&handle = runtime.orchestrator, program, user](weir::Orchestrator& orchestrator) {
        handle.run(orchestrator, program, user);
    };
}

}  // namespace

extern "C" {

weir_status weir_runtime_create(const weir_runtime_config* config, weir_runtime** runtime, const char* file,
                                int line) {
    return guarded([&] {
        const auto site = weir::capi::source_line(file, line);
        weir_runtime*& created = required(runtime, "weir_runtime_create: runtime", site);
        created = new weir_runtime(config_of(config, site), site);
    });
}

void weir_runtime_destroy(weir_runtime* runtime) { delete runtime; }

int32_t weir_runtime_threads(const weir_runtime* runtime) {
    return runtime != nullptr ? runtime->runtime.threads() : 0;
}

weir_status weir_runtime_sizes(const weir_runtime* runtime, weir_sizes* sizes) {
    return guarded([&] {
        weir_sizes& filled = checked(sizes, "weir_runtime_sizes: sizes");
        filled = weir::capi::to_c(required(runtime, "weir_runtime_sizes: runtime").runtime.sizes());
    });
}

uint64_t weir_runtime_reserved_bytes(const weir_runtime* runtime) {
    return runtime != nullptr ? runtime->runtime.reserved_bytes() : 0;
}

weir_status weir_runtime_watch(weir_runtime* runtime) {
    return guarded([&] { required(runtime, "weir_runtime_watch: runtime").runtime.watch(); });
}

weir_status weir_dump_on_signal(int32_t signal) {
    return guarded([&] { weir::dump_on_signal(signal); });
}

weir_status weir_runtime_run(weir_runtime* runtime, weir_program_function program, void* user,
                             const weir_call_config* config, weir_run_result* result) {
    return guarded([&] {
        weir_runtime& object = required(runtime, "weir_runtime_run: runtime");
        if (result != nullptr) checked(result, "weir_runtime_run: result");
        const weir::Program called = program_of(object, program, user, "weir_runtime_run: program");
        Told told(result);
        object.runtime.run(called, config_of(config, "weir_runtime_run: config"), told.figures);
    });
}

weir_status weir_runtime_submit(weir_runtime* runtime, weir_program_function program, void* user,
                                const weir_call_config* config, weir_run** run) {
    return guarded([&] {
        weir_runtime& object = required(runtime, "weir_runtime_submit: runtime");
        weir_run*& queued = required(run, "weir_runtime_submit: run");
        queued = new weir_run{
            object.runtime.submit(program_of(object, program, user, "weir_runtime_submit: program"),
                                  config_of(config, "weir_runtime_submit: config"))};
    });
}

weir_status weir_run_wait(weir_run* run, weir_run_result* result) {
    return guarded([&] {
        weir_run& object = required(run, "weir_run_wait: run");
        if (result != nullptr) checked(result, "weir_run_wait: result");
        Told told(result);
        try {
            told.figures = object.handle.wait();
        } catch (...) {
            told.figures = object.handle.result();
            throw;
        }
    });
}

weir_status weir_run_wait_for(weir_run* run, int64_t timeout_ns, int32_t* done) {
    return guarded([&] {
        int32_t& ended = required(done, "weir_run_wait_for: done");
        weir_run& object = required(run, "weir_run_wait_for: run");
        ended = object.handle.wait_for(std::chrono::nanoseconds(timeout_ns)) ? 1 : 0;
    });
}

weir_status weir_run_cancel(weir_run* run) {
    return guarded([&] { required(run, "weir_run_cancel: run").handle.cancel(); });
}

weir_status weir_run_report(weir_run* run, char* text, size_t capacity, size_t* needed) {
    return guarded([&] {
        weir_run& object = required(run, "weir_run_report: run");
        if (capacity > 0) required(text, "weir_run_report: text");
        const std::string report = object.handle.report();
        if (capacity > 0) {
            const std::size_t length = std::min(report.size(), capacity - 1);
            std::memcpy(text, report.data(), length);
            text[length] = '\0';
        }
        if (needed != nullptr) *needed = report.size() + 1;
    });
}

void weir_run_release(weir_run* run) { delete run; }

}  // extern "C"
