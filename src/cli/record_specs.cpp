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

OptionSpec json_option() { return {"--json", "", "Print one JSON object instead of text."}; }

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

}  // namespace

std::vector<CommandSpec> record_command_specs() { return {trace_spec(), analyze_spec()}; }

}  // namespace weir::cli
