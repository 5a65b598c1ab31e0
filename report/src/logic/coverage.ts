// SPDX-License-Identifier: Apache-2.0
/**
 * Level of detail: what a row of pixels shows of a lane when slices are narrower than pixels. Each pixel gets the mean
 * colour of what ran in it, and how much of it was covered, both exact: differences of running sums, found by binary
 * search. So drawing costs as many steps as there are pixels, however many slices there are.
 */
import type { Lane } from "./lanes";
import { firstAbove, firstNotBelow } from "./search_sorted";

export type Rgb = readonly [number, number, number];

/** A slice without duration weighs as much as one of so many ticks. */
const kLeastWeight = 0.5;

export class Coverage {
    private readonly weight: Float64Array;
    private readonly red: Float64Array;
    private readonly green: Float64Array;
    private readonly blue: Float64Array;

    constructor(
        readonly lane: Lane,
        palette: (colour: number) => Rgb,
    ) {
        const count = lane.rows.length;
        this.weight = new Float64Array(count + 1);
        this.red = new Float64Array(count + 1);
        this.green = new Float64Array(count + 1);
        this.blue = new Float64Array(count + 1);
        for (let i = 0; i < count; i++) {
            const weight = Math.max(lane.end[i] - lane.start[i], kLeastWeight);
            const [red, green, blue] = palette(lane.colour[i]);
            this.weight[i + 1] = this.weight[i] + weight;
            this.red[i + 1] = this.red[i] + weight * red;
            this.green[i + 1] = this.green[i] + weight * green;
            this.blue[i + 1] = this.blue[i] + weight * blue;
        }
    }

    /** Slices that share time with [from, to): first, and one behind the last. */
    visible(from: number, to: number): [number, number] {
        const first = firstAbove(this.lane.end, from);
        return [first, firstNotBelow(this.lane.start, to, first)];
    }

    /**
     * Writes `width` pixels for [from, to) into `pixels` from byte `offset` on, as red, green, blue, alpha. The
     * alpha of a pixel in which anything ran is at least `least`, 0 to 1. `flat`: one colour in place of the mean.
     */
    draw(
        pixels: Uint8ClampedArray,
        offset: number,
        width: number,
        from: number,
        to: number,
        least: number,
        flat?: Rgb,
    ): void {
        const { start, end } = this.lane;
        const step = (to - from) / width;
        let first = firstAbove(end, from);
        let at = offset;
        for (let x = 0; x < width; x++, at += 4) {
            const left = from + x * step;
            const right = left + step;
            first = firstAbove(end, left, first);
            const last = firstNotBelow(start, right, first);
            if (last <= first) {
                pixels[at + 3] = 0;
                continue;
            }
            const weight = this.weight[last] - this.weight[first];
            pixels[at] = flat ? flat[0] : (this.red[last] - this.red[first]) / weight;
            pixels[at + 1] = flat ? flat[1] : (this.green[last] - this.green[first]) / weight;
            pixels[at + 2] = flat ? flat[2] : (this.blue[last] - this.blue[first]) / weight;
            const outside = Math.max(0, left - start[first]) + Math.max(0, end[last - 1] - right);
            const covered = Math.min(1, Math.max(0, (weight - outside) / step));
            pixels[at + 3] = 255 * (least + (1 - least) * covered);
        }
    }
}
