// SPDX-License-Identifier: Apache-2.0
/** Builds page/report.html: one file with its script and style inside, and a mark where the data goes. */
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

function inlineAll(): Plugin {
    return {
        name: "inline-all",
        enforce: "post",
        generateBundle(_options, bundle) {
            const page = bundle["index.html"];
            if (page?.type !== "asset") throw new Error("there is no index.html");
            let html = String(page.source);
            let script = "";
            for (const [name, file] of Object.entries(bundle)) {
                if (file.type === "chunk") {
                    script += file.code.replaceAll("</script", "<\\/script");
                    html = html.replace(/\s*<script type="module"[^>]*src="[^"]*"[^>]*><\/script>/, "");
                    delete bundle[name];
                } else if (name.endsWith(".css")) {
                    const style = `<style>${String(file.source).trim()}</style>`;
                    html = html.replace(/<link rel="stylesheet"[^>]*>/, () => style);
                    delete bundle[name];
                }
            }
            const licence = readFileSync("node_modules/uplot/LICENSE", "utf8").trim();
            html = html.replace(
                "<html",
                () => `<!-- uPlot, which is part of this page:\n${licence}\n-->\n<html`,
            );
            html = html.replace(
                "</body>",
                () => `<script type="module">${script.trim()}</script>\n  </body>`,
            );
            this.emitFile({ type: "asset", fileName: "report.html", source: html });
            delete bundle["index.html"];
        },
    };
}

export default defineConfig({
    base: "./",
    plugins: [inlineAll()],
    build: {
        outDir: "page",
        emptyOutDir: true,
        target: "es2022",
        modulePreload: false,
        cssCodeSplit: false,
        assetsInlineLimit: 1 << 20,
        reportCompressedSize: false,
    },
});
