// SPDX-License-Identifier: Apache-2.0
/** The axis above the lanes, with marks of what happened at an instant, and the overview of the whole run above it. */
import type { Report } from "../data/report";
import { siteName } from "../data/report";
import type { Coverage } from "../logic/coverage";
import { firstNotBelow } from "../logic/search_sorted";
import { axisStep, axisTime, plural, resourceName, timeText } from "../logic/units";
import type { View } from "../logic/view";
import { styleColour } from "./theme";

const kMarkPixels = 5;

/** Instants in order of time. */
export class Marks {
    readonly time: Float64Array;
    private readonly rows: Int32Array;

    constructor(private readonly report: Report) {
        const time = report.instants.wide("time");
        this.rows = Int32Array.from(time.keys());
        this.rows.sort((a, b) => time[a] - time[b] || a - b);
        this.time = Float64Array.from(this.rows, (row) => time[row]);
    }

    /** The mark next to `time`, at most `reach` away; null when there is none. */
    near(time: number, reach: number): string | null {
        const after = firstNotBelow(this.time, time);
        const candidates = [after - 1, after].filter((i) => i >= 0 && i < this.time.length);
        candidates.sort((a, b) => Math.abs(this.time[a] - time) - Math.abs(this.time[b] - time));
        const best = candidates[0];
        if (best === undefined || Math.abs(this.time[best] - time) > reach) return null;
        return this.text(this.rows[best]);
    }

    /** "held back 12 µs for heap of ring 1 at program.cpp:70". */
    private text(row: number): string {
        const { instants, header } = this.report;
        const what = (header.instant_names[instants.narrow("what")[row]] ?? "event").replaceAll("_", " ");
        const resource = header.resources[instants.narrow("resource")[row]];
        const ring = instants.narrow("ring")[row];
        const site = instants.narrow("site")[row];
        const duration = instants.wide("duration")[row] * (header.tick_ps / 1e6);
        const events = instants.wide("events")[row];
        return [
            what,
            Number.isNaN(duration) ? "" : timeText(duration),
            resource === undefined ? "" : `for ${resourceName(resource)}`,
            ring < 0 ? "" : `of ring ${ring}`,
            events > 0 ? plural(events, "event") : "",
            site < 0 ? "" : `at ${siteName(this.report, site)}`,
        ]
            .filter((part) => part !== "")
            .join(" ");
    }
}

export function paintAxis(
    context: CanvasRenderingContext2D,
    width: number,
    height: number,
    view: View,
    tickUs: number,
    marks: Marks,
): void {
    context.clearRect(0, 0, width, height);
    const from = view.from * tickUs;
    const to = view.to * tickUs;
    const step = axisStep(to - from, width / 110);
    context.font = `11px ${styleColour("--font")}`;
    context.textBaseline = "top";
    context.fillStyle = styleColour("--muted");
    context.strokeStyle = styleColour("--line");
    context.beginPath();
    for (let i = Math.ceil(from / step); i * step <= to; i++) {
        const x = Math.round(((i * step - from) / (to - from)) * width) + 0.5;
        context.moveTo(x, height - 6);
        context.lineTo(x, height);
        const text = axisTime(i * step, step);
        if (x + context.measureText(text).width + 4 < width) context.fillText(text, x + 4, 4);
    }
    context.stroke();
    paintMarks(context, width, height, view, marks);
}

/** A mark for each few pixels in which something happened. */
function paintMarks(
    context: CanvasRenderingContext2D,
    width: number,
    height: number,
    view: View,
    marks: Marks,
): void {
    context.fillStyle = styleColour("--warn");
    const scale = width / (view.to - view.from);
    let i = firstNotBelow(marks.time, view.from);
    while (i < marks.time.length && marks.time[i] <= view.to) {
        const x = (marks.time[i] - view.from) * scale;
        context.beginPath();
        context.moveTo(x - 3, height - 7);
        context.lineTo(x + 3, height - 7);
        context.lineTo(x, height - 1);
        context.fill();
        i = firstNotBelow(marks.time, marks.time[i] + kMarkPixels / scale, i + 1);
    }
}

/** The whole run, a row of pixels for each lane of a core, with a frame around what the timeline shows. */
export class Overview {
    private readonly strip = document.createElement("canvas");

    constructor(private readonly view: View) {}

    paint(context: CanvasRenderingContext2D, width: number, height: number, cores: Coverage[]): void {
        context.clearRect(0, 0, width, height);
        const each = height / Math.max(1, cores.length);
        this.strip.width = Math.max(1, Math.round(width));
        this.strip.height = Math.max(1, cores.length);
        const own = this.strip.getContext("2d")!;
        const image = own.createImageData(this.strip.width, this.strip.height);
        cores.forEach((lane, i) => {
            lane.draw(image.data, i * this.strip.width * 4, this.strip.width, 0, this.view.last, 0.15);
        });
        own.putImageData(image, 0, 0);
        context.imageSmoothingEnabled = each < 2;
        context.drawImage(this.strip, 0, 0, width, height);
        const left = (this.view.from / this.view.last) * width;
        const right = Math.max(left + 2, (this.view.to / this.view.last) * width);
        context.fillStyle = styleColour("--veil");
        context.fillRect(0, 0, left, height);
        context.fillRect(right, 0, width - right, height);
        context.strokeStyle = styleColour("--accent");
        context.lineWidth = 1.5;
        context.strokeRect(left + 0.75, 0.75, Math.max(1, right - left - 1.5), height - 1.5);
    }
}
