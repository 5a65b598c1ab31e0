// SPDX-License-Identifier: Apache-2.0
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { fromBase64, inflate } from "../src/data/bytes";
import { parseContainer } from "../src/data/container";
import { encode, type TestColumn } from "./encode";
import { sampleBytes } from "./sample";

function roundTrip(columns: TestColumn[], name: string): (number | null)[] {
    const { tables } = parseContainer(encode({}, [{ name: "t", columns }]));
    const values = tables.get("t")!.column(name);
    const isNull = (value: number) => (values instanceof Float64Array ? Number.isNaN(value) : value === -1);
    return Array.from(values, (value) => (isNull(value) ? null : value));
}

describe("columns", () => {
    const of = { name: "of", values: [5, null, 900, 900, 3] };
    const values = [7, null, 890, 2 ** 40, 3];
    for (const base of ["zero", "previous", "column", "group"] as const) {
        test(`counted from ${base}`, () => {
            const column: TestColumn = { name: "c", values, wide: true, base };
            if (base === "column" || base === "group") column.of = "of";
            expect(roundTrip([of, column], "c")).toEqual(values);
        });
    }
    test("the largest number of either sign", () => {
        const most = [2 ** 51 - 1, 1 - 2 ** 51, 2 ** 51 - 1, 0, -1, 1, 127, 128, 16383, 16384];
        expect(roundTrip([{ name: "c", values: most, wide: true }], "c")).toEqual(most);
        expect(roundTrip([{ name: "c", values: most, wide: true, base: "previous" }], "c")).toEqual(most);
    });
    test("narrow with nulls", () => {
        expect(roundTrip([{ name: "c", values: [null, 0, 2 ** 31 - 1, null] }], "c")).toEqual([
            null,
            0,
            2 ** 31 - 1,
            null,
        ]);
    });
});

describe("damage is noticed", () => {
    test("another file", () => {
        expect(() => parseContainer(new TextEncoder().encode("PNG and so on, long enough"))).toThrow(
            "no data of a Weir report",
        );
    });
    test("a newer version", () => {
        expect(() => parseContainer(encode({}, [], 2))).toThrow("version 2, newer than 1");
    });
    test("bytes that are missing or left over", () => {
        const bytes = sampleBytes();
        expect(() => parseContainer(bytes.subarray(0, bytes.length - 1))).toThrow();
        expect(() => parseContainer(new Uint8Array([...bytes, 0]))).toThrow("do not end where the data does");
    });
    test("a column that is not there, or of another kind", () => {
        const table = parseContainer(sampleBytes()).tables.get("tasks")!;
        expect(() => table.column("colour")).toThrow("no column colour");
        expect(() => table.wide("kernel")).toThrow("not wide");
        expect(() => table.narrow("start")).toThrow("is wide");
    });
});

describe("bytes", () => {
    test("base64 and zlib give back what went in", async () => {
        const bytes = Uint8Array.from({ length: 3001 }, (_, i) => (i * i) % 251);
        const text = deflateSync(bytes).toString("base64");
        expect(await inflate(fromBase64(`\n${text} `))).toEqual(bytes);
    });
    test("a wrong checksum is refused", async () => {
        const damaged = new Uint8Array(deflateSync(Uint8Array.from([1, 2, 3])));
        damaged[damaged.length - 1] ^= 1;
        await expect(inflate(damaged)).rejects.toThrow();
    });
});
