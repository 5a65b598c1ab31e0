// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks what the shared library shows to its users; everything else is hidden.
#define WEIR_API [[gnu::visibility("default")]]
