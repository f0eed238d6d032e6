/* Keeps the seller's page for a day without a line: the page and the files it needs. Never the office's pages, never an answer of the API. */
const NAME = "guinda-stalls-{{ version }}";
const PAGE = "{% url 'stall' %}";
const FILES = [{% for file in files %}"{{ file }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const PATIENCE_MS = 4000; // a line that is slower than this is none: the kept page comes up

const keepPage = async (page) => {
  if (page.status === 200 && !page.redirected) await (await caches.open(NAME)).put(PAGE, page);
};

const fill = async () => {
  await (await caches.open(NAME)).addAll(FILES);
  await keepPage(await fetch(PAGE));
  await skipWaiting();
};

const takeOver = async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith("guinda-stalls-") && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
};

const page = async (request) => {
  const kept = await caches.match(PAGE);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    await keepPage(fresh.clone());
    return fresh.status >= 500 && kept ? kept : fresh;
  } catch {
    return kept ?? Response.error();
  }
};

const file = async (request) => (await caches.match(request)) ?? fetch(request);

addEventListener("install", (event) => event.waitUntil(fill()));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === PAGE && event.request.mode === "navigate") event.respondWith(page(event.request));
  else if (FILES.includes(url.pathname)) event.respondWith(file(event.request));
});
