// SPDX-License-Identifier: Apache-2.0
/** What the run was, what to change, and where the time of the cores went. */
import type { Advice, CoreTime, Report } from "../data/report";
import { grouped, plural, shareText, timeText } from "../logic/units";
import type { View } from "../logic/view";
import { announce, el, section } from "./dom";

function figure(value: string, name: string): HTMLElement {
    return el("div", { class: "figure" }, el("dd", {}, value), el("dt", {}, name));
}

function figures(report: Report): HTMLElement {
    const { header } = report;
    const all = header.core_time.find(({ type }) => type === "all");
    const cores = all ? all.cores : header.cores.length;
    const list = el(
        "dl",
        { class: "figures" },
        figure(timeText(header.makespan_us), "makespan"),
        figure(grouped(header.tasks), "tasks"),
        figure(grouped(cores), cores === 1 ? "core" : "cores"),
    );
    if (all) {
        const time = all.running + all.overhead + all.idle;
        list.append(figure(shareText(time > 0 ? all.running / time : 0), "of core time in kernels"));
    }
    if (header.makespan_us > 0 && header.tasks > 0) {
        list.append(figure(timeText(header.makespan_us / header.tasks), "makespan a task"));
    }
    return list;
}

function adviceCard(advice: Advice, report: Report, show: (advice: Advice) => void): HTMLElement {
    const gain = advice.gain_us;
    const paste = advice.paste;
    return el(
        "li",
        { class: "advice" },
        el(
            "div",
            { class: "advice-head" },
            el("h3", {}, advice.title),
            gain !== null &&
                el(
                    "p",
                    { class: "gain" },
                    el("strong", {}, `−${timeText(gain)}`),
                    el("span", {}, `${shareText(gain / report.header.makespan_us)} of the makespan`),
                ),
        ),
        el("p", {}, advice.text),
        paste !== "" && pasteLine(paste),
        advice.section !== "" && el("button", { class: "link", onclick: () => show(advice) }, "Show where"),
    );
}

function pasteLine(paste: string): HTMLElement {
    const button = el("button", { class: "copy" }, "Copy");
    button.addEventListener("click", async () => {
        try {
            await navigator.clipboard.writeText(paste);
            button.textContent = "Copied";
            announce("Copied");
        } catch {
            const range = document.createRange();
            range.selectNodeContents(code);
            getSelection()?.removeAllRanges();
            getSelection()?.addRange(range);
            announce("Selected, to be copied by the keyboard");
        }
    });
    const code = el("code", {}, paste);
    return el("p", { class: "paste" }, code, button);
}

const kParts = [
    ["running", "kernels", "A core ran a kernel."],
    ["overhead", "overhead", "A core was idle while a task that it could have run was ready."],
    ["idle", "nothing ready", "A core was idle and no task was ready for it."],
] as const;

function coreTime(times: CoreTime[]): HTMLElement | null {
    if (times.length === 0) return null;
    const bars = times.map((time) => {
        const all = time.running + time.overhead + time.idle;
        const share = (part: "running" | "overhead" | "idle") => (all > 0 ? time[part] / all : 0);
        const name = time.type === "all" ? "all cores" : `${time.type}, ${plural(time.cores, "core")}`;
        const text = kParts.map(([part, label]) => `${label} ${shareText(share(part))}`).join(", ");
        return el(
            "div",
            { class: "bar-row" },
            el("span", { class: "bar-name" }, name),
            el(
                "div",
                { class: "bar", role: "img", "aria-label": `${name}: ${text}` },
                ...kParts.map(([part]) =>
                    el("div", { class: `part ${part}`, style: `flex-grow:${share(part)}`, title: text }),
                ),
            ),
            el(
                "span",
                { class: "bar-text" },
                ...kParts.map(([part]) => el("span", {}, shareText(share(part)))),
            ),
        );
    });
    return el(
        "div",
        { class: "card" },
        el("h3", {}, "Where the time of the cores went"),
        ...bars,
        el(
            "ul",
            { class: "legend" },
            ...kParts.map(([part, label, text]) =>
                el("li", {}, el("i", { class: `part ${part}` }), el("b", {}, label), ` ${text}`),
            ),
        ),
    );
}

export function summaryView(report: Report, view: View, search: (query: string) => void): HTMLElement {
    const { header } = report;
    const show = (advice: Advice) => {
        if (advice.search !== "") search(advice.search);
        const target = document.getElementById(advice.section);
        target?.scrollIntoView();
        target?.focus({ preventScroll: true });
        view.tell("range");
    };
    const notes: HTMLElement[] = [];
    if (header.error !== "") notes.push(el("p", { class: "note bad" }, `The run failed: ${header.error}`));
    if (header.partial)
        notes.push(el("p", { class: "note bad" }, "The recording is partial: its run was not over."));
    if (header.events_dropped > 0) {
        const text = `${plural(header.events_dropped, "event")} were dropped while recording; what follows lacks them.`;
        notes.push(el("p", { class: "note bad" }, text));
    }
    for (const note of header.notes) notes.push(el("p", { class: "note" }, note));
    const advice =
        header.advice.length > 0
            ? el("ol", { class: "advices" }, ...header.advice.map((one) => adviceCard(one, report, show)))
            : el("p", { class: "lead" }, "Nothing stands out in this recording.");
    const heading = ["Nothing to change", "One thing worth changing", "Two things worth changing"][
        header.advice.length
    ];
    return section(
        "summary",
        "Summary",
        "",
        figures(report),
        ...notes,
        el("h3", { class: "worth" }, heading ?? "Three things worth changing"),
        advice,
        coreTime(header.core_time),
    );
}
