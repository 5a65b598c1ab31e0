// SPDX-License-Identifier: Apache-2.0
#include "config/runtime_sizes.hpp"

#include <cstdio>
#include <mutex>
#include <new>

#include <fmt/format.h>

namespace weir {

namespace {

void log_to_standard_error(LogLevel level, const std::string& text) {
    if (level == LogLevel::warning) std::fputs(fmt::format("weir: warning: {}\n", text).c_str(), stderr);
}

}  // namespace

RuntimeSizes::RuntimeSizes(const RuntimeConfig& config, const char* const* variables)
    : log_(config.log ? config.log : LogFunction(&log_to_standard_error)) {
    sources_.runtime = config.runtime_env;
    sources_.environment = read_environment(variables);
    const ResolvedSizes resolved = resolve(sources_);
    warn(resolved.warnings);
    of_runtime_ = resolved.in_force;
}

SizesInForce RuntimeSizes::of_call(const CallConfig& config) const {
    // The usual run sets nothing, and there may be many of them.
    if (config.runtime_env == RuntimeEnv{}) return of_runtime_;
    SizeSources sources = sources_;
    sources.call = config.runtime_env;
    ResolvedSizes resolved = resolve(sources);
    warn(resolved.warnings);
    return resolved.in_force;
}

void RuntimeSizes::warn(const std::vector<std::string>& warnings) const {
    for (const std::string& text : warnings) {
        {
            const std::lock_guard lock(mutex_);
            if (!warned_.insert(text).second) continue;
        }
        log_(LogLevel::warning, text);
    }
}

void RuntimeSizes::note_growth(const std::vector<GrownSize>& grown, const SizesInForce& in_force) const {
    if (grown.empty()) return;
    std::vector<std::string> warnings;
    try {
        warnings.push_back(growth_text(grown, in_force));
    } catch (const std::bad_alloc&) {
        return;  // the run is over and good, and told what grew in its result
    }
    warn(warnings);
}

void RuntimeSizes::note_unplanned(std::uint64_t limit, std::source_location site) const {
    warn(
        {fmt::format("the get at {} reads what a task writes, so what the program needs behind it is not "
                     "known before it runs: memory_limit {} is enforced while it runs",
                     format_site(site), limit)});
}

void RuntimeSizes::note(const SizesInForce& in_force) const {
    log_(LogLevel::note, fmt::format("sizes in force: {}; {} bytes of address space", describe(in_force),
                                     in_force.reserved_bytes));
}

}  // namespace weir
