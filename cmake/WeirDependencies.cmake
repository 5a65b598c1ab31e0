# SPDX-License-Identifier: Apache-2.0
# Libraries of other projects. The core needs threads, fmt, hwloc and Boost.Context; the rest serves the command,
# the shipped programs, the tests and the benchmarks.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost REQUIRED COMPONENTS context)
find_package(ZLIB REQUIRED)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET GLOBAL hwloc)
pkg_check_modules(openblas REQUIRED IMPORTED_TARGET GLOBAL openblas)

# weir_optional(<variable> <package> <result>): resolves an AUTO/ON/OFF variable against an installed package.
macro(weir_optional variable package result)
  if(${variable} STREQUAL "ON")
    find_package(${package} REQUIRED)
    set(${result} TRUE)
  elseif(${variable} STREQUAL "OFF")
    set(${result} FALSE)
  else()
    find_package(${package} QUIET)
    set(${result} ${${package}_FOUND})
    if(NOT ${result})
      message(STATUS "${package} is not installed: ${variable}=OFF")
    endif()
  endif()
endmacro()

weir_optional(WEIR_TESTS GTest WEIR_TESTS_ENABLED)
weir_optional(WEIR_BENCH benchmark WEIR_BENCH_ENABLED)

# weir_link_openblas_if_used(<target> <sources>...): links OpenBLAS when one of the files includes its header.
function(weir_link_openblas_if_used target)
  foreach(file IN LISTS ARGN)
    file(STRINGS "${file}" includes REGEX "^#include [<\"](cblas|f77blas|openblas_config)\\.h[>\"]")
    if(includes)
      target_link_libraries(${target} PRIVATE PkgConfig::openblas)
      return()
    endif()
  endforeach()
endfunction()
