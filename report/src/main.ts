// SPDX-License-Identifier: Apache-2.0
import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/page.css";
import "./styles/summary.css";
import "./styles/timeline.css";
import "./styles/task.css";
import "./styles/tables.css";
import "./styles/narrow.css";
import { fromBase64, inflate } from "./data/bytes";
import { parseReport, type Report } from "./data/report";
import { Graph } from "./logic/graph";
import { lastTime } from "./logic/lanes";
import { View } from "./logic/view";
import { Colours } from "./views/colours";
import { el } from "./views/dom";
import { kernelsView } from "./views/kernels";
import { occupancyView } from "./views/occupancy";
import { scopesView } from "./views/scopes";
import { summaryView } from "./views/summary";
import { TaskView } from "./views/task";
import { themeSwitch } from "./views/theme";
import { Timeline } from "./views/timeline";

const kParts = [
    ["summary", "Summary"],
    ["timeline", "Timeline"],
    ["task", "Task"],
    ["memory", "Rings"],
    ["kernels", "Kernels"],
    ["scopes", "Scopes"],
] as const;

function bar(report: Report, view: View): HTMLElement {
    const { header } = report;
    const name = header.program === "" ? "a run" : header.program;
    const about = [header.platform, header.clock === "virtual" ? "virtual time" : "", `Weir ${header.weir}`];
    return el(
        "header",
        { class: "bar-top" },
        el("h1", {}, name, el("small", {}, about.filter((part) => part !== "").join(" · "))),
        el(
            "nav",
            { "aria-label": "Parts of the report" },
            ...kParts.map(([id, text]) => el("a", { href: `#${id}` }, text)),
        ),
        themeSwitch(view),
    );
}

function build(report: Report): HTMLElement[] {
    const view = new View(lastTime(report));
    const top = bar(report, view);
    const colours = new Colours(report);
    const graph = new Graph(report);
    const timeline = new Timeline(report, view, colours, graph);
    const search = (query: string) => {
        timeline.search(query);
        document.getElementById("timeline")?.scrollIntoView();
        document.getElementById("lanes")?.focus({ preventScroll: true });
    };
    const task = new TaskView(report, view, colours, graph, (row) => timeline.choose(row, true));
    document.addEventListener("keydown", (event) => {
        const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
        if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        document.getElementById("search")?.focus();
    });
    const main = el(
        "main",
        {},
        summaryView(report, view, search),
        timeline.element,
        task.element,
        occupancyView(report, view),
        kernelsView(report, view, colours, search),
        scopesView(report),
    );
    return [top, main];
}

async function start(): Promise<void> {
    const app = document.getElementById("app")!;
    const data = document.getElementById("weir-data")!;
    try {
        const report = parseReport(await inflate(fromBase64(data.textContent ?? "")));
        data.remove();
        document.title = `${report.header.program || "Run"} – Weir report`;
        app.replaceChildren(...build(report));
        // The first frame with everything in it: from here on the page answers.
        requestAnimationFrame(() =>
            setTimeout(() => {
                document.documentElement.dataset.readyMs = String(Math.round(performance.now()));
            }),
        );
    } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        app.replaceChildren(
            el(
                "p",
                { class: "loading", role: "alert" },
                `This report cannot be read: ${text}. Make it anew with weir report.`,
            ),
        );
        document.documentElement.dataset.failed = text;
    }
}

void start();
