#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run that does not go on, looked at from outside: `weir top`, what SIGUSR1 makes it tell, and the line on a terminal.
. "$(dirname -- "${BASH_SOURCE[0]}")/helper.bash"
build_program "$source_dir/tests/cli/programs/hung.cpp" "$work/hung.so"

# until_holds COMMAND...: waits until the command succeeds, a minute at most.
until_holds() {
    expectations=$((expectations + 1))
    local end=$((SECONDS + 60))
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || { fail "'$*' should have come true" && return 1; }
        sleep 0.05
    done
}
# top_shows CONDITION: of the JSON of the hung run.
top_shows() {
    "$WEIR_BIN" top "$run" --once --json >"$work/stdout" 2>"$work/stderr" || return 1
    python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$work/stdout" "$1"
}
told() { grep -qE -- "$1" "$work/run.err"; }
# start_hung MODE ARGUMENTS...: sets `run`.
start_hung() {
    local mode="$1"
    shift
    rm -f "$work/release"
    "$WEIR_BIN" run "$work/hung.so" --set "mode=$mode" --set "release=$work/release" "$@" >"$work/run.out" 2>"$work/run.err" \
        </dev/null &
    run=$!
    command_line="weir run hung.so --set mode=$mode $*"
}
end_hung() {
    : >"$work/release"
    wait "$run"
    status=$?
    expect_status 0
}
site='hung\.cpp:[0-9]+'

start_hung worker --threads 2
hangs='[t["kernel"] for t in j["threads"] if t["state"] == "running"] == ["hang"]'
until_holds top_shows 'j["submitted"] == 4 and j["completed"] <= 1 and j["running"] == 1 and j["waits_for"] == "tasks" and '"$hangs"
expect_json 'j["pid"] == '"$run"' and j["program"] == "hung" and j["state"] == "running" and j["rings"][1]["next"] == 4'
weir top "$run" --once
expect_status 0
expect_out_matches "^process $run, weir .*, cpu, hung: run 1 goes on since"
expect_out_matches "^ +[01] +running +[0-9]+ +1:1 +hang +$site\$"
kill -USR1 "$run"
until_holds told "the program's thread told"
until_holds told "thread [01].* runs task 1:1, kernel \"hang\", submitted at $site, in "
until_holds told "task 1:2, kernel \"add_one\", submitted at $site, in .*: waits for task 1:1\$"
until_holds told "task 1:3, kernel \"add_one\", submitted at $site, in .*: waits for task 1:2\$"
until_holds told 'the program waits since .* for all tasks'
# Another user cannot watch it. With a copy of the command, since that user may have no way into its folder.
if [ "$(id -u)" -eq 0 ]; then
    chmod 711 "$work"
    mkdir -m 755 "$work/open"
    cp "$WEIR_BIN" "$(dirname -- "$WEIR_BIN")"/../lib/libweir.so.* "$work/open"
    command_line="weir top $run, as nobody"
    status=0
    LD_LIBRARY_PATH="$work/open" setpriv --reuid=65534 --regid=65534 --clear-groups "$work/open/${WEIR_BIN##*/}" top "$run" \
        >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
    expect_refused "process $run belongs to another user (number 0)" "sudo -u '#0' weir top $run"
fi
"$WEIR_BIN" top "$run" --interval 20 >"$work/top.out" 2>&1 &
top=$!
until_holds grep -q goes "$work/top.out"
end_hung
wait "$top"
status=$?
cp "$work/top.out" "$work/stdout"
expect_status 0
expect_out "process $run has ended"
expect_out "ended after 1 runs"
weir top "$run"
expect_refused "there is no process $run"

start_hung full --threads 2 --ring-task-window 4
until_holds top_shows 'j["running"] == 1 and j["waits_for"] == "space" and '"$hangs"
expect_json 'j["held_back"]["resource"] == "ring_task_window" and j["held_back"]["ring"] == 1'
expect_json 'j["held_back"]["site"].startswith("hung.cpp:") and j["rings"][1]["ring_task_window"] == {"used": 4, "capacity": 4}'
kill -USR1 "$run"
until_holds told "is held back since .* at $site: ring_task_window of ring 1 is short; open scopes: root, $site"
until_holds told "task 1:1, kernel \"hang\", submitted at $site, in the scope opened at $site: "
end_hung

for mode in in_place inlined; do
    start_hung $mode --threads 1
    until_holds top_shows 'j["running"] == 1 and j["submitted"] > 1 and '"$hangs"
    kill -USR1 "$run"
    until_holds told "thread 0 \(program\) runs .*, kernel \"hang\", submitted at $site"
    end_hung
done

# On a terminal the run tells how far it is; elsewhere it told nothing so far.
expect_lines run.err 0 'running for'
rm -f "$work/release"
script -qefc "'$WEIR_BIN' run '$work/hung.so' --threads 2 --set release='$work/release'" "$work/terminal" >"$work/run.out" 2>&1 \
    </dev/null &
run=$!
until_holds grep -qsE 'running for [0-9]+ s: 4 tasks submitted, [01] completed.*; ring_task_window of ring 1 is .* full' "$work/terminal"
end_hung

weir top $$
expect_refused "process $$ has no page of a run" "Runtime::watch"
weir top 0
expect_refused "PID"
weir top x.y
expect_refused "PID"
weir top
expect_refused "PID"
weir top 1 --interval 0
expect_refused "--interval"
finish
