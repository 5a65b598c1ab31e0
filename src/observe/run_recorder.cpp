// SPDX-License-Identifier: Apache-2.0
#include "observe/run_recorder.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include <weir/detail/fast_path.hpp>
#include <weir/error.hpp>

#include "observe/files.hpp"

namespace weir {

using recording::head_of;
using recording::Kind;

namespace {

/// How long an event stays in memory when its thread writes few. Each look costs a wake-up and a small write:
/// every 20 ms they were half of what tasks of 10 us pay for being recorded.
constexpr std::int64_t kMostNs = 200'000'000;

std::uint8_t need_of(CoreType type) noexcept {
    using recording::CoreNeed;
    return static_cast<std::uint8_t>(type == CoreType::aic   ? CoreNeed::aic
                                     : type == CoreType::aiv ? CoreNeed::aiv
                                                             : CoreNeed::any);
}

std::uint64_t words_of_threads(int threads, RunRecorder::BufferSizes sizes) {
    return sizes.orchestrator + static_cast<std::uint64_t>(threads - 1) * sizes.worker;
}

}  // namespace

RunRecorder::RunRecorder(int threads, const RecordingClock& clock, BufferSizes sizes)
    : clock_(clock),
      thread_count_(threads),
      words_(std::make_unique<std::uint64_t[]>(words_of_threads(threads, sizes))),
      threads_(std::make_unique<ThreadRecorder[]>(static_cast<std::size_t>(threads))) {
    open_scopes_.reserve(detail::kMaxScopes);
    const auto count = static_cast<std::size_t>(threads);
    looked_.resize(count);
    heads_.resize(count);
    constexpr std::size_t kSyncWords = 3;
    sums_.reserve(1 + kSyncWords + count * (1 + recording::kThreadSumWords) + 2 + recording::kSteps);
    pieces_.reserve(3 * count + 1);
    std::uint64_t* place = words_.get();
    for (int i = 0; i < threads; ++i) {
        const std::uint64_t words = i == 0 ? sizes.orchestrator : sizes.worker;
        thread(i).attach(i, clock_);
        thread(i).buffer().attach(place, words, std::max<std::uint64_t>(1, words / 4), &wake_);
        place += words;
    }
}

RunRecorder::~RunRecorder() {
    if (writer_.joinable()) end_run();
}

std::uint64_t RunRecorder::begin_run(const RecordRequest& request) noexcept {
    request_ = request;
    kernels_ = {};
    sites_ = {};
    last_kernel_ = nullptr;
    serials_ = 0;
    open_scopes_.clear();
    error_ = 0;
    lost_ = 0;
    pushed_before_ = dropped_before_ = 0;
    // Relaxed throughout: no other thread works for this run yet.
    submits_.store(0, std::memory_order_relaxed);
    for (auto& step : steps_) step.store(0, std::memory_order_relaxed);  // as above
    for (int i = 0; i < thread_count_; ++i) {
        EventBuffer& buffer = thread(i).buffer();
        buffer.take(buffer.look().words());  // of a thread that was late
        pushed_before_ += buffer.pushed();
        dropped_before_ += buffer.dropped();
    }
    began_ = std::chrono::steady_clock::now();
    return clock_.now();
}

void RunRecorder::program_begins() noexcept {
    const std::uint64_t start = clock_.now();
    for (int i = 0; i < thread_count_; ++i) thread(i).begin_run(request_.level, start);
    events().push<2>({head_of(Kind::begin), start});
}

void RunRecorder::program_is_over() noexcept {
    const std::uint64_t end = clock_.now();
    for (int i = 0; i < thread_count_; ++i) thread(i).end_run(end);
}

void RunRecorder::write_to(int file, std::uint64_t file_bytes) {
    file_ = file;
    file_bytes_ = file_bytes;
    stopping_.store(false, std::memory_order_relaxed);  // relaxed: before the thread starts
    try {
        writer_ = sync::Thread([this] { write_loop(); });
    } catch (const std::system_error& error) {
        throw Error(ErrorCode::system,
                    fmt::format("starting the thread that writes recordings failed: {}; raise "
                                "the process's limits, or run without a recording",
                                error.what()));
    }
}

void RunRecorder::end_run() noexcept {
    for (int i = 0; i < thread_count_; ++i)
        while (thread(i).busy()) sync::yield();
    stopping_.store(true, std::memory_order_release);  // rec-4
    wake_.unpark();
    writer_.join();
    file_ = -1;
}

std::uint64_t RunRecorder::recorded() const noexcept {
    std::uint64_t pushed = 0;
    for (int i = 0; i < thread_count_; ++i) pushed += threads_[static_cast<std::size_t>(i)].buffer().pushed();
    return pushed - pushed_before_ - lost_;
}

std::uint64_t RunRecorder::dropped() const noexcept {
    std::uint64_t dropped = lost_;
    for (int i = 0; i < thread_count_; ++i)
        dropped += threads_[static_cast<std::size_t>(i)].buffer().dropped();
    return dropped - dropped_before_;
}

std::uint32_t RunRecorder::add_name(Names& names, std::size_t place, std::uintptr_t word, std::uint64_t head,
                                    std::string_view text) noexcept {
    text = text.substr(0, recording::kMostTextBytes);
    const std::size_t words = (text.size() + sizeof text_[0] - 1) / sizeof text_[0];
    if (words != 0) text_[words - 1] = 0;
    std::memcpy(text_.data(), text.data(), text.size());
    head |= recording::names_word(static_cast<std::uint32_t>(text.size()), names.count);
    if (!events().push(head, std::span(text_).first(words))) return recording::kUnknownSite;
    names.words[place] = word;
    names.numbers[place] = names.count;
    return names.count++;
}

std::uint32_t RunRecorder::number_of(const detail::KernelRecord& kernel) noexcept {
    const auto word = reinterpret_cast<std::uintptr_t>(&kernel);
    const std::size_t place = place_of(word);
    if (kernels_.words[place] == word) [[likely]]
        return kernels_.numbers[place];
    // Numbers of kernels have 16 bits; who has more goes without a name.
    if (kernels_.count >= recording::kUnknownKernel) return recording::kUnknownKernel;
    return add_name(kernels_, place, word, head_of(Kind::kernel, need_of(kernel.core_type)), kernel.name);
}

std::uint32_t RunRecorder::number_of(std::source_location site) noexcept {
    const auto word = std::bit_cast<std::uintptr_t>(site);
    const std::size_t place = place_of(word);
    if (sites_.words[place] == word && word != 0) [[likely]]
        return sites_.numbers[place];
    if (site.line() == 0) return recording::kUnknownSite;
    std::string_view name = site.file_name();
    if (const auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
    std::array<char, recording::kMostTextBytes> text;
    const auto end = fmt::format_to_n(text.data(), text.size(), "{}:{}", name, site.line());
    return add_name(sites_, place, word, head_of(Kind::site),
                    {text.data(), std::min<std::size_t>(end.size, text.size())});
}

void RunRecorder::name_again(const detail::KernelRecord& kernel, std::source_location site) noexcept {
    const std::uint32_t name = number_of(kernel);
    const std::uint32_t line = number_of(site);
    last_names_ = recording::names_word(name, line);
    // What is not named, since the buffer was full, is asked for again.
    const bool named =
        (name & recording::kUnknownKernel) != recording::kUnknownKernel && line != recording::kUnknownSite;
    last_kernel_ = named ? &kernel : nullptr;
    last_site_ = std::bit_cast<std::uintptr_t>(site);
}

void RunRecorder::subtasks(std::uint64_t task, const detail::SubtaskKernels& kernels) noexcept {
    for (std::uint32_t slot = 0; slot < kernels.size(); ++slot) {
        if (kernels[slot] == nullptr) continue;
        const std::uint32_t kernel = number_of(*kernels[slot]);
        events().push<2>({head_of(Kind::subtask, 0, kernel, slot), task});
    }
}

void RunRecorder::scope_opened(int depth, bool manual, std::source_location site) noexcept {
    const std::uint64_t parent = open_scopes_.empty() ? 0 : open_scopes_.back();
    open_scopes_.push_back(++serials_);
    events().push<3>({head_of(Kind::scope_open, manual ? recording::kManual : 0,
                              static_cast<std::uint32_t>(depth), number_of(site)),
                      (serials_ & 0xffffffffU) | parent << 32U, clock_.now()});
}

void RunRecorder::scope_closed(int depth, std::uint64_t begin) noexcept {
    if (open_scopes_.empty()) return;
    const std::uint64_t serial = open_scopes_.back();
    open_scopes_.pop_back();
    const std::uint64_t end = clock_.now();
    events().push<4>({head_of(Kind::scope_close, 0, static_cast<std::uint32_t>(depth)), serial, begin, end});
    if (level() >= kTasksLevel) step(recording::Phase::scope_end, begin, end);
}

void RunRecorder::instant(recording::What what, int resource, int ring, std::source_location site,
                          std::uint64_t begin, std::uint64_t end) noexcept {
    const auto a = static_cast<std::uint32_t>(what) | static_cast<std::uint32_t>(resource) << 8U |
                   static_cast<std::uint32_t>(ring) << 12U;
    events().push<3>({head_of(Kind::instant, 0, a, number_of(site)), begin, end - begin});
}

void RunRecorder::step(recording::Phase phase, std::uint64_t begin, std::uint64_t end) noexcept {
    auto& sum = steps_[static_cast<std::size_t>(phase) - recording::kFirstStep];
    // Relaxed: written by this thread alone, read as a count on its own.
    sum.store(sum.load(std::memory_order_relaxed) + (end - begin), std::memory_order_relaxed);
    if (level() >= kPhasesLevel)
        events().push<3>({head_of(Kind::phase, 0, static_cast<std::uint32_t>(phase)), begin, end});
}

void RunRecorder::write_loop() noexcept {
    sync::name_this_thread("weir-recorder");
    while (!stopping_.load(std::memory_order_acquire)) {  // rec-4
        drain_all();
        wake_.park(kMostNs);
    }
    drain_all();
}

void RunRecorder::drain_all() noexcept {
    // One call for all: a call costs as much as the events of some tasks of each thread.
    pieces_.clear();
    for (std::size_t i = 0; i < looked_.size(); ++i) {
        looked_[i] = threads_[i].buffer().look();
        if (looked_[i].words() == 0) continue;
        heads_[i] = i | looked_[i].words() << 32U;
        add_piece({&heads_[i], 1});
        add_piece(looked_[i].first);
        add_piece(looked_[i].second);
    }
    add_piece(sums());
    write_pieces();
    for (std::size_t i = 0; i < looked_.size(); ++i) threads_[i].buffer().take(looked_[i].words());
}

void RunRecorder::add_piece(std::span<const std::uint64_t> words) noexcept {
    // Only read, though the type does not say so.
    pieces_.push_back({const_cast<std::uint64_t*>(words.data()), words.size_bytes()});
}

void RunRecorder::write_pieces() noexcept {
    std::size_t bytes = 0;
    for (const iovec& piece : pieces_) bytes += piece.iov_len;
    if (error_ == 0) error_ = write_all(file_, pieces_);
    if (error_ == 0) {
        file_bytes_ += bytes;
        return;
    }
    // A disk that is full can still cut off; where it cannot, readers count the bytes that are good.
    static_cast<void>(ftruncate(file_, static_cast<off_t>(file_bytes_)) == 0);
    for (const EventBuffer::Pieces& piece : looked_)
        for (std::uint64_t i = 0; i < piece.words(); ++lost_) {
            const std::uint64_t first = piece.first.size();
            const std::uint64_t head = i < first ? piece.first[i] : piece.second[i - first];
            i += std::max<std::size_t>(1, recording::words_of(head));
        }
}

std::span<const std::uint64_t> RunRecorder::sums() noexcept {
    const auto elapsed = std::chrono::steady_clock::now() - began_;
    const auto ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(elapsed).count());
    // A clock that was given belongs to the threads that are told of, and needs no measuring.
    const std::uint64_t ticks = clock_.kind() == RecordingClock::Kind::given ? 0 : clock_.now();
    sums_.assign({0, head_of(Kind::sync), ticks, ns});
    if (level() >= kTasksLevel) {
        for (int i = 0; i < thread_count_; ++i) {
            sums_.push_back(head_of(Kind::looks, 0, static_cast<std::uint32_t>(i)));
            const auto values = thread(i).sums();
            sums_.insert(sums_.end(), values.begin(), values.end());
        }
        sums_.push_back(head_of(Kind::steps));
        sums_.push_back(submits_.load(std::memory_order_relaxed));  // relaxed: a count on its own
        for (const auto& step : steps_) sums_.push_back(step.load(std::memory_order_relaxed));  // as above
    }
    sums_[0] = recording::kWriterThread | (sums_.size() - 1) << 32U;
    return sums_;
}

}  // namespace weir
