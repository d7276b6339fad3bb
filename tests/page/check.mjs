// Opens pages in headless Chromium, at two widths, light and dark, and says what a reader would trip over.
//
//     node check.mjs CHROMIUM SCREENSHOTS PAGE...
//
// The browser is spoken to over a pipe in its own protocol, so that nothing beside Node is needed.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const WIDTHS = [1280, 390];
const SCHEMES = ["light", "dark"];

class Browser {
  constructor(program) {
    this.profile = mkdtempSync(join(tmpdir(), "mermen-page-"));
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
      "--no-first-run", "--disable-background-networking", "--remote-debugging-pipe", `--user-data-dir=${this.profile}`];
    this.process = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.waiting = new Map();
    this.listeners = [];
    this.next = 1;
    let rest = Buffer.alloc(0);
    this.process.stdio[4].on("data", (data) => {
      rest = Buffer.concat([rest, data]);
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        this.hear(JSON.parse(rest.subarray(0, end).toString()));
        rest = rest.subarray(end + 1);
      }
    });
  }

  hear(message) {
    const waiting = this.waiting.get(message.id);
    if (waiting) {
      this.waiting.delete(message.id);
      message.error ? waiting.reject(new Error(message.error.message)) : waiting.resolve(message.result);
    } else {
      this.listeners.forEach((listener) => listener(message));
    }
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.next++;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  async close() {
    const gone = new Promise((resolve) => this.process.once("exit", resolve));
    await this.send("Browser.close").catch(() => {});
    await gone;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

// Runs in the page: what is wrong with it, in words. `widest` is the width that the page may take.
function faults(widest) {
  const found = [];
  const say = (what, element) => found.push(element ? `${what}: ${element.outerHTML.slice(0, 120)}` : what);
  if (!document.documentElement.lang) say("the page does not say its language");
  if (!document.title) say("the page has no title");
  if (document.querySelectorAll("h1").length !== 1) say("the page has not exactly one first heading");
  for (const landmark of ["header", "nav", "main", "footer"]) {
    if (!document.querySelector(landmark)) say(`the page has no <${landmark}>`);
  }
  let before = 1;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) say("a heading skips a level", heading);
    before = level;
  }
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption?.textContent.trim()) say("a table has no caption", table);
    if (!table.querySelector("thead th[scope]")) say("a table has no header cells", table);
  }
  for (const cell of document.querySelectorAll("th")) {
    if (!["col", "colgroup", "row", "rowgroup"].includes(cell.getAttribute("scope"))) say("a header cell has no scope", cell);
    if (!cell.textContent.trim()) say("a header cell is empty", cell);
  }
  for (const row of document.querySelectorAll("tbody tr")) {
    // What stands below a row, over its whole width, belongs to that row.
    if (row.cells.length > 1 && !row.querySelector("th")) say("a row has no header cell", row);
  }
  for (const table of document.querySelectorAll("table")) {
    const width = (row) => [...row.cells].reduce((sum, cell) => sum + cell.colSpan, 0);
    const widths = new Set([...table.tBodies].flatMap((body) => [...body.rows].map(width)));
    if (widths.size > 1) say(`rows of a table have ${[...widths].join(" and ")} cells`, table);
  }
  const text = (svg) => svg.getAttribute("aria-label") || (svg.getAttribute("aria-labelledby") || "").split(/\s+/)
    .map((id) => id && document.getElementById(id)?.textContent).filter(Boolean).join(" ");
  for (const svg of document.querySelectorAll("svg")) {
    if (svg.getAttribute("role") !== "img") say("a figure has not the role of an image", svg);
    if (!text(svg)?.trim()) say("a figure has no text", svg);
  }
  for (const image of document.querySelectorAll("img:not([alt])")) say("an image has no text", image);
  for (const link of document.querySelectorAll("a[href]")) {
    if (!(link.textContent.trim() || link.getAttribute("aria-label"))) say("a link has no text", link);
    const target = link.getAttribute("href");
    if (target.startsWith("#") && !document.getElementById(target.slice(1))) say("a link leads nowhere", link);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) say(`the id ${id} is there more than once`);
  for (const region of document.querySelectorAll(".scroll")) {
    const reached = region.tabIndex === 0 && region.getAttribute("role") === "region" && region.getAttribute("aria-label");
    if (!reached) say("what scrolls cannot be reached by keyboard, or has no name", region);
  }
  if (document.documentElement.scrollWidth > widest) {
    say(`the page is ${document.documentElement.scrollWidth} pixels wide, ${widest} are there`);
    const culprit = [...document.body.querySelectorAll("*")].find((element) =>
      element.getBoundingClientRect().right > widest + 1 && !element.closest(".scroll"));
    if (culprit) say("the first element that is too wide", culprit);
  }
  // Contrast of text with what is behind it (WCAG 2.1, 1.4.3), for plain colours.
  const channels = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const pale = new Set();
  for (const element of document.querySelectorAll("h1, h2, h3, p, li, th, td, caption, figcaption, a, dt, dd, summary, mark, span, code, strong")) {
    if (!element.textContent.trim()) continue;
    const [a, b] = [channels(getComputedStyle(element).color), behind(element)].map(luminance);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) pale.add(`${element.tagName.toLowerCase()}.${element.className} has a contrast of ${contrast.toFixed(2)}`);
  }
  pale.forEach((what) => say(what));
  return found;
}

