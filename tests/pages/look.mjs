// Pictures of pages in a real browser: node look.mjs OUT_FOLDER PAGE.html…
// Each page at 1200, 600 and 390 px, dark, and as PDF. No network is used; node_modules: README.md.
import puppeteer from "puppeteer-core";
import { mkdtempSync } from "node:fs";
import { basename, join } from "node:path";
import { tmpdir } from "node:os";

const [out, ...pages] = process.argv.slice(2);
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  userDataDir: mkdtempSync(join(tmpdir(), "look-")),
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const tab = await browser.newPage();
tab.on("console", (line) => console.log("console:", line.text()));
for (const page of pages) {
  const name = join(out, basename(page, ".html"));
  for (const [width, scheme] of [[1200, "light"], [600, "light"], [390, "light"], [1200, "dark"]]) {
    await tab.setViewport({ width, height: 900 });
    await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await tab.goto("file://" + page);
    await tab.screenshot({ path: `${name}-${width}-${scheme}.png`, fullPage: true });
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) console.log(`${name}: ${wide} px wide in a window of ${width}`);
  }
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await tab.pdf({ path: `${name}.pdf`, preferCSSPageSize: true, tagged: true, outline: true });
}
await browser.close();
