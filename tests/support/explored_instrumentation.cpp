// SPDX-License-Identifier: Apache-2.0
/// What the compiler calls at each plain access of code compiled with -fsanitize=thread. That code is linked
/// with this file in place of ThreadSanitizer's library: the accesses become accesses of the explored
/// threads, which run one at a time on one thread of the operating system. Atomic operations of the standard
/// library (of types that are not part of the protocols) are carried out and order nothing.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "explored_operations.hpp"

// The names and signatures are those that compilers emit.
// NOLINTBEGIN(readability-identifier-naming)
using weir::explored::touch_watched;

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}

void __tsan_read1(void* place) { touch_watched(place, 1, false); }
void __tsan_read2(void* place) { touch_watched(place, 2, false); }
void __tsan_read4(void* place) { touch_watched(place, 4, false); }
void __tsan_read8(void* place) { touch_watched(place, 8, false); }
void __tsan_read16(void* place) { touch_watched(place, 16, false); }
void __tsan_write1(void* place) { touch_watched(place, 1, true); }
void __tsan_write2(void* place) { touch_watched(place, 2, true); }
void __tsan_write4(void* place) { touch_watched(place, 4, true); }
void __tsan_write8(void* place) { touch_watched(place, 8, true); }
void __tsan_write16(void* place) { touch_watched(place, 16, true); }
void __tsan_unaligned_read2(void* place) { touch_watched(place, 2, false); }
void __tsan_unaligned_read4(void* place) { touch_watched(place, 4, false); }
void __tsan_unaligned_read8(void* place) { touch_watched(place, 8, false); }
void __tsan_unaligned_read16(void* place) { touch_watched(place, 16, false); }
void __tsan_unaligned_write2(void* place) { touch_watched(place, 2, true); }
void __tsan_unaligned_write4(void* place) { touch_watched(place, 4, true); }
void __tsan_unaligned_write8(void* place) { touch_watched(place, 8, true); }
void __tsan_unaligned_write16(void* place) { touch_watched(place, 16, true); }
void __tsan_read_range(void* place, std::size_t bytes) { touch_watched(place, bytes, false); }
void __tsan_write_range(void* place, std::size_t bytes) { touch_watched(place, bytes, true); }

void* __tsan_memcpy(void* to, const void* from, std::size_t bytes) {
    touch_watched(from, bytes, false);
    touch_watched(to, bytes, true);
    return std::memcpy(to, from, bytes);
}
void* __tsan_memmove(void* to, const void* from, std::size_t bytes) {
    touch_watched(from, bytes, false);
    touch_watched(to, bytes, true);
    return std::memmove(to, from, bytes);
}
void* __tsan_memset(void* to, int value, std::size_t bytes) {
    touch_watched(to, bytes, true);
    return std::memset(to, value, bytes);
}

void __tsan_atomic_thread_fence(int) {}
void __tsan_atomic_signal_fence(int) {}

/// The operations of one width. The compiler passes the order as a number.
#define WEIR_STANDARD_ATOMICS(bits)                                                                         \
    std::uint##bits##_t __tsan_atomic##bits##_load(const volatile std::uint##bits##_t* place, int) {        \
        return __atomic_load_n(place, __ATOMIC_SEQ_CST);                                                    \
    }                                                                                                       \
    void __tsan_atomic##bits##_store(volatile std::uint##bits##_t* place, std::uint##bits##_t value, int) { \
        __atomic_store_n(place, value, __ATOMIC_SEQ_CST);                                                   \
    }                                                                                                       \
    std::uint##bits##_t __tsan_atomic##bits##_exchange(volatile std::uint##bits##_t* place,                 \
                                                       std::uint##bits##_t value, int) {                    \
        return __atomic_exchange_n(place, value, __ATOMIC_SEQ_CST);                                         \
    }                                                                                                       \
    std::uint##bits##_t __tsan_atomic##bits##_fetch_add(volatile std::uint##bits##_t* place,                \
                                                        std::uint##bits##_t value, int) {                   \
        return __atomic_fetch_add(place, value, __ATOMIC_SEQ_CST);                                          \
    }                                                                                                       \
    std::uint##bits##_t __tsan_atomic##bits##_fetch_sub(volatile std::uint##bits##_t* place,                \
                                                        std::uint##bits##_t value, int) {                   \
        return __atomic_fetch_sub(place, value, __ATOMIC_SEQ_CST);                                          \
    }                                                                                                       \
    std::uint##bits##_t __tsan_atomic##bits##_fetch_or(volatile std::uint##bits##_t* place,                 \
                                                       std::uint##bits##_t value, int) {                    \
        return __atomic_fetch_or(place, value, __ATOMIC_SEQ_CST);                                           \
    }                                                                                                       \
    std::uint##bits##_t __tsan_atomic##bits##_fetch_and(volatile std::uint##bits##_t* place,                \
                                                        std::uint##bits##_t value, int) {                   \
        return __atomic_fetch_and(place, value, __ATOMIC_SEQ_CST);                                          \
    }                                                                                                       \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile std::uint##bits##_t* place,                  \
                                                      std::uint##bits##_t* expected,                        \
                                                      std::uint##bits##_t desired, int, int) {              \
        return __atomic_compare_exchange_n(place, expected, desired, false, __ATOMIC_SEQ_CST,               \
                                           __ATOMIC_SEQ_CST);                                               \
    }                                                                                                       \
    int __tsan_atomic##bits##_compare_exchange_weak(volatile std::uint##bits##_t* place,                    \
                                                    std::uint##bits##_t* expected,                          \
                                                    std::uint##bits##_t desired, int, int) {                \
        return __atomic_compare_exchange_n(place, expected, desired, false, __ATOMIC_SEQ_CST,               \
                                           __ATOMIC_SEQ_CST);                                               \
    }

WEIR_STANDARD_ATOMICS(8)
WEIR_STANDARD_ATOMICS(16)
WEIR_STANDARD_ATOMICS(32)
WEIR_STANDARD_ATOMICS(64)

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
