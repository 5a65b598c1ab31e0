// SPDX-License-Identifier: Apache-2.0
/** The swimlane: lanes, axis and overview on canvases, moved by mouse, wheel and keys, and the search above it. */
import { callName, kernelName, type Report, siteName } from "../data/report";
import type { Graph } from "../logic/graph";
import { makeLanes } from "../logic/lanes";
import { firstAbove } from "../logic/search_sorted";
import { plural, timeText } from "../logic/units";
import type { View } from "../logic/view";
import type { Colours } from "./colours";
import { announce, eachFrame, el, section } from "./dom";
import { FindBar } from "./find_bar";
import { LanePainter, type PlacedLane, placeLanes } from "./lane_painter";
import { laneText } from "./slice_text";
import { makeSurface, onDrag, resize } from "./surface";
import { TaskFinder } from "./task_finder";
import { paintTask } from "./task_overlay";
import { Marks, Overview, paintAxis } from "./time_axis";

const kGutter = 132;
const kAxisHeight = 28;
const kOverviewHeight = 44;
const kZoomStep = 1.5;

export class Timeline {
    readonly element: HTMLElement;
    private readonly tickUs: number;
    private readonly placed: PlacedLane[];
    private readonly height: number;
    private readonly painter: LanePainter;
    private readonly overviewPainter: Overview;
    private readonly marks: Marks;
    private readonly finder: TaskFinder;
    private readonly lanes = makeSurface(el("canvas", { class: "lanes", "aria-hidden": "true" }));
    private readonly axis = makeSurface(el("canvas", { class: "axis", "aria-hidden": "true" }));
    private readonly overview = makeSurface(el("canvas", { class: "overview", "aria-hidden": "true" }));
    private readonly scroller = el("div", { class: "scroller" });
    private readonly tip = el("div", { class: "tip", role: "presentation" });
    private readonly rangeText = el("span", { class: "range" });
    private readonly find: FindBar;
    private readonly stage: HTMLElement;
    private readonly repaint = eachFrame(() => this.paint());

    constructor(
        private readonly report: Report,
        private readonly view: View,
        colours: Colours,
        private readonly graph: Graph,
    ) {
        this.tickUs = report.header.tick_ps / 1e6;
        const lanes = makeLanes(report);
        const { placed, height } = placeLanes(lanes);
        this.placed = placed;
        this.height = height;
        this.painter = new LanePainter(report, view, colours, placed);
        this.overviewPainter = new Overview(view);
        this.marks = new Marks(report);
        this.finder = new TaskFinder(report, lanes);
        this.stage = el("div", {
            class: "stage",
            id: "lanes",
            tabindex: "0",
            role: "application",
            "aria-label": `Timeline of ${plural(this.finder.slices, "task execution")} on ${plural(placed.length, "lane")}`,
            "aria-describedby": "lanes-keys",
        });
        this.find = new FindBar(report, view, (row) => this.choose(row, true));
        this.element = this.build();
        this.listen();
    }

    /** Of the last frame, for tests and for who wonders. */
    get drawn(): number {
        return this.painter.drawn;
    }

    search(query: string): void {
        this.find.search(query);
    }

    private build(): HTMLElement {
        const labels = el("div", { class: "labels", style: `height:${this.height}px` });
        for (const { lane, top, height } of this.placed) {
            labels.append(
                el(
                    "div",
                    { class: `label ${lane.kind}`, style: `top:${top}px;height:${height}px` },
                    el("b", {}, lane.label),
                    lane.note !== "" && el("span", {}, lane.note),
                ),
            );
        }
        this.scroller.append(labels, this.lanes.canvas);
        this.stage.append(
            el(
                "div",
                { class: "top-row" },
                el("span", { class: "gutter" }, "whole run"),
                this.overview.canvas,
            ),
            el("div", { class: "top-row" }, this.rangeText, this.axis.canvas),
            this.scroller,
            this.tip,
        );
        const button = (text: string, label: string, act: () => void) =>
            el("button", { title: label, "aria-label": label, onclick: act }, text);
        const tools = el(
            "div",
            { class: "tools" },
            ...this.find.elements,
            el("span", { class: "spring" }),
            button("−", "Zoom out", () => this.view.zoom(kZoomStep)),
            button("+", "Zoom in", () => this.view.zoom(1 / kZoomStep)),
            button("Fit", "Show the whole run", () => this.view.fit()),
        );
        const keys = el(
            "p",
            { class: "keys", id: "lanes-keys" },
            ...[
                ["W S", "or ctrl + wheel zoom"],
                ["A D", "or drag pan"],
                ["← → ↑ ↓", "choose a task"],
                ["Enter", "its dependencies"],
                ["F", "fit the task"],
                ["0", "whole run"],
                ["/", "search"],
            ].flatMap(([key, text]) => [el("kbd", {}, key), ` ${text}  `]),
        );
        const lead =
            "What each core ran. Colours are kernels; where many share a pixel, it has their mean colour.";
        return section("timeline", "Timeline", lead, tools, this.stage, keys);
    }

