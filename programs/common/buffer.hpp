// SPDX-License-Identifier: Apache-2.0
//
// Memory for the data of programs.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace weir::programs {

/// Memory for `count` elements, aligned and marked for huge pages: large data is read from end to end once,
/// and with small pages the address translation alone costs a tenth of the bandwidth.
template <class T>
class Buffer {
public:
    explicit Buffer(std::size_t count) : count_(count) {
        constexpr std::size_t kHugePage = std::size_t{2} << 20U;
        const std::size_t bytes = (count * sizeof(T) + kHugePage - 1) / kHugePage * kHugePage;
        void* memory = std::aligned_alloc(kHugePage, bytes);
        if (memory == nullptr) throw std::bad_alloc();
        madvise(memory, bytes, MADV_HUGEPAGE);  // advice: where it is refused, small pages serve too
        data_.reset(static_cast<T*>(memory));
    }
    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    std::size_t size() const { return count_; }

private:
    struct Free {
        void operator()(T* memory) const { std::free(memory); }
    };
    std::size_t count_;
    std::unique_ptr<T, Free> data_;
};

}  // namespace weir::programs
