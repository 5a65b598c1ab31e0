// SPDX-License-Identifier: Apache-2.0
/// The sizes of one runtime's runs: its sources, and the log of what they came to.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/sizes.hpp"
#include "model/sync.hpp"

namespace weir {

class RuntimeSizes {
public:
    /// `variables`: "NAME=text" up to a null pointer; read here and not again. Throws configuration.
    RuntimeSizes(const RuntimeConfig& config, const char* const* variables);

    /// The sizes of a run that sets none of its own.
    [[nodiscard]] const SizesInForce& of_runtime() const noexcept { return of_runtime_; }
    /// The sizes of a run with this configuration. Each warning is logged once. Any thread.
    [[nodiscard]] SizesInForce of_call(const CallConfig& config) const;
    /// Logs what is in force in a run that begins.
    void note(const SizesInForce& in_force) const;

    /// Warns of sizes that grew in a run that started with `in_force`; the same ones once.
    void note_growth(const std::vector<GrownSize>& grown, const SizesInForce& in_force) const;
    /// Warns that a limit is enforced while a run goes on, since it could not be planned; of the same once.
    void note_unplanned(std::uint64_t limit, std::source_location site) const;

private:
    void warn(const std::vector<std::string>& warnings) const;

    SizeSources sources_;
    LogFunction log_;
    mutable sync::Mutex mutex_;
    mutable std::set<std::string> warned_;
    SizesInForce of_runtime_;
};

}  // namespace weir
