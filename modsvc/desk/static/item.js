// Counts down the time for an item, and asks for more while its reviewer is at work.
"use strict";

const lease = document.getElementById("lease");
if (lease) {
  const shown = lease.querySelector("[data-left]");
  const csrf = document.querySelector("input[name=csrf]").value;
  const whole = Math.max(Number(lease.dataset.seconds), 60);
  let until = Date.now() + 1000 * Number(lease.dataset.seconds);
  let active = Date.now();
  let asked = Date.now();
  for (const kind of ["keydown", "pointermove", "scroll"]) {
    document.addEventListener(kind, () => { active = Date.now(); }, { passive: true });
  }

  const lose = () => {
    lease.hidden = true;
    document.querySelector("[data-lost]").hidden = false;
    window.clearInterval(ticking);
  };

  const renew = async () => {
    asked = Date.now();
    const answer = await fetch(lease.dataset.renew, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ csrf }),
    });
    if (!answer.ok || answer.redirected) { lose(); return; }
    until = Date.now() + 1000 * (await answer.json()).seconds;
  };

  const tick = () => {
    const left = Math.max(0, Math.round((until - Date.now()) / 1000));
    shown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    // Whoever has walked away leaves the item to others; a network that fails is tried again.
    const due = left < whole / 2 && Date.now() - asked > 15000 && active > asked;
    if (due) renew().catch(() => {});
  };
  const ticking = window.setInterval(tick, 1000);
  tick();
}
