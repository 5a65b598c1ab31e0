// SPDX-License-Identifier: Apache-2.0
/** Statistics by kernel. */
import type { KernelRow, Report } from "../data/report";
import { kernelName } from "../data/report";
import { grouped, shareText, timeText } from "../logic/units";
import type { View } from "../logic/view";
import { type Colours, css } from "./colours";
import { el, section } from "./dom";
import { sortableTable, type TableColumn } from "./table";

export function kernelsView(
    report: Report,
    view: View,
    colours: Colours,
    search: (query: string) => void,
): HTMLElement {
    const swatches: [HTMLElement, number][] = [];
    const name = (row: KernelRow) => {
        const swatch = el("i", { class: "swatch" });
        swatches.push([swatch, row.kernel]);
        swatch.style.background = css(colours.kernel(row.kernel));
        const text = kernelName(report, row.kernel);
        const title = `Find the tasks of ${text} in the timeline`;
        return el(
            "span",
            { class: "name" },
            swatch,
            el("button", { class: "link", title, onclick: () => search(text) }, text),
        );
    };
    const time = (
        title: string,
        help: string,
        of: (row: KernelRow) => number | null,
    ): TableColumn<KernelRow> => ({
        title,
        help,
        cell: (row) => timeText(of(row) ?? Number.NaN),
        key: (row) => of(row) ?? Number.NaN,
    });
    const share = (row: KernelRow) =>
        el(
            "span",
            { class: "share" },
            el("span", { class: "meter", style: `--share:${row.share}`, "aria-hidden": "true" }),
            shareText(row.share),
        );
    const columns: TableColumn<KernelRow>[] = [
        {
            title: "Kernel",
            help: "Name",
            cell: name,
            key: (row) => kernelName(report, row.kernel),
            text: true,
        },
        {
            title: "Runs",
            help: "How often it ran",
            cell: (row) => grouped(row.count),
            key: (row) => row.count,
        },
        { title: "Share", help: "Of the time of all kernels", cell: share, key: (row) => row.share },
        time("Total", "Sum of its durations", (row) => row.total),
        time("Mean", "Mean duration", (row) => row.mean),
        time("Min", "Shortest duration", (row) => row.min),
        time("p50", "Half of the runs took at most this", (row) => row.p50),
        time("p99", "99 % of the runs took at most this", (row) => row.p99),
        time("Max", "Longest duration", (row) => row.max),
        time("Wait", "Mean time from ready to start", (row) => row.wait),
        time("Observe", "Mean time from end to when the scheduler saw it", (row) => row.observe),
    ];
    view.on(["theme"], () => {
        for (const [swatch, kernel] of swatches) swatch.style.background = css(colours.kernel(kernel));
    });
    const rows = report.header.kernel_rows;
    const lead = "Durations of every run of a kernel. A name finds its tasks in the timeline.";
    return section(
        "kernels",
        "Kernels",
        lead,
        rows.length > 0
            ? sortableTable("Kernels", columns, rows, 3)
            : el("p", { class: "empty" }, "No task was recorded with its start and end."),
    );
}