    private listen(): void {
        const { view } = this;
        view.on(["range", "task"], this.repaint);
        view.on(["theme"], () => {
            this.painter.refreshColours();
            this.repaint();
        });
        view.on(["search"], () => {
            this.painter.refreshSearch();
            this.repaint();
        });
        new ResizeObserver(() => this.layOut()).observe(this.stage);
        this.scroller.addEventListener("scroll", this.repaint, { passive: true });
        this.stage.addEventListener("keydown", (event) => this.key(event));
        this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
        onDrag(this.lanes.canvas, (begin) => {
            const { from, to } = view;
            return (x) => {
                const by = ((begin - x) / this.lanes.width) * (to - from);
                view.setRange(from + by, to + by);
            };
        });
        onDrag(this.overview.canvas, (begin) => (x) => {
            const scale = view.last / this.overview.width;
            view.setRange(Math.min(begin, x) * scale, Math.max(begin, x) * scale);
        });
        this.lanes.canvas.addEventListener("click", (event) => this.click(event));
        this.lanes.canvas.addEventListener("dblclick", () => this.fitTask());
        this.lanes.canvas.addEventListener("pointermove", (event) => this.hover(event));
        this.lanes.canvas.addEventListener("pointerleave", () => this.tip.classList.remove("shown"));
        this.axis.canvas.addEventListener("pointermove", (event) => this.hoverMark(event));
        this.axis.canvas.addEventListener("pointerleave", () => this.tip.classList.remove("shown"));
    }

    private layOut(): void {
        const width = Math.max(50, this.stage.clientWidth - kGutter - 2);
        resize(this.lanes, width, this.height);
        resize(this.axis, width, kAxisHeight);
        resize(this.overview, width, kOverviewHeight);
        this.paint();
    }

    private paint(): void {
        const { lanes, view, scroller } = this;
        if (lanes.width === 0) return;
        const top = scroller.scrollTop;
        this.painter.paint(
            lanes.context,
            lanes.width,
            top,
            Math.min(this.height, top + scroller.clientHeight),
        );
        paintAxis(this.axis.context, this.axis.width, kAxisHeight, view, this.tickUs, this.marks);
        this.overviewPainter.paint(
            this.overview.context,
            this.overview.width,
            kOverviewHeight,
            this.painter.cores,
        );
        paintTask(lanes.context, lanes.width, this.placed, this.finder, view, this.graph);
        this.rangeText.textContent = timeText((view.to - view.from) * this.tickUs);
        this.stage.dataset.from = String(view.from * this.tickUs);
        this.stage.dataset.to = String(view.to * this.tickUs);
        this.stage.dataset.drawn = String(this.painter.drawn);
    }

    private timeAt(x: number): number {
        return this.view.from + (x / this.lanes.width) * (this.view.to - this.view.from);
    }

    private sliceAt(event: MouseEvent): { place: PlacedLane; slice: number } | null {
        const place = this.placed.find(
            ({ top, height }) => event.offsetY >= top && event.offsetY < top + height,
        );
        if (!place) return null;
        const { lane } = place;
        const reach = ((this.view.to - this.view.from) / this.lanes.width) * 2;
        const time = this.timeAt(event.offsetX);
        const slice = firstAbove(lane.end, time - reach);
        if (slice >= lane.rows.length || lane.start[slice] > time + reach) return null;
        return { place, slice };
    }

