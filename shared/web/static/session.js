// Warns before a session ends for want of an act, and hides the page when it has. The server decides: this only says so.
"use strict";
(() => {
  const dialog = document.getElementById("session-end");
  if (!dialog) return;
  const { seconds, warning, stay, signIn, token } = dialog.dataset;
  const left = dialog.querySelector("[data-left]");
  const stayButton = dialog.querySelector("[data-stay-button]");
  const ended = dialog.querySelector("[data-ended]");
  let last = Date.now();
  let typed = false;
  let over = false;

  document.addEventListener("input", () => { typed = true; });

  const inWords = (rest) => (rest >= 90 ? `${Math.round(rest / 60)} minutes` : rest >= 2 ? `${rest} secondes` : "un instant");

  const finish = () => {
    over = true;
    if (!typed) { location.assign(signIn); return; }
    // What was typed stays in the page, out of sight until the person is known again.
    document.body.classList.add("session-over");
    dialog.querySelector("h2").textContent = "Votre session est terminée";
    dialog.querySelector("#session-end-text").textContent =
      "Ce que vous avez saisi est resté sur cette page. Identifiez-vous dans un autre onglet, puis revenez.";
    stayButton.hidden = true;
    ended.hidden = false;
    if (!dialog.open) dialog.showModal();
  };

  const act = async () => {
    const answer = await fetch(stay, {
      method: "POST", credentials: "same-origin", headers: { Accept: "application/json" },
      body: new URLSearchParams({ form_token: token }),
    }).catch(() => null);
    if (answer && answer.ok) {
      last = Date.now();
      over = false;
      document.body.classList.remove("session-over");
      dialog.close();
    } else if (answer && (answer.status === 401 || answer.status === 403)) {
      finish();
    }
  };

  // The clock is read, not counted: a computer that slept wakes up to the truth.
  const look = () => {
    if (over) return;
    const passed = (Date.now() - last) / 1000;
    if (passed >= Number(seconds)) { finish(); return; }
    if (passed >= Number(warning)) {
      left.textContent = inWords(Math.ceil(Number(seconds) - passed));
      if (!dialog.open) dialog.showModal();
    }
  };

  stayButton.addEventListener("click", act);
  dialog.querySelector("[data-resume-button]").addEventListener("click", act);
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); if (!over) act(); });
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
})();
