// SPDX-License-Identifier: Apache-2.0
/** Binary search in rising values. */

/** The first index in [from, to) whose value is above `limit`; `to` when there is none. */
export function firstAbove(values: ArrayLike<number>, limit: number, from = 0, to = values.length): number {
    let low = from;
    let high = to;
    while (low < high) {
        const middle = (low + high) >>> 1;
        if (values[middle] > limit) high = middle;
        else low = middle + 1;
    }
    return low;
}

/** The first index in [from, to) whose value is not below `limit`; `to` when there is none. */
export function firstNotBelow(
    values: ArrayLike<number>,
    limit: number,
    from = 0,
    to = values.length,
): number {
    let low = from;
    let high = to;
    while (low < high) {
        const middle = (low + high) >>> 1;
        if (values[middle] >= limit) high = middle;
        else low = middle + 1;
    }
    return low;
}
