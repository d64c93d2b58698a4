// Copy buttons, selecting all without a reload, and small comforts. Everything else works without this file.
"use strict";
const copies = document.querySelectorAll("button[data-copy], button[data-text]");
// Who listens to the page hears what was done.
const heard = document.createElement("p");
heard.className = "hide";
heard.setAttribute("role", "status");
if (copies.length > 0) document.querySelector("main").append(heard);

for (const button of copies) {
  const source = button.dataset.text === undefined ? document.getElementById(button.dataset.copy) : button;
  if (!source) continue;
  const label = button.innerHTML;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.dataset.text ?? (source.value || source.textContent);
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without TLS there is no clipboard API.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = button.dataset.done;
    heard.textContent = button.dataset.done;
    setTimeout(() => {
      button.innerHTML = label;
      heard.textContent = "";
    }, 1600);
  });
}

const tickAll = document.getElementById("tick-all");
tickAll?.addEventListener("click", (event) => {
  event.preventDefault();
  const boxes = [...document.querySelectorAll("input[form=bulk][name=user]")];
  const on = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = on;
  tickAll.textContent = on ? tickAll.dataset.none : tickAll.dataset.all;
});

// What was selected stays so when a user is switched.
for (const form of document.querySelectorAll(".users form")) {
  const back = form.querySelector("input[name=back]");
  if (!back) continue;
  form.addEventListener("submit", () => {
    const ticked = [...document.querySelectorAll("input[form=bulk][name=user]:checked")].map((box) => box.value);
    const address = new URL(back.value, location.href);
    if (ticked.length > 0) address.searchParams.set("tick", ticked.join("-"));
    else address.searchParams.delete("tick");
    back.value = address.pathname + address.search + address.hash;
  });
}

// All nodes, or some.
for (const group of document.querySelectorAll("fieldset.ticks")) {
  const [all, ...some] = group.querySelectorAll("input[type=checkbox]");
  if (all?.value !== "all") continue;
  all.addEventListener("change", () => { if (all.checked) for (const box of some) box.checked = false; });
  for (const box of some) box.addEventListener("change", () => { if (box.checked) all.checked = false; });
}

// A password can be looked at while it is typed.
for (const button of document.querySelectorAll("button[data-show]")) {
  const field = document.getElementById(button.dataset.show);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
}

// The time zone of this browser, one click away.
const zone = document.getElementById("zone");
const offered = document.getElementById("browser-zone");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && offered && here && here !== zone.value) {
  offered.textContent = offered.dataset.words.replace("{}", here);
  offered.hidden = false;
  offered.addEventListener("click", () => {
    zone.value = here;
    zone.focus();
  });
}
