// SPDX-License-Identifier: Apache-2.0
/// What a reader of recordings says of a file that it does not take.
#pragma once

#include <stdexcept>

namespace weir::analysis {

/// A file that cannot be opened, or is not in the directory where it should be.
class FileMissing : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A file that is damaged, newer than this reader, or something else: the message has the line and the field,
/// or, in a binary file, the byte.
class FileDamaged : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace weir::analysis