async function look(browser, page, width, scheme, picture) {
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method, params) => browser.send(method, params, sessionId);
  const found = [];
  const address = pathToFileURL(page).href;
  let loaded;
  const done = new Promise((resolve) => (loaded = resolve));
  const listener = ({ sessionId: from, method, params }) => {
    if (from !== sessionId) return;
    if (method === "Runtime.exceptionThrown") found.push(`exception: ${params.exceptionDetails.text}`);
    if (method === "Runtime.consoleAPICalled") found.push(`console: ${params.args.map((a) => a.value).join(" ")}`);
    if (method === "Log.entryAdded") found.push(`log: ${params.entry.text}`);
    if (method === "Network.requestWillBeSent") {
      const { url } = params.request;
      if (url.split("#")[0] !== address && !url.startsWith("data:")) found.push(`asks for ${url}`);
    }
    if (method === "Page.loadEventFired") loaded();
  };
  browser.listeners.push(listener);
  for (const domain of ["Page", "Network", "Runtime", "Log"]) await send(`${domain}.enable`);
  const mobile = width < 600;
  await send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile });
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  await send("Page.navigate", { url: address });
  await done;
  const { result, exceptionDetails } = await send("Runtime.evaluate", { expression: `(${faults})(${width})`, returnByValue: true });
  if (exceptionDetails) throw new Error(`the check itself failed: ${exceptionDetails.exception?.description}`);
  found.push(...result.value);
  const { cssContentSize } = await send("Page.getLayoutMetrics");
  const clip = { x: 0, y: 0, width, height: Math.min(cssContentSize.height, 16000), scale: 1 };
  const { data } = await send("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip });
  writeFileSync(picture, Buffer.from(data, "base64"));
  browser.listeners.splice(browser.listeners.indexOf(listener), 1);
  await browser.send("Target.closeTarget", { targetId });
  return found;
}

const [program, pictures, ...pages] = process.argv.slice(2);
mkdirSync(pictures, { recursive: true });
const browser = new Browser(program);
let bad = 0;
try {
  for (const page of pages.map((page) => resolve(page))) {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        const name = `${basename(dirname(page))}-${basename(page, ".html")}-${width}-${scheme}`;
        const found = await look(browser, page, width, scheme, join(pictures, `${name}.png`));
        bad += found.length;
        console.log(`${found.length === 0 ? "good" : "BAD "}  ${name}`);
        found.slice(0, 20).forEach((what) => console.log(`      ${what}`));
      }
    }
  }
} finally {
  await browser.close();
}
process.exit(bad === 0 ? 0 : 1);
