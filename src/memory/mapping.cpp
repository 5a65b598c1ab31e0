// SPDX-License-Identifier: Apache-2.0
#include "memory/mapping.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include <weir/error.hpp>

namespace weir {

namespace {

[[noreturn]] void refuse(std::uint64_t bytes) {
    throw Error(ErrorCode::out_of_memory,
                "mapping " + std::to_string(bytes) + " bytes failed: " + std::strerror(errno));
}

std::byte* reserve(std::uint64_t bytes, int protection) {
    void* place = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) refuse(bytes);
    return static_cast<std::byte*>(place);
}

}  // namespace

bool map_twice(std::byte* place, std::uint64_t bytes) noexcept {
    const int file = memfd_create("weir-heap", MFD_CLOEXEC);
    if (file < 0) return false;
    bool mapped = ftruncate(file, static_cast<off_t>(bytes)) == 0;
    for (int copy = 0; copy < 2 && mapped; ++copy) {
        std::byte* address = place + static_cast<std::uint64_t>(copy) * bytes;
        mapped = mmap(address, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, file,
                      0) != MAP_FAILED;
    }
    const int error = errno;
    close(file);
    errno = error;
    return mapped;
}

void give_back(std::byte* place, std::uint64_t bytes) noexcept {
    if (madvise(place, bytes, MADV_DONTNEED) != 0) std::memset(place, 0, bytes);
}

void give_back_shared(std::byte* place, std::uint64_t bytes) noexcept {
    if (madvise(place, bytes, MADV_REMOVE) != 0) std::memset(place, 0, bytes);
}

std::uint64_t whole_pages(std::uint64_t bytes) noexcept {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return (bytes + page - 1) / page * page;
}

Mapping::Mapping(Mapping&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

Mapping::~Mapping() {
    if (base_ != nullptr) munmap(base_, bytes_);
}

Mapping Mapping::plain(std::uint64_t bytes) {
    Mapping mapping(reserve(whole_pages(bytes), PROT_READ | PROT_WRITE), whole_pages(bytes));
    // Small pages: a huge one would charge 2 MiB for the first byte that is touched.
    madvise(mapping.base_, mapping.bytes_, MADV_NOHUGEPAGE);
    return mapping;
}

Mapping Mapping::twice(std::uint64_t bytes) {
    const std::uint64_t once = whole_pages(bytes);
    Mapping mapping(reserve(2 * once, PROT_NONE), 2 * once);
    if (!map_twice(mapping.base_, once)) refuse(once);
    return mapping;
}

}  // namespace weir
