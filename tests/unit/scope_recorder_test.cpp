// SPDX-License-Identifier: Apache-2.0
// The recorder of scopes against a list of what it was told: random programs of scopes, tasks in place, tasks
// in flight and rings that become empty, whose lines are too many for the table of sites. Whatever way a
// boundary is written, the recording is read back as that list.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <random>
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "observe/scope_recorder.hpp"

namespace weir {
namespace {

using namespace scope_recording;

/// What a std::source_location points to.
struct Line {
    const char* file;
    const char* function;
    unsigned line;
    unsigned column;
};
constexpr std::size_t kLines = kSites + 500;  // so that some share a place of the table

std::source_location location(std::size_t number) {
    static const std::vector<Line> lines = [] {
        std::vector<Line> made;
        for (unsigned i = 0; i < kLines; ++i) made.push_back({"folder/file.cpp", "program", i + 1, 1});
        return made;
    }();
    return std::bit_cast<std::source_location>(&lines[number]);
}

/// A recorder, what it was told, and the state of the rings that it was told of.
class Told {
public:
    explicit Told(std::uint64_t seed)
        : random_(seed), file_(memfd_create("scopes", 0)), recorder_(file_, 0) {}
    Told(const Told&) = delete;
    Told& operator=(const Told&) = delete;
    ~Told() { close(file_); }

