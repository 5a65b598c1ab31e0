// SPDX-License-Identifier: Apache-2.0
/// One line of a file as a JSON object, with errors that name the line and the field.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <weir/task.hpp>

#include "analysis/file_errors.hpp"
#include "analysis/recorded_time.hpp"

namespace weir::analysis {

class JsonFields {
public:
    /// Throws FileDamaged when the text is no JSON object. `where`: "'FILE', line 3".
    JsonFields(const std::string& text, std::string where);

    /// `object` is part of the file; `where` says which.
    JsonFields(nlohmann::ordered_json object, std::string where);

    [[nodiscard]] bool has(const char* field) const { return object_.contains(field); }
    /// Neither missing nor null.
    [[nodiscard]] bool given(const char* field) const;
    /// Each throws FileDamaged when the field is missing or is something else.
    [[nodiscard]] std::uint64_t count(const char* field) const;
    [[nodiscard]] bool truth(const char* field) const;
    [[nodiscard]] std::string text(const char* field) const;
    [[nodiscard]] std::array<std::uint64_t, kRings> of_rings(const char* field) const;
    /// Microseconds, whole or with a fraction.
    [[nodiscard]] Time time(const char* field) const;
    [[nodiscard]] JsonFields object(const char* field) const;
    /// A list of objects.
    [[nodiscard]] std::vector<JsonFields> objects(const char* field) const;
    /// Of all fields, in the order of the file.
    [[nodiscard]] std::vector<std::string> names() const;

    [[noreturn]] void fail(const char* field, const std::string& what) const;

private:
    [[nodiscard]] const nlohmann::ordered_json& at(const char* field) const;

    nlohmann::ordered_json object_;
    std::string where_;
};

}  // namespace weir::analysis
