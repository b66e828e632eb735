// Tries the echo sockets, by this page's address and by the public one, and says how far each came.
"use strict";

const PATIENCE_MS = 10000;

function say(text) {
  const line = document.createElement("li");
  line.textContent = text;
  document.getElementById("log").append(line);
}

async function ask(token) {
  const answer = await fetch("websocket-status", { headers: { Authorization: "Bearer " + token } });
  if (answer.status === 401) throw new Error("the admin token is not right");
  if (!answer.ok) throw new Error("the program answered " + answer.status);
  return answer.json();
}

function attempt(address, ticket, message) {
  return new Promise((resolve) => {
    let opened = false;
    const started = performance.now();
    const took = () => Math.round(performance.now() - started) + " ms";
    let socket;
    try {
      socket = new WebSocket(address + "?ticket=" + encodeURIComponent(ticket));
    } catch (error) {
      return resolve("not allowed from this page (" + error.name + ")");
    }
    const late = setTimeout(() => end(opened ? "opened, but no echo" : "no answer"), PATIENCE_MS);
    function end(result) {
      clearTimeout(late);
      socket.close();
      resolve(result);
    }
    socket.onopen = () => { opened = true; socket.send(message); };
    socket.onmessage = (event) => {
      let said = event.data;
      try {
        const told = JSON.parse(said);
        if (told.status === "connected") return;
        said = told.echo;
      } catch (notJson) { /* the plain socket */ }
      end(said === message ? "works, echo after " + took() : "another echo came back");
    };
    socket.onerror = () => end(opened ? "broke off" : "could not be opened: look at proxy and tunnel");
    socket.onclose = (event) => end("closed by the other side (" + event.code + ")");
  });
}

async function tryAll(event) {
  event.preventDefault();
  document.getElementById("log").replaceChildren();
  const message = document.getElementById("message").value || "Hello";
  try {
    const status = await ask(document.getElementById("token").value.trim());
    const here = new URL(".", location.href);
    here.protocol = here.protocol === "https:" ? "wss:" : "ws:";
    const ours = ["test-websocket", "ws-test"].map((name) => new URL(name, here).href);
    for (const address of new Set([...ours, ...status.websocket_urls])) {
      say(address + ": " + (await attempt(address, status.ticket, message)));
    }
  } catch (error) {
    say("Could not try: " + error.message);
  }
}

document.getElementById("try").addEventListener("submit", tryAll);
