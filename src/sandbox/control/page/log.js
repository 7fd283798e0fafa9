// The log of requests, by polling the control API of this same origin. Text is only ever set as text.
"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const shown = 200, pause = 1000;
  let requests = [], seen = "", paused = false, nextDue = null;

  const cell = (row, text, name) => {
    const td = document.createElement("td");
    td.textContent = text;
    if (name) td.className = name;
    row.append(td);
    return td;
  };
  const moment = (text) => text.replace("T", " ").replace(/(\.\d+)?Z$/, "");
  const tone = (status) =>
    status === null ? "bad" : status < 300 ? "good" : status < 500 ? "warn" : "bad";
  const took = (us) =>
    us < 1000 ? "< 1 ms" : us < 1e6 ? Math.round(us / 1000) + " ms" : (us / 1e6).toFixed(1) + " s";

  const rowOf = (request) => {
    const row = document.createElement("tr");
    cell(row, moment(request.at), "num quiet");
    cell(row, request.method);
    const path = cell(row, request.target, "path");
    const words = [request.error, request.fault ? "fault " + request.fault : "", request.replayed ? "replayed" : ""];
    const said = words.filter(Boolean).join(" · ");
    if (said) {
      const span = document.createElement("span");
      span.className = "words";
      span.textContent = said;
      path.append(span);
    }
    cell(row, request.status === null ? "cut" : request.status, "num right status " + tone(request.status));
    cell(row, took(request.duration_us), "num right quiet");
    const key = cell(row, request.key ?? "none", "quiet wide");
    if (request.fingerprint) {
      const span = document.createElement("span");
      span.className = "words num";
      span.textContent = request.fingerprint;
      key.append(span);
    }
    return row;
  };

  const draw = () => {
    const wanted = at("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (r) =>
      [r.method, r.target, r.status ?? "cut", r.key, r.fingerprint, r.error, r.peer].join(" ").toLowerCase();
    const matching = requests.filter((r) => wanted.every((word) => text(r).includes(word)));
    at("rows").replaceChildren(...matching.map(rowOf));
    at("empty").hidden = requests.length > 0;
    at("count").textContent = wanted.length
      ? matching.length + " of " + requests.length
      : requests.length + (requests.length === 1 ? " request" : " requests");
  };

  const ask = async (path, body) => {
    const options = { headers: { Accept: "application/json" }, cache: "no-store", redirect: "error" };
    if (body) {
      options.method = "POST";
      options.headers["Content-Type"] = "application/json";
      options.body = JSON.stringify(body);
    }
    const answer = await fetch("/_sandbox/" + path, options);
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail || "The sandbox answered " + answer.status + ".");
    return said;
  };

  const showClock = (clock) => {
    at("now").textContent = moment(clock.now) + " UTC";
    at("now").dateTime = clock.now;
    nextDue = clock.next_due;
    at("due").disabled = !nextDue;
    at("due").title = nextDue ? moment(nextDue) + " UTC" : "Nothing is due";
    const rate = String(clock.rate);
    const known = [...at("rate").options].some((option) => option.value === rate);
    at("pace").textContent = known ? "" : "runs × " + rate;
    if (document.activeElement !== at("rate")) at("rate").value = known ? rate : "";
  };

  const look = async () => {
    try {
      showClock(await ask("clock"));
      if (!paused) {
        const log = await ask("requests?newest=" + shown);
        const newest = log.requests.reverse(), mark = JSON.stringify(newest);
        if (mark !== seen) {
          requests = newest;
          seen = mark;
          draw();
        }
      }
      at("trouble").textContent = "";
    } catch (error) {
      at("trouble").textContent = "The sandbox does not answer; trying again. " + error.message;
    }
  };

  const move = async (change) => {
    try {
      showClock(await ask("clock", change));
    } catch (error) {
      at("trouble").textContent = error.message;
    }
  };

  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => move({ advance: button.dataset.advance }));
  }
  at("due").addEventListener("click", () => nextDue && move({ now: nextDue }));
  at("rate").addEventListener("change", () => at("rate").value !== "" && move({ rate: Number(at("rate").value) }));
  at("filter").addEventListener("input", draw);
  at("pause").addEventListener("click", () => {
    paused = !paused;
    at("pause").setAttribute("aria-pressed", String(paused));
    at("pause").textContent = paused ? "Go on" : "Pause";
  });
  at("example").textContent = "curl -u KEY: " + location.origin + "/rest/v1/";

  const turn = async () => {
    if (!document.hidden) await look();
    setTimeout(turn, pause);
  };
  turn();
})();
