// SPDX-License-Identifier: Apache-2.0
/** One task: its times, the regions that it names, and the graph of who it waited for and who waited for it. */
import { callName, kernelName, type Report, siteName, slotName, taskName } from "../data/report";
import type { Graph, Neighbour } from "../logic/graph";
import { bytesText, grouped, plural, timeText } from "../logic/units";
import type { View } from "../logic/view";
import { type Colours, css } from "./colours";
import { el, section } from "./dom";
import { graphPicture } from "./graph_picture";

const kTimes = [
    ["submitted", "Submitted", "by the program"],
    ["ready", "Ready", "the last producer had completed"],
    ["dispatched", "Dispatched", "given to a core"],
    ["start", "Start", "of the kernel"],
    ["end", "End", "of the kernel"],
    ["observed", "Observed", "by the scheduler, as complete"],
    ["released", "Released", "slot, payload and edges are free"],
    ["consumed", "Consumed", "nobody uses its memory"],
] as const;
const kMostListed = 200;
const kLegend =
    "Dashed: the producer had completed before the submit. Dotted, keeps memory (edges of kind scope): it had, and the " +
    "consumer uses memory that the producer owns, which stays until the consumer is released.";

const waits = (neighbours: Neighbour[]) => neighbours.filter(({ keeps }) => !keeps);
const keeps = (neighbours: Neighbour[]) => neighbours.filter(({ keeps }) => keeps);

export class TaskView {
    readonly element: HTMLElement;
    private readonly body = el("div", { class: "task-body" });

    constructor(
        private readonly report: Report,
        private readonly view: View,
        private readonly colours: Colours,
        private readonly graph: Graph,
        private readonly choose: (row: number) => void,
    ) {
        const lead = "Choose a task in the timeline: by click, by the arrow keys, or by a search.";
        this.element = section("task", "Task and dependencies", lead, this.body);
        view.on(["task", "theme"], () => this.show());
        this.show();
    }

    private show(): void {
        const { task } = this.view;
        this.element.classList.toggle("chosen", task >= 0);
        if (task < 0) {
            const first = el("button", { onclick: () => this.choose(0) }, "Choose the first task");
            this.body.replaceChildren(
                el("p", { class: "empty" }, "No task is chosen. ", this.report.tasks.rows > 0 && first),
            );
            return;
        }
        const producers = this.graph.producers(task);
        const consumers = this.graph.consumers(task);
        const picture = graphPicture(this.report, this.colours, task, producers, consumers, this.choose);
        const hasEdges = this.report.edges.rows > 0;
        this.body.replaceChildren(
            el("div", { class: "task-side" }, this.head(task), this.times(task)),
            el(
                "div",
                { class: "task-main" },
                hasEdges
                    ? picture
                    : el(
                          "p",
                          { class: "empty" },
                          "Dependencies were not recorded: run with --enable-dep-gen.",
                      ),
                hasEdges && el("p", { class: "muted" }, kLegend),
                this.regions(task),
                hasEdges &&
                    el(
                        "div",
                        { class: "neighbours" },
                        this.list("Waits for", waits(producers), "It waits for no task."),
                        this.list("Is waited for by", waits(consumers), "No task waits for it."),
                        this.list("Keeps memory of", keeps(producers)),
                        this.list("Its memory is kept by", keeps(consumers)),
                    ),
            ),
        );
    }

    private head(task: number): HTMLElement {
        const { tasks } = this.report;
        const kernel = tasks.narrow("kernel")[task];
        const swatch = el("i", { class: "swatch" });
        swatch.style.background = css(this.colours.kernel(kernel));
        return el(
            "div",
            { class: "task-head" },
            el("h3", {}, swatch, kernelName(this.report, kernel)),
            el(
                "p",
                {},
                el(
                    "span",
                    { class: "mono", title: "ring : running number [block] slot" },
                    callName(this.report, task),
                ),
                ` submitted at `,
                el("span", { class: "mono" }, siteName(this.report, tasks.narrow("site")[task])),
            ),
        );
    }

