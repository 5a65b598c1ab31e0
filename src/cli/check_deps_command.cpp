// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "analysis/dependency_check.hpp"
#include "analysis/file_errors.hpp"
#include "analysis/record_directory.hpp"
#include "analysis/record_notes.hpp"
#include "commands.hpp"
#include "json/json_text.hpp"
#include "units.hpp"

namespace weir::cli {
namespace {

using analysis::Deps;
using analysis::Finding;
using analysis::kNone;
using Json = nlohmann::ordered_json;

std::string task_text(const Deps& deps, std::uint32_t row) {
    const analysis::DepsTask& task = deps.tasks[row];
    return fmt::format(
        "{} ({} {}:{})", task.site == kNone ? "a submit without a line" : deps.sites[task.site],
        task.kernel == kNone ? "unknown kernel" : deps.kernels[task.kernel], task.ring, task.id);
}

const char* conflict_word(const Finding& finding) {
    return analysis::kEdgeKinds[static_cast<std::size_t>(finding.conflict)];
}

std::string overlap_text(const Deps& deps, const Finding& finding) {
    if (finding.later_access == kNone) return "the later one names the earlier";
    const analysis::Access& earlier = deps.accesses[finding.earlier_access];
    const analysis::Access& later = deps.accesses[finding.later_access];
    const char* share = finding.whole ? "share" : finding.decided ? "share some of" : "may share some of";
    return fmt::format("{}: argument {} of the later and {} of the earlier {} bytes {} to {} of buffer {}",
                       conflict_word(finding), later.argument, earlier.argument, share,
                       grouped(finding.first_byte), grouped(finding.end_byte - 1), later.buffer);
}

/// Why the later one does not wait, and what to do.
std::string advice(const Deps& deps, const Finding& finding) {
    if (finding.kind == Finding::Kind::not_waited)
        return "the program orders the two, but the runtime did not wait: this is a defect of the runtime";
    const bool manual = deps.tasks[finding.later].manual;
    return manual ? "it was submitted in a MANUAL scope; name the earlier task with after(...)"
                  : "the argument is marked no_dep; take the mark away, or name the earlier task with "
                    "after(...)";
}

/// Findings of the same lines and arguments are told once.
std::string findings_text(const Deps& deps, const analysis::CheckResult& result) {
    using Place = std::tuple<Finding::Kind, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
    std::map<Place, std::pair<const Finding*, std::uint64_t>> places;
    std::vector<const std::pair<const Finding*, std::uint64_t>*> order;
    for (const Finding& finding : result.findings) {
        const auto argument = [&](std::uint32_t access) {
            return access == kNone ? kNone : deps.accesses[access].argument;
        };
        const Place place{finding.kind, deps.tasks[finding.earlier].site, deps.tasks[finding.later].site,
                          argument(finding.earlier_access), argument(finding.later_access)};
        const auto [entry, added] = places.try_emplace(place, &finding, 0);
        if (added) order.push_back(&entry->second);
        ++entry->second.second;
    }
    std::string text;
    for (const auto* entry : order) {
        const Finding& finding = *entry->first;
        const std::string more =
            entry->second == 1 ? "" : fmt::format(", and {} more like this", grouped(entry->second - 1));
        text += fmt::format("{} does not come behind {}{}\n  {}\n  {}\n", task_text(deps, finding.later),
                            task_text(deps, finding.earlier), more, overlap_text(deps, finding),
                            advice(deps, finding));
    }
    return text;
}

std::string result_text(const std::string& directory, const Deps& deps, const analysis::CheckResult& result) {
    std::string text = findings_text(deps, result);
    text += fmt::format("{}: {} tasks, {} accesses, {} conflicts between neighbours\n", directory,
                        grouped(deps.tasks.size()), grouped(deps.accesses.size()), grouped(result.conflicts));
    for (const std::string& note : analysis::notes_of(nullptr, nullptr, &deps))
        text += report_line("note", note);
    text += report_line("covered directly", grouped(result.direct));
    text += report_line("searched for", grouped(result.searched));
    text += report_line("not ordered", result.stopped ? fmt::format("{} at least; the check stopped there",
                                                                    grouped(result.findings.size()))
                                                      : grouped(result.findings.size()));
    return text;
}

Json task_json(const Deps& deps, std::uint32_t row) {
    const analysis::DepsTask& task = deps.tasks[row];
    return {{"ring", task.ring},
            {"id", task.id},
            {"kernel", task.kernel == kNone ? Json(nullptr) : Json(deps.kernels[task.kernel])},
            {"site", task.site == kNone ? Json(nullptr) : Json(deps.sites[task.site])}};
}

Json finding_json(const Deps& deps, const Finding& finding) {
    Json json = {{"kind", finding.kind == Finding::Kind::unordered ? "unordered" : "not_waited"},
                 {"conflict", conflict_word(finding)},
                 {"earlier", task_json(deps, finding.earlier)},
                 {"later", task_json(deps, finding.later)},
                 {"overlap", nullptr}};
    if (finding.later_access == kNone) return json;
    json["earlier"]["argument"] = deps.accesses[finding.earlier_access].argument;
    json["later"]["argument"] = deps.accesses[finding.later_access].argument;
    json["overlap"] = {{"buffer", deps.accesses[finding.later_access].buffer},
                       {"first_byte", finding.first_byte},
                       {"end_byte", finding.end_byte},
                       {"whole", finding.whole},
                       {"decided", finding.decided}};
    return json;
}

Json result_json(const std::string& directory, const Deps& deps, const analysis::CheckResult& result) {
    Json json = {{"weir", WEIR_VERSION_STRING},
                 {"directory", directory},
                 {"notes", analysis::notes_of(nullptr, nullptr, &deps)},
                 {"tasks", deps.tasks.size()},
                 {"accesses", deps.accesses.size()},
                 {"conflicts", result.conflicts},
                 {"covered_directly", result.direct},
                 {"searched_for", result.searched},
                 {"stopped", result.stopped}};
    json["findings"] = Json::array();
    for (const Finding& finding : result.findings) json["findings"].push_back(finding_json(deps, finding));
    return json;
}

}  // namespace

ExitStatus check_deps_command(const CheckDepsArguments& arguments) {
    try {
        const Deps deps = analysis::RecordDirectory(arguments.directory).deps();
        const analysis::CheckResult result = analysis::check_dependencies(deps);
        if (arguments.json)
            fmt::print("{}\n", json_text(result_json(arguments.directory, deps, result), 2));
        else
            fmt::print("{}", result_text(arguments.directory, deps, result));
        if (!result.findings.empty()) return kRunFailed;
        if (deps.complete && !deps.partial) return kDone;
        print_error(
            "the recording is not complete, so tasks that are not ordered may be missing from it; record "
            "again");
        return kRunFailed;
    } catch (const analysis::FileMissing& error) {
        throw UsageError(error.what());
    }
}

}  // namespace weir::cli
