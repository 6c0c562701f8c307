// Filters students by words, whatever their accents and capitals. Reads values as text only.
"use strict";

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

for (const table of document.querySelectorAll("table.found")) {
  const rows = Array.from(table.tBodies[0].rows, (row) => [folded(row.dataset.words), row.dataset.state.split(" "), row]);
  const [search, status] = [document.querySelector("input[type=search]"), document.querySelector("[role=status]")];
  const state = search.form.querySelector("select");
  const filter = () => {
    const words = folded(search.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [text, states, row] of rows) {
      row.hidden = !(words.every((word) => text.includes(word)) && (!state.value || states.includes(state.value)));
      shown += row.hidden ? 0 : 1;
    }
    status.textContent = `${shown} of ${rows.length} shown`;
  };
  for (const field of [search, state]) {
    field.value = sessionStorage.getItem(field.tagName) || "";
    field.addEventListener("input", () => { sessionStorage.setItem(field.tagName, field.value); filter(); });
  }
  search.form.addEventListener("submit", (event) => event.preventDefault());
  filter();
}

// While a command grades the class, the page comes again, unless somebody types.
for (const part of document.querySelectorAll("[data-again]")) {
  const again = () => document.activeElement.matches("input, select, textarea") ? wait() : location.reload();
  const wait = () => setTimeout(again, 1000 * Number(part.dataset.again));
  wait();
}

// Marking: a key presses what it stands beside; the sum follows; a comment given before is put into the box.
const typing = (element) => element.matches("textarea, input:not([type=checkbox])");

document.addEventListener("keydown", (event) => {
  const here = document.activeElement;
  const save = document.querySelector("button[data-key=Enter]");
  if (event.key === "Escape" && typing(here)) here.blur();
  if (event.key === "Enter" && save && (event.ctrlKey || event.metaKey)) return save.click();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(here)) return;
  if (event.key === "Enter" && here.matches("a, button, summary")) return;
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (typing(wanted)) wanted.focus();
  else if (wanted.matches("summary")) {
    wanted.parentElement.open = true;
    wanted.parentElement.querySelector(".insert, .new").focus();
  }
  else wanted.click();
});

for (const form of document.querySelectorAll("form.marking")) {
  const [ticks, extra] = [form.querySelectorAll("[data-points]"), form.elements.extra];
  const add = () => {
    const given = Number(extra.value.replace(",", ".")) || 0;
    const sum = Array.from(ticks).reduce((all, t) => all + (t.checked ? Number(t.dataset.points) : 0), given);
    const most = Number(form.dataset.most);
    form.querySelector("output").textContent = `${Math.min(Math.max(Number(sum.toFixed(4)), 0), most)} of ${most} points`;
  };
  form.addEventListener("input", add);
  add();
  for (const button of document.querySelectorAll("button.insert")) {
    button.addEventListener("click", () => {
      const box = form.elements.comment;
      box.value = box.value.trim() ? `${box.value.trim()}\n${button.textContent}` : button.textContent;
      box.focus();
    });
  }
}
