// SPDX-License-Identifier: Apache-2.0
/** From a task to its slice and on to the next ones. */
import type { Report } from "../data/report";
import type { Lane } from "../logic/lanes";
import { firstAbove, firstNotBelow } from "../logic/search_sorted";

export class TaskFinder {
    /** Slices of tasks, in all lanes. */
    readonly slices: number;
    private readonly cores: Lane[];
    private readonly lanes: Int16Array;
    private readonly start: Float64Array;
    private readonly end: Float64Array;

    /** `lanes` begin with those of the cores. */
    constructor(report: Report, lanes: Lane[]) {
        this.cores = lanes.filter(({ kind }) => kind === "core");
        this.start = report.tasks.wide("start");
        this.end = report.tasks.wide("end");
        this.lanes = new Int16Array(report.tasks.rows).fill(-1);
        this.cores.forEach((lane, i) => {
            for (const row of lane.rows) this.lanes[row] = i;
        });
        this.slices = this.cores.reduce((sum, { rows }) => sum + rows.length, 0);
    }

    /** -1 for a task without start and end. */
    laneOf(row: number): number {
        return this.lanes[row];
    }

    times(row: number): [number, number] {
        return [this.start[row], this.end[row]];
    }

    /** The task so many lanes down and slices on; the first one at `time` when `row` has no slice; -1: none. */
    next(row: number, lanes: number, slices: number, time: number): number {
        const lane = row >= 0 ? this.lanes[row] : -1;
        if (lane < 0) return this.nearest(0, 1, time);
        if (lanes !== 0) return this.nearest(lane + lanes, lanes, this.start[row]);
        const { rows, start } = this.cores[lane];
        let slice = firstNotBelow(start, this.start[row]);
        while (rows[slice] !== row) slice++;
        return rows[slice + slices] ?? -1;
    }

    /** In the first lane from `lane` on, in the direction of `by`, that has slices: the one at `time`, or the last. */
    private nearest(lane: number, by: number, time: number): number {
        for (let i = lane; i >= 0 && i < this.cores.length; i += Math.sign(by)) {
            const { rows, end } = this.cores[i];
            if (rows.length > 0) return rows[Math.min(firstAbove(end, time), rows.length - 1)];
        }
        return -1;
    }
}
