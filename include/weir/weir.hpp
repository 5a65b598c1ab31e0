// SPDX-License-Identifier: Apache-2.0
/// Everything a C++ program needs.
#pragma once

#include <weir/access.hpp>
#include <weir/config.hpp>
#include <weir/dtype.hpp>
#include <weir/error.hpp>
#include <weir/kernel.hpp>
#include <weir/launch.hpp>
#include <weir/options.hpp>
#include <weir/orchestrator.hpp>
#include <weir/program.hpp>
#include <weir/runtime.hpp>
#include <weir/task.hpp>
#include <weir/task_args.hpp>
#include <weir/tensor.hpp>
#include <weir/wire.hpp>
