// SPDX-License-Identifier: Apache-2.0
/** A slice in a line, for the pointer. */
import { callName, kernelName, type Report, siteName } from "../data/report";
import type { Lane } from "../logic/lanes";
import { timeText } from "../logic/units";

export function laneText(report: Report, lane: Lane, slice: number): string {
    const tickUs = report.header.tick_ps / 1e6;
    const lasts = timeText((lane.end[slice] - lane.start[slice]) * tickUs);
    const row = lane.rows[slice];
    if (lane.kind === "thread") return `${report.header.phase_names[lane.colour[slice]]}, ${lasts}`;
    if (lane.kind === "scope") return `scope at ${siteName(report, lane.colour[slice])}, ${lasts}`;
    const site = siteName(report, report.tasks.narrow("site")[row]);
    return `${kernelName(report, lane.colour[slice])} ${callName(report, row)}, ${lasts}, ${site}`;
}
