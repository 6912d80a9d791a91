// Sends a touch without loading the page again: what it led to comes as a fragment. Touches go one after the other,
// as they were made. Without this script, or while nothing is live, the same forms load the page again.

let sent = Promise.resolve();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (document.documentElement.dataset.liveness !== "live") return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form));
  if (event.submitter?.name) fields.set(event.submitter.name, event.submitter.value);
  form.reset(); // what was typed does not stay
  sent = sent
    .then(() => fetch(form.action, { method: "POST", body: fields, redirect: "manual" }))
    .catch(() => location.reload());
});

// What a screen says, for a screen reader: an element that is replaced says nothing.
const saying = document.getElementById("said");
new MutationObserver(() => {
  const words = [...document.querySelectorAll("#kiosk .told :is(h2, .wrong)")].map((line) => line.innerText).join(" ");
  if (saying.textContent !== words) saying.textContent = words;
}).observe(document.getElementById("main"), { childList: true });
