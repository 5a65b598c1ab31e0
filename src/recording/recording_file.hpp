// SPDX-License-Identifier: Apache-2.0
/// recording.partial, read: its first line, and its events, thread by thread. The file is mapped, so it takes
/// no memory of its own. A file that ends within an event is good up to there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <weir/task.hpp>

#include "recording/events.hpp"

namespace weir::recording {

/// A file that is no recording, or a damaged one; the text says where and what.
class BadRecording : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What the first line says.
struct RunHead {
    std::string weir;     ///< version
    std::string program;  ///< empty: not known
    std::string platform;
    std::string clock;
    double clock_hz = 0;      ///< as known before the run
    std::uint64_t start = 0;  ///< tick at which the run began
    int level = 0;
    bool swimlane = false;
    bool dependencies = false;
    bool scope_stats = false;
    std::string sizes;  ///< JSON object, as in run.json
    struct Thread {
        int index = 0;
        std::string role;
    };
    std::vector<Thread> threads;
    struct Core {
        int index = 0;
        std::string type;
        int cluster = 0;
        int thread = -1;  ///< -1: none
    };
    std::vector<Core> cores;
};

/// The line, with its end.
std::string to_line(const RunHead& head);

class RecordingFile {
public:
    /// Throws BadRecording for what is no recording or one of a newer version, naming it; std::system_error
    /// when the file cannot be read.
    explicit RecordingFile(const std::string& path);
    RecordingFile(const RecordingFile&) = delete;
    RecordingFile& operator=(const RecordingFile&) = delete;
    ~RecordingFile();

    [[nodiscard]] const RunHead& head() const noexcept { return head_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return size_; }

    /// Calls `visit(thread, Head, words behind the head)` for each event, in the order of the file, which for
    /// one thread is that of its events. Throws BadRecording at bytes that are no event.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for_each_piece([&](const Piece& piece) {
            for_each_in(piece.thread, piece.place, piece.words, piece.cut, visit);
        });
    }

    /// The same, thread after thread.
    template <class Visit>
    void for_each_by_thread(Visit&& visit) const {
        for (const Piece& piece : pieces_by_thread())
            for_each_in(piece.thread, piece.place, piece.words, piece.cut, visit);
    }

private:
    struct Piece {
        std::uint32_t thread;
        bool cut;  ///< the file ends in it
        const std::byte* place;
        std::uint64_t words;
    };
    [[nodiscard]] std::vector<Piece> pieces_by_thread() const;
    /// Calls `visit(Piece)` for each, in the order of the file.
    template <class Visit>
    void for_each_piece(Visit&& visit) const {
        const std::byte* place = data_ + head_bytes_;
        while (data_ + size_ - place >= static_cast<std::ptrdiff_t>(sizeof(std::uint64_t))) {
            const std::uint64_t head = word_at(place);
            place += sizeof head;
            const auto left = static_cast<std::uint64_t>(data_ + size_ - place) / sizeof head;
            const std::uint64_t words = std::min(head >> 32U, left);
            visit(Piece{static_cast<std::uint32_t>(head), words < head >> 32U, place, words});
            place += words * sizeof head;
        }
    }

    /// No event has more words behind its head.
    using Words = std::array<std::uint64_t, kMostWords>;

    static std::uint64_t word_at(const std::byte* place) noexcept {
        std::uint64_t word = 0;
        __builtin_memcpy(&word, place, sizeof word);
        return word;
    }
    template <class Visit>
    void for_each_in(std::uint32_t thread, const std::byte* place, std::uint64_t words, bool cut,
                     Visit& visit) const {
        Words tail;
        while (words != 0) {
            const std::uint64_t head = word_at(place);
            const std::size_t length = words_of(head);
            if (length == 0 || (length > words && !cut)) damaged(place);
            if (length > words) return;
            place += sizeof head;
            __builtin_memcpy(tail.data(), place, (length - 1) * sizeof head);
            visit(thread, Head(head), std::span<const std::uint64_t>(tail.data(), length - 1));
            place += (length - 1) * sizeof head;
            words -= length;
        }
    }
    [[noreturn]] void damaged(const std::byte* place) const;
    void read_head(const std::string& path);

    std::string path_;
    const std::byte* data_ = nullptr;
    std::uint64_t size_ = 0;
    std::uint64_t head_bytes_ = 0;
    RunHead head_;
};

}  // namespace weir::recording
