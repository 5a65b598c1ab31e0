// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "commands.hpp"
#include "json/json_text.hpp"
#include "parameters.hpp"
#include "platforms.hpp"
#include "program_library.hpp"

namespace weir::cli {

namespace {
using Json = nlohmann::ordered_json;
}  // namespace

ExitStatus list_command(const ListArguments& arguments) {
    if (arguments.names) {
        // Without loading them: completion asks for this at every key.
        for (const std::filesystem::path& file : shipped_programs()) fmt::print("{}\n", file.stem().string());
        return kDone;
    }
    ExitStatus status = kDone;
    Json json;
    json["folder"] = shipped_programs_folder().string();
    json["programs"] = Json::array();
    json["unusable"] = Json::array();
    std::string text;
    for (const std::filesystem::path& file : shipped_programs()) {
        const std::string name = file.stem().string();
        try {
            const ProgramLibrary library(file);
            text += fmt::format("{}{}: {}\n{}", text.empty() ? "" : "\n", name, library.summary(),
                                parameters_text(library.parameters()));
            json["programs"].push_back({{"name", name},
                                        {"summary", library.summary()},
                                        {"file", file.string()},
                                        {"parameters", parameters_json(library.parameters())}});
        } catch (const Error& error) {
            print_error(error.what());
            json["unusable"].push_back({{"file", file.string()}, {"error", error.what()}});
            status = kRunFailed;
        }
    }
    if (text.empty()) text = fmt::format("no programs in '{}'\n", shipped_programs_folder().string());
    text += "\n" + platforms_text();
    json["platforms"] = platforms_json();
    if (arguments.json) text = json_text(json, 2) + "\n";
    fmt::print("{}", text);
    return status;
}

}  // namespace weir::cli