    void step() {
        switch (below(8)) {
            case 0:
            case 1:
                if (open_.size() < 6) open();
                break;
            case 2:
            case 3:
                if (open_.size() > 1) end();
                break;
            case 4:
                ship();
                break;
            case 5:
                drain(below(kRings));
                break;
            default:
                run_in_place();
        }
    }
    /// A scope around tasks in place at the depth of the last one, and of the same line.
    void step_again() {
        if (open_.size() == 6) end();
        drain(static_cast<std::size_t>(ring_of(static_cast<int>(open_.size()))));
        open();
        run_in_place();
        end();
    }
    void open() {
        const std::size_t depth = open_.size();
        if (below(4) == 0 || last_[depth] == kNever) last_[depth] = below(kLines + 1);
        // The last number stands for a scope without a line.
        const bool known = last_[depth] < kLines;
        const std::source_location site = known ? location(last_[depth]) : std::source_location{};
        Boundary boundary;
        boundary.depth = static_cast<int>(depth);
        boundary.site = known        ? "file.cpp:" + std::to_string(last_[depth] + 1)
                        : depth == 0 ? "root:0"
                                     : "unknown:0";
        boundary.counters = counters(ring_of(boundary.depth));
        told.push_back(boundary);
        open_.push_back({site, boundary.site, used(ring_of(boundary.depth))});
        if (!write_short(true)) recorder_.begin(boundary.depth, site, boundary.counters);
    }
    void end() {
        const Open scope = open_.back();
        const int depth = static_cast<int>(open_.size()) - 1;
        Boundary boundary;
        boundary.begins = false;
        boundary.depth = depth;
        boundary.site = scope.name;
        boundary.counters = counters(ring_of(depth));
        boundary.peaks = scope.peaks;
        raise(boundary.peaks, used(ring_of(depth)));
        told.push_back(boundary);
        if (!write_short(false)) recorder_.end(depth, scope.site, boundary.counters);
        open_.pop_back();
    }
    std::vector<Boundary> read_back() {
        while (!open_.empty()) end();
        recorder_.flush();
        EXPECT_EQ(recorder_.total(), told.size());
        std::vector<std::byte> bytes(recorder_.file_bytes());
        EXPECT_EQ(pread(file_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
        std::vector<Boundary> boundaries;
        Decoder decoder;
        std::span<const std::byte> rest(bytes);
        while (decoder.next(rest) == Decoder::Result::boundary) boundaries.push_back(decoder.boundary());
        EXPECT_TRUE(rest.empty());
        return boundaries;
    }

    std::vector<Boundary> told;
    std::uint64_t written_short = 0;

private:
    static constexpr std::size_t kNever = ~std::size_t{0};
    struct Open {
        std::source_location site;
        std::string name;
        Peaks peaks;
    };

    std::size_t below(std::size_t bound) { return random_() % bound; }
    static void raise(Peaks& peaks, const Peaks& least) {
        for (std::size_t i = 0; i < peaks.size(); ++i) peaks[i] = std::max(peaks[i], least[i]);
    }
    [[nodiscard]] std::size_t ring() const {
        return static_cast<std::size_t>(ring_of(static_cast<int>(open_.size()) - 1));
    }
    [[nodiscard]] Counters counters(int ring) const {
        Counters now = rings_[static_cast<std::size_t>(ring)];
        now[kTensormapEnd] = tensormap_end_;
        now[kTensormapUsed] = tensormap_used_;
        return now;
    }
    [[nodiscard]] Peaks used(int ring) const {
        const Counters now = counters(ring);
        return {now[kTaskWindowUsed], now[kConsumedUsed], now[kHeapUsed],
                now[kDepPoolUsed],    now[kPayloadUsed],  now[kTensormapUsed]};
    }

    /// As the orchestrator does.
    bool write_short(bool begins) {
        const int depth = static_cast<int>(open_.size()) - 1;
        if (depth >= kRings || rings_[ring()][kConsumedUsed] != 0) return false;
        const Counters now = counters(depth);
        const ScopeRecorder::EmptyRing empty{now[kTasksEnd], now[kHeapEnd] + now[kDepPoolEnd] +
                                                                 now[kPayloadEnd] + 2 * now[kTensormapEnd] -
                                                                 now[kTensormapUsed]};
        const std::source_location site = open_.back().site;
        const bool written =
            begins ? recorder_.begin_empty(depth, site, empty) : recorder_.end_empty(depth, empty);
        written_short += written ? 1 : 0;
        return written;
    }
    void run_in_place() {
        if (!open_.empty() && rings_[ring()][kConsumedUsed] == 0) rings_[ring()][kTasksEnd] += 1 + below(3);
    }
    /// A task that stays in its ring for a while.
    void ship() {
        if (open_.empty()) return;
        Counters& now = rings_[ring()];
        ++now[kTasksEnd];
        const auto take = [&](std::size_t end, std::size_t in_use, std::uint64_t amount) {
            now[end] += amount;
            now[in_use] += amount;
        };
        ++now[kTaskWindowUsed];
        ++now[kConsumedUsed];
        take(kPayloadEnd, kPayloadUsed, 8 * below(4));
        take(kHeapEnd, kHeapUsed, 64 * below(2));
        take(kDepPoolEnd, kDepPoolUsed, below(3));
        const std::uint64_t entries = below(3);
        tensormap_end_ += entries;
        tensormap_used_ += entries;
        for (std::size_t depth = 0; depth < open_.size(); ++depth) {
            Peaks& peaks = open_[depth].peaks;
            const std::uint64_t tensormap = std::max(peaks[kTensormapPeak], tensormap_used_);
            if (ring_of(static_cast<int>(depth)) == static_cast<int>(ring()))
                raise(peaks, used(static_cast<int>(ring())));
            peaks[kTensormapPeak] = tensormap;
        }
        tell_peaks();
    }
    void tell_peaks() {
        ResourcePeaks& peaks = recorder_.peaks();
        const Peaks now = used(static_cast<int>(ring()));
        const auto tell = [](std::uint64_t& peak, std::uint64_t value) { peak = std::max(peak, value); };
        tell(peaks.task_window[ring()], now[kTaskWindowPeak]);
        tell(peaks.consumed_window[ring()], now[kConsumedPeak]);
        tell(peaks.heap_bytes[ring()], now[kHeapPeak]);
        tell(peaks.dep_pool[ring()], now[kDepPoolPeak]);
        tell(peaks.payload_bytes[ring()], now[kPayloadPeak]);
        tell(peaks.tensormap, now[kTensormapPeak]);
    }
    /// All tasks of a ring are CONSUMED; some entries of the TensorMap come back.
    void drain(std::size_t ring) {
        for (const Counter used : {kTaskWindowUsed, kConsumedUsed, kHeapUsed, kDepPoolUsed, kPayloadUsed})
            rings_[ring][used] = 0;
        tensormap_used_ -= below(tensormap_used_ + 1);
    }

    std::mt19937_64 random_;
    int file_;
    ScopeRecorder recorder_;
    std::vector<Open> open_;
    std::array<std::size_t, 8> last_{kNever, kNever, kNever, kNever, kNever, kNever, kNever, kNever};
    std::array<Counters, kRings> rings_{};
    std::uint64_t tensormap_end_ = 0;
    std::uint64_t tensormap_used_ = 0;
};

TEST(ScopeRecorder, what_it_is_told_is_read_back_whatever_way_it_was_written) {
    std::uint64_t written_short = 0;
    std::uint64_t boundaries = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Told program(seed);
        program.open();
        for (int i = 0; i < 2'000; ++i) i / 100 % 2 == 0 ? program.step() : program.step_again();
        const std::vector<Boundary> found = program.read_back();
        ASSERT_EQ(found.size(), program.told.size()) << "seed " << seed;
        for (std::size_t i = 0; i < found.size(); ++i) {
            const Boundary& told = program.told[i];
            const std::string which = "seed " + std::to_string(seed) + ", boundary " + std::to_string(i);
            ASSERT_EQ(found[i].begins, told.begins) << which;
            ASSERT_EQ(found[i].depth, told.depth) << which;
            ASSERT_EQ(found[i].site, told.site) << which;
            ASSERT_EQ(found[i].counters, told.counters) << which;
            ASSERT_EQ(found[i].peaks, told.peaks) << which;
        }
        written_short += program.written_short;
        boundaries += found.size();
    }
    EXPECT_GT(written_short, boundaries / 10);
    EXPECT_LT(written_short, boundaries);
}

}  // namespace
}  // namespace weir
