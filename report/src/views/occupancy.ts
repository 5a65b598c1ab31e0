// SPDX-License-Identifier: Apache-2.0
/** How full each ring was over time: a small chart for each resource that was used, with its capacity. */
import uPlot from "uplot";
import type { Report, RingUse } from "../data/report";
import { decimate, type Series, seriesOf } from "../logic/series";
import { amountText, axisTime, resourceName, shareText, timeText } from "../logic/units";
import type { View } from "../logic/view";
import { el, section, whenQuiet } from "./dom";
import { styleColour } from "./theme";

const kChartHeight = 118;
const kAxisWidth = 58;
/** Below this share of the capacity a chart is scaled to its peak, or nothing could be seen in it. */
const kScaleToCapacity = 0.15;
/** Distances of marks on an axis: powers of two for bytes, whole steps for what is counted. */
const kByteSteps = Array.from({ length: 50 }, (_, i) => 2 ** i);
const kCountSteps = Array.from({ length: 36 }, (_, i) => [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3));

class Chart {
    readonly element: HTMLElement;
    private plot: uPlot | null = null;
    private readonly series: Series;
    private readonly box = el("div", { class: "plot" });

    constructor(
        private readonly report: Report,
        private readonly use: RingUse,
        private readonly view: View,
        private readonly toCapacity: () => boolean,
    ) {
        this.series = seriesOf(report, use.ring, use.resource);
        const name =
            use.ring < 0 ? resourceName(use.resource) : `${resourceName(use.resource)} of ring ${use.ring}`;
        const peak = amountText(use.peak, use.bytes);
        const capacity = amountText(use.capacity, use.bytes);
        const share = use.capacity > 0 ? use.peak / use.capacity : 0;
        const sample =
            use.sampled < use.peak ? `largest sample ${amountText(use.sampled, use.bytes)} at` : "at";
        const when = use.time_us === null ? "" : `${sample} ${timeText(use.time_us)}`;
        const text = use.capacity > 0 ? `${peak} of ${capacity} (${shareText(share)})` : peak;
        this.element = el(
            "figure",
            { class: "card chart" },
            el(
                "figcaption",
                {},
                el("b", {}, name),
                el("span", { class: share > 0.9 ? "peak full" : "peak" }, `peak ${text}`),
                el(
                    "span",
                    { class: "muted" },
                    `${when}${use.site !== "" ? ", submit at " : ""}`,
                    el("span", { class: "mono" }, use.site),
                ),
            ),
            this.box,
        );
    }

    draw(): void {
        const width = this.box.clientWidth;
        if (width === 0) return;
        const tickUs = this.report.header.tick_ps / 1e6;
        const { from, to } = this.view;
        const seen = decimate(this.series, from, to, Math.max(50, width - kAxisWidth));
        const xs = Array.from(seen.time, (time) => time * tickUs);
        const capacity = xs.map(() => this.use.capacity);
        this.plot?.destroy();
        this.plot = new uPlot(
            this.options(width, from * tickUs, to * tickUs),
            [xs, Array.from(seen.value), capacity],
            this.box,
        );
    }

    private options(width: number, from: number, to: number): uPlot.Options {
        const { use } = this;
        const muted = styleColour("--muted");
        const font = `11px ${styleColour("--font")}`;
        const whole = this.toCapacity() || use.peak >= use.capacity * kScaleToCapacity;
        const top =
            Math.max(1, whole && use.capacity > 0 ? Math.max(use.capacity, use.peak) : use.peak) * 1.06;
        const grid = { stroke: styleColour("--line"), width: 1 };
        const axis = { stroke: muted, font, grid, ticks: { show: false } };
        return {
            width,
            height: kChartHeight,
            legend: { show: false },
            cursor: { show: false },
            scales: { x: { time: false, range: [from, to] }, y: { range: [0, top] } },
            axes: [
                {
                    ...axis,
                    grid: { show: false },
                    size: 24,
                    gap: 6,
                    space: 90,
                    values: (_plot, splits, _axis, _space, step) =>
                        splits.map((value) => axisTime(value, step)),
                },
                {
                    ...axis,
                    size: kAxisWidth,
                    gap: 6,
                    space: 30,
                    incrs: use.bytes ? kByteSteps : kCountSteps,
                    values: (_plot, splits) => splits.map((value) => amountText(value, use.bytes)),
                },
            ],
            series: [
                {},
                {
                    stroke: styleColour("--accent"),
                    fill: `${styleColour("--accent")}2e`,
                    width: 1.25,
                    points: { show: false },
                    paths: uPlot.paths.stepped!({ align: 1 }),
                },
                { stroke: styleColour("--warn"), width: 1, dash: [4, 3], points: { show: false } },
            ],
        };
    }
}

function peaksTable(uses: RingUse[]): HTMLElement {
    const heads = ["Ring", "Resource", "Capacity", "Peak", "Share", "Time", "Site"];
    return el(
        "div",
        { class: "table-box", tabindex: "0", role: "region", "aria-label": "Peaks of the rings" },
        el(
            "table",
            {},
            el("caption", { class: "visually-hidden" }, "Peaks of the rings"),
            el(
                "thead",
                {},
                el(
                    "tr",
                    {},
                    ...heads.map((head) =>
                        el(
                            "th",
                            { scope: "col", class: head === "Resource" || head === "Site" ? "text" : "" },
                            head,
                        ),
                    ),
                ),
            ),
            el(
                "tbody",
                {},
                ...uses.map((use) =>
                    el(
                        "tr",
                        {},
                        el("td", {}, use.ring < 0 ? "all" : String(use.ring)),
                        el("td", { class: "text" }, resourceName(use.resource)),
                        el("td", {}, use.capacity > 0 ? amountText(use.capacity, use.bytes) : "–"),
                        el("td", {}, amountText(use.peak, use.bytes)),
                        el("td", {}, use.capacity > 0 ? shareText(use.peak / use.capacity) : "–"),
                        el("td", {}, use.time_us === null ? "–" : timeText(use.time_us)),
                        el("td", { class: "text mono" }, use.site),
                    ),
                ),
            ),
        ),
    );
}

export function occupancyView(report: Report, view: View): HTMLElement {
    const used = report.header.rings.filter(({ peak }) => peak > 0);
    const box = el("input", { type: "checkbox", id: "to-capacity" });
    const charts =
        report.counters.rows > 0 ? used.map((use) => new Chart(report, use, view, () => box.checked)) : [];
    const draw = () => {
        for (const chart of charts) chart.draw();
    };
    view.on(["range", "theme"], whenQuiet(80, draw));
    box.addEventListener("change", draw);
    const grid = el("div", { class: "charts" }, ...charts.map(({ element }) => element));
    if (charts.length > 0) new ResizeObserver(whenQuiet(30, draw)).observe(grid);
    const none =
        used.length === 0
            ? "No occupancy was recorded."
            : "Occupancy over time was not recorded: run with --record-level 2 or more.";
    return section(
        "memory",
        "Rings over time",
        "What each ring held, in the range of the timeline. The dashed line is the capacity.",
        charts.length > 0 &&
            el(
                "p",
                { class: "tools" },
                box,
                el("label", { for: "to-capacity" }, "Scale every chart to its capacity"),
            ),
        grid,
        charts.length === 0 && el("p", { class: "empty" }, none),
        used.length > 0 &&
            el(
                "details",
                { open: charts.length === 0 },
                el("summary", {}, "Peaks as a table"),
                peaksTable(used),
            ),
    );
}
