// SPDX-License-Identifier: Apache-2.0
#include "record_specs.hpp"

namespace weir::cli {
namespace {

PositionalSpec directory_word() { return {"DIR", "The directory given to 'weir run --record'."}; }

CommandSpec trace_spec() {
    CommandSpec trace{
        "trace", "Write a recorded run as a file for a trace viewer",
        "Writes a file that ui.perfetto.dev opens: a track for each core and thread, arrows along "
        "dependencies, counters of ready tasks, idle cores and the occupancy of each ring, and "
        "marks where the program was held back or a thread slept."};
    trace.positional = directory_word();
    trace.options = {{"--format",
                      "NAME",
                      "perfetto: Perfetto's own form, the default; chrome: JSON, for chrome://tracing too.",
                      "Options",
                      Completion::nothing,
                      false,
                      {"perfetto", "chrome"}},
                     {"--output", "FILE", "Where it goes. Default: DIR/trace.pftrace, or DIR/trace.json."}};
    trace.examples = {{"weir trace rec", "of the run that was recorded in rec"}};
    return trace;
}

CommandSpec scopes_spec() {
    CommandSpec scopes{"scopes", "Show which scopes of a recorded run took how much of the rings",
                       "Reads what 'weir run --record DIR --enable-scope-stats' has recorded, and prints for "
                       "each line that opened scopes how often it did, and the largest use of each resource "
                       "while one of them was open. Also reads the partial file of a run that is not over, "
                       "or whose process has died."};
    scopes.positional = {
        "DIR", "The directory given to --record, or a scope_stats.jsonl or scope_stats.partial in it."};
    scopes.options = {json_option()};
    scopes.examples = {{"weir scopes rec", "of the run that was recorded in rec"}};
    return scopes;
}

CommandSpec analyze_spec() {
    CommandSpec analyze{
        "analyze", "Show where the time of a recorded run went",
        "Prints what the program's thread and the scheduling threads did, how long the tasks of "
        "each kernel took and waited, how long cores were idle although work was ready, and the "
        "critical path: which chain of tasks makes up the run's time, and what the run would "
        "take if scheduling were free, if no ring were too small, or if a kernel were faster."};
    analyze.positional = directory_word();
    analyze.options = {
        {"--against", "DIR", "Compare with this recording, and print what differs beyond noise."},
        json_option()};
    analyze.examples = {{"weir analyze rec", "of the run that was recorded in rec"},
                        {"weir analyze before --against after", "what a change has changed"}};
    return analyze;
}

CommandSpec deps_spec() {
    CommandSpec deps{
        "deps", "Print the dependencies of a recorded run as a graph",
        "Prints which task waited for which, from deps.json, for Graphviz or Mermaid. Edges that follow "
        "from others are left out."};
    deps.positional = directory_word();
    deps.options = {{"--format",
                     "NAME",
                     "dot: for Graphviz, the default; mermaid: for Mermaid, up to 500 tasks and edges.",
                     "Options",
                     Completion::nothing,
                     false,
                     {"dot", "mermaid"}},
                    {"--scope", "SITE", "Only tasks of scopes that were opened at this line: file.cpp:77."},
                    {"--kernel", "NAME", "Only tasks of this kernel."},
                    {"--id", "RING:NUMBER", "Only this task, and what is around it."},
                    {"--around", "N", "How many edges away from that task. Default: 1."},
                    {"--all-edges", "",
                     "Print edges too that follow from others, and, dotted, those that only keep memory."}};
    deps.examples = {
        {"weir deps rec | dot -Tsvg -o deps.svg", "a picture of a small run"},
        {"weir deps rec --id 1:42 --format mermaid", "what one task waited for, and what waited for it"}};
    return deps;
}

CommandSpec check_deps_spec() {
    CommandSpec check{
        "check-deps", "Find tasks of a recorded run that nothing orders",
        "Derives from the recorded accesses, flags and named tasks, never from times, which tasks must "
        "come behind which, and reports each pair that touches the same memory, one of them writing, "
        "without being ordered: by the lines of both submits and what they share. So it finds an "
        "argument wrongly marked no_dep, or a MANUAL scope with a forgotten edge, also when the run "
        "happened to be right. Ends with status 1 when there is one."};
    check.positional = directory_word();
    check.options = {json_option()};
    check.examples = {
        {"weir run cholesky --record rec --enable-dep-gen && weir check-deps rec", "check a program"}};
    return check;
}

CommandSpec report_spec() {
    CommandSpec report{
        "report", "Write a recorded run as one page to look at",
        "Writes an HTML file that any browser opens from disk, without a network: what to change, what each "
        "core ran and when, how full each ring was, statistics of the kernels, the dependencies around a "
        "task, and the scopes. It shows whatever of run.json, swimlane.json, deps.json and the scope "
        "statistics was recorded."};
    report.positional = directory_word();
    report.options = {{"--output", "FILE", "Where it goes. Default: DIR/report.html."}};
    report.examples = {
        {"weir report rec && xdg-open rec/report.html", "of the run that was recorded in rec"}};
    return report;
}

}  // namespace

std::vector<CommandSpec> record_command_specs() {
    return {scopes_spec(), trace_spec(), analyze_spec(), deps_spec(), check_deps_spec(), report_spec()};
}

}  // namespace weir::cli
