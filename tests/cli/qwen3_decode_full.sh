#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# weir-test: serial
# weir-test: not-under address thread
# One layer of qwen3_decode with the shapes of Qwen3-14B, compared with the reference.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"

weir run qwen3_decode --check --json
expect_status 0
expect_no_err
expect_json 'j["runs"][0]["check"]["ok"] and "1 layers of 81920 outputs" in j["runs"][0]["check"]["message"]'
# The weights of a layer: queries and output, keys and values, gate, up and down.
expect_json 'j["program"]["bytes"] > 2 * 5120 * (2 * 40 * 128 + 2 * 8 * 128 + 3 * 17408)'
expect_json 'j["runs"][0]["tasks"] > 500'

finish
