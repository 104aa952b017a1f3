"use strict";
// Keeps a page up to date: the server tells when the class has changed, and the page takes its own content anew.
(() => {
  const state = document.getElementById("state");
  const say = (text) => { if (state) state.textContent = text; };

  const refresh = async (version) => {
    const answer = await fetch(location.pathname, { credentials: "same-origin", cache: "no-store" });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const content = next.getElementById("content");
    if (!content) { say("The page cannot be brought up to date: open its link again."); return; }
    const across = document.querySelector(".scroll")?.scrollLeft ?? 0;
    document.getElementById("content").replaceChildren(...content.childNodes);
    document.querySelector(".scroll")?.scrollTo({ left: across });
    document.body.dataset.version = next.body.dataset.version || version;
    say(`Up to date since ${new Date().toLocaleTimeString()}.`);
  };

  let last = Promise.resolve();
  const events = new EventSource("/changes");
  events.addEventListener("version", (event) => {
    last = last
      .then(() => (event.data === document.body.dataset.version ? undefined : refresh(event.data)))
      .catch(() => say("The page could not be brought up to date; it is tried again with the next change."));
  });
  events.addEventListener("open", () => say("This page follows the grade book."));
  events.addEventListener("error", () => say(
    events.readyState === EventSource.CLOSED
      ? "The class is served no more, or by another link: this may be old."
      : "No connection: this may be old. Trying again."));
})();
