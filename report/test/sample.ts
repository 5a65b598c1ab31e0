// SPDX-License-Identifier: Apache-2.0
/** A small report: tasks on two cores, with a dependency chain, a mixed task of two blocks, and one that did not run. */
import { parseReport, type Report } from "../src/data/report";
import { encode, type TestColumn, type TestTable } from "./encode";

function column(name: string, values: (number | null)[], wide = false): TestColumn {
    return { name, values, wide };
}

type Cell = number | null;
/** Rows: ring, id, kernel, site, core, start, end, block, slot. */
export type TaskRow = [number, number, number, number, Cell, Cell, Cell, number?, Cell?];

export const kRows: TaskRow[] = [
    [1, 1, 0, 0, 0, 10, 20],
    [1, 2, 1, 1, 1, 12, 18],
    [1, 3, 1, 1, 0, 25, 40],
    [2, 1, 0, 2, 0, 45, 50, 0, 0],
    [2, 1, 0, 2, 1, 44, 52, 1, 2],
    [2, 2, 1, 2, null, null, null],
];

function tasksTable(rows: TaskRow[]): TestTable {
    const at = (i: number) => rows.map((row) => row[i] ?? null);
    return {
        name: "tasks",
        columns: [
            column("ring", at(0)),
            column("id", at(1), true),
            column("kernel", at(2)),
            column("site", at(3)),
            column(
                "scope",
                rows.map(() => 0),
            ),
            column("thread", at(4)),
            column("core", at(4)),
            column(
                "block",
                rows.map((row) => row[7] ?? 0),
            ),
            column("slot", at(8)),
            column(
                "submitted",
                rows.map((_, i) => i),
                true,
            ),
            ...["ready", "dispatched"].map((name) => column(name, at(5), true)),
            column("start", at(5), true),
            { name: "end", values: at(6), wide: true, base: "column", of: "start" },
            ...["observed", "released", "consumed"].map((name) => column(name, at(6), true)),
        ],
    };
}

export function sampleBytes(rows: TaskRow[] = kRows): Uint8Array {
    const header = {
        tick_ps: 1_000_000,
        program: "sample",
        makespan_us: 60,
        tasks: 5,
        threads: [{ index: 0, role: "orchestrator" }],
        cores: [
            { index: 0, type: "cpu", thread: 0 },
            { index: 1, type: "cpu", thread: 1 },
        ],
        kernels: [
            { name: "load", core_type: "cpu" },
            { name: "add", core_type: "AIV" },
        ],
        sites: ["main.cpp:7", "main.cpp:9", "other.cpp:3"],
        slot_names: ["aic", "aiv0", "aiv1"],
        phase_names: ["idle"],
        kernel_rows: [],
        rings: [],
        scope_tree: [],
    };
    const empty = (name: string, narrow: string[], wide: string[]): TestTable => ({
        name,
        columns: [...narrow.map((each) => column(each, [])), ...wide.map((each) => column(each, [], true))],
    });
    return encode(header, [
        tasksTable(rows),
        {
            name: "scopes",
            columns: [
                column("depth", [0, 1]),
                column("site", [0, 2]),
                column("begin", [0, 5], true),
                column("end", [null, 55], true),
            ],
        },
        empty("phases", ["thread", "name"], ["begin", "end"]),
        {
            name: "counters",
            columns: [
                column("ring", [1, 2, 1, 1]),
                column("time", [1, 2, 3, 9], true),
                column("heap", [10, 99, 30, 20], true),
            ],
        },
        empty("instants", ["thread", "what", "site", "ring", "resource"], ["time", "duration", "events"]),
        {
            name: "edges",
            columns: [
                column("consumer", [1, 2, 3, 5]),
                column("producer", [0, 0, 2, 2]),
                column("kind", [0, 1, 3, 4]),
                column("argument", [0, 2, null, null]),
                column("waited", [1, 0, 1, 0]),
            ],
        },
        {
            name: "accesses",
            columns: [
                column("task", [1, 1]),
                column("argument", [0, 1]),
                column("direction", [0, 2]),
                column("no_dep", [0, 1]),
                column("buffer", [3, 4], true),
                column("offset", [4096, 0], true),
                column("shape", [0, 1]),
            ],
        },
        { name: "shapes", columns: [column("run", [256, 8], true)] },
        {
            name: "steps",
            columns: [
                column("shape", [0, 1, 1]),
                column("count", [64, 4, 0x4000], true),
                column("stride", [1024, 0, 8], true),
            ],
        },
    ]);
}

export function sample(rows: TaskRow[] = kRows): Report {
    return parseReport(sampleBytes(rows));
}
