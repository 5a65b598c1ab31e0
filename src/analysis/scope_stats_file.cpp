// SPDX-License-Identifier: Apache-2.0
#include "analysis/scope_stats_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "analysis/json_fields.hpp"
#include "analysis/scope_stats_check.hpp"

namespace weir::analysis {

namespace {

using namespace scope_recording;
using Visit = std::function<void(const Boundary&)>;

constexpr std::uint64_t kSchemaVersion = 6;
/// Of one line: far more than a boundary needs, far less than what is no text at all may have.
constexpr std::size_t kMostLineBytes = 64 * 1024;

void check_version(const JsonFields& head, const char* field, std::uint64_t known) {
    const std::uint64_t version = head.count(field);
    if (version > known)
        head.fail(field, fmt::format("{} is newer than {}, which this weir reads; use a newer weir", version,
                                     known));
    if (version < known)
        head.fail(field, fmt::format("{} is older than {}, which is the only one that this weir reads",
                                     version, known));
}

void take_capacities(const JsonFields& fields, ScopeStatsHead& head) {
    head.task_window = fields.of_rings("task_window_max");
    head.heap = fields.of_rings("heap_max");
    head.dep_pool = fields.of_rings("dep_pool_max");
    head.tensormap = fields.count("tensormap_max");
    head.has_additions = fields.has("payload_max");
    if (fields.has("consumed_window_max")) head.consumed_window = fields.of_rings("consumed_window_max");
    if (head.has_additions) head.payload = fields.of_rings("payload_max");
}

/// A resource in the jsonl: the counter that is allocated so far, and what of it is in use.
void take_span(const JsonFields& fields, const std::string& name, Counters& now, scope_recording::Counter end,
               scope_recording::Counter used) {
    const std::string start_field = name + "_start";
    const std::string end_field = name + "_end";
    const std::uint64_t start = fields.count(start_field.c_str());
    const std::uint64_t last = fields.count(end_field.c_str());
    if (start > last)
        fields.fail(start_field.c_str(),
                    fmt::format("{} is more than the {} of \"{}\"", start, last, end_field));
    now[end] = last;
    now[used] = last - start;
}

void take_additions(const JsonFields& fields, Boundary& boundary) {
    Counters& now = boundary.counters;
    const std::uint64_t tasks = now[kTasksEnd];
    take_span(fields, "consumed", now, kTasksEnd, kConsumedUsed);
    if (now[kTasksEnd] != tasks)
        fields.fail("consumed_end",
                    fmt::format("{} is not the {} of \"task_window_end\"", now[kTasksEnd], tasks));
    take_span(fields, "payload", now, kPayloadEnd, kPayloadUsed);
    const std::uint64_t in_use = now[kTensormapUsed];
    take_span(fields, "tensormap", now, kTensormapEnd, kTensormapUsed);
    if (now[kTensormapUsed] != in_use)
        fields.fail("tensormap", fmt::format("{} is not \"tensormap_end\" less \"tensormap_start\"", in_use));
    if (boundary.begins) return;
    static constexpr struct {
        const char* field;
        Peak peak;
        scope_recording::Counter used;
    } kFields[] = {{"task_window_peak", kTaskWindowPeak, kTaskWindowUsed},
                   {"heap_peak", kHeapPeak, kHeapUsed},
                   {"dep_pool_peak", kDepPoolPeak, kDepPoolUsed},
                   {"tensormap_peak", kTensormapPeak, kTensormapUsed},
                   {"consumed_peak", kConsumedPeak, kConsumedUsed},
                   {"payload_peak", kPayloadPeak, kPayloadUsed}};
    for (const auto& each : kFields) {
        const std::uint64_t peak = fields.count(each.field);
        if (peak < now[each.used])
            fields.fail(each.field, fmt::format("{} is less than the {} that are in use at the scope's end",
                                                peak, now[each.used]));
        boundary.peaks[each.peak] = peak;
    }
}

Boundary boundary_of(const JsonFields& fields, bool has_additions) {
    Boundary boundary;
    boundary.site = fields.text("site");
    const auto colon = boundary.site.rfind(':');
    if (colon == std::string::npos || colon == 0 ||
        boundary.site.find_first_not_of("0123456789", colon + 1) != std::string::npos ||
        colon + 1 == boundary.site.size())
        fields.fail("site", fmt::format("\"{}\" is not of the form file:line", boundary.site));
    const std::string phase = fields.text("phase");
    if (phase != "begin" && phase != "end")
        fields.fail("phase", fmt::format("\"{}\" is neither begin nor end", phase));
    boundary.begins = phase == "begin";
    const std::uint64_t depth = fields.count("depth");
    constexpr std::uint64_t kDeepest = 1'000'000;  // far more than any writer nests
    if (depth > kDeepest) fields.fail("depth", fmt::format("{} is too deep", depth));
    boundary.depth = static_cast<int>(depth);
    if (const std::uint64_t ring = fields.count("ring"); ring != static_cast<std::uint64_t>(boundary.ring()))
        fields.fail("ring",
                    fmt::format("{} is not the ring of depth {}, which is {}", ring, depth, boundary.ring()));
    Counters& now = boundary.counters;
    take_span(fields, "task_window", now, kTasksEnd, kTaskWindowUsed);
    take_span(fields, "heap", now, kHeapEnd, kHeapUsed);
    take_span(fields, "dep_pool", now, kDepPoolEnd, kDepPoolUsed);
    now[kTensormapUsed] = fields.count("tensormap");
    if (has_additions) take_additions(fields, boundary);
    return boundary;
}

/// The file line by line.
class Lines {
public:
    explicit Lines(const std::filesystem::path& file)
        : name_(file.string()), stream_(file, std::ios::binary) {
        if (!stream_) {
            const int error = errno;
            throw FileMissing(
                fmt::format("'{}' cannot be opened: {}; give the directory that was given to "
                            "'weir run --record', or a file of scope statistics in it",
                            name_, std::system_category().message(error)));
        }
    }
    /// False at the end of the file.
    bool next(std::string& line) {
        ++number_;
        line.clear();
        for (int c = stream_.get(); c != std::char_traits<char>::eof(); c = stream_.get()) {
            if (c == '\n') return true;
            line.push_back(static_cast<char>(c));
            if (line.size() > kMostLineBytes) fail("the line does not end; this is no scope statistics file");
        }
        if (stream_.bad()) fail("reading failed");
        if (!line.empty()) fail("the file ends within this line");
        return false;
    }
    [[nodiscard]] std::string where() const { return fmt::format("'{}', line {}", name_, number_); }
    [[noreturn]] void fail(const std::string& what) const {
        throw FileDamaged(fmt::format("{}: {}", where(), what));
    }
    [[nodiscard]] std::istream& stream() noexcept { return stream_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    std::string name_;
    std::ifstream stream_;
    std::uint64_t number_ = 0;
};

/// Peaks that a scope can have had at most, in a file that does not have them.
Peaks most(const Counters& begin, const Counters& end) noexcept {
    Peaks peaks{};
    peaks[kTaskWindowPeak] = end[kTasksEnd] - (begin[kTasksEnd] - begin[kTaskWindowUsed]);
    peaks[kHeapPeak] = end[kHeapEnd] - (begin[kHeapEnd] - begin[kHeapUsed]);
    peaks[kDepPoolPeak] = end[kDepPoolEnd] - (begin[kDepPoolEnd] - begin[kDepPoolUsed]);
    peaks[kTensormapPeak] = std::max(begin[kTensormapUsed], end[kTensormapUsed]);
    return peaks;
}

void read_lines(Lines& lines, const ScopeStatsHead& head, const Visit& visit) {
    ScopeOrder order(head.has_additions);
    std::vector<Counters> begins;
    std::string line;
    std::uint64_t found = 0;
    const std::uint64_t expected = head.total - head.dropped;
    for (; lines.next(line); ++found) {
        if (found == expected)
            lines.fail(
                fmt::format("line 1, fields \"total\" and \"dropped\": more than {} lines follow", expected));
        Boundary boundary = boundary_of(JsonFields(line, lines.where()), head.has_additions);
        if (const std::string wrong = order.take(boundary); !wrong.empty())
            throw FileDamaged(fmt::format("{}, {}", lines.where(), wrong));
        if (boundary.begins) {
            begins.push_back(boundary.counters);
        } else {
            if (!head.has_additions) boundary.peaks = most(begins.back(), boundary.counters);
            begins.pop_back();
        }
        visit(boundary);
    }
    if (found != expected)
        lines.fail(
            fmt::format("the file ends here, but line 1, fields \"total\" and \"dropped\", promises {} "
                        "lines behind itself, not {}",
                        expected, found));
    if (head.dropped == 0 && !order.open().empty())
        lines.fail(fmt::format("the file ends here, but the scope of {} has not ended, field \"phase\"",
                               order.open().back()));
}

/// Boundaries of a partial file up to its last whole item.
std::uint64_t read_items(Lines& lines, std::uint64_t from, const Visit& visit) {
    ScopeOrder order(true);
    Decoder decoder;
    std::vector<std::byte> window(64 * 1024);
    std::size_t kept = 0;
    std::uint64_t place = from;  // of the window's first byte
    std::uint64_t found = 0;
    for (;;) {
        lines.stream().read(reinterpret_cast<char*>(window.data() + kept),
                            static_cast<std::streamsize>(window.size() - kept));
        const auto read = static_cast<std::size_t>(lines.stream().gcount());
        if (read == 0) return found;
        std::span<const std::byte> bytes(window.data(), kept + read);
        const std::size_t before = bytes.size();
        const auto fail = [&](const std::string& what) {
            throw FileDamaged(
                fmt::format("'{}', byte {}: {}", lines.name(), place + (before - bytes.size()), what));
        };
        Decoder::Result result = decoder.next(bytes);
        for (; result == Decoder::Result::boundary; result = decoder.next(bytes), ++found) {
            if (const std::string wrong = order.take(decoder.boundary()); !wrong.empty()) fail(wrong);
            visit(decoder.boundary());
        }
        if (result == Decoder::Result::damaged) fail("these bytes are no item of a recording");
        place += before - bytes.size();
        kept = bytes.size();
        std::copy(bytes.begin(), bytes.end(), window.begin());
    }
}

}  // namespace

std::filesystem::path find_scope_stats(const std::filesystem::path& file_or_directory) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(file_or_directory, ignored)) return file_or_directory;
    for (const char* name : {"scope_stats/scope_stats.jsonl", "scope_stats.jsonl",
                             "scope_stats/scope_stats.partial", "scope_stats.partial"}) {
        std::filesystem::path file = file_or_directory / name;
        if (std::filesystem::exists(file, ignored)) return file;
    }
    throw FileMissing(
        fmt::format("'{}' has no scope_stats/scope_stats.jsonl; record with 'weir run PROGRAM --record {} "
                    "--enable-scope-stats'",
                    file_or_directory.string(), file_or_directory.string()));
}

ScopeStatsHead read_scope_stats(const std::filesystem::path& file, const Visit& visit) {
    Lines lines(file);
    std::string line;
    if (!lines.next(line)) lines.fail("the file is empty");
    const JsonFields fields(line, lines.where());
    ScopeStatsHead head;
    if (fields.has(kVersionField)) {
        check_version(fields, kVersionField, scope_recording::kVersion);
        check_version(fields, "version", kSchemaVersion);
        take_capacities(fields, head);
        head.partial = true;
        head.total = read_items(lines, line.size() + 1, visit);
        return head;
    }
    check_version(fields, "version", kSchemaVersion);
    head.fatal = fields.truth("fatal");
    head.dropped = fields.count("dropped");
    head.total = fields.count("total");
    if (head.dropped > head.total)
        fields.fail("dropped", fmt::format("{} is more than the {} of \"total\"", head.dropped, head.total));
    take_capacities(fields, head);
    read_lines(lines, head, visit);
    return head;
}

}  // namespace weir::analysis
