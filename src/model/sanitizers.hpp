// SPDX-License-Identifier: Apache-2.0
/// Which sanitizer this is compiled for, whatever the compiler calls it.
#pragma once

/// WEIR_UNDER_ASAN, WEIR_UNDER_TSAN: 1 or 0.
#if defined(__SANITIZE_ADDRESS__)
#define WEIR_UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEIR_UNDER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define WEIR_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEIR_UNDER_TSAN 1
#endif
#endif
#ifndef WEIR_UNDER_ASAN
#define WEIR_UNDER_ASAN 0
#endif
#ifndef WEIR_UNDER_TSAN
#define WEIR_UNDER_TSAN 0
#endif
