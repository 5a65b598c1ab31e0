// SPDX-License-Identifier: Apache-2.0
/// A file as a sequence of characters that counts lines, in the form that nlohmann::json reads from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace weir::analysis {

class CountedFile {
public:
    /// Throws FileMissing.
    explicit CountedFile(const std::filesystem::path& file);

    /// Of the next character, from 1.
    [[nodiscard]] std::uint64_t line() const noexcept { return line_; }
    [[nodiscard]] bool at_end() {
        if (next_ == filled_) fill();
        return next_ == filled_;
    }
    [[nodiscard]] char current() const noexcept { return buffer_[next_]; }
    void advance() noexcept { line_ += buffer_[next_++] == '\n' ? 1 : 0; }

private:
    void fill();

    std::ifstream stream_;
    std::filesystem::path name_;
    std::uint64_t line_ = 1;
    std::size_t next_ = 0;
    std::size_t filled_ = 0;
    std::array<char, 65536> buffer_;
};

/// Input iterator over a CountedFile; one made of nothing is the end.
class CountedIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    CountedIterator() = default;
    explicit CountedIterator(CountedFile& file) : file_(&file) {}
    char operator*() const { return file_->current(); }
    CountedIterator& operator++() {
        file_->advance();
        return *this;
    }
    /// Only comparison with the end means something.
    friend bool operator==(const CountedIterator& left, const CountedIterator& right) {
        return left.ends() == right.ends();
    }
    friend bool operator!=(const CountedIterator& left, const CountedIterator& right) {
        return !(left == right);
    }

private:
    [[nodiscard]] bool ends() const { return file_ == nullptr || file_->at_end(); }

    CountedFile* file_ = nullptr;
};

}  // namespace weir::analysis