    private click(event: MouseEvent): void {
        const hit = this.sliceAt(event);
        if (hit?.place.lane.kind === "core") this.choose(hit.place.lane.rows[hit.slice], false);
    }

    private hover(event: PointerEvent): void {
        const hit = this.sliceAt(event);
        this.showTip(event, hit ? laneText(this.report, hit.place.lane, hit.slice) : null);
    }

    private hoverMark(event: PointerEvent): void {
        const reach = ((this.view.to - this.view.from) / this.lanes.width) * 4;
        this.showTip(event, this.marks.near(this.timeAt(event.offsetX), reach));
    }

    private showTip(event: PointerEvent, text: string | null): void {
        this.tip.classList.toggle("shown", text !== null);
        if (text === null) return;
        this.tip.textContent = text;
        const box = this.stage.getBoundingClientRect();
        const x = Math.min(event.clientX - box.left + 14, box.width - this.tip.offsetWidth - 6);
        this.tip.style.transform = `translate(${Math.max(0, x)}px, ${event.clientY - box.top + 18}px)`;
    }

    private wheel(event: WheelEvent): void {
        const sideways = event.shiftKey ? event.deltaY : event.deltaX;
        if (event.ctrlKey || event.metaKey) {
            const x = event.clientX - this.lanes.canvas.getBoundingClientRect().left;
            this.view.zoom(1.002 ** event.deltaY, this.timeAt(Math.max(0, Math.min(this.lanes.width, x))));
        } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
            this.view.pan(sideways / this.lanes.width);
        } else {
            return;
        }
        event.preventDefault();
    }

    private key(event: KeyboardEvent): void {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const { view } = this;
        const actions: Record<string, () => void> = {
            w: () => view.zoom(1 / kZoomStep),
            "+": () => view.zoom(1 / kZoomStep),
            "=": () => view.zoom(1 / kZoomStep),
            s: () => view.zoom(kZoomStep),
            "-": () => view.zoom(kZoomStep),
            a: () => view.pan(-0.25),
            d: () => view.pan(0.25),
            "0": () => view.fit(),
            f: () => this.fitTask(),
            n: () => this.find.step(1),
            p: () => this.find.step(-1),
            ArrowRight: () => this.moveTask(0, 1),
            ArrowLeft: () => this.moveTask(0, -1),
            ArrowDown: () => this.moveTask(1, 0),
            ArrowUp: () => this.moveTask(-1, 0),
            Escape: () => this.choose(-1, false),
            Enter: () => document.getElementById("task")?.focus(),
        };
        const act = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
        if (!act) return;
        act();
        event.preventDefault();
    }

    private moveTask(lanes: number, slices: number): void {
        const row = this.finder.next(this.view.task, lanes, slices, this.view.from);
        if (row >= 0) this.choose(row, true);
    }

    private fitTask(): void {
        const { task } = this.view;
        if (task < 0) return;
        const [from, to] = this.finder.times(task);
        const around = Math.max(1, (to - from) * 2);
        this.view.setRange(from - around, to + around);
    }

    choose(row: number, reveal: boolean): void {
        this.view.selectTask(row);
        if (row < 0) return;
        const [from, to] = this.finder.times(row);
        if (reveal && !Number.isNaN(from)) {
            this.view.reveal(from, to);
            this.scrollTo(row);
        }
        const { tasks } = this.report;
        const name = `${kernelName(this.report, tasks.narrow("kernel")[row])} ${callName(this.report, row)}`;
        const site = siteName(this.report, tasks.narrow("site")[row]);
        announce(
            `${name}, ${timeText((to - from) * this.tickUs)}, from ${timeText(from * this.tickUs)}, ${site}`,
        );
    }

    private scrollTo(row: number): void {
        const place = this.placed[this.finder.laneOf(row)];
        if (!place) return;
        const { scrollTop, clientHeight } = this.scroller;
        if (place.top < scrollTop) this.scroller.scrollTop = place.top - 8;
        else if (place.top + place.height > scrollTop + clientHeight)
            this.scroller.scrollTop = place.top + place.height - clientHeight + 8;
    }
}
