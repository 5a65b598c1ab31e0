// SPDX-License-Identifier: Apache-2.0
#include "analysis/name_lists.hpp"

#include <fmt/format.h>

namespace weir::analysis {

std::vector<KernelName> read_kernels(const SmallValues& values) {
    const nlohmann::json& list = values.at("kernels");
    if (!list.is_array()) values.fail("kernels", "a list of kernels must stand before the tables");
    std::vector<KernelName> kernels;
    for (const nlohmann::json& entry : list) {
        const auto refuse = [&](const char* field, const char* what) {
            values.fail("kernels", fmt::format("entry {}, \"{}\": {}", kernels.size(), field, what));
        };
        if (!entry.is_object()) values.fail("kernels", fmt::format("entry {} is no object", kernels.size()));
        const auto name = entry.find("name");
        if (name == entry.end() || !name->is_string()) refuse("name", "there is no text");
        KernelName kernel{name->get<std::string>(), {}};
        if (const auto type = entry.find("core_type"); type != entry.end() && !type->is_null()) {
            if (!type->is_string()) refuse("core_type", "it is no text");
            kernel.core_type = type->get<std::string>();
        }
        kernels.push_back(std::move(kernel));
    }
    return kernels;
}

}  // namespace weir::analysis
