"use strict";
// Everything here is a convenience: without it the page still shows all that it knows.

const made = (tag, text, parent, settings = {}) => {
  const element = Object.assign(document.createElement(tag), settings);
  element.textContent = text;
  if (parent) parent.append(element);
  return element;
};

// --- Light and dark ---

const theme = made("button", "", document.querySelector("header"), { type: "button" });
const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};
const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
theme.addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
});
nameTheme();

// --- Tables: sort, filter, take along ---

const rankOf = (row, column) => {
  const cell = row.cells[column];
  return "rank" in cell.dataset ? Number(cell.dataset.rank) : null;
};

const compare = (column, up) => (a, b) => {
  const [x, y] = [rankOf(a, column), rankOf(b, column)];
  if (x === null && y === null) {
    const order = a.cells[column].textContent.localeCompare(b.cells[column].textContent, "en", { numeric: true });
    return up ? order : -order;
  }
  if (x === null || y === null) return x === null ? 1 : -1; // unknown stands last, either way
  return up ? x - y : y - x;
};

const sortBy = (table, heads, column) => {
  const up = heads[column].getAttribute("aria-sort") !== "ascending";
  heads.forEach((head) => head.setAttribute("aria-sort", "none"));
  heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort(compare(column, up)));
};

const csvCell = (text) => {
  const safe = /^[=+\-@\t\r＝＋－＠]/.test(text) && !/^[+-]?\$?[\d.,]*[kMBT%]?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

const csvOf = (table) => [...table.rows]
  .filter((row) => !row.hidden)
  .map((row) => [...row.cells].map((cell) => csvCell(cell.textContent.trim())).join(","))
  .join("\r\n") + "\r\n";

const save = (name, text) => {
  const link = made("a", "", null, { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

const FILTERED_FROM = 8; // rows: fewer are seen at a glance

for (const holder of document.querySelectorAll(".table")) {
  const table = holder.querySelector("table");
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = made("button", head.textContent, null, { type: "button" });
    head.replaceChildren(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sortBy(table, heads, column));
  });
  const tools = made("div", "", null, { className: "tools" });
  holder.prepend(tools);
  const rows = [...table.tBodies[0].rows];
  if (rows.length > FILTERED_FROM) {
    const label = `Filter: ${table.caption.textContent}`;
    const input = made("input", "", tools, { type: "search", placeholder: "Filter rows", ariaLabel: label });
    const shown = made("output", "", tools, { className: "quiet" });
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase();
      rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(wanted); });
      shown.textContent = wanted ? `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows` : "";
    });
  }
  const button = made("button", "CSV", tools, { type: "button", ariaLabel: `Download as CSV: ${table.caption.textContent}` });
  button.addEventListener("click", () => save(`${holder.dataset.csv}.csv`, csvOf(table)));
}

// --- What a mark says: by pointer, or by arrow keys ---

for (const holder of document.querySelectorAll(".tips")) {
  const marks = [...holder.querySelectorAll("[data-tip]")].sort((a, b) => (a.dataset.at ?? 0) - (b.dataset.at ?? 0));
  const line = made("p", "", null, { className: "tip" });
  line.setAttribute("aria-live", "polite");
  holder.after(line);
  let at = -1;
  const tell = (mark) => {
    marks.forEach((one) => one.classList.toggle("chosen", one === mark));
    line.textContent = mark ? mark.dataset.tip : "";
    at = mark ? marks.indexOf(mark) : at;
  };
  holder.addEventListener("pointerover", (event) => tell(event.target.closest("[data-tip]")));
  holder.addEventListener("pointerleave", () => tell(null));
  holder.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || !marks.length) return;
    event.preventDefault();
    at = Math.min(marks.length - 1, Math.max(0, at + step));
    tell(marks[at]);
  });
}
