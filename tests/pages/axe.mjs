// Accessibility of pages, every <details> open, light and dark: node axe.mjs PAGE.html…
// Prints one line a page, theme and width; exits 1 on a violation or when a page scrolls sideways.
import puppeteer from "puppeteer-core";
import { readFileSync, mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { tmpdir } from "node:os";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  userDataDir: mkdtempSync(join(tmpdir(), "axe-")),
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const tab = await browser.newPage();
await tab.setBypassCSP(true); // the page forbids every script, this one too
let bad = 0;
for (const page of process.argv.slice(2)) {
  for (const scheme of ["light", "dark"]) {
    for (const width of [1200, 600, 390, 320]) {
      await tab.setViewport({ width, height: 900 });
      await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await tab.goto("file://" + page);
      await tab.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
      await tab.evaluate(axe);
      const { violations, passes } = await tab.evaluate(() => globalThis.axe.run());
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
      bad += violations.length + (wide > width ? 1 : 0);
      console.log(basename(page), scheme, width, `violations ${violations.length} passes ${passes.length} wide ${wide}`);
      for (const { id, help, nodes } of violations) {
        console.log(`  ${id}: ${help}`, nodes.slice(0, 3).map((node) => node.html.slice(0, 120)));
      }
    }
  }
}
await browser.close();
process.exit(bad ? 1 : 0);
