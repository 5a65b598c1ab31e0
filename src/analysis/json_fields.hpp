// SPDX-License-Identifier: Apache-2.0
/// One line of a file as a JSON object, with errors that name the line and the field.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include <weir/task.hpp>

#include "analysis/scope_stats_file.hpp"

namespace weir::analysis {

class JsonFields {
public:
    /// Throws FileDamaged when the text is no JSON object. `where`: "'FILE', line 3".
    JsonFields(const std::string& text, std::string where);

    [[nodiscard]] bool has(const char* field) const { return object_.contains(field); }
    /// Each throws FileDamaged when the field is missing or is something else.
    [[nodiscard]] std::uint64_t count(const char* field) const;
    [[nodiscard]] bool truth(const char* field) const;
    [[nodiscard]] std::string text(const char* field) const;
    [[nodiscard]] std::array<std::uint64_t, kRings> of_rings(const char* field) const;

    [[noreturn]] void fail(const char* field, const std::string& what) const;

private:
    [[nodiscard]] const nlohmann::json& at(const char* field) const;

    nlohmann::json object_;
    std::string where_;
};

}  // namespace weir::analysis
