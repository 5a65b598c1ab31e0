// SPDX-License-Identifier: Apache-2.0
/** Occupancy of one resource of one ring over time, and what of it a chart of so many pixels can show. */
import type { Report } from "../data/report";
import { firstAbove } from "./search_sorted";

export interface Series {
    time: Float64Array;
    value: Float64Array;
}

/** The samples of a ring, in order of time; of all rings for what they have together (ring -1). */
export function seriesOf(report: Report, ring: number, resource: string): Series {
    const { counters } = report;
    const rings = counters.column("ring");
    const rows: number[] = [];
    for (let row = 0; row < counters.rows; row++) if (ring < 0 || rings[row] === ring) rows.push(row);
    const time = counters.wide("time");
    const value = counters.column(resource);
    for (let i = 1; i < rows.length; i++) {
        if (time[rows[i]] < time[rows[i - 1]]) {
            rows.sort((a, b) => time[a] - time[b] || a - b);
            break;
        }
    }
    return {
        time: Float64Array.from(rows, (row) => time[row]),
        value: Float64Array.from(rows, (row) => value[row]),
    };
}

/**
 * At most four samples for each of `pixels` parts of [from, to]: the first, the smallest, the largest and the last.
 * So no peak is lost. The value holds from its sample to the next one, hence one sample before and at `to`.
 */
export function decimate(series: Series, from: number, to: number, pixels: number): Series {
    const { time, value } = series;
    const times: number[] = [];
    const values: number[] = [];
    let at = firstAbove(time, from);
    if (at > 0) {
        times.push(from);
        values.push(value[at - 1]);
    }
    const step = (to - from) / pixels;
    for (let pixel = 0; pixel < pixels; pixel++) {
        const next = firstAbove(time, pixel === pixels - 1 ? to : from + (pixel + 1) * step, at);
        if (next === at) continue;
        let low = at;
        let high = at;
        for (let i = at + 1; i < next; i++) {
            if (value[i] < value[low]) low = i;
            if (value[i] > value[high]) high = i;
        }
        const kept = [...new Set([at, low, high, next - 1])].sort((a, b) => a - b);
        for (const i of kept) {
            times.push(time[i]);
            values.push(value[i]);
        }
        at = next;
    }
    if (values.length > 0 && times[times.length - 1] < to) {
        times.push(to);
        values.push(values[values.length - 1]);
    }
    return { time: Float64Array.from(times), value: Float64Array.from(values) };
}
