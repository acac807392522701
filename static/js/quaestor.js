/* Makes pages quicker to use; none needs it. Keys, toasts, menus that close, the theme, filters that apply themselves. */
"use strict";

const KEYS = { i: "inventory", a: "approvals", f: "findings", m: "monitoring", o: "overview" };
let waitingForSecondKey = 0;

function typing(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function goTo(name) {
  const link = document.querySelector(`[data-go="${name}"]`);
  if (link) window.location.assign(link.href);
}

function focusSearch() {
  const field = document.getElementById("search");
  if (field && field.offsetParent) field.focus();
  else window.location.assign("/search/");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const dialog = document.getElementById("keys");
  if (event.key === "/") {
    event.preventDefault();
    focusSearch();
  } else if (event.key === "?" && dialog && !dialog.open) {
    dialog.showModal();
  } else if (waitingForSecondKey && event.timeStamp - waitingForSecondKey < 1500 && KEYS[event.key]) {
    waitingForSecondKey = 0;
    goTo(KEYS[event.key]);
  } else {
    waitingForSecondKey = event.key === "g" ? event.timeStamp : 0;
  }
});

/* Menus close on Escape and on a click elsewhere. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(".menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
});

/* The theme is kept in a cookie, so that the server writes the page in it and nothing flashes. */
function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
}

for (const choice of document.querySelectorAll(".theme-choice")) {
  choice.hidden = false;
  choice.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    const theme = button.dataset.themeChoice;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    showTheme(theme);
  });
}
showTheme(document.documentElement.dataset.theme);

/* A toast from the server: HX-Trigger: {"toast": {"text": "Saved.", "tone": "good"}} */
function toast(text, tone) {
  const note = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  note.classList.add(`toast-${tone}`);
  note.querySelector("span").textContent = text;
  document.getElementById("toasts").append(note);
  if (tone !== "bad") window.setTimeout(() => note.remove(), 8000);
}

document.addEventListener("toast", (event) => toast(event.detail.text || event.detail.value, event.detail.tone || "good"));

document.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  const page = new DOMParser().parseFromString(answer.responseText, "text/html");
  const sentence = page.querySelector("[role=alert]");
  toast(sentence ? sentence.textContent.trim() : `The server answered ${answer.status}. Load the page again to see what was kept.`, "bad");
});

document.addEventListener("htmx:sendError", () => {
  toast("The server can't be reached. Try again in a moment.", "bad");
});

/* Filters apply when one is changed; without JavaScript there is the button. */
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-apply]");
  if (form && event.target.tagName === "SELECT") form.requestSubmit();
});

/* MLflow's client prints addresses of its own pages, which name what is meant after the #. */
const MEANT = /^#\/experiments\/(\d+)(?:\/runs\/([0-9a-f]{32}))?$/.exec(window.location.hash);
if (MEANT) window.location.replace(MEANT[2] ? `/runs/${MEANT[2]}/` : `/experiments/${MEANT[1]}/`);
