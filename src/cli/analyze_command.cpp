// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "analysis/file_errors.hpp"
#include "analyze_report.hpp"
#include "commands.hpp"
#include "json/json_text.hpp"

namespace weir::cli {
namespace {

using analysis::RecordDirectory;
using analysis::RunAnalysis;
using Json = nlohmann::ordered_json;

void print(const Json& json) { fmt::print("{}\n", json_text(json, 2)); }

void analyze_one(const AnalyzeArguments& arguments) {
    const RunAnalysis run = analysis::analyze(RecordDirectory(arguments.directory));
    if (arguments.json)
        print(analysis_json(run));
    else
        fmt::print("{}", analysis_text(run));
}

void analyze_two(const AnalyzeArguments& arguments) {
    const RunAnalysis first = analysis::analyze(RecordDirectory(arguments.directory));
    const RunAnalysis second = analysis::analyze(RecordDirectory(arguments.against));
    const analysis::RunComparison comparison = analysis::compare(first, second);
    if (!arguments.json) {
        fmt::print("{}", comparison_text(first, second, comparison));
        return;
    }
    Json json = {{"weir", WEIR_VERSION_STRING}};
    json["first"] = analysis_json(first);
    json["second"] = analysis_json(second);
    json.update(comparison_json(comparison));
    print(json);
}

}  // namespace

ExitStatus analyze_command(const AnalyzeArguments& arguments) {
    try {
        if (arguments.against.empty())
            analyze_one(arguments);
        else
            analyze_two(arguments);
        return kDone;
    } catch (const analysis::FileMissing& error) {
        throw UsageError(error.what());
    }
}

}  // namespace weir::cli
