// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { Coverage, type Rgb } from "../src/logic/coverage";
import { filterLane, type Lane, makeLanes, splitOverlaps } from "../src/logic/lanes";
import { sample } from "./sample";

function lane(slices: [number, number, number][]): Lane {
    return {
        kind: "core",
        label: "",
        note: "",
        rows: Int32Array.from(slices.keys()),
        start: Float64Array.from(slices, ([start]) => start),
        end: Float64Array.from(slices, ([, end]) => end),
        colour: Int32Array.from(slices, ([, , colour]) => colour),
    };
}

describe("lanes", () => {
    test("one for each core, in order of time, then the scopes", () => {
        const lanes = makeLanes(sample());
        expect(lanes.map(({ label, note, rows }) => [label, note, [...rows]])).toEqual([
            ["core 0", "program", [0, 2, 3]],
            ["core 1", "", [1, 4]],
            ["scopes, depth 0", "", [0]],
            ["scopes, depth 1", "", [1]],
        ]);
        // A scope whose end is missing lasts to the end of the run.
        expect(lanes[2].end[0]).toBe(60);
    });
    test("slices that overlap go to further lanes", () => {
        const { start, end } = lane([
            [0, 10, 0],
            [5, 8, 0],
            [8, 20, 0],
            [9, 12, 0],
        ]);
        const lists = splitOverlaps(Int32Array.from([0, 1, 2, 3]), start, end);
        expect(lists.map((list) => [...list])).toEqual([[0], [1, 2], [3]]);
    });
    test("slices that touch do not overlap", () => {
        const { rows, start, end } = lane([
            [0, 10, 0],
            [10, 20, 0],
        ]);
        expect(splitOverlaps(rows, start, end)).toEqual([rows]);
    });
    test("a filter keeps what is marked", () => {
        const kept = filterLane(makeLanes(sample())[0], Uint8Array.from([1, 0, 0, 1, 0, 0]));
        expect([...kept.rows]).toEqual([0, 3]);
        expect([...kept.end]).toEqual([20, 50]);
    });
});

/** What every pixel should be, slice by slice. */
function byHand(of: Lane, width: number, from: number, to: number): { covered: number; any: boolean }[] {
    const step = (to - from) / width;
    return Array.from({ length: width }, (_, x) => {
        const left = from + x * step;
        const right = left + step;
        let covered = 0;
        let any = false;
        of.rows.forEach((_row, i) => {
            const share = Math.min(of.end[i], right) - Math.max(of.start[i], left);
            if (share > 0) {
                covered += share;
                any = true;
            }
        });
        return { covered: Math.min(1, covered / step), any };
    });
}

describe("level of detail", () => {
    const palette = (colour: number): Rgb => (colour === 0 ? [200, 0, 0] : [0, 100, 0]);
    test("coverage of each pixel is what slices share with it", () => {
        const slices: [number, number, number][] = [];
        let time = 0;
        for (let i = 0; i < 500; i++) {
            time += (i * 7919) % 13;
            const length = 1 + ((i * 104729) % 17);
            slices.push([time, time + length, i % 2]);
            time += length;
        }
        const of = lane(slices);
        const coverage = new Coverage(of, palette);
        for (const [from, to, width] of [
            [0, time, 37],
            [100, 333, 64],
            [1000, 1010, 200],
            [-50, time + 50, 10],
        ]) {
            const pixels = new Uint8ClampedArray(width * 4);
            coverage.draw(pixels, 0, width, from, to, 0);
            byHand(of, width, from, to).forEach(({ covered }, x) => {
                expect(Math.abs(pixels[x * 4 + 3] - covered * 255)).toBeLessThanOrEqual(1);
            });
        }
    });
    test("what is much narrower than a pixel is seen", () => {
        const coverage = new Coverage(lane([[500, 500.001, 0]]), palette);
        const pixels = new Uint8ClampedArray(40);
        coverage.draw(pixels, 0, 10, 0, 1000, 0.35);
        expect(pixels[5 * 4 + 3]).toBeGreaterThanOrEqual(89);
        expect(pixels[4 * 4 + 3]).toBe(0);
    });
    test("the colour is the mean of what ran, by time", () => {
        const coverage = new Coverage(
            lane([
                [0, 30, 0],
                [30, 40, 1],
            ]),
            palette,
        );
        const pixels = new Uint8ClampedArray(4);
        coverage.draw(pixels, 0, 1, 0, 40, 0);
        expect([...pixels]).toEqual([150, 25, 0, 255]);
    });
    test("visible slices", () => {
        const coverage = new Coverage(
            lane([
                [0, 10, 0],
                [20, 30, 0],
                [40, 50, 0],
            ]),
            palette,
        );
        expect(coverage.visible(10, 40)).toEqual([1, 2]);
        expect(coverage.visible(5, 41)).toEqual([0, 3]);
        expect(coverage.visible(11, 19)).toEqual([1, 1]);
    });
});
