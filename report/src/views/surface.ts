// SPDX-License-Identifier: Apache-2.0
/** A canvas with its size in pixels of the page, sharp on any screen. */

const kClickPixels = 4;
/** Screens with more pixels than this for one of the page are not told from it. */
const kMostRatio = 2;

export interface Surface {
    canvas: HTMLCanvasElement;
    context: CanvasRenderingContext2D;
    width: number;
    height: number;
}

export function makeSurface(canvas: HTMLCanvasElement): Surface {
    return { canvas, context: canvas.getContext("2d")!, width: 0, height: 0 };
}

export function resize(surface: Surface, width: number, height: number): void {
    const ratio = Math.min(kMostRatio, window.devicePixelRatio || 1);
    surface.width = width;
    surface.height = height;
    surface.canvas.width = Math.round(width * ratio);
    surface.canvas.height = Math.round(height * ratio);
    surface.canvas.style.width = `${width}px`;
    surface.canvas.style.height = `${height}px`;
    surface.context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

/** Calls `begin` when a button goes down at x, and what that returns for each move that is more than a click. */
export function onDrag(canvas: HTMLCanvasElement, begin: (x: number) => (x: number) => void): void {
    canvas.addEventListener("pointerdown", (down) => {
        const from = down.offsetX;
        const move = begin(from);
        canvas.setPointerCapture(down.pointerId);
        const onMove = (event: PointerEvent) => {
            if (Math.abs(event.offsetX - from) >= kClickPixels) move(event.offsetX);
        };
        canvas.addEventListener("pointermove", onMove);
        const end = () => canvas.removeEventListener("pointermove", onMove);
        canvas.addEventListener("lostpointercapture", end, { once: true });
    });
}
