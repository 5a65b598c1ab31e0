// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { callName, taskName } from "../src/data/report";
import { Graph } from "../src/logic/graph";
import { findTasks } from "../src/logic/search";
import { firstAbove, firstNotBelow } from "../src/logic/search_sorted";
import { decimate, seriesOf } from "../src/logic/series";
import {
    amountText,
    axisStep,
    axisTime,
    bytesText,
    shareText,
    significant,
    timeText,
} from "../src/logic/units";
import { View } from "../src/logic/view";
import { sample, type TaskRow } from "./sample";

test("binary search", () => {
    const values = [1, 3, 3, 7];
    expect([0, 1, 3, 7, 8].map((limit) => firstAbove(values, limit))).toEqual([0, 1, 3, 4, 4]);
    expect([0, 1, 3, 7, 8].map((limit) => firstNotBelow(values, limit))).toEqual([0, 0, 1, 3, 4]);
});

describe("numbers for people", () => {
    test("times choose their unit, and nothing but 0 is 0", () => {
        expect(
            [0, 1e-7, 0.0042, 0.24, 0.9996, 1.5, 12.34, 999.4, 999.6, 1520, 2.5e6, Number.NaN].map(timeText),
        ).toEqual([
            "0",
            "< 0.001 ns",
            "4.20 ns",
            "240 ns",
            "1.00 µs",
            "1.50 µs",
            "12.3 µs",
            "999 µs",
            "1.00 ms",
            "1.52 ms",
            "2.50 s",
            "–",
        ]);
    });
    test("significant digits", () => {
        expect([0.0005, 0.0123, 0.999, 9.996, 99.96, 1234].map(significant)).toEqual([
            "< 0.001",
            "0.012",
            "0.999",
            "10.0",
            "100",
            "1,234",
        ]);
    });
    test("bytes and shares", () => {
        expect([0, 1023, 1024, 1536, 256 * 2 ** 20].map(bytesText)).toEqual([
            "0 B",
            "1,023 B",
            "1.00 KiB",
            "1.50 KiB",
            "256 MiB",
        ]);
        expect(amountText(8192, false)).toBe("8,192");
        expect([0, 0.00001, 0.1234, 1].map(shareText)).toEqual(["0 %", "< 0.1 %", "12.3 %", "100.0 %"]);
    });
    test("marks of an axis", () => {
        expect([axisStep(100, 10), axisStep(101, 10), axisStep(0.03, 4)]).toEqual([10, 20, 0.01]);
        expect(axisTime(1500, 500)).toBe("1,500 µs");
        expect(axisTime(0.25, 0.05)).toBe("250 ns");
        expect(axisTime(12.5, 0.5)).toBe("12,500 ns");
        expect(axisTime(2_500_000, 500_000)).toBe("2,500 ms");
    });
});

describe("search", () => {
    const found = (query: string) => {
        const matches = findTasks(sample(), query);
        return matches && [...matches.rows];
    };
    test("nothing is looked for", () => expect(found("  ")).toBeNull());
    test("kernel, whatever its case", () => expect(found("LOA")).toEqual([0, 3, 4]));
    test("core type as a whole", () => expect(found("aiv")).toEqual([1, 2, 5]));
    test("source line", () => expect(found("other.cpp:3")).toEqual([3, 4, 5]));
    test("ring and running number", () => expect(found("2:1")).toEqual([3, 4]));
    test("every word must match", () => expect(found("add main")).toEqual([1, 2]));
    test("block and slot, as calls are named", () => {
        expect(found("aiv1")).toEqual([4]);
        expect(found("2:1 [0]")).toEqual([3]);
        expect(found("aic")).toEqual([3]);
        expect(found("[2]")).toEqual([]);
    });
    test("no match", () => expect(found("gemm")).toEqual([]));
});

describe("names of calls", () => {
    const names = (rows: TaskRow[]) => rows.map((_, row) => callName(sample(rows), row));
    test("a task of one call is named by its number", () => {
        expect(names([[1, 7, 0, 0, 0, 1, 2]])).toEqual(["1:7"]);
        // Also one with a launch record, and one whose call has stretches between barriers.
        const call: TaskRow = [1, 7, 0, 0, 0, 1, 2, 0, 0];
        expect(names([call, call])).toEqual(["1:7", "1:7"]);
    });
    test("several blocks, or several kernels, or both", () => {
        const calls = (...of: [number, number][]) =>
            names(of.map(([block, slot]): TaskRow => [1, 7, 0, 0, 0, 1, 2, block, slot]));
        expect(calls([0, 0], [1, 0])).toEqual(["1:7 [0]", "1:7 [1]"]);
        expect(calls([0, 0], [0, 1])).toEqual(["1:7 aic", "1:7 aiv0"]);
        expect(calls([0, 0], [0, 2], [1, 2])).toEqual(["1:7 [0] aic", "1:7 [0] aiv1", "1:7 [1] aiv1"]);
    });
    test("others of the task that were not recorded are not forgotten", () => {
        expect(names([[1, 7, 0, 0, 0, 1, 2, 3, 1]])).toEqual(["1:7 [3] aiv0"]);
        expect(taskName(sample([[1, 7, 0, 0, 0, 1, 2, 3, 1]]), 0)).toBe("1:7");
    });
    test("neighbours of other tasks do not count", () => {
        const row = (ring: number, id: number): TaskRow => [ring, id, 0, 0, 0, 1, 2, 0, 0];
        expect(names([row(1, 7), row(2, 7), row(2, 8)])).toEqual(["1:7", "2:7", "2:8"]);
    });
});

