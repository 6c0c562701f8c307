// Filters students by words, whatever their accents and capitals. Reads values as text only.
"use strict";

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

for (const table of document.querySelectorAll("table.found")) {
  const rows = Array.from(table.tBodies[0].rows, (row) => [folded(row.dataset.words), row]);
  const [search, status] = [document.querySelector("input[type=search]"), document.querySelector("[role=status]")];
  const filter = () => {
    const words = folded(search.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [text, row] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    status.textContent = `${shown} of ${rows.length} shown`;
  };
  search.addEventListener("input", filter);
  search.form.addEventListener("submit", (event) => event.preventDefault());
  filter();
}
