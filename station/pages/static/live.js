// Applies what the server sends: each fragment takes the place of the element with its id.
// Decides nothing and keeps nothing; a page without this script shows the same and loads itself again.

const SILENT_AFTER_MS = 15_000; // three beats of the server

const page = document.body.dataset;
const liveness = document.documentElement.dataset;
let source;
let silence;

function connect() {
  source?.close();
  source = new EventSource(page.live);
  source.addEventListener("fragment", (message) => {
    heard();
    replace(message.data);
  });
  source.addEventListener("page", (message) => {
    heard();
    if (message.data !== page.page) reload();
  });
  source.addEventListener("error", () => {
    liveness.liveness = "lost";
  });
  waitForSilence();
}

function heard() {
  liveness.liveness = "live";
  waitForSilence();
}

// A connection can die without a word, and a browser gives up after a refusal: start again ourselves.
function waitForSilence() {
  clearTimeout(silence);
  silence = setTimeout(() => {
    liveness.liveness = "lost";
    connect();
  }, SILENT_AFTER_MS);
}

function replace(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  document.getElementById(fresh.id)?.replaceWith(fresh);
  fresh.querySelector("[autofocus]")?.focus(); // a browser does so only when a page is loaded
}

// Other elements or other software: load the page again, but never leave a good page for an error.
async function reload() {
  source.close();
  try {
    if ((await fetch(location.href)).ok) location.reload();
  } catch {
    liveness.liveness = "lost";
  }
}

if (page.live) connect();