    private times(task: number): HTMLElement {
        const { tasks, header } = this.report;
        const tickUs = header.tick_ps / 1e6;
        const body = el("tbody");
        let before = Number.NaN;
        for (const [column, name, help] of kTimes) {
            const time = tasks.wide(column)[task];
            const step = time - before;
            body.append(
                el(
                    "tr",
                    { class: column === "end" ? "strong" : "" },
                    el("th", { scope: "row", title: help }, name),
                    el("td", {}, timeText(time * tickUs)),
                    el("td", {}, Number.isNaN(step) ? "" : `+${timeText(Math.max(0, step) * tickUs)}`),
                ),
            );
            if (!Number.isNaN(time)) before = time;
        }
        const core = tasks.narrow("core")[task];
        const thread = tasks.narrow("thread")[task];
        const scope = tasks.narrow("scope")[task];
        const block = tasks.narrow("block")[task];
        const slot = tasks.narrow("slot")[task];
        const where = [
            core >= 0 && `core ${core}`,
            thread >= 0 && `thread ${thread}`,
            slot >= 0 && `block ${block} · slot ${slotName(this.report, slot)}`,
            scope >= 0 && scope < this.report.scopes.rows && `scope ${this.scopeText(scope)}`,
        ].filter((part) => part !== false);
        return el(
            "div",
            {},
            el(
                "table",
                { class: "times" },
                el("caption", { class: "visually-hidden" }, "Times of the task"),
                el(
                    "thead",
                    { class: "visually-hidden" },
                    el(
                        "tr",
                        {},
                        el("th", {}, "Event"),
                        el("th", {}, "Time"),
                        el("th", {}, "After the event before"),
                    ),
                ),
                body,
            ),
            where.length > 0 && el("p", { class: "muted" }, where.join(" · ")),
        );
    }

    private scopeText(scope: number): string {
        return siteName(this.report, this.report.scopes.narrow("site")[scope]);
    }

    private regions(task: number): HTMLElement | null {
        const accesses = this.graph.accesses(task);
        if (accesses.length === 0) return null;
        const rows = accesses.map(({ argument, direction, noDep, buffer, region, size }) =>
            el(
                "tr",
                {},
                el("td", {}, grouped(argument)),
                el("td", { class: "text" }, direction, noDep && el("span", { class: "tag" }, "no_dep")),
                el("td", {}, grouped(buffer)),
                el("td", {}, bytesText(size)),
                el("td", { class: "text mono" }, region),
            ),
        );
        const heads = ["Argument", "Direction", "Buffer", "Size", "Region"].map((name, i) =>
            el("th", { scope: "col", class: i === 1 || i === 4 ? "text" : "" }, name),
        );
        return el(
            "div",
            { class: "table-box", tabindex: "0", role: "region", "aria-label": "Regions of the task" },
            el(
                "table",
                {},
                el("caption", {}, "Regions of memory"),
                el("thead", {}, el("tr", {}, ...heads)),
                el("tbody", {}, ...rows),
            ),
        );
    }

    /** Without `none` an empty list is left out. */
    private list(title: string, neighbours: Neighbour[], none = ""): HTMLElement | null {
        if (neighbours.length === 0 && none === "") return null;
        const items = neighbours.slice(0, kMostListed).map(({ row, kind, argument, waited, keeps }) => {
            const site = siteName(this.report, this.report.tasks.narrow("site")[row]);
            const reason = keeps ? [] : [kind];
            if (argument >= 0) reason.push(`argument ${argument}`);
            if (!keeps && !waited) reason.push("had completed");
            return el(
                "li",
                {},
                el(
                    "button",
                    { class: "link", onclick: () => this.choose(row) },
                    `${kernelName(this.report, this.report.tasks.narrow("kernel")[row])} ${taskName(this.report, row)}`,
                ),
                el(
                    "span",
                    { class: "muted" },
                    reason.length > 0 ? ` ${reason.join(", ")} · ` : " · ",
                    el("span", { class: "mono" }, site),
                ),
            );
        });
        return el(
            "div",
            {},
            el("h4", {}, `${title} ${neighbours.length > 0 ? grouped(neighbours.length) : ""}`),
            items.length > 0 ? el("ul", {}, ...items) : el("p", { class: "muted" }, none),
            neighbours.length > kMostListed &&
                el("p", { class: "muted" }, `and ${plural(neighbours.length - kMostListed, "more", "more")}`),
        );
    }
}
