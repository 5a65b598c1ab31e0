// SPDX-License-Identifier: Apache-2.0
/** Paints the lanes of the timeline on a canvas. */
import type { Report } from "../data/report";
import { kernelName, siteName } from "../data/report";
import { Coverage, type Rgb } from "../logic/coverage";
import { filterLane, type Lane, type LaneKind } from "../logic/lanes";
import type { View } from "../logic/view";
import { type Colours, css, inkOn } from "./colours";
import { styleColour } from "./theme";

export const kHeights: Record<LaneKind, number> = { core: 22, thread: 12, scope: 12 };
const kGap = 3;
const kGroupGap = 10;
const kTop = 6;
/** A lane with at most so many slices in view is drawn slice by slice, all of them with at most kMostSlices. */
const kMostSlicesOfLane = 1500;
const kMostSlices = 12000;
const kLeastTextWidth = 34;

export interface PlacedLane {
    lane: Lane;
    top: number;
    height: number;
}

export function placeLanes(lanes: Lane[]): { placed: PlacedLane[]; height: number } {
    let top = kTop;
    let kind: LaneKind | null = null;
    const placed = lanes.map((lane) => {
        if (kind !== null && kind !== lane.kind) top += kGroupGap;
        kind = lane.kind;
        const height = kHeights[lane.kind];
        const place = { lane, top, height };
        top += height + kGap;
        return place;
    });
    return { placed, height: top + kTop };
}

/** How a layer of slices is painted. */
interface Style {
    /** Of a pixel in which anything ran; 0 to 1. */
    least: number;
    /** One grey for all slices, without names: what a search has not found. */
    flat: Rgb | null;
}

export class LanePainter {
    /** Slices and pixels that the last frame has drawn. */
    drawn = 0;
    private coverages: Coverage[] = [];
    /** Of the tasks that a search has found; empty without one. */
    private found: (Coverage | null)[] = [];
    private readonly strip = document.createElement("canvas");

    constructor(
        private readonly report: Report,
        private readonly view: View,
        private readonly colours: Colours,
        private readonly placed: PlacedLane[],
    ) {
        this.refreshColours();
    }

    /** Of all slices of a core's lane. */
    get cores(): Coverage[] {
        return this.coverages.filter(({ lane }) => lane.kind === "core");
    }

    /** After another theme. */
    refreshColours(): void {
        this.coverages = this.placed.map(({ lane }) => new Coverage(lane, this.colours.of(lane.kind)));
        this.refreshSearch();
    }

    refreshSearch(): void {
        const { matches } = this.view;
        this.found = this.placed.map(({ lane }) =>
            matches && lane.kind === "core"
                ? new Coverage(filterLane(lane, matches.mask), this.colours.of(lane.kind))
                : null,
        );
    }

    paint(context: CanvasRenderingContext2D, width: number, top: number, bottom: number): void {
        this.drawn = 0;
        context.clearRect(0, top, width, bottom - top);
        const seen = [...this.placed.keys()].filter((i) => {
            const place = this.placed[i];
            return place.top < bottom && place.top + place.height > top;
        });
        const most = Math.min(kMostSlicesOfLane, kMostSlices / Math.max(1, seen.length));
        const grey = hexToRgb(styleColour("--dim"));
        for (const i of seen) {
            const place = this.placed[i];
            const found = this.found[i];
            context.fillStyle = styleColour("--lane");
            context.fillRect(0, place.top, width, place.height);
            const style = found ? { least: 0.12, flat: grey } : { least: 0.35, flat: null };
            this.paintLayer(context, place, this.coverages[i], width, most, style);
            if (found) this.paintLayer(context, place, found, width, most, { least: 0.75, flat: null });
        }
    }

    private paintLayer(
        context: CanvasRenderingContext2D,
        place: PlacedLane,
        coverage: Coverage,
        width: number,
        most: number,
        style: Style,
    ): void {
        const [first, last] = coverage.visible(this.view.from, this.view.to);
        if (last <= first) return;
        if (last - first > most) this.paintPixels(context, place, coverage, width, style);
        else this.paintSlices(context, place, coverage.lane, first, last, width, style);
    }

    private paintPixels(
        context: CanvasRenderingContext2D,
        place: PlacedLane,
        coverage: Coverage,
        width: number,
        style: Style,
    ): void {
        const pixels = Math.max(1, Math.round(width * context.getTransform().a));
        this.strip.width = pixels;
        this.strip.height = 1;
        const own = this.strip.getContext("2d")!;
        const image = own.createImageData(pixels, 1);
        const { from, to } = this.view;
        coverage.draw(image.data, 0, pixels, from, to, style.least, style.flat ?? undefined);
        own.putImageData(image, 0, 0);
        context.imageSmoothingEnabled = false;
        context.globalAlpha = style.flat ? 0.4 : 1;
        context.drawImage(this.strip, 0, 0, pixels, 1, 0, place.top, width, place.height);
        context.globalAlpha = 1;
        this.drawn += pixels;
    }

    private paintSlices(
        context: CanvasRenderingContext2D,
        place: PlacedLane,
        lane: Lane,
        first: number,
        last: number,
        width: number,
        style: Style,
    ): void {
        const scale = width / (this.view.to - this.view.from);
        const palette = this.colours.of(lane.kind);
        context.font = `${lane.kind === "core" ? 11 : 9}px ${styleColour("--font")}`;
        context.textBaseline = "middle";
        for (let i = first; i < last; i++) {
            const left = Math.max(-2, (lane.start[i] - this.view.from) * scale);
            const right = Math.min(width + 2, (lane.end[i] - this.view.from) * scale);
            const wide = Math.max(right - left, 1);
            const colour = style.flat ?? palette(lane.colour[i]);
            context.fillStyle = css(colour, style.flat ? 0.3 : 1);
            // A gap tells neighbours apart where there is room for it.
            context.fillRect(left, place.top, wide - (wide > 4 ? 1 : 0), place.height);
            if (style.flat || wide < kLeastTextWidth) continue;
            const textLeft = Math.max(left, 0) + 5;
            context.fillStyle = inkOn(colour);
            const text = fitText(context, this.sliceText(lane, i), Math.min(right, width) - textLeft - 4);
            if (text !== "") context.fillText(text, textLeft, place.top + place.height / 2 + 0.5);
        }
        this.drawn += last - first;
    }

    private sliceText(lane: Lane, i: number): string {
        if (lane.kind === "core") return kernelName(this.report, lane.colour[i]);
        if (lane.kind === "thread")
            return (this.report.header.phase_names[lane.colour[i]] ?? "").replaceAll("_", " ");
        return siteName(this.report, lane.colour[i]);
    }
}

function fitText(context: CanvasRenderingContext2D, text: string, room: number): string {
    const each = context.measureText("n").width;
    const fits = Math.floor(room / each);
    if (fits < 3) return "";
    return text.length <= fits ? text : `${text.slice(0, fits - 1)}…`;
}

export function hexToRgb(hex: string): [number, number, number] {
    const value = Number.parseInt(hex.slice(1), 16);
    return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
