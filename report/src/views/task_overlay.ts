// SPDX-License-Identifier: Apache-2.0
/** The chosen task on the lanes: a frame around it, and lines from its producers and to its consumers. */
import type { Graph } from "../logic/graph";
import type { View } from "../logic/view";
import type { PlacedLane } from "./lane_painter";
import type { TaskFinder } from "./task_finder";
import { styleColour } from "./theme";

const kMostLines = 40;

export function paintTask(
    context: CanvasRenderingContext2D,
    width: number,
    placed: PlacedLane[],
    finder: TaskFinder,
    view: View,
    graph: Graph,
): void {
    const { task } = view;
    if (task < 0 || finder.laneOf(task) < 0) return;
    const scale = width / (view.to - view.from);
    const at = (row: number) => {
        const place = placed[finder.laneOf(row)];
        const [start, end] = finder.times(row);
        return { left: (start - view.from) * scale, right: (end - view.from) * scale, place };
    };
    const own = at(task);
    const line = (fromRow: number, toRow: number) => {
        if (finder.laneOf(fromRow) < 0 || finder.laneOf(toRow) < 0) return;
        const from = at(fromRow);
        const to = at(toRow);
        const y1 = from.place.top + from.place.height / 2;
        const y2 = to.place.top + to.place.height / 2;
        const bend = Math.max(12, Math.abs(to.left - from.right));
        context.beginPath();
        context.moveTo(from.right, y1);
        // Within a lane below the slices between, whose names it would strike through.
        const sag = y1 === y2 ? from.place.height * 0.85 : 0;
        context.bezierCurveTo(from.right + bend / 3, y1 + sag, to.left - bend / 3, y2 + sag, to.left, y2);
        context.stroke();
    };
    context.lineWidth = 1.25;
    context.strokeStyle = styleColour("--text");
    context.globalAlpha = 0.7;
    for (const { row } of graph.producers(task).slice(0, kMostLines)) line(row, task);
    for (const { row } of graph.consumers(task).slice(0, kMostLines)) line(task, row);
    context.globalAlpha = 1;
    const wide = Math.max(3, own.right - own.left);
    context.lineWidth = 2;
    context.strokeStyle = styleColour("--surface");
    context.strokeRect(own.left - 2.5, own.place.top - 2.5, wide + 4, own.place.height + 5);
    context.strokeStyle = styleColour("--text");
    context.strokeRect(own.left - 1, own.place.top - 1, wide + 1, own.place.height + 2);
}
