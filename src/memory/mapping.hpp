// SPDX-License-Identifier: Apache-2.0
/// Pieces of address space: plain ones, and those whose memory appears twice in a row.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir {

/// Maps `bytes` (whole pages) of fresh shared memory at `place`, which is reserved, and once more behind
/// itself. False, with errno set, when the system refuses; what lies there then may be mapped in part.
bool map_twice(std::byte* place, std::uint64_t bytes) noexcept;

/// Touched pages of plain memory go back to the system; the memory is zero again.
void give_back(std::byte* place, std::uint64_t bytes) noexcept;
/// The same for one copy of memory that was mapped twice: both are zero again.
void give_back_shared(std::byte* place, std::uint64_t bytes) noexcept;

std::uint64_t whole_pages(std::uint64_t bytes) noexcept;

/// Owns one piece, zeroed when it is made, and gives it back.
class Mapping {
public:
    Mapping() = default;
    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&& other) noexcept;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping();

    /// Both throw out_of_memory, with nothing mapped.
    static Mapping plain(std::uint64_t bytes);
    /// `bytes` is rounded up to whole pages; the piece is twice as long.
    static Mapping twice(std::uint64_t bytes);

    [[nodiscard]] bool empty() const noexcept { return base_ == nullptr; }
    [[nodiscard]] std::byte* begin() const noexcept { return base_; }
    template <class T>
    [[nodiscard]] T* at(std::uint64_t offset) const noexcept {
        return reinterpret_cast<T*>(base_ + offset);
    }

private:
    Mapping(std::byte* base, std::uint64_t bytes) noexcept : base_(base), bytes_(bytes) {}

    std::byte* base_ = nullptr;
    std::uint64_t bytes_ = 0;
};

}  // namespace weir
