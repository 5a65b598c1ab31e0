// SPDX-License-Identifier: Apache-2.0
/// How much of a piece of address space has become memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir {

/// Bytes of the mappings from `begin` on that are resident; memory that appears twice in a row counts once
/// (it is the sum of Pss in /proc/self/smaps, in which a page counts for each of its mappings in equal parts;
/// nobody else maps these). Throws system when the system does not tell.
std::uint64_t touched_bytes(const std::byte* begin, std::uint64_t bytes);

}  // namespace weir
