"use strict";
// Keeps a page up to date: the server tells when the class has changed, and the page takes its own content anew.
(() => {
  const state = document.getElementById("state");
  const say = (what, time = "") => { if (state) state.textContent = state.dataset[what].replace("{time}", time); };
  const following = state?.textContent ?? "";

  const refresh = async (version) => {
    const answer = await fetch(location.pathname, { credentials: "same-origin", cache: "no-store" });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const content = next.getElementById("content");
    if (!content) { say("shut"); return; }
    // another language was chosen in another window
    if (next.documentElement.lang !== document.documentElement.lang) { location.reload(); return; }
    const shown = document.getElementById("content");
    const across = document.querySelector(".scroll")?.scrollLeft ?? 0;
    const link = shown.contains(document.activeElement) && document.activeElement.getAttribute("href");
    shown.replaceChildren(...content.childNodes);
    document.querySelector(".scroll")?.scrollTo({ left: across });
    // whoever goes by keyboard stays where they were
    if (link) shown.querySelector(`[href="${CSS.escape(link)}"]`)?.focus({ preventScroll: true });
    document.body.dataset.version = next.body.dataset.version || version;
    say("fresh", new Date().toLocaleTimeString(document.documentElement.lang));
  };

  let last = Promise.resolve();
  const events = new EventSource("/changes");
  events.addEventListener("version", (event) => {
    last = last
      .then(() => (event.data === document.body.dataset.version ? undefined : refresh(event.data)))
      .catch(() => say("broken"));
  });
  events.addEventListener("open", () => { if (state) state.textContent = following; });
  events.addEventListener("error", () => say(events.readyState === EventSource.CLOSED ? "closed" : "lost"));
})();
