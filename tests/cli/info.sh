#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `weir info` shows what is in force and where each value comes from.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

weir info
expect_status 0
expect_no_err
for text in "processor" "affinity mask" "cpu" "address space reserved" "with every page in use" "resident"; do expect_out "$text"; done
expect_out_matches 'task window, slots +16,384 each \(default\)'
expect_out_matches 'consumed window, entries +65,536 each \(default\)'
expect_out_matches 'payload +8 MiB each \(default\)'
expect_out_matches 'heap +256 MiB each \(default\)'
expect_out_matches 'dependency pool, entries +16,384 each \(default\)'
expect_out_matches 'TensorMap pool, entries +65,536 in all \(default\)'

weir info --json
expect_status 0
expect_json 'j["sizes"] == {"ring_task_window": [16384] * 4, "ring_consumed_window": [65536] * 4, "ring_payload": [8388608] * 4, "ring_heap": [268435456] * 4, "ring_dep_pool": [16384] * 4, "tensormap_pool": 65536}'
expect_json 'all(s == "default" for v in j["sources"].values() for s in (v if isinstance(v, list) else [v]))'
expect_json '[p["name"] for p in j["platforms"]] == ["cpu", "a2a3sim", "a5sim", "tinysim"] and j["threads"]["source"] == "default"'
expect_json '1 <= j["threads"]["value"] <= j["machine"]["cores_affinity"] <= j["machine"]["cores_online"]'
expect_json '4 * 268435456 < j["memory_bytes"] < j["reserved_bytes"]'
expect_json 'j["reserved_bytes"] > 4 * 268435456 and j["resident_bytes"] > j["resident_bytes_without_runtime"] > 0'
expect_json 'j["machine"]["memory_bytes"] >= j["machine"]["memory_available_bytes"] > 0 and j["machine"]["cpu_model"]'

weir info --json --threads 1 --ring-task-window 64 --ring-heap 4096,0,8192,0 --tensormap-pool 128
expect_status 0
expect_json 'j["threads"] == {"value": 1, "source": "option"}'
expect_json 'j["sizes"]["ring_task_window"] == [64] * 4 and j["sizes"]["ring_consumed_window"] == [256] * 4'
expect_json 'j["sizes"]["ring_payload"] == [512 * 64] * 4 and j["sizes"]["tensormap_pool"] == 128'
expect_json 'j["sizes"]["ring_heap"][1] == 268435456 and j["sources"]["ring_heap"] == ["option", "default", "option", "default"]'
expect_json 'j["sources"]["tensormap_pool"] == "option" and j["sources"]["ring_consumed_window"] == ["default"] * 4'

# The example of four different sizes comes back as given.
weir info --json --ring-task-window 8192,16384,131072,524288 --ring-heap 134217728,268435456,402653184,536870912 \
    --ring-dep-pool 4096,8192,16384,32768
expect_status 0
expect_json 'j["sizes"]["ring_task_window"] == [8192, 16384, 131072, 524288]'
expect_json 'j["sizes"]["ring_heap"] == [134217728, 268435456, 402653184, 536870912]'
expect_json 'j["sizes"]["ring_dep_pool"] == [4096, 8192, 16384, 32768]'

finish