describe("graph", () => {
    const graph = new Graph(sample());
    test("producers", () => {
        expect(graph.producers(2)).toEqual([
            { row: 0, kind: "WAR", argument: 2, waited: false, keeps: false },
        ]);
        expect(graph.producers(0)).toEqual([]);
    });
    test("every block has the edges of its task", () => {
        expect(graph.producers(4)).toEqual([
            { row: 2, kind: "explicit", argument: -1, waited: true, keeps: false },
        ]);
        expect(graph.firstRow(4)).toBe(3);
        expect(graph.firstRow(3)).toBe(3);
    });
    test("consumers", () => {
        expect(graph.consumers(0).map(({ row }) => row)).toEqual([1, 2]);
        expect(graph.consumers(2).map(({ row, keeps }) => [row, keeps])).toEqual([
            [3, false],
            [5, true],
        ]);
        expect(graph.consumers(5)).toEqual([]);
    });
    test("regions", () => {
        expect(graph.accesses(1)).toEqual([
            {
                argument: 0,
                direction: "in",
                noDep: false,
                buffer: 3,
                size: 64 * 256,
                region: "256 B, 64 times every 1,024 B, from byte 4,096",
            },
            {
                argument: 1,
                direction: "inout",
                noDep: true,
                buffer: 4,
                size: 0x4000 * 8,
                region: "131,072 B, 4 times every 0 B, from byte 0",
            },
        ]);
        expect(graph.accesses(0)).toEqual([]);
    });
});

describe("occupancy", () => {
    test("samples of a ring, and of all", () => {
        expect([...seriesOf(sample(), 1, "heap").value]).toEqual([10, 30, 20]);
        expect([...seriesOf(sample(), -1, "heap").time]).toEqual([1, 2, 3, 9]);
    });
    test("few points, and no peak is lost", () => {
        const time = Float64Array.from({ length: 10_000 }, (_, i) => i);
        const value = Float64Array.from(time, (at) => (at === 7331 ? 1000 : at % 10));
        const kept = decimate({ time, value }, 0, 9999, 100);
        expect(kept.time.length).toBeLessThanOrEqual(402);
        expect(kept.value[kept.time.indexOf(7331)]).toBe(1000);
        for (let i = 1; i < kept.time.length; i++)
            expect(kept.time[i]).toBeGreaterThanOrEqual(kept.time[i - 1]);
    });
    test("what held before the range holds at its begin", () => {
        const kept = decimate(
            { time: Float64Array.from([0, 100]), value: Float64Array.from([5, 8]) },
            40,
            60,
            10,
        );
        expect([...kept.time]).toEqual([40, 60]);
        expect([...kept.value]).toEqual([5, 5]);
    });
});

describe("range", () => {
    test("keeps within the run", () => {
        const view = new View(1000);
        view.setRange(-50, 50);
        expect([view.from, view.to]).toEqual([0, 100]);
        view.setRange(990, 1090);
        expect([view.from, view.to]).toEqual([900, 1000]);
        view.setRange(-5000, 5000);
        expect([view.from, view.to]).toEqual([0, 1000]);
    });
    test("zooms around a place", () => {
        const view = new View(1000);
        view.zoom(0.5, 200);
        expect([view.from, view.to]).toEqual([100, 600]);
        for (let i = 0; i < 60; i++) view.zoom(0.5, 200);
        expect(view.to - view.from).toBe(2);
    });
    test("shows what is to be revealed", () => {
        const view = new View(1000);
        view.setRange(0, 100);
        view.reveal(500, 520);
        expect(view.from).toBeLessThanOrEqual(500);
        expect(view.to).toBeGreaterThanOrEqual(520);
        expect(view.to - view.from).toBe(100);
        view.reveal(0, 900);
        expect([view.from, view.to]).toEqual([0, 1000]);
    });
    test("tells who listens, and nobody else", () => {
        const view = new View(10);
        const heard: string[] = [];
        view.on(["range"], () => heard.push("range"));
        view.on(["task", "search"], () => heard.push("task"));
        view.pan(0.1);
        view.selectTask(3);
        view.setSearch("x", null);
        expect(heard).toEqual(["range", "task", "task"]);
    });
});
