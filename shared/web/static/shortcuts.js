// Keys for whoever wants them: « g » then a letter, « / », « ? », and « j » / « k » in a list. They can be switched off.
"use strict";
(() => {
  const NAME = "ame-shortcuts";
  const WAIT = 1500; // milliseconds between two keys of a sequence
  let first = 0;

  const active = () => { try { return localStorage.getItem(NAME) !== "off"; } catch { return true; } };
  const writing = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;

  const follow = (key) => {
    const link = document.querySelector(`a[data-key="${CSS.escape(key)}"]`);
    if (link) link.click();
    return link !== null;
  };

  const step = (by) => {
    const links = [...document.querySelectorAll("main table.cells-as-lines tbody tr a, main .tasks .task-name a")];
    if (!links.length) return false;
    const at = links.indexOf(document.activeElement);
    links[Math.min(Math.max(at + by, 0), links.length - 1)].focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || writing(event.target) || !active()) return;
    const key = event.key;
    let done = false;
    if (first && Date.now() - first < WAIT) {
      first = 0;
      done = follow(key);
    } else if (key === "g") {
      first = Date.now();
      return;
    } else if (key === "/") {
      const field = document.getElementById("recherche");
      if (field) { field.focus(); done = true; }
    } else if (key === "?") {
      done = follow("?");
    } else if (key === "j" || key === "k") {
      done = step(key === "j" ? 1 : -1);
    }
    if (done) event.preventDefault();
  });

  // Beside a scanner: its Enter leads from the number to the cause, and the key of a cause sends the form.
  const scan = document.querySelector("form[data-scan]");
  if (scan) {
    const { scanned, cause } = scan.elements;
    scanned.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !cause.value) { event.preventDefault(); cause.focus(); }
    });
    cause.addEventListener("input", () => { if (/^[1-4]$/.test(cause.value) && scanned.value) scan.requestSubmit(); });
  }

  const place = document.querySelector("[data-shortcuts]");
  if (!place) return;
  const button = place.querySelector("[data-shortcuts-switch]");
  const show = () => {
    button.setAttribute("aria-pressed", String(active()));
    button.textContent = active() ? "Raccourcis actifs" : "Raccourcis éteints";
  };
  button.addEventListener("click", () => {
    try { localStorage.setItem(NAME, active() ? "off" : "on"); } catch { /* a browser that keeps nothing */ }
    show();
  });
  place.hidden = false;
  show();
})();
